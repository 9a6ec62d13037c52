"""Triangle meshes: what readers produce, and what the other engines receive."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .brep import Brep

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A welded triangle mesh in millimetres, wound so that a solid's normals point outwards.

    vertices:  (n, 3) float64, mm
    triangles: (m, 3) int32, indices into `vertices`, counter-clockwise seen from outside
    colours:   (m,) int32 or None: the colour that the file gives each triangle, 0xRRGGBB, -1 for none
    """

    vertices: Floats
    triangles: Ints
    colours: Ints | None = None

    @property
    def corners(self) -> Floats:
        """(m, 3, 3) float64: the three corner points of every triangle."""
        return self.vertices[self.triangles]

    @property
    def bounds_mm(self) -> Floats:
        """(2, 3) float64: lowest and highest corner of the axis-aligned box."""
        from .sums import bounds

        return np.stack(bounds(np.require(self.vertices, np.float64, ["C"])))


@dataclass(eq=False)
class RawModel:
    """What a reader hands over: the file's numbers as they stand, before unit, weld or judgement.

    vertices:  (n, 3) float32 or float64 in the file's unit.
    triangles: (m, 3) integers that index into `vertices`; None where every three vertices are a triangle.
    groups:    (n,) int32 or None. Vertices of different groups are never welded together, so that two placed
               objects which happen to touch stay two bodies.
    unit:      the unit the file states, or None where the format has none.
    notes:     (code, message, data) of notices found while reading.
    """

    vertices: NDArray[Any]
    triangles: NDArray[Any] | None = None
    unit: str | None = None
    groups: Ints | None = None
    notes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    brep: Brep | None = None
    colours: Ints | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def triangle_count(self) -> int:
        return len(self.vertices) // 3 if self.triangles is None else len(self.triangles)


STL_RECORD = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(mesh: Mesh, path: str | os.PathLike[str]) -> None:
    """Write `mesh` as binary STL (millimetres, float32, outward normals)."""
    corners = mesh.corners
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    records = np.zeros(len(corners), dtype=STL_RECORD)
    records["normal"] = normals / np.where(lengths > 0, lengths, 1.0)
    records["corners"] = corners
    with open(path, "wb") as file:
        file.write(b"penstock binary STL, unit mm".ljust(80))
        file.write(np.uint32(len(records)).astype("<u4").tobytes())
        file.write(records.tobytes())
