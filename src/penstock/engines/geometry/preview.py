"""A compact mesh for the browser: GLB with 16-bit positions, at most about 1 MB, and what a page colours it by.

A mesh that fits MAX_BYTES keeps its triangles in their order, only its points are rounded to 1/65535 of the longest
side (KHR_mesh_quantization; no normals: viewers shade it flat or make their own). A larger one is simplified (see
`simplify`). Metres and y up, as glTF demands. Beside the mesh, under `extras`, for viewers that know of it:

    origin     number of the part's triangle that each triangle was, as LEB128 differences; absent if all were kept
    thickness  one byte for each triangle: 0 not known, else base_mm · ratio^(byte - 1) millimetres
    bodies     LEB128 pairs (body, how many triangles in a row), absent with one body
    colours    LEB128 pairs (colour, how many triangles in a row): 0 none, else its number in `palette`, a list of
               #rrggbb, from 1 on; absent where the file gave none. All other viewers show the commonest.

each the number of a buffer view. Findings name triangles of the part; `origin` says which of these they are.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats, Mesh
from .simplify import Simplified, simplify

MAX_BYTES = 1_000_000
STEPS = 65535
MM_PER_M = 1000.0
# Bytes of a triangle with half a point, its thickness and what it was, when the mesh is simplified.
SIMPLIFIED_BYTES = 12.6
COLOURED_BYTES = 2.0
MOST_COLOURS = 120
THICKNESS_BASE_MM = 0.05
THICKNESS_RATIO = 1.03
_Z_UP_TO_Y_UP = [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476]
_COLOUR = [0.42, 0.52, 0.62, 1.0]

Array = NDArray[Any]


def preview(mesh: Mesh, *, thickness_mm: Array | None = None, body: Array | None = None) -> bytes:
    """GLB (glTF 2.0 binary) of the mesh.

    thickness_mm: (m,) wall thickness at each triangle, nan where it is not known. body: (m,) number of the body each
    triangle belongs to.
    """
    shown = simplify(mesh, len(mesh.triangles))
    extras, parts = _extras(shown, thickness_mm, body, mesh.colours)
    if _size(shown, parts) > MAX_BYTES:
        each = SIMPLIFIED_BYTES + (0.0 if mesh.colours is None else COLOURED_BYTES)
        shown = simplify(mesh, int(MAX_BYTES / each))
        extras, parts = _extras(shown, thickness_mm, body, mesh.colours)
        if len(shown.triangles) < len(mesh.triangles):
            extras["origin"] = len(parts)
            parts.append(leb128(np.diff(shown.origin, prepend=0)))
    low = shown.vertices.min(axis=0)
    extent = max(float((shown.vertices.max(axis=0) - low).max()), 1e-12)
    steps = np.round((shown.vertices - low) / extent * STEPS).astype(np.uint16)
    return _glb(steps, shown.triangles, low, extent / STEPS, extras, parts)


def _extras(
    shown: Simplified, thickness_mm: Array | None, body: Array | None, colours: Array | None
) -> tuple[dict[str, Any], list[bytes]]:
    extras: dict[str, Any] = {}
    parts: list[bytes] = []
    if thickness_mm is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            level = np.round(np.log(thickness_mm[shown.origin] / THICKNESS_BASE_MM) / np.log(THICKNESS_RATIO)) + 1
        level = np.where(np.isfinite(level), np.clip(level, 1, 255), 0)
        extras |= {"thickness": len(parts), "base_mm": THICKNESS_BASE_MM, "ratio": THICKNESS_RATIO}
        parts.append(level.astype(np.uint8).tobytes())
    if body is not None and len(body) and body.min() != body.max():
        extras["bodies"] = len(parts)
        parts.append(_runs(body[shown.origin]))
    if colours is not None:
        painted = colours[shown.origin]
        codes, counts = np.unique(painted[painted >= 0], return_counts=True)
        palette = codes[np.argsort(-counts, kind="stable")][:MOST_COLOURS]
        numbers = np.zeros(len(painted), dtype=np.int64)
        for number, code in enumerate(palette.tolist(), 1):
            numbers[painted == code] = number
        if len(palette):
            extras |= {"colours": len(parts), "palette": [f"#{code:06x}" for code in palette.tolist()]}
            parts.append(_runs(numbers))
    return extras, parts


def _runs(numbers: Array) -> bytes:
    """LEB128 pairs of a number and how often it comes in a row."""
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    return leb128(np.column_stack([numbers[starts], np.diff(np.append(starts, len(numbers)))]).ravel())


def _linear(code: str) -> list[float]:
    """#rrggbb as the linear factors of a glTF material (sRGB, IEC 61966-2-1)."""
    shares = (int(code[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return [round(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4, 5) for v in shares] + [1.0]


def leb128(numbers: Array) -> bytes:
    """Whole numbers ≥ 0 below 2³⁵ in seven bits a byte, lowest first; the eighth bit says that more follow."""
    left = numbers.astype(np.uint64)
    digits = np.column_stack([(left >> np.uint64(7 * n)) & np.uint64(127) for n in range(5)]).astype(np.uint8)
    lengths = np.maximum(5 - np.argmax(digits[:, ::-1] > 0, axis=1), 1)
    lengths[left == 0] = 1
    place = np.arange(5)
    digits[place < lengths[:, None] - 1] |= 128
    encoded: bytes = digits[place < lengths[:, None]].tobytes()
    return encoded


def _index_bytes(vertex_count: int) -> int:
    return 2 if vertex_count <= 65535 else 4


def _size(shown: Simplified, parts: list[bytes]) -> int:
    indices = 3 * _index_bytes(len(shown.vertices)) * len(shown.triangles)
    return 8 * len(shown.vertices) + indices + sum(map(len, parts))


def _glb(
    steps: NDArray[np.uint16], triangles: Array, low: Floats, scale: float, extras: dict[str, Any], parts: list[bytes]
) -> bytes:
    short = _index_bytes(len(steps)) == 2
    # Vertices must start on 4-byte boundaries, hence 8 bytes for three 16-bit numbers.
    padded = np.zeros((len(steps), 4), dtype=np.uint16)
    padded[:, :3] = steps
    contents = [padded.tobytes(), triangles.astype("<u2" if short else "<u4").tobytes(), *parts]
    views: list[dict[str, Any]] = []
    body = bytearray()
    for content in contents:
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(content)})
        body += content + b"\0" * (-len(content) % 4)
    views[0] |= {"byteStride": 8, "target": 34962}
    views[1] |= {"target": 34963}
    extras = {name: value + 2 if isinstance(value, int) else value for name, value in extras.items()}
    colour = _linear(extras["palette"][0]) if "palette" in extras else _COLOUR
    document = {
        "asset": {"version": "2.0", "generator": "penstock"},
        "extensionsUsed": ["KHR_mesh_quantization"],
        "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"children": [1], "rotation": _Z_UP_TO_Y_UP},
            {"mesh": 0, "translation": (low / MM_PER_M).tolist(), "scale": [scale / MM_PER_M] * 3},
        ],
        "materials": [
            {
                "doubleSided": True,
                "pbrMetallicRoughness": {"baseColorFactor": colour, "metallicFactor": 0.1, "roughnessFactor": 0.65},
            }
        ],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}], "extras": extras},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5123,
                "count": len(steps),
                "type": "VEC3",
                "min": steps.min(axis=0).tolist(),
                "max": steps.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": 5123 if short else 5125, "count": triangles.size, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    header = json.dumps(document, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 4)
    total = 12 + 8 + len(header) + 8 + len(body)
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, total),
            struct.pack("<I4s", len(header), b"JSON"),
            header,
            struct.pack("<I4s", len(body), b"BIN\0"),
            body,
        ]
    )
