// Reads the previews the hub makes of parts (GLB, written by engines/geometry/preview.py), and only those.
//
// A general glTF loader is larger than the page; ours is one mesh with whole-number positions and, beside it, what a
// page colours by: a value for each triangle. Gives millimetres with z up, as the part was drawn.

const TYPES = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array };
const MM_PER_M = 1000;

/** { points: Float32Array (3n, mm), triangles: array (3m), extras, view(n) → bytes of a buffer view } of a GLB. */
export function readPreview(buffer) {
  const head = new DataView(buffer);
  if (head.getUint32(0, true) !== 0x46546c67) throw new Error("not a GLB file");
  const length = head.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length)));
  const body = 20 + length + 8;
  const node = document.nodes.find((each) => "mesh" in each);
  const [primitive] = document.meshes[node.mesh].primitives;
  const view = (n, Type = Uint8Array) => {
    const { byteOffset = 0, byteLength } = document.bufferViews[n];
    return new Type(buffer, body + byteOffset, byteLength / Type.BYTES_PER_ELEMENT);
  };
  const of = (accessor) => {
    const { bufferView, componentType, count } = document.accessors[accessor];
    return { values: view(bufferView, TYPES[componentType]), count, stride: document.bufferViews[bufferView].byteStride };
  };
  const { values, count, stride } = of(primitive.attributes.POSITION);
  const step = stride / values.BYTES_PER_ELEMENT;
  const points = new Float32Array(3 * count);
  for (let n = 0; n < count; n += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      points[3 * n + axis] = (values[step * n + axis] * node.scale[axis] + node.translation[axis]) * MM_PER_M;
    }
  }
  const indices = of(primitive.indices);
  return { points, triangles: indices.values.subarray(0, indices.count), extras: document.meshes[node.mesh].extras || {}, view };
}

/** Whole numbers written seven bits to a byte, lowest first (LEB128). */
export function leb128(bytes) {
  const numbers = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(value);
      value = 0;
      scale = 1;
    }
  }
  return numbers;
}

/** Fetch and read a preview; rejects where there is none. */
export async function loadPreview(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`No preview: ${response.status}`);
  return readPreview(await response.arrayBuffer());
}
