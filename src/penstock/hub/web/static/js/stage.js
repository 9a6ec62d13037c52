// A small 3D stage for any page: z up, millimetres, drawn only when something changed.
//
//   const stage = openStage(host, { label, onLost });   // null where the browser has no WebGL
//   stage.world.add(mesh); stage.frame();               // put things in, show all of them
//
// The host is an element with a size; its background shows through. It becomes focusable: arrows orbit, Shift and
// arrows move, + and − zoom, 0 shows everything, 1 to 6 look from the front, back, left, right, top and bottom.
// Colours come from `stage.palette`, which follows the theme of the page; `stage.onTheme(repaint)` tells of a change.

import {
  Box3, DirectionalLight, Group, HemisphereLight, OrbitControls, PerspectiveCamera, Raycaster, Scene, Sphere,
  Vector2, Vector3, WebGLRenderer,
} from "../vendor/three.js";

const PALETTES = {
  light: { part: 0x8fa6bb, edge: 0x27323d, faint: 0xb8c4ce, lit: 0xe4572e, accent: 0x0f766e, cut: 0xd99a2b, plate: 0xdde4e9, line: 0x9aa8b4 },
  dark: { part: 0x8ea5ba, edge: 0x0d1319, faint: 0x4a5866, lit: 0xff7a4d, accent: 0x2aa79b, cut: 0xe0a63c, plate: 0x26323d, line: 0x53626f },
};
// Where the eye stands, seen from the part.
export const VIEWS = {
  iso: [0.62, -1, 0.72], front: [0, -1, 0], back: [0, 1, 0], left: [-1, 0, 0], right: [1, 0, 0], top: [0, 0, 1], bottom: [0, 0, -1],
};
const KEYS = { 1: "front", 2: "back", 3: "left", 4: "right", 5: "top", 6: "bottom", 7: "iso" };
const TURN = Math.PI / 24;
const FLIGHT_MS = 450;
const CLICK_PX = 5; // a press that moves further turns the camera instead

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

export function openStage(host, options = {}) {
  try {
    return new Stage(host, options);
  } catch (error) {
    console.info("No 3D view:", error.message);
    return null;
  }
}

class Stage {
  constructor(host, { label = "", onLost = () => {}, stencil = false }) {
    this.host = host;
    // Three prints an error before it throws; ask quietly first.
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2", { antialias: true, alpha: true, stencil });
    if (!context) throw new Error("WebGL 2 is not available");
    this.renderer = new WebGLRenderer({ canvas, context, antialias: true, alpha: true, stencil });
    this.renderer.localClippingEnabled = true;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.scene = new Scene();
    this.world = new Group();
    this.camera = new PerspectiveCamera(28, 1, 1, 1000);
    this.camera.up.set(0, 0, 1);
    this.camera.position.set(...VIEWS.iso);
    this.scene.add(this.world, this.camera);
    this.#light();
    canvas.setAttribute("aria-hidden", "true");
    canvas.style.touchAction = "none";
    host.append(canvas);
    host.tabIndex = 0;
    host.setAttribute("role", "application");
    if (label) host.setAttribute("aria-label", label);

    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.zoomToCursor = true;
    this.controls.addEventListener("change", () => this.invalidate());
    this.controls.addEventListener("start", () => { this.flight = null; });
    this.raycaster = new Raycaster();
    this.repaints = [];
    this.pickers = [];
    this.frames = [];
    this.#listen(canvas, onLost);
    this.#theme();
    this.#resize();
  }

  #light() {
    this.sky = new HemisphereLight(0xffffff, 0x9aa6b3, 1.75);
    this.sky.position.set(0, 0, 1);
    // Fixed to the camera, so that what one looks at is never in the dark.
    const key = new DirectionalLight(0xffffff, 1.9);
    key.position.set(-0.5, 0.9, 1);
    const fill = new DirectionalLight(0xffffff, 0.5);
    fill.position.set(1, -0.3, 0.6);
    this.camera.add(key, key.target, fill, fill.target);
    this.scene.add(this.sky);
  }

  #listen(canvas, onLost) {
    new ResizeObserver(() => this.#resize()).observe(this.host);
    new MutationObserver(() => this.#theme()).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    canvas.addEventListener("webglcontextlost", (event) => { event.preventDefault(); onLost(); });
    this.host.addEventListener("keydown", (event) => this.#key(event));
    let pressed = null;
    canvas.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; });
    canvas.addEventListener("pointerup", (event) => {
      const moved = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]);
      if (pressed && moved < CLICK_PX && event.button === 0) this.pickers.forEach((pick) => pick(event));
      pressed = null;
    });
  }

  #theme() {
    this.palette = PALETTES[document.documentElement.dataset.bsTheme] || PALETTES.light;
    this.repaints.forEach((repaint) => repaint(this.palette));
    this.invalidate();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!width || !height) return;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.renderer.setSize(width, height);
    this.#draw(); // at once: a resized canvas is empty until it is drawn
  }

  #key(event) {
    if (event.target !== this.host || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (steps && event.shiftKey) this.#slide(...steps);
    else if (steps) this.#turn(...steps);
    else if (event.key === "+" || event.key === "=") this.zoom(1.2);
    else if (event.key === "-") this.zoom(1 / 1.2);
    else if (event.key === "0" || event.key === "Home") this.frame({ direction: VIEWS.iso });
    else if (KEYS[event.key]) this.frame({ direction: VIEWS[KEYS[event.key]] });
    else return;
    event.preventDefault();
  }

  #turn(x, y) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const radius = offset.length();
    const azimuth = Math.atan2(offset.y, offset.x) + x * TURN;
    const polar = Math.min(Math.max(Math.acos(offset.z / radius) + y * TURN, 0.001), Math.PI - 0.001);
    const flat = Math.sin(polar) * radius;
    offset.set(Math.cos(azimuth) * flat, Math.sin(azimuth) * flat, Math.cos(polar) * radius);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.invalidate();
  }

  #slide(x, y) {
    const distance = this.camera.position.distanceTo(this.controls.target);
    const move = new Vector3(x, -y, 0).multiplyScalar(distance / 20).applyQuaternion(this.camera.quaternion);
    this.camera.position.add(move);
    this.controls.target.add(move);
    this.controls.update();
    this.invalidate();
  }

  zoom(factor) {
    const offset = this.camera.position.clone().sub(this.controls.target).divideScalar(factor);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.invalidate();
  }

  /** Call `repaint(palette)` now and whenever the theme changes. */
  onTheme(repaint) {
    this.repaints.push(repaint);
    repaint(this.palette);
  }

  /** Call `act(event)` for each click or tap that is not a turn of the camera. */
  onPick(act) { this.pickers.push(act); }

  /** Call `act()` after each drawing, to keep labels of the page beside what they name. */
  onFrame(act) { this.frames.push(act); }

  /** What of `objects` lies under a pointer event, nearest first: three.js intersections. */
  hits(event, objects) {
    const box = this.renderer.domElement.getBoundingClientRect();
    const at = new Vector2(
      ((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2,
    );
    this.raycaster.setFromCamera(at, this.camera);
    return this.raycaster.intersectObjects(objects, true);
  }

  /** Where a point of the world is on the host, in CSS pixels; null behind the camera. */
  onHost(point) {
    const seen = point.clone().project(this.camera);
    if (seen.z > 1) return null;
    return { x: ((seen.x + 1) / 2) * this.host.clientWidth, y: ((1 - seen.y) / 2) * this.host.clientHeight };
  }

  /** Move the camera so that `box` (default: everything) fills the view, seen from `direction` (default: as now). */
  frame({ box = new Box3().setFromObject(this.world), direction = null, at_once = false, margin = 1.06 } = {}) {
    if (box.isEmpty()) return;
    const all = new Box3().setFromObject(this.world).union(box).getBoundingSphere(new Sphere());
    const sphere = box.getBoundingSphere(new Sphere());
    const half = ((this.camera.fov * Math.PI) / 360);
    const narrow = Math.min(half, Math.atan(Math.tan(half) * this.camera.aspect));
    const distance = (Math.max(sphere.radius, all.radius * 0.04) * margin) / Math.sin(narrow);
    const from = direction ? new Vector3(...direction) : this.camera.position.clone().sub(this.controls.target);
    // Straight from above "up" would be undefined.
    if (Math.hypot(from.x, from.y) < 1e-3 * Math.abs(from.z)) from.y = -1e-3 * Math.abs(from.z);
    const position = sphere.center.clone().addScaledVector(from.normalize(), distance);
    const reach = position.distanceTo(all.center) + all.radius * 4;
    this.camera.near = Math.max(all.radius / 500, 1e-3);
    this.camera.far = Math.max(reach * 3, all.radius * 40);
    this.controls.maxDistance = all.radius * 20;
    this.controls.minDistance = all.radius / 60;
    this.camera.updateProjectionMatrix();
    this.#fly(position, sphere.center, at_once || stillness.matches);
  }

  /** Look at a point from `direction` so that twice `half` millimetres are seen across the narrower way. */
  look({ target, direction, half, at_once = false }) {
    const narrow = Math.min(1, this.camera.aspect) * Math.tan((this.camera.fov * Math.PI) / 360);
    const from = direction.clone().normalize();
    if (Math.hypot(from.x, from.y) < 1e-3) from.y = -1e-3;
    this.#fly(target.clone().addScaledVector(from, half / narrow), target.clone(), at_once || stillness.matches);
  }

  #fly(position, target, at_once) {
    if (at_once) {
      this.flight = null;
      this.camera.position.copy(position);
      this.controls.target.copy(target);
      this.controls.update();
    } else {
      this.flight = {
        begun: performance.now(), target, from_target: this.controls.target.clone(),
        offset: position.clone().sub(target), from_offset: this.camera.position.clone().sub(this.controls.target),
      };
    }
    this.invalidate();
  }

  #advance(now) {
    const { begun, target, from_target, offset, from_offset } = this.flight;
    const t = Math.min(Math.max((now - begun) / FLIGHT_MS, 0), 1);
    const eased = t * t * (3 - 2 * t);
    this.controls.target.lerpVectors(from_target, target, eased);
    const length = from_offset.length() * (1 - eased) + offset.length() * eased;
    const way = from_offset.clone().normalize().lerp(offset.clone().normalize(), eased);
    if (way.lengthSq() < 1e-6) way.set(0.1, -1, 0.1);
    this.camera.position.copy(this.controls.target).addScaledVector(way.normalize(), length);
    if (t >= 1) this.flight = null;
    this.controls.update();
  }

  /** Draw again with the next frame. */
  invalidate() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame((now) => {
      this.waiting = null;
      if (this.flight) this.#advance(now);
      this.#draw();
      if (this.flight) this.invalidate();
    });
  }

  #draw() {
    this.renderer.render(this.scene, this.camera);
    this.frames.forEach((act) => act());
  }
}
