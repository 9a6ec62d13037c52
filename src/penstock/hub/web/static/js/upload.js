// The drop zone: every file is sent by itself with its progress; what the network cut can be sent again.

const zone = document.querySelector("[data-upload]");
const words = zone.dataset;
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const input = zone.querySelector("input[type=file]");
const list = document.querySelector(words.into);
const LIMIT = 2; // files on the way at once; more would only share the same line

const waiting = [];
let running = 0;

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function cardFor(file) {
  const card = element("div", "card part-card sending");
  const body = element("div", "card-body");
  const progress = element("div", "progress progress-sm mt-2");
  const bar = element("div", "progress-bar");
  const state = element("div", "small text-secondary mt-1", words.waiting);
  progress.setAttribute("role", "progressbar");
  progress.setAttribute("aria-label", file.name);
  progress.append(bar);
  body.append(element("div", "fw-medium text-truncate", file.name), progress, state);
  card.append(body);
  list.prepend(card);
  document.querySelector(words.empty)?.remove();
  return { card, bar, state, progress, body };
}

function start() {
  while (running < LIMIT && waiting.length) {
    running += 1;
    send(...waiting.shift());
  }
}

function finish() {
  running -= 1;
  start();
}

function send(file, view) {
  const request = new XMLHttpRequest(); // fetch cannot tell how much of a body has been sent
  const form = new FormData();
  form.append("file", file);
  if (words.part) form.append("part", words.part);
  view.state.textContent = words.sending;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.round((100 * event.loaded) / event.total);
    view.bar.style.width = `${percent}%`;
    view.progress.setAttribute("aria-valuenow", percent);
    view.state.textContent = percent < 100 ? `${words.sending} ${percent} %` : words.storing;
  });
  request.addEventListener("load", () => {
    finish();
    if (request.status === 201) return arrived(request, view);
    if (request.status === 401) return window.location.assign(request.getResponseHeader("Location"));
    const refusal = request.getResponseHeader("X-Penstock-Refusal");
    fail(file, view, refusal ? textOf(request.responseText) : words.failed, !refusal);
  });
  for (const cut of ["error", "timeout", "abort"]) {
    request.addEventListener(cut, () => { finish(); fail(file, view, words.cut, true); });
  }
  request.open("POST", words.upload);
  request.setRequestHeader("X-CSRFToken", csrf);
  request.setRequestHeader("X-Requested-With", "fetch");
  request.send(form);
}

function textOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return (page.querySelector(".notice-text") || page.body).textContent.trim();
}

function arrived(request, view) {
  if (words.then === "reload") return window.location.assign(request.getResponseHeader("Location"));
  const card = new DOMParser().parseFromString(request.responseText, "text/html").body.firstElementChild;
  view.card.replaceWith(card);
  window.htmx.process(card);
}

function fail(file, view, text, again) {
  view.card.classList.add("failed");
  view.state.textContent = text;
  view.state.setAttribute("role", "alert");
  view.bar.style.width = "0";
  if (!again) return;
  const button = element("button", "btn btn-sm mt-2", words.again);
  button.type = "button";
  button.addEventListener("click", () => {
    button.remove();
    view.card.classList.remove("failed");
    view.state.removeAttribute("role");
    waiting.push([file, view]);
    start();
  });
  view.body.append(button);
}

function take(files) {
  for (const file of files) {
    const view = cardFor(file);
    if (file.size > Number(words.limit)) fail(file, view, words.large, false);
    else waiting.push([file, view]);
  }
  start();
}

// A dropped folder is walked; the browser hands out its entries in portions.
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const portion = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!portion.length) return found;
    for (const inner of portion) found.push(...(await filesOf(inner)));
  }
}

input.addEventListener("change", () => { take(input.files); input.value = ""; });
for (const name of ["dragenter", "dragover"]) {
  zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return take(event.dataTransfer.files);
  const files = [];
  for (const entry of entries) files.push(...(await filesOf(entry)));
  take(files);
});
// Beside the zone the browser would open the file instead of this page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
