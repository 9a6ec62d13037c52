// The Gantt of a wave: machines down, time across, a bar per build. Drawn as elements: a chart library for a few bars
// would weigh more than the rest of the page.

const place = document.getElementById("gantt");
const source = document.getElementById("gantt-data");
const HOUR = 3_600_000;
// Lines at these distances in hours: the smallest that gives no more than SO_MANY of them.
const STEPS = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336];
const SO_MANY = 8;

function element(name, text, parent) {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  parent.append(made);
  return made;
}

function draw() {
  const data = JSON.parse(source.textContent);
  const builds = data.builds.map((each) => ({ ...each, from: Date.parse(each.start), to: Date.parse(each.end) }));
  const from = Math.min(...builds.map((each) => each.from));
  const until = Math.max(...builds.map((each) => each.to));
  const share = (moment) => `${(100 * (moment - from)) / Math.max(until - from, HOUR)}%`;
  const hours = (until - from) / HOUR;
  const step = STEPS.find((each) => hours / each <= SO_MANY) ?? Math.ceil(hours / SO_MANY);
  const language = document.documentElement.lang;
  const said = new Intl.DateTimeFormat(language, step < 24 ? { weekday: "short", hour: "numeric" } : { day: "numeric", month: "short" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  if (step >= 24) first.setHours(0);
  const axis = element("gantt-axis", "", place);
  for (let at = first.getTime(); at < until; at += step * HOUR) {
    if (at >= from) element("gantt-tick", said.format(at), axis).style.left = share(at);
  }
  for (const machine of data.machines) {
    element("gantt-name", machine, place);
    const row = element("gantt-row", "", place);
    for (const build of builds.filter((each) => each.machine === machine)) {
      const bar = element("gantt-bar", "", row);
      bar.style.left = share(build.from);
      bar.style.width = `calc(${share(from + build.to - build.from)} - 2px)`;
      bar.title = `${build.build}\n${exact.format(build.from)} – ${exact.format(build.to)}\n${build.fill} % ${data.fill}`;
    }
  }
}

if (place && source) draw();
