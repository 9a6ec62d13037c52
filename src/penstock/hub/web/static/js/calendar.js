// A machine's week: dragging over free time blocks it, to the half hour. The form beside it does the same by keyboard.

const STEP = 30; // minutes
const DAY = 24 * 60;
const grid = document.querySelector("[data-calendar]");
const form = document.getElementById(grid.dataset.calendar);
const days = [...grid.querySelectorAll("[data-day]")];
let drag = null;

// {day: which column, minute: rounded to the step} under the pointer; beyond the grid its nearest edge.
function placeOf(event) {
  let day = days.findIndex((each) => event.clientX < each.getBoundingClientRect().right);
  if (day < 0) day = days.length - 1;
  const box = days[day].getBoundingClientRect();
  const share = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1);
  return { day, minute: Math.round((share * DAY) / STEP) * STEP };
}

const after = (a, b) => a.day > b.day || (a.day === b.day && a.minute > b.minute);

function span() {
  const [from, to] = after(drag.from, drag.to) ? [drag.to, drag.from] : [drag.from, drag.to];
  return { from, to };
}

function draw() {
  clear();
  const { from, to } = span();
  for (let day = from.day; day <= to.day; day += 1) {
    const top = day === from.day ? from.minute : 0;
    const bottom = day === to.day ? to.minute : DAY;
    const ghost = document.createElement("span");
    ghost.className = "bar ghost";
    ghost.style.top = `${(100 * top) / DAY}%`;
    ghost.style.height = `${(100 * (bottom - top)) / DAY}%`;
    days[day].append(ghost);
  }
}

function clear() {
  grid.querySelectorAll(".ghost").forEach((each) => each.remove());
}

// As the form's own controls write it; midnight at the end of a day is the next day's beginning.
function written(place) {
  const moment = new Date(`${days[place.day].dataset.day}T00:00:00Z`);
  moment.setUTCMinutes(place.minute);
  return moment.toISOString().slice(0, 16);
}

grid.addEventListener("pointerdown", (event) => {
  // A finger scrolls; it has the form.
  if (event.pointerType === "touch" || event.button !== 0) return;
  if (!event.target.closest("[data-day]") || event.target.closest(".bar")) return;
  const place = placeOf(event);
  drag = { from: place, to: place };
  grid.setPointerCapture(event.pointerId);
  event.preventDefault();
});
grid.addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.to = placeOf(event);
  draw();
});
grid.addEventListener("pointerup", () => {
  if (!drag) return;
  const { from, to } = span();
  drag = null;
  if (!after(to, from)) return clear();
  form.elements.starts_at.value = written(from);
  form.elements.ends_at.value = written(to);
  form.requestSubmit();
});
for (const name of ["pointercancel", "keydown"]) {
  document.addEventListener(name, (event) => {
    if (drag && (name !== "keydown" || event.key === "Escape")) {
      drag = null;
      clear();
    }
  });
}
