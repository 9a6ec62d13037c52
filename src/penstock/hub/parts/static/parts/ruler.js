// Click two points of the part and read their distance. Corners catch the click when it falls near them.

import {
  BufferAttribute, BufferGeometry, Line, LineBasicMaterial, Points, PointsMaterial, Vector3,
} from "../vendor/three.js";

const CATCH_PX = 12;

export class Ruler {
  /** tell(a, b): called after each point, with vectors in the coordinates of the part as it was drawn, or null. */
  constructor(stage, model, section, label, tell) {
    Object.assign(this, { stage, model, section, label, tell, on: false, ends: [] });
    this.geometry = new BufferGeometry();
    this.geometry.setAttribute("position", new BufferAttribute(new Float32Array(6), 3));
    this.line = new Line(this.geometry, new LineBasicMaterial({ depthTest: false, transparent: true }));
    this.dots = new Points(this.geometry, new PointsMaterial({
      size: 9, sizeAttenuation: false, depthTest: false, transparent: true,
    }));
    for (const shown of [this.line, this.dots]) {
      shown.renderOrder = 5;
      shown.frustumCulled = false;
      shown.raycast = () => {};
    }
    model.group.add(this.line, this.dots);
    stage.onTheme((palette) => {
      this.line.material.color.set(palette.lit);
      this.dots.material.color.set(palette.lit);
    });
    stage.onPick((event) => { if (this.on) this.#take(event); });
    stage.onFrame(() => this.#label());
    this.show(false);
  }

  show(on) {
    this.on = on;
    this.ends = [];
    this.#draw();
  }

  /** The same as a click on the middle of the view, for the keyboard. */
  takeMiddle() {
    const box = this.stage.renderer.domElement.getBoundingClientRect();
    this.#take({ clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 });
  }

  #take(event) {
    const hit = this.stage.hits(event, [this.model.surface]).find((each) => this.section.leaves(each.point));
    if (!hit) return;
    if (this.ends.length === 2) this.ends = [];
    this.ends.push(this.model.group.worldToLocal(this.#caught(hit, event)));
    this.#draw();
  }

  #caught(hit, event) {
    const box = this.stage.renderer.domElement.getBoundingClientRect();
    const { position } = this.model.geometry.attributes;
    let best = hit.point;
    let nearest = CATCH_PX;
    for (let corner = 0; corner < 3; corner += 1) {
      const point = new Vector3().fromBufferAttribute(position, 3 * hit.faceIndex + corner);
      this.model.group.localToWorld(point);
      const seen = this.stage.onHost(point);
      const away = seen ? Math.hypot(seen.x - event.clientX + box.left, seen.y - event.clientY + box.top) : Infinity;
      if (away < nearest) {
        best = point;
        nearest = away;
      }
    }
    return best.clone();
  }

  #draw() {
    const { position } = this.geometry.attributes;
    const [a, b] = this.ends;
    if (a) position.setXYZ(0, ...a.toArray());
    if (a) position.setXYZ(1, ...(b || a).toArray());
    position.needsUpdate = true;
    this.dots.visible = Boolean(a);
    this.line.visible = Boolean(b);
    this.tell(a || null, b || null);
    this.stage.invalidate();
  }

  #label() {
    const [a, b] = this.ends;
    this.label.hidden = !b;
    if (!b) return;
    const middle = this.model.group.localToWorld(a.clone().add(b).multiplyScalar(0.5));
    const at = this.stage.onHost(middle);
    if (at) this.label.style.transform = `translate(-50%, -130%) translate(${at.x}px, ${at.y}px)`;
  }
}
