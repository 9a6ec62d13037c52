// A plane that cuts the part open along an axis; the cut itself is filled, by counting in the stencil buffer how many
// surfaces lie between the eye and the plane.

import {
  AlwaysStencilFunc, BackSide, DecrementWrapStencilOp, DoubleSide, FrontSide, IncrementWrapStencilOp, Mesh,
  MeshBasicMaterial, MeshLambertMaterial, NotEqualStencilFunc, Plane, PlaneGeometry, ReplaceStencilOp, Vector3,
} from "../vendor/three.js";

const AXES = { x: new Vector3(-1, 0, 0), y: new Vector3(0, 1, 0), z: new Vector3(0, 0, -1) };

export class Section {
  constructor(stage, model) {
    this.stage = stage;
    this.model = model;
    this.plane = new Plane(AXES.x.clone(), 0);
    this.counters = [
      this.#counter(BackSide, IncrementWrapStencilOp), this.#counter(FrontSide, DecrementWrapStencilOp),
    ];
    this.cap = new Mesh(new PlaneGeometry(1, 1), new MeshLambertMaterial({
      side: DoubleSide, stencilWrite: true, stencilRef: 0, stencilFunc: NotEqualStencilFunc,
      stencilFail: ReplaceStencilOp, stencilZFail: ReplaceStencilOp, stencilZPass: ReplaceStencilOp,
    }));
    this.cap.renderOrder = 2;
    this.cap.onAfterRender = (renderer) => renderer.clearStencil();
    this.parts = [...this.counters, this.cap];
    model.group.add(...this.counters);
    stage.scene.add(this.cap);
    this.show(false);
    stage.onTheme((palette) => this.cap.material.color.set(palette.cut));
  }

  #counter(side, operation) {
    const counter = new Mesh(this.model.geometry, new MeshBasicMaterial({
      side, clippingPlanes: [this.plane], depthWrite: false, depthTest: false, colorWrite: false, stencilWrite: true,
      stencilFunc: AlwaysStencilFunc, stencilFail: operation, stencilZFail: operation, stencilZPass: operation,
    }));
    counter.renderOrder = 1;
    counter.raycast = () => {}; // the surface itself is what one points at
    return counter;
  }

  show(on) {
    this.on = on;
    this.parts.forEach((part) => { part.visible = on; });
    for (const material of [this.model.material, this.model.edgeMaterial]) {
      material.clippingPlanes = on ? [this.plane] : null;
      material.needsUpdate = true;
    }
    this.stage.invalidate();
  }

  /** Cut across `axis` at `share` (0 … 1) of the part; returns where that is in mm from its lower side. */
  place(axis, share) {
    const box = this.model.box();
    const size = box.getSize(new Vector3());
    // Not quite at the ends, where the plane and a face of the part would flicker through each other.
    const at = box.min[axis] + size[axis] * (0.001 + 0.998 * share);
    const normal = AXES[axis];
    this.plane.normal.copy(normal);
    this.plane.constant = -normal[axis] * at;
    const middle = box.getCenter(new Vector3());
    middle[axis] = at;
    this.cap.position.copy(middle);
    this.cap.scale.setScalar(size.length() * 1.1);
    this.cap.lookAt(middle.clone().add(normal));
    this.stage.invalidate();
    return at - box.min[axis];
  }

  /** Whether a point is on the side that is left. */
  leaves(point) { return !this.on || this.plane.distanceToPoint(point) >= -1e-6; }
}
