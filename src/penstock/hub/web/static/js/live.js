// What changes elsewhere appears by itself: the page asks whether anything has happened that its reader may read, and
// then tells its parts ([hx-trigger="news from:body"]), which fetch themselves anew. Without this a reload shows it.

const SECONDS = 4;
const LONGEST = 60; // between questions while the hub does not answer
const body = document.body;
let wait = SECONDS;
let timer = 0;

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, wait * 1000);
}

async function ask() {
  if (document.hidden) return; // asked again when somebody looks
  try {
    const address = `${body.dataset.live}?seen=${encodeURIComponent(body.dataset.seen)}`;
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const seen = answer.headers.get("X-Penstock-Seen");
    if (!seen) return; // logged out: the next click leads to the log-in
    body.dataset.seen = seen;
    if (answer.status === 200) arrived(await answer.json());
    wait = SECONDS;
  } catch {
    wait = Math.min(wait * 2, LONGEST);
  }
  later();
}

function count(unread) {
  const badge = document.querySelector("[data-unread]");
  const said = document.querySelector("[data-unread-said]");
  if (badge && badge.textContent !== String(unread)) {
    badge.textContent = unread;
    badge.hidden = !unread;
    said.textContent = unread ? `${said.dataset.some} ${unread}` : said.dataset.none;
  }
}

function arrived({ unread }) {
  count(unread);
  window.htmx?.trigger(body, "news");
}

// Nothing is taken from under somebody's hands: a part in which a form is open or being filled waits for the next news.
function isBusy(part) {
  if (part.querySelector("details[open] form, [data-dirty]")) return true;
  return part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (part.getAttribute("hx-trigger")?.includes("news") && isBusy(part)) event.preventDefault();
});
body.addEventListener("inbox-read", () => count(0));
document.addEventListener("visibilitychange", () => { if (!document.hidden && body.dataset.live) ask(); });
if (body.dataset.live) later();
