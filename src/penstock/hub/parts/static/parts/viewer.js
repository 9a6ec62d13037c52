// The 3D view of the part page: findings that light up, a section, a ruler, wall thickness, the pose in the machine.
// Without WebGL, or if anything here fails, the picture of the part stays where it is.

import { loadPreview } from "../js/preview.js";
import { VIEWS, openStage } from "../js/stage.js";
import { GridHelper, Matrix4, Vector3 } from "../vendor/three.js";
import { Model, ramp } from "./model.js";
import { Ruler } from "./ruler.js";
import { Section } from "./section.js";

const INCH = 25.4;
const card = document.querySelector("[data-viewer-card]");
const host = card?.querySelector("[data-viewer]");
const find = (selector) => card.querySelector(selector);

function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

/** Lengths as people here read them; the unit is a choice that stays. */
const lengths = {
  unit: stored("penstock-unit") === "inch" ? "inch" : "mm",
  say(mm) {
    const inch = this.unit === "inch";
    const value = inch ? mm / INCH : mm;
    const digits = inch ? 3 : Math.abs(mm) >= 100 ? 1 : 2;
    const number = value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return `${number} ${inch ? "in" : "mm"}`;
  },
};

class Viewer {
  constructor(stage, preview) {
    this.stage = stage;
    this.model = new Model(stage, preview);
    this.section = new Section(stage, this.model);
    this.ruler = new Ruler(stage, this.model, this.section, find("[data-ruler-label]"), (a, b) => this.#measured(a, b));
    this.plate = null;
    this.target = null;
    this.pin = find("[data-pin]");
    stage.onFrame(() => this.#movePin());
    stage.frame({ direction: VIEWS.iso, at_once: true });
    this.#tools();
    this.#findings();
    if (this.model.thickness) this.#legend();
  }

  // --- tools -------------------------------------------------------------------------------------------

  #tools() {
    find("[data-tools]").hidden = false;
    find('[data-tool="thickness"]').hidden = !this.model.thickness;
    card.querySelectorAll("[data-tool]").forEach((button) => {
      button.addEventListener("click", () => this.#press(button));
    });
    card.querySelectorAll("[data-section-axis]").forEach((input) => input.addEventListener("change", () => this.#cut()));
    find("[data-section-share]").addEventListener("input", () => this.#cut());
    find("[data-unit]").addEventListener("click", () => {
      lengths.unit = lengths.unit === "mm" ? "inch" : "mm";
      try { localStorage.setItem("penstock-unit", lengths.unit); } catch { /* for this page only */ }
      this.#measured(...this.ends);
    });
    host.addEventListener("keydown", (event) => {
      if (event.target === host && event.key === "Enter" && this.ruler.on) {
        event.preventDefault();
        this.ruler.takeMiddle();
      } else if (event.key === "Escape") {
        card.querySelectorAll('[data-tool][aria-pressed="true"]').forEach((button) => this.#press(button));
        this.#show(null);
      }
    });
  }

  #press(button) {
    const { tool } = button.dataset;
    if (tool === "fit") return this.stage.frame({ direction: VIEWS.iso });
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    find(`[data-panel="${tool}"]`).hidden = !on;
    if (tool === "section") {
      this.section.show(on);
      if (on) this.#cut();
    } else if (tool === "ruler") {
      this.ruler.show(on);
      host.classList.toggle("measuring", on);
    } else if (tool === "thickness") {
      this.model.colourByThickness(on);
    } else if (tool === "pose") {
      if (on) this.#poses();
      else this.#lay(null);
    }
    return undefined;
  }

  #cut() {
    const axis = find("[data-section-axis]:checked").value;
    const range = find("[data-section-share]");
    const at = lengths.say(this.section.place(axis, range.value / 100));
    find("[data-section-at]").textContent = at;
    range.setAttribute("aria-valuetext", at);
  }

  #measured(a, b) {
    this.ends = [a, b];
    const words = host.dataset;
    const out = find("[data-ruler-says]");
    if (!b) {
      out.textContent = a ? words.rulerSecond : words.rulerFirst;
      return;
    }
    const distance = lengths.say(a.distanceTo(b));
    const along = ["x", "y", "z"].map((axis) => `${axis} ${lengths.say(Math.abs(a[axis] - b[axis]))}`).join(" · ");
    out.textContent = `${distance} (${along})`;
    find("[data-ruler-label]").textContent = distance;
  }

  #legend() {
    const [low, high] = this.model.range;
    const stops = Array.from({ length: 9 }, (_, n) => `#${ramp(n / 8).getHexString()}`);
    find("[data-legend]").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const ends = find("[data-legend-ends]").children;
    [low, Math.sqrt(low * high), high].forEach((mm, n) => {
      ends[n].textContent = `${n === 0 ? "≤ " : n === 2 ? "≥ " : ""}${lengths.say(mm)}`;
    });
  }

  // --- findings ------------------------------------------------------------------------------------------

  #findings() {
    document.querySelectorAll("[data-finding]").forEach((button) => { button.hidden = false; });
    // The price table, which comes later, has such buttons too; without this view they are links to this page.
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-finding]");
      if (!button) return;
      event.preventDefault();
      this.#pressFinding(button);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== " " || !event.target.matches("a[data-finding]")) return;
      event.preventDefault();
      this.#pressFinding(event.target);
    });
    const asked = new URLSearchParams(window.location.search).get("show");
    if (asked) this.#light(asked, document.querySelector(`button[data-finding="${CSS.escape(asked)}"]`));
  }

  #pressFinding(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    return this.#light(on ? button.dataset.finding : "", on ? button : null);
  }

  async #light(key, button) {
    const places = key ? await this.#places() : {};
    this.#show(places[key] || null, button);
  }

  /** Where the findings are; asked for when the first is looked at. */
  async #places() {
    this.known ||= fetch(host.dataset.places, { headers: { "X-Requested-With": "fetch" } }).then((answer) => answer.json());
    return this.known;
  }

  #show(place, button = null) {
    document.querySelectorAll('[data-finding][aria-pressed="true"]').forEach((each) => each.setAttribute("aria-pressed", "false"));
    button?.setAttribute("aria-pressed", "true");
    this.model.light(place?.triangles);
    this.target = place && new Vector3(...place.target_mm);
    this.pin.hidden = !place;
    if (!place) return;
    const direction = new Vector3(...place.direction);
    // A face seen along itself shows no colour: look a little from its side.
    const normal = this.model.litNormal();
    if (normal && Math.abs(normal.dot(direction)) < 0.4) {
      direction.addScaledVector(normal, normal.dot(direction) < 0 ? -0.9 : 0.9);
    }
    direction.transformDirection(this.model.group.matrixWorld);
    const target = this.model.group.localToWorld(this.target.clone());
    this.stage.look({ target, direction, half: place.distance_mm * Math.tan(Math.PI / 12) });
    if (host.getBoundingClientRect().top < 0 || host.getBoundingClientRect().bottom > window.innerHeight) {
      host.scrollIntoView({ block: "center", behavior: "instant" });
    }
  }

  #movePin() {
    if (!this.target) return;
    const at = this.stage.onHost(this.model.group.localToWorld(this.target.clone()));
    if (at) this.pin.style.transform = `translate(${at.x}px, ${at.y}px)`;
  }

  // --- the pose in the machine ------------------------------------------------------------------------------

  async #poses(process = "") {
    const list = find("[data-poses-list]");
    if (process || !list.querySelector("input")) {
      const query = process ? `?process=${encodeURIComponent(process)}` : "";
      const response = await fetch(host.dataset.poses + query, { headers: { "X-Requested-With": "fetch" } });
      if (!response.ok) {
        list.textContent = host.dataset.posesFailed;
        return;
      }
      list.innerHTML = await response.text();
      list.addEventListener("change", ({ target }) => {
        if (target.matches("[data-pose-process]")) this.#poses(target.value);
        else this.#lay(JSON.parse(target.dataset.rotation));
      }, { signal: this.#onceMore() });
    }
    this.#lay(JSON.parse(list.querySelector("input:checked").dataset.rotation));
  }

  #onceMore() {
    this.listening?.abort();
    this.listening = new AbortController();
    return this.listening.signal;
  }

  /** Turn the part as `rotation` (three rows) says and put a plate under it; null: as it was drawn, without. */
  #lay(rotation) {
    const { group } = this.model;
    const [a, b, c] = rotation || [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    group.setRotationFromMatrix(new Matrix4().set(...a, 0, ...b, 0, ...c, 0, 0, 0, 0, 1));
    group.position.set(0, 0, 0);
    group.updateMatrixWorld(true);
    this.plate?.removeFromParent();
    this.plate = null;
    if (rotation) {
      const box = this.model.box();
      const middle = box.getCenter(new Vector3());
      group.position.set(-middle.x, -middle.y, -box.min.z);
      group.updateMatrixWorld(true);
      this.plate = plateUnder(this.model.box(), this.stage);
      this.stage.world.add(this.plate);
    }
    if (this.section.on) this.#cut();
    this.stage.frame({ direction: VIEWS.iso });
  }
}

/** A plate with lines 10, 100 … mm apart, a little larger than what stands on it. */
function plateUnder(box, stage) {
  const size = box.getSize(new Vector3());
  const side = Math.max(size.x, size.y) * 1.3;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(side / 4)));
  const lines = Math.ceil(side / step / 2) * 2;
  const plate = new GridHelper(lines * step, lines);
  plate.rotation.x = Math.PI / 2;
  plate.position.z = -size.z * 0.002;
  plate.material.vertexColors = false;
  plate.material.needsUpdate = true;
  stage.onTheme((palette) => plate.material.color.set(palette.line));
  return plate;
}

async function begin() {
  const picture = host.querySelector("img");
  const stage = openStage(host, {
    label: host.dataset.label,
    stencil: true,
    onLost: () => fall(),
  });
  const fall = () => {
    stage?.renderer.domElement.remove();
    if (picture) picture.hidden = false;
    find("[data-tools]").hidden = true;
    find("[data-no-3d]").hidden = false;
    host.removeAttribute("role");
    host.removeAttribute("tabindex");
  };
  if (!stage) return fall();
  host.setAttribute("aria-describedby", "viewer-keys");
  try {
    const viewer = new Viewer(stage, await loadPreview(host.dataset.preview));
    if (picture) picture.hidden = true;
    host.dataset.state = "ready";
    return viewer;
  } catch (error) {
    console.info("No 3D view:", error.message);
    return fall();
  }
}

if (host) begin();
