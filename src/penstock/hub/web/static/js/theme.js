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
