"""A packing request on a grid: the tray of the chamber, the forms of the items, and the way back to millimetres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from weakref import WeakKeyDictionary

import numpy as np

from penstock.engines.packing.model import Chamber, FloatArray, IntArray, Item, Mesh, PackingError, Placement
from penstock.engines.packing.poses import allowed_rotations, own_box_mm, tilt_ok
from penstock.engines.packing.voxels.forms import Catalogue, Form, catalogue, forms_of, runs_of
from penstock.engines.packing.voxels.solid import cover, tight_grid
from penstock.engines.packing.voxels.tray import Words, empty_tray, occupy

FLOOR_COLUMNS = 27_000
"""The pitch is chosen so that the chamber's floor has about so many cells."""

TALLEST_CELLS = 512

BOX_TRIANGLES: IntArray = np.array(
    [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
     [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]]
)  # fmt: skip

_kept: WeakKeyDictionary[Mesh, dict[tuple[object, ...], list[Form]]] = WeakKeyDictionary()
"""Forms of the meshes that are still in somebody's hands: the next call with the same mesh starts at once."""


def mesh_of(item: Item) -> Mesh:
    """The item's mesh; its box as a mesh when only the size is known."""
    if item.mesh is not None:
        return item.mesh
    low, high = own_box_mm(item)
    corners = [[x, y, z] for z in (low[2], high[2]) for y in (low[1], high[1]) for x in (low[0], high[0])]
    return Mesh(np.array(corners, dtype=np.float64), BOX_TRIANGLES)


@dataclass(frozen=True, eq=False)
class Problem:
    """`blocked` is the tray before any part lies in it; part `p` of the catalogue is `items[p]`. The tray's lower
    corner lies at `corner_mm`, so that parts grown by `grow_mm` end where the wall clearance begins."""

    items: tuple[Item, ...]
    chamber: Chamber
    pitch_mm: float
    grow_mm: float
    corner_mm: FloatArray
    shape: tuple[int, int, int]
    catalogue: Catalogue
    blocked: Words

    def height_mm(self, top: int) -> float:
        """How high parts reach whose highest cell ends at `top`."""
        return float(self.corner_mm[2]) + top * self.pitch_mm - self.grow_mm

    def matrix(self, form: int, x: int, y: int, z: int) -> FloatArray:
        """Own coordinates → chamber, for the form with its grid's corner in cell (x, y, z)."""
        lies = self.catalogue.forms[form]
        matrix = np.eye(4)
        matrix[:3, :3] = lies.rotation
        matrix[:3, 3] = self.corner_mm + np.array([x, y, z]) * self.pitch_mm - lies.low_mm
        matrix.setflags(write=False)
        return matrix


def natural_pitch_mm(chamber: Chamber) -> float:
    """The pitch for a first look at a chamber."""
    x, y, z = chamber.size_mm
    return max(sqrt(x * y / FLOOR_COLUMNS), z / TALLEST_CELLS)


def tray_frame(chamber: Chamber, pitch_mm: float) -> tuple[FloatArray, tuple[int, int, int], float]:
    """(lower corner, shape in cells, how far parts are grown) of the tray that stands for a chamber."""
    grow = chamber.clearance_mm / 2.0
    inset = chamber.wall_clearance_mm - grow
    room = np.asarray(chamber.size_mm) - 2.0 * inset
    nx, ny, nz = np.floor(room / pitch_mm + 1e-9).astype(np.int64).tolist()
    if min(nx, ny, nz) < 1:
        raise PackingError(
            f"chamber {chamber.size_mm} inside its wall clearance is smaller than a cell of {pitch_mm} mm"
        )
    return np.full(3, inset), (nx, ny, nz), grow


def pose(
    items: Sequence[Item],
    chamber: Chamber,
    pitch_mm: float,
    locked: Sequence[Placement] = (),
    unusable: Collection[str] = (),
) -> Problem:
    """The request on a grid of `pitch_mm`. Items that fit the empty tray in no pose, and those whose ids are
    `unusable`, have no forms."""
    corner, shape, grow = tray_frame(chamber, pitch_mm)
    parts = [[] if item.id in unusable else _forms(item, pitch_mm, grow, shape) for item in items]
    blocked = _walls(chamber, corner, shape, pitch_mm)
    by_id = {item.id: item for item in items}
    for placement in locked:
        _lock(blocked, shape, by_id[placement.item_id], placement.matrix, corner, pitch_mm, grow)
    return Problem(tuple(items), chamber, pitch_mm, grow, corner, shape, catalogue(parts), blocked)


def _forms(item: Item, pitch_mm: float, grow: float, shape: tuple[int, int, int]) -> list[Form]:
    rotations = [rotation for rotation in allowed_rotations(item) if tilt_ok(item, rotation)]
    mesh = mesh_of(item)
    key = (pitch_mm, grow, shape, tuple(rotation.tobytes() for rotation in rotations))
    kept = _kept.setdefault(mesh, {})
    if key not in kept:
        vertices = np.ascontiguousarray(mesh.vertices, dtype=np.float64)
        triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
        kept[key] = forms_of(vertices, triangles, rotations, pitch_mm, grow, shape)
    return kept[key]


def _lock(
    blocked: Words,
    shape: tuple[int, int, int],
    item: Item,
    matrix: FloatArray,
    corner: FloatArray,
    pitch_mm: float,
    grow: float,
) -> None:
    """Take the cells of a part exactly where it lies, on the grid or not."""
    mesh = mesh_of(item)
    points = np.ascontiguousarray(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
    low, _ = tight_grid(points, pitch_mm, grow)
    begin = np.floor((low - corner) / pitch_mm - 1e-9).astype(np.int64)
    end = np.ceil((points.max(axis=0) + grow - corner) / pitch_mm + 1e-9).astype(np.int64)
    nx, ny, nz = (end - begin).tolist()
    triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
    cells = cover(points, triangles, pitch_mm, grow, corner + begin * pitch_mm, (nx, ny, nz))
    inner_low, inner_high = np.maximum(begin, 0), np.minimum(end, np.array(shape))
    if np.any(inner_high <= inner_low):
        return
    inside = tuple(slice(a, b) for a, b in zip(inner_low - begin, inner_high - begin, strict=True))
    occupy(blocked, runs_of(np.ascontiguousarray(cells[inside])), *inner_low.tolist())


def _walls(chamber: Chamber, corner: FloatArray, shape: tuple[int, int, int], pitch_mm: float) -> Words:
    """A tray in which the cells that are not chamber, or too near to a keep-out, are taken."""
    blocked = empty_tray(shape)
    nx, ny, nz = shape
    x0, y0, z0 = (corner[axis] + np.arange(shape[axis]) * pitch_mm for axis in range(3))
    grow = chamber.clearance_mm / 2.0
    outside = np.zeros((nx, ny), dtype=np.bool_)
    if chamber.shape != "box":
        middle = np.asarray(chamber.size_mm[:2]) / 2.0
        wall = chamber.wall_clearance_mm
        radius = min(chamber.size_mm[:2]) / 2.0 if chamber.shape == "cylinder" else chamber.corner_radius_mm
        straight = middle - radius if chamber.shape == "rounded" else np.zeros(2)
        if radius > wall:
            across = np.maximum(np.maximum(abs(x0 - middle[0]), abs(x0 + pitch_mm - middle[0])) - straight[0], 0.0)
            along = np.maximum(np.maximum(abs(y0 - middle[1]), abs(y0 + pitch_mm - middle[1])) - straight[1], 0.0)
            outside = np.hypot(across[:, None], along[None, :]) > radius - wall + grow + 1e-9
    near = [_near(box.low_mm, box.high_mm, (x0, y0, z0), pitch_mm, grow) for box in chamber.keep_out]
    if not near and not outside.any():
        return blocked
    cells = np.repeat(outside[:, :, None], nz, axis=2)
    for place in near:
        cells[place] = True
    occupy(blocked, runs_of(cells), 0, 0, 0)
    return blocked


def _near(
    low: Sequence[float], high: Sequence[float], starts: Sequence[FloatArray], pitch_mm: float, grow: float
) -> tuple[slice, slice, slice]:
    """The cells within `grow` of a box, its rounded edges taken square."""
    slices = []
    for axis in range(3):
        touched = np.flatnonzero((starts[axis] + pitch_mm > low[axis] - grow) & (starts[axis] < high[axis] + grow))
        slices.append(slice(int(touched[0]), int(touched[-1]) + 1) if len(touched) else slice(0, 0))
    return slices[0], slices[1], slices[2]


def ceiling_of(problem: Problem, height_mm: float) -> int:
    """The least top, in cells, that reaches at least `height_mm`."""
    return ceil((height_mm + problem.grow_mm - float(problem.corner_mm[2])) / problem.pitch_mm - 1e-9)
