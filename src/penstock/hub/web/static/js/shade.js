// From an indexed mesh to what is drawn: smooth where the surface is, sharp at its edges.
//
// Written over typed arrays, as three's own helpers hash strings and need seconds for a mesh of a megabyte.

import { BufferAttribute, BufferGeometry } from "../vendor/three.js";

const CREASE = Math.cos((28 * Math.PI) / 180);

/** Unit normal of each triangle, and its area-weighted length: Float32Arrays of 3m and m. */
function faces(points, triangles) {
  const count = triangles.length / 3;
  const normals = new Float32Array(count * 3);
  const weights = new Float32Array(count);
  for (let t = 0; t < count; t += 1) {
    const a = triangles[3 * t] * 3, b = triangles[3 * t + 1] * 3, c = triangles[3 * t + 2] * 3;
    const ux = points[b] - points[a], uy = points[b + 1] - points[a + 1], uz = points[b + 2] - points[a + 2];
    const vx = points[c] - points[a], vy = points[c + 1] - points[a + 1], vz = points[c + 2] - points[a + 2];
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    const length = Math.hypot(x, y, z);
    weights[t] = length;
    if (length > 0) normals.set([x / length, y / length, z / length], 3 * t);
  }
  return { normals, weights };
}

/** Corners (3 per triangle, in order) around each point, as compressed rows. */
function corners(triangles, points) {
  const starts = new Uint32Array(points + 1);
  for (const point of triangles) starts[point + 1] += 1;
  for (let n = 0; n < points; n += 1) starts[n + 1] += starts[n];
  const next = starts.slice(0, points);
  const members = new Uint32Array(triangles.length);
  for (let corner = 0; corner < triangles.length; corner += 1) members[next[triangles[corner]]++] = corner;
  return { starts, members };
}

/**
 * A geometry without index (triangle t has corners 3t … 3t+2), with normals that are smooth across edges of less than
 * 28° only. points: Float32Array of 3n, triangles: array of 3m numbers of points.
 */
export function shaded(points, triangles) {
  const { normals, weights } = faces(points, triangles);
  const { starts, members } = corners(triangles, points.length / 3);
  const position = new Float32Array(triangles.length * 3);
  const normal = new Float32Array(triangles.length * 3);
  for (let corner = 0; corner < triangles.length; corner += 1) {
    const point = triangles[corner];
    const own = 3 * Math.floor(corner / 3);
    let x = 0, y = 0, z = 0;
    for (let n = starts[point]; n < starts[point + 1]; n += 1) {
      const face = Math.floor(members[n] / 3);
      const at = 3 * face;
      const same = normals[own] * normals[at] + normals[own + 1] * normals[at + 1] + normals[own + 2] * normals[at + 2];
      if (same < CREASE && at !== own) continue;
      x += normals[at] * weights[face]; y += normals[at + 1] * weights[face]; z += normals[at + 2] * weights[face];
    }
    const length = Math.hypot(x, y, z) || 1;
    position.set([points[3 * point], points[3 * point + 1], points[3 * point + 2]], 3 * corner);
    normal.set([x / length, y / length, z / length], 3 * corner);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(position, 3));
  geometry.setAttribute("normal", new BufferAttribute(normal, 3));
  return geometry;
}

/** The sharp and open edges of a mesh as pairs of points, for LineSegments. */
export function sharpEdges(points, triangles) {
  const { normals } = faces(points, triangles);
  const { starts, members } = corners(triangles, points.length / 3);
  const found = [];
  const push = (point) => found.push(points[3 * point], points[3 * point + 1], points[3 * point + 2]);
  const ends = [];
  const owners = [];
  for (let point = 0; point < points.length / 3; point += 1) {
    // Every edge is looked at from its lower point: both triangles beside it have a corner there.
    ends.length = owners.length = 0;
    for (let n = starts[point]; n < starts[point + 1]; n += 1) {
      const corner = members[n];
      const first = corner - (corner % 3);
      for (const step of [1, 2]) {
        const other = triangles[first + ((corner - first + step) % 3)];
        if (other > point) { ends.push(other); owners.push(first); }
      }
    }
    for (let n = 0; n < ends.length; n += 1) {
      const again = ends.indexOf(ends[n]);
      if (again !== n) continue;
      const twin = ends.indexOf(ends[n], n + 1);
      const crowded = twin !== -1 && ends.indexOf(ends[n], twin + 1) !== -1;
      const a = owners[n], b = owners[twin];
      const same = twin === -1 ? -1 : normals[a] * normals[b] + normals[a + 1] * normals[b + 1] + normals[a + 2] * normals[b + 2];
      if (crowded || same < CREASE) { push(point); push(ends[n]); }
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(found), 3));
  return geometry;
}
