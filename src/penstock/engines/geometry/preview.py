"""A compact mesh for the browser: GLB with 16-bit positions, at most about 1 MB.

Method: a mesh that fits MAX_BYTES keeps its triangles, only its points are rounded to 1/65535 of the longest
side (KHR_mesh_quantization; glTF viewers shade it flat, as it carries no normals). A larger one is thinned by
vertex clustering (Rossignac & Borrel 1993): points in the same cell of a grid become their mean, triangles
that collapse vanish, and the grid is coarsened until the rest fits. It is a picture, not a basis for measuring.
"""

from __future__ import annotations

import json
import struct

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats, Mesh

MAX_BYTES = 1_000_000
STEPS = 65535
MM_PER_M = 1000.0
FIRST_GRID = 512
_Z_UP_TO_Y_UP = [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476]


def preview(mesh: Mesh) -> bytes:
    """GLB (glTF 2.0 binary) of the mesh in metres, y up as glTF demands."""
    vertices, triangles = mesh.vertices, mesh.triangles.astype(np.int64)
    grid = FIRST_GRID
    while _size(vertices, triangles) > MAX_BYTES:
        vertices, triangles = _cluster(mesh.vertices, mesh.triangles.astype(np.int64), grid)
        grid = int(grid * 0.75)
    low = vertices.min(axis=0)
    extent = max(float((vertices.max(axis=0) - low).max()), 1e-12)
    steps = np.round((vertices - low) / extent * STEPS).astype(np.uint16)
    return _glb(steps, triangles, low, extent / STEPS)


def _index_bytes(vertex_count: int) -> int:
    return 2 if vertex_count <= 65535 else 4


def _size(vertices: Floats, triangles: NDArray[np.int64]) -> int:
    return 8 * len(vertices) + 3 * _index_bytes(len(vertices)) * len(triangles)


def _cluster(vertices: Floats, triangles: NDArray[np.int64], grid: int) -> tuple[Floats, NDArray[np.int64]]:
    low = vertices.min(axis=0)
    cell = float((vertices.max(axis=0) - low).max()) / grid
    x, y, z = np.floor((vertices - low) / cell).astype(np.int64).T
    _, number = np.unique((z * (grid + 1) + y) * (grid + 1) + x, return_inverse=True)
    number = number.reshape(-1)
    counts = np.bincount(number)
    means = np.column_stack([np.bincount(number, vertices[:, axis]) / counts for axis in range(3)])
    merged = number[triangles]
    a, b, c = merged.T
    merged = merged[(a != b) & (b != c) & (c != a)]
    _, first = np.unique(np.sort(merged, axis=1), axis=0, return_index=True)
    used, compact = np.unique(merged[first], return_inverse=True)
    return means[used], compact.reshape(-1, 3)


def _glb(steps: NDArray[np.uint16], triangles: NDArray[np.int64], low: Floats, scale: float) -> bytes:
    short = _index_bytes(len(steps)) == 2
    component = 5123 if short else 5125
    indices = triangles.astype("<u2" if short else "<u4").tobytes()
    indices += b"\0" * (-len(indices) % 4)
    # Vertices must start on 4-byte boundaries, hence 8 bytes for three 16-bit numbers.
    padded = np.zeros((len(steps), 4), dtype=np.uint16)
    padded[:, :3] = steps
    positions = padded.tobytes()
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
                "pbrMetallicRoughness": {
                    "baseColorFactor": [0.42, 0.52, 0.62, 1.0],
                    "metallicFactor": 0.1,
                    "roughnessFactor": 0.65,
                },
            }
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5123,
                "count": len(steps),
                "type": "VEC3",
                "min": steps.min(axis=0).tolist(),
                "max": steps.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": component, "count": triangles.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(positions), "byteStride": 8, "target": 34962},
            {"buffer": 0, "byteOffset": len(positions), "byteLength": len(indices), "target": 34963},
        ],
        "buffers": [{"byteLength": len(positions) + len(indices)}],
    }
    header = json.dumps(document, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 4)
    body = positions + indices
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
