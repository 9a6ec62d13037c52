// Sets the theme before the page is painted: the choice made here, or else what the system prefers.
(() => {
  const stored = () => {
    try { return localStorage.getItem("penstock-theme"); } catch { return null; }
  };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.bsTheme = stored() || (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
})();
// Paper is light.
(() => {
  const page = document.documentElement.dataset;
  let shown = "";
  window.addEventListener("beforeprint", () => { shown = page.bsTheme; page.bsTheme = "light"; });
  window.addEventListener("afterprint", () => { page.bsTheme = shown; });
})();
