// What every page shares: theme switch, notices, dialogs, confirmations, copying, filters, keyboard.

const toasts = document.getElementById("toasts");
const dialog = document.getElementById("dialog");
const csrf = document.querySelector('meta[name="csrf-token"]').content;

// --- notices ---------------------------------------------------------------------------------------

const NOTICE_SECONDS = 8;

function arm(notice) {
  if (notice.dataset.armed) return;
  notice.dataset.armed = "yes";
  // What went wrong, or otherwise than meant, stays until it is read.
  if (!["error", "warning"].includes(notice.dataset.toast)) setTimeout(() => notice.remove(), NOTICE_SECONDS * 1000);
}

export function say(text, level = "info") {
  const notice = document.createElement("div");
  notice.className = `notice notice-${level}`;
  notice.dataset.toast = level;
  const words = document.createElement("span");
  words.className = "notice-text";
  words.textContent = text;
  notice.append(words);
  toasts.append(notice);
}

new MutationObserver(() => toasts.querySelectorAll("[data-toast]").forEach(arm)).observe(toasts, { childList: true });
toasts.querySelectorAll("[data-toast]").forEach(arm);

// --- HTMX: the CSRF token, refusals, lost connections ------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // A refusal names its own target (the notices); any other error page is not swapped into this one.
  if (event.detail.xhr.getResponseHeader("X-Penstock-Refusal")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (!event.target.closest("[data-quiet]")) say(toasts.dataset.failed, "error");
});
document.addEventListener("htmx:sendError", (event) => {
  if (!event.target.closest("[data-quiet]")) say(toasts.dataset.lost, "error");
});
// What was dismissed takes the focus with it.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt.matches("[data-to-content]")) document.getElementById("content").focus();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "dialog-content" && !dialog.open) dialog.showModal();
});

// --- clicks ------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-theme-toggle]")) {
    const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    try { localStorage.setItem("penstock-theme", theme); } catch { /* the choice lasts for this page */ }
  } else if (at("[data-dismiss]")) {
    at("[data-toast]").remove();
  } else if (at("[data-close-dialog]") || event.target === dialog) {
    dialog.close();
  } else if (at("[data-copy]")) {
    const source = document.getElementById(at("[data-copy]").dataset.copy);
    navigator.clipboard.writeText(source.value ?? source.textContent).then(() => say(toasts.dataset.copied));
  }
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  // A second click on the way sends nothing twice.
  if (event.target.method === "post" && !event.target.matches("[hx-post]")) {
    setTimeout(() => { if (!event.defaultPrevented) event.submitter?.setAttribute("disabled", ""); });
  }
});
// Back from the next page: the browser shows this one as it was left.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form [type=submit][disabled], form button[disabled]:not([data-stays])").forEach((button) => {
    button.removeAttribute("disabled");
  });
});

// --- filters: [data-filter="#rows"] shows the [data-words] inside that contain every word typed --------

function filter(input) {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const root = document.querySelector(input.dataset.filter);
  let shown = 0;
  root.querySelectorAll("[data-words]").forEach((row) => {
    const fits = words.every((word) => row.dataset.words.includes(word));
    row.hidden = !fits;
    if (fits) shown += 1;
  });
  root.querySelectorAll("details[data-group]").forEach((group) => {
    const some = group.querySelector("[data-words]:not([hidden])") !== null;
    group.hidden = !some;
    if (words.length) group.open = some;
  });
  const none = root.querySelector("[data-none]");
  if (none) none.hidden = shown > 0;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter(event.target);
});
document.addEventListener("change", (event) => {
  // Choices that take effect at once still work as forms with a button when scripts are off.
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// Two counts that add up: [data-rest-of="10"][data-rest-in="failed"] fills the other field of the form.
document.addEventListener("input", (event) => {
  const { restOf, restIn } = event.target.dataset;
  if (!restIn || event.target.value === "") return;
  event.target.form.elements[restIn].value = Math.max(Number(restOf) - Number(event.target.value), 0);
});

// --- keyboard: / searches, n makes something new, arrows go through a list ------------------------------

function step(from, by) {
  const links = [...from.closest("table, ul").querySelectorAll("td.main a, li a.stretched-link")];
  links[links.indexOf(from) + by]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    const search = document.querySelector("[data-search]");
    if (search) search.focus();
    else document.querySelector("[data-search-page]")?.click();
  } else if (event.key === "n") {
    document.querySelector("[data-new]")?.click();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && event.target.matches("td.main a, li a.stretched-link")) {
    event.preventDefault();
    step(event.target, event.key === "ArrowDown" ? 1 : -1);
  }
});
