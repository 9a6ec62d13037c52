// The drop zone: every file is sent by itself, in pieces, with its progress. When the line breaks the file waits and goes
// on where it was, also after this page was left: the same file dropped again is known by its name, size and date.

const zone = document.querySelector("[data-upload]");
const words = zone.dataset;
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const input = zone.querySelector("input[type=file]");
const list = document.querySelector(words.into);
const isDoor = words.then === "door";
// Files on the way at once; more would only share the same line. A stranger's first file opens the session of the others.
const LINES = isDoor ? 1 : 2;
const PIECE = Number(words.piece);
const LONGEST = 15; // seconds between tries
const SILENCE = 90; // seconds without a byte before the line counts as broken
const FAULTS = 4; // of the hub itself, before somebody has to ask for more

const waiting = [];
const asleep = new Set();
let running = 0;
let taken = 0;

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
  return { file, card, bar, state, progress, body, name: nameOf(file), sent: 0, tries: 0 };
}

// --- the name under which a file is sent on ------------------------------------------------------------

const fingerprint = (file) => `penstock-upload:${words.part || ""}:${file.name}:${file.size}:${file.lastModified}`;

function nameOf(file) {
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const known = sessionStorage.getItem(fingerprint(file));
    if (!known) sessionStorage.setItem(fingerprint(file), fresh);
    return known || fresh;
  } catch { return fresh; } // switched off: it goes on only while this page is open
}

function forget(file) {
  try { sessionStorage.removeItem(fingerprint(file)); } catch { /* nothing was kept */ }
}

// --- sending --------------------------------------------------------------------------------------------

function start() {
  while (running < LINES && waiting.length) {
    running += 1;
    waiting.shift().send();
  }
}

function free() {
  running -= 1;
  start();
}

function show(view, bytes) {
  const percent = Math.floor((100 * bytes) / view.file.size);
  view.bar.style.width = `${percent}%`;
  view.progress.setAttribute("aria-valuenow", percent);
  view.state.textContent = percent < 100 ? `${words.sending} ${percent} %` : words.storing;
}

function send(view) {
  const { file } = view;
  const request = new XMLHttpRequest(); // fetch cannot tell how much of a body has been sent
  const asked = new URLSearchParams({ name: file.name, size: file.size, offset: view.sent });
  if (words.part) asked.set("part", words.part);
  // However slow a line is, it is good as long as something moves.
  let silence = 0;
  const listen = () => { clearTimeout(silence); silence = setTimeout(() => request.abort(), SILENCE * 1000); };
  listen();
  request.addEventListener("loadend", () => clearTimeout(silence));
  request.upload.addEventListener("progress", (event) => {
    listen();
    show(view, Math.min(view.sent + event.loaded, file.size));
  });
  request.addEventListener("load", () => answered(view, request));
  for (const cut of ["error", "abort"]) request.addEventListener(cut, () => sleep(view, words.cut));
  request.open("POST", `${words.upload}/${view.name}?${asked}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-CSRFToken", csrf);
  request.setRequestHeader("X-Requested-With", "fetch");
  show(view, view.sent);
  request.send(file.slice(view.sent, view.sent + PIECE));
}

function answered(view, request) {
  const { status } = request;
  if (status === 201) return arrived(view, request);
  if (status === 401) return window.location.assign(request.getResponseHeader("Location"));
  const offset = request.getResponseHeader("Upload-Offset");
  if (offset && (status === 204 || status === 409)) {
    view.sent = Number(offset);
    view.tries = 0;
    return send(view);
  }
  const refusal = request.getResponseHeader("X-Penstock-Refusal");
  if (!refusal && status >= 500) return sleep(view, words.failed, view.tries >= FAULTS);
  fail(view, refusal ? textOf(request.responseText) : words.failed);
}

// The line is given to the next file; this one is tried again after a while, at a click, or when the network is back.
function sleep(view, text, forGood = false) {
  view.card.classList.add("failed");
  view.state.textContent = text;
  const button = element("button", "btn btn-sm mt-2", words.again);
  button.type = "button";
  view.body.append(button);
  const wake = () => {
    clearTimeout(timer);
    asleep.delete(wake);
    button.remove();
    view.card.classList.remove("failed");
    queue(view);
  };
  const timer = forGood ? 0 : setTimeout(wake, Math.min(2 ** view.tries, LONGEST) * 1000);
  view.tries += 1;
  asleep.add(wake);
  button.addEventListener("click", wake);
  free();
}

window.addEventListener("online", () => [...asleep].forEach((wake) => wake()));

function fail(view, text) {
  forget(view.file);
  view.card.classList.add("failed");
  view.state.textContent = text;
  view.state.setAttribute("role", "alert");
  view.bar.style.width = "0";
  free();
}

function textOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return (page.querySelector(".notice-text") || page.body).textContent.trim();
}

function arrived(view, request) {
  forget(view.file);
  taken += 1;
  const card = new DOMParser().parseFromString(request.responseText, "text/html").body.firstElementChild;
  view.card.replaceWith(card);
  window.htmx.process(card);
  free();
  // At the front door one file leads straight to its prices, several to their list.
  const rest = waiting.length + running + asleep.size;
  if (words.then === "open") window.location.assign(request.getResponseHeader("Location"));
  else if (isDoor && !rest && !list.querySelector(".failed")) window.location.assign(taken === 1 ? request.getResponseHeader("Location") : words.parts);
}

function queue(view) {
  waiting.push({ send: () => send(view) });
  start();
}

function take(files) {
  const views = [...files].map(cardFor);
  for (const view of views) {
    if (view.file.size > Number(words.limit)) { running += 1; fail(view, words.large); }
    else waiting.push({ send: () => send(view) });
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

for (const sample of document.querySelectorAll("[data-sample]")) {
  sample.hidden = false;
  sample.addEventListener("click", async () => {
    const answer = await fetch(sample.dataset.sample);
    const name = new URL(sample.dataset.sample, location.href).pathname.split("/").pop().replace(/[.][0-9a-f]{12}(?=[.])/, "");
    take([new File([await answer.blob()], name)]);
  });
}
