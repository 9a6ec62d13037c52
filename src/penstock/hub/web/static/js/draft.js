// Nothing typed is lost. What is typed into a form is kept in this tab until the hub has taken it: when the session
// ended in between, the way back from the log-in leads to the filled form. [data-draft] forms come back filled also
// after leaving the page. Passwords, files and hidden fields are never kept.

const PREFIX = "penstock-draft:";
const LOST = "penstock-lost"; // set by the pages that take nothing: the log-in, and a form the hub could not trust
const who = document.body.dataset.who || "";
const toasts = document.getElementById("toasts");

function storage(does) {
  try { return does(sessionStorage); } catch { return null; } // switched off: nothing is kept
}

const typed = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);
const isKept = (form) => form.method === "post" && !form.querySelector("input[type=password]") && !form.closest("[data-toast]");
const keyOf = (form) => PREFIX + new URL(form.getAttribute("action") || location.href, location.href).pathname;

function keep(form, sent) {
  const fields = [...form.elements].filter(typed).map((field) => (
    ["checkbox", "radio"].includes(field.type) ? [field.name, field.value, field.checked] : [field.name, field.value]
  ));
  if (!fields.length) return;
  storage((store) => store.setItem(keyOf(form), JSON.stringify({ who, sent, fields })));
}

function fill(form, fields) {
  for (const [name, value, checked] of fields) {
    for (const field of [...form.elements].filter((each) => each.name === name && typed(each))) {
      if (checked === undefined) field.value = value;
      else if (field.value === value) field.checked = checked;
    }
  }
  form.dataset.dirty = "yes";
  const details = form.closest("details");
  if (details) details.open = true;
}

function restore() {
  const lost = storage((store) => store.getItem(LOST)) !== null;
  let filled = false;
  for (const form of [...document.forms].filter(isKept)) {
    const key = keyOf(form);
    const draft = JSON.parse(storage((store) => store.getItem(key)) || "null");
    if (!draft) continue;
    const mine = draft.who === who;
    // Sent, and answered by this page: the hub has taken it, or shows it with what is wrong.
    if (mine && (draft.sent ? lost : "draft" in form.dataset)) {
      fill(form, draft.fields);
      keep(form, false);
      filled = true;
    } else if (!mine || draft.sent) {
      storage((store) => store.removeItem(key));
    }
  }
  if (who) storage((store) => store.removeItem(LOST));
  if (filled && lost) tell(toasts.dataset.kept);
}

function tell(text) {
  const notice = document.createElement("div");
  notice.className = "notice notice-warning";
  notice.dataset.toast = "warning";
  notice.textContent = text;
  toasts.append(notice);
}

if (toasts) {
  if (!who) storage((store) => store.setItem(LOST, "yes"));
  else restore();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !who || !isKept(form) || !typed(event.target)) return;
    form.dataset.dirty = "yes";
    keep(form, false);
  });
  document.addEventListener("submit", (event) => {
    if (who && isKept(event.target)) keep(event.target, true);
  });
} else {
  storage((store) => store.setItem(LOST, "yes"));
}
