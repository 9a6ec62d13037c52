// The build chamber in 3D: every part named, a clicked part lights its row and a clicked row its parts.
//
// Copies of a part are instances of one mesh. Boxes stand in until a part's preview has come, and where it has none.

import {
  Box3, BoxGeometry, BufferAttribute, BufferGeometry, Color, EdgesGeometry, InstancedMesh, LineBasicMaterial,
  LineSegments, Matrix4, MeshLambertMaterial, Plane, Vector3, DoubleSide,
} from "../vendor/three.js";
import { openStage, VIEWS } from "./stage.js";
import { loadPreview } from "./preview.js";
import { shaded } from "./shade.js";

// The same colours as .swatch in penstock.css and on the sheet.
const COLOURS = [0xe69f00, 0x56b4e9, 0x009e73, 0xcc79a7, 0x0072b2, 0xd55e00, 0xf0e442, 0x888892];
const FAINT = 0.16;

const host = document.getElementById("build-stage");
if (host) open(host);

async function open(element) {
  const stage = openStage(element, { label: element.dataset.label, onLost: () => say(element.dataset.none) });
  if (!stage) {
    say(element.dataset.none);
    return;
  }
  const answer = await fetch(element.dataset.scene, { credentials: "same-origin" });
  if (!answer.ok) {
    say(element.dataset.none);
    return;
  }
  const scene = await answer.json();
  const view = new BuildView(stage, scene, element);
  view.fill();
}

function say(text) {
  const label = document.getElementById("build-name");
  label.textContent = text;
  label.hidden = !text;
}

class BuildView {
  constructor(stage, scene, element) {
    this.stage = stage;
    this.scene = scene;
    this.element = element;
    this.chosen = null; // { job, copy }: copy is null where all of a job are meant
    this.parts = [];
    this.cut = new Plane(new Vector3(0, 0, -1), scene.chamber[2] + 1);
    this.#chamber();
    scene.parts.forEach((part, number) => this.#boxes(part, number));
    stage.frame({ box: this.used, direction: VIEWS.iso, at_once: true });
    stage.onPick((event) => this.#pick(event));
    this.#tools();
    this.#rows();
    element.dataset.ready = "boxes";
  }

  #chamber() {
    const [x, y, z] = this.scene.chamber;
    this.box = new Box3(new Vector3(0, 0, 0), new Vector3(x, y, z));
    this.used = new Box3(new Vector3(0, 0, 0), new Vector3(x, y, Math.min(Math.max(this.scene.height, z / 10), z)));
    const solid = new BoxGeometry(x, y, z).translate(x / 2, y / 2, z / 2);
    this.frame = new LineSegments(new EdgesGeometry(solid), new LineBasicMaterial());
    const floor = [0, 0, 0, x, 0, 0, x, y, 0, 0, 0, 0, x, y, 0, 0, y, 0];
    const plate = new BufferGeometry();
    plate.setAttribute("position", new BufferAttribute(new Float32Array(floor), 3));
    plate.setAttribute("normal", new BufferAttribute(new Float32Array(floor.map((_, n) => (n % 3 === 2 ? 1 : 0))), 3));
    this.plate = new InstancedMesh(plate, new MeshLambertMaterial({ side: DoubleSide, transparent: true, opacity: 0.55 }), 1);
    this.plate.setMatrixAt(0, new Matrix4());
    this.stage.world.add(this.frame, this.plate);
    this.stage.onTheme((palette) => {
      this.frame.material.color.set(palette.line);
      this.plate.material.color.set(palette.plate);
    });
  }

  #boxes(part, number) {
    const [x, y, z] = part.size || [1, 1, 1];
    const [a, b, c] = part.origin;
    const geometry = new BoxGeometry(x, y, z).translate(a + x / 2, b + y / 2, c + z / 2);
    const shown = { ...part, colour: COLOURS[number % COLOURS.length], mesh: null };
    this.parts.push(shown);
    this.#show(shown, geometry);
  }

  #show(part, geometry) {
    if (part.mesh) {
      this.stage.world.remove(part.mesh);
      part.mesh.geometry.dispose();
      part.mesh.material.dispose();
    }
    const material = new MeshLambertMaterial({ side: DoubleSide, clippingPlanes: [this.cut] });
    part.mesh = new InstancedMesh(geometry, material, part.copies.length);
    part.copies.forEach((copy, n) => part.mesh.setMatrixAt(n, new Matrix4().set(...copy.matrix)));
    part.mesh.userData.part = part;
    this.stage.world.add(part.mesh);
    this.#paint(part);
  }

  /** The parts' own shapes, one after another. */
  async fill() {
    const bar = document.getElementById("build-progress");
    const waiting = this.parts.filter((part) => part.preview);
    bar.hidden = waiting.length < 3;
    const known = new Map();
    let come = 0;
    for (const part of waiting) {
      if (!known.has(part.preview)) known.set(part.preview, loadPreview(part.preview).catch(() => null));
      const preview = await known.get(part.preview);
      come += 1;
      bar.firstElementChild.style.width = `${(100 * come) / waiting.length}%`;
      if (preview) this.#show(part, this.#placed(part, preview));
    }
    bar.hidden = true;
    this.element.dataset.ready = "parts";
    this.stage.invalidate();
  }

  /** A preview moved so that its box begins where the layout counts from. */
  #placed(part, { points, triangles }) {
    const low = [Infinity, Infinity, Infinity];
    for (let n = 0; n < points.length; n += 1) low[n % 3] = Math.min(low[n % 3], points[n]);
    const geometry = shaded(points, triangles);
    geometry.translate(part.origin[0] - low[0], part.origin[1] - low[1], part.origin[2] - low[2]);
    return geometry;
  }

  // --- choosing --------------------------------------------------------------------------------------------

  #pick(event) {
    const meshes = this.parts.map((part) => part.mesh);
    const hit = this.stage.hits(event, meshes).find(({ point }) => this.cut.distanceToPoint(point) >= 0);
    this.choose(hit ? { job: hit.object.userData.part.job, copy: hit.instanceId } : null, true);
  }

  choose(chosen, from_view = false) {
    const same = chosen && this.chosen && chosen.job === this.chosen.job && chosen.copy === this.chosen.copy;
    this.chosen = same ? null : chosen;
    this.parts.forEach((part) => this.#paint(part));
    this.stage.invalidate();
    const part = this.chosen && this.parts.find((each) => each.job === this.chosen.job);
    const copy = part && this.chosen.copy !== null ? ` · ${this.element.dataset.copyWord} ${part.copies[this.chosen.copy].copy + 1}` : "";
    say(part ? `${part.name}${copy}` : "");
    this.light(from_view);
  }

  /** The row of the chosen part; also after the table came anew. */
  light(scroll = false) {
    for (const row of document.querySelectorAll("tr[data-job]")) {
      const lit = Boolean(this.chosen) && row.dataset.job === this.chosen.job;
      row.classList.toggle("lit", lit);
      if (lit) row.setAttribute("aria-selected", "true");
      else row.removeAttribute("aria-selected");
      if (lit && scroll) row.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  }

  #paint(part) {
    const own = new Color(part.colour);
    const faint = this.chosen && this.chosen.job !== part.job;
    part.mesh.material.transparent = Boolean(faint);
    part.mesh.material.opacity = faint ? FAINT : 1;
    part.mesh.material.depthWrite = !faint;
    part.mesh.material.needsUpdate = true;
    const lit = new Color(this.stage.palette.lit);
    part.copies.forEach((_, n) => {
      const is_lit = this.chosen && this.chosen.job === part.job && this.chosen.copy === n;
      part.mesh.setColorAt(n, is_lit ? lit : own);
    });
    part.mesh.instanceColor.needsUpdate = true;
  }

  // --- the page round it -----------------------------------------------------------------------------------

  #rows() {
    const act = (event) => {
      const row = event.target.closest("tr[data-job]");
      if (!row || event.target.closest("a, button, form, input")) return;
      if (event.type === "keydown" && event.key !== "Enter") return;
      this.choose({ job: row.dataset.job, copy: null });
    };
    document.addEventListener("click", act);
    document.addEventListener("keydown", act);
    document.body.addEventListener("htmx:afterSettle", () => this.light());
  }

  #tools() {
    document.getElementById("build-tools").hidden = false;
    const slider = document.getElementById("build-cut");
    const output = document.getElementById("build-cut-mm");
    const top = Math.max(this.scene.height, 1);
    const apply = () => {
      const share = slider.value / 100;
      const height = share * top;
      this.cut.constant = share < 1 ? height : this.scene.chamber[2] + 1;
      output.textContent = `${height.toFixed(0)} mm`;
      this.stage.invalidate();
    };
    slider.addEventListener("input", apply);
    apply();
    for (const button of document.querySelectorAll("[data-look]")) {
      const [view, box] = button.dataset.look === "whole" ? ["iso", this.box] : [button.dataset.look, this.used];
      button.addEventListener("click", () => this.stage.frame({ box, direction: VIEWS[view] }));
    }
  }
}
