// A part on the stage: its surface and edges, coloured by what one wants to know of it.

import { shaded, sharpEdges } from "../js/shade.js";
import { leb128 } from "../js/preview.js";
import {
  Box3, BufferAttribute, Color, DoubleSide, Group, LineBasicMaterial, LineSegments, Mesh,
  MeshLambertMaterial, Triangle, Vector3,
} from "../vendor/three.js";

// Thin is warm, thick is cool: of equal lightness steps, told apart by the colour-blind too.
const RAMP = [0xc2263d, 0xee7b3c, 0xf6cf65, 0x8cc6b5, 0x3b7fb6].map((hex) => new Color(hex));
const UNKNOWN = new Color(0x8a949e);

/** The colour of a thickness that lies `share` (0 … 1) of the way from thin to thick. */
export function ramp(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[low].clone().lerp(RAMP[low + 1], at - low);
}

export class Model {
  constructor(stage, preview) {
    this.stage = stage;
    const { points, triangles, extras, view } = preview;
    this.count = triangles.length / 3;
    this.origin = "origin" in extras ? sums(leb128(view(extras.origin))) : null;
    this.thickness = "thickness" in extras ? levels(view(extras.thickness), extras) : null;
    this.colours = "colours" in extras ? painted(leb128(view(extras.colours)), extras.palette) : null;
    this.range = this.thickness && spread(this.thickness);
    this.geometry = shaded(points, triangles);
    this.geometry.setAttribute("color", new BufferAttribute(new Float32Array(9 * this.count), 3));
    this.geometry.computeBoundingBox();
    this.material = new MeshLambertMaterial({
      vertexColors: true, side: DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1,
    });
    this.edgeMaterial = new LineBasicMaterial();
    this.surface = new Mesh(this.geometry, this.material);
    this.edges = new LineSegments(sharpEdges(points, triangles), this.edgeMaterial);
    this.group = new Group();
    this.group.add(this.surface, this.edges);
    stage.world.add(this.group);
    this.lit = null;
    this.showsThickness = false;
    stage.onTheme(() => this.paint());
  }

  /** The box around the part as it lies now. */
  box() { return new Box3().setFromObject(this.group); }

  /** Light up the triangles of the part in `ranges` ([first, after), ascending), or none. */
  light(ranges) {
    this.lit = ranges && ranges.length ? this.#within(ranges) : null;
    this.paint();
    return this.lit ? this.lit.some(Boolean) : false;
  }

  /** The normal of the largest of the lit triangles, in the coordinates of the part. */
  litNormal() {
    const triangle = new Triangle();
    const { position } = this.geometry.attributes;
    let largest = 0;
    const normal = new Vector3();
    for (let n = 0; n < this.count; n += 1) {
      if (!this.lit?.[n]) continue;
      triangle.setFromAttributeAndIndices(position, 3 * n, 3 * n + 1, 3 * n + 2);
      const area = triangle.getArea();
      if (area > largest) {
        largest = area;
        triangle.getNormal(normal);
      }
    }
    return largest ? normal : null;
  }

  #within(ranges) {
    const lit = new Uint8Array(this.count);
    let at = 0;
    for (let triangle = 0; triangle < this.count; triangle += 1) {
      const number = this.origin ? this.origin[triangle] : triangle;
      while (at < ranges.length && ranges[at][1] <= number) at += 1;
      if (at === ranges.length) break;
      if (number >= ranges[at][0]) lit[triangle] = 1;
    }
    return lit;
  }

  colourByThickness(on) {
    this.showsThickness = on && this.thickness !== null;
    this.paint();
  }

  paint() {
    const { palette } = this.stage;
    const plain = new Color(palette.part);
    const lit = new Color(palette.lit);
    const colours = this.geometry.attributes.color;
    for (let triangle = 0; triangle < this.count; triangle += 1) {
      let colour = this.colours?.[triangle] ?? plain;
      if (this.showsThickness) {
        const value = this.thickness[triangle];
        colour = Number.isNaN(value) ? UNKNOWN : ramp(this.shareOf(value));
      }
      if (this.lit?.[triangle]) colour = lit;
      for (let corner = 0; corner < 3; corner += 1) colour.toArray(colours.array, 9 * triangle + 3 * corner);
    }
    colours.needsUpdate = true;
    this.edgeMaterial.color.set(palette.edge);
    this.stage.invalidate();
  }

  /** Where a thickness lies between the ends of the legend, by its logarithm. */
  shareOf(mm) {
    const [low, high] = this.range;
    return Math.log(mm / low) / Math.log(high / low);
  }
}

function sums(steps) {
  let total = 0;
  return steps.map((step) => { total += step; return total; });
}

/** The colour of each triangle, from runs of numbers into the palette; null where the file gave none. */
function painted(runs, palette) {
  const known = palette.map((code) => new Color(code));
  const colours = [];
  for (let at = 0; at < runs.length; at += 2) {
    const colour = runs[at] ? known[runs[at] - 1] : null;
    for (let n = 0; n < runs[at + 1]; n += 1) colours.push(colour);
  }
  return colours;
}

function levels(bytes, { base_mm: base, ratio }) {
  return Float32Array.from(bytes, (byte) => (byte ? base * ratio ** (byte - 1) : NaN));
}

/** The ends of the legend: what all but a few of the triangles lie between. */
function spread(thickness) {
  const known = thickness.filter((value) => !Number.isNaN(value)).sort();
  if (!known.length) return [0.5, 5];
  const low = Math.max(known[Math.floor(known.length * 0.02)], 0.1);
  // Walls matter where they are thin: what is many times thicker, such as a plate along itself, need not be told apart.
  return [low, Math.min(Math.max(known[Math.floor(known.length * 0.95)], low * 1.5), Math.max(low * 8, 5))];
}
