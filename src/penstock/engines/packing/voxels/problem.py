"""A packing request on a grid: the tray of the chamber, the forms of the items, and the way back to millimetres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt
from weakref import WeakKeyDictionary

import numpy as np

from penstock.engines.packing.model import Chamber, FloatArray, IntArray, Item, Mesh, PackingError, Placement
from penstock.engines.packing.poses import AXIS_ROTATIONS, allowed_rotations, own_box_mm, pose_ok
from penstock.engines.packing.voxels.forms import Catalogue, Form, catalogue, forms_of, plain_form, runs_of
from penstock.engines.packing.voxels.solid import cover, tight_grid
from penstock.engines.packing.voxels.tray import Words, cells_of, empty_tray, occupy
from penstock.engines.packing.voxels.watch import THREADS

FLOOR_COLUMNS = 7_000
"""On a chamber's floor; and `CELLS_PER_EDGE` along a part of middling size: the finer of the two grids is coarse enough
to search poses and places anywhere, and what it wastes is won back on finer grids."""
CELLS_PER_EDGE = 8
TALLEST_CELLS = 512
FINEST_MM = 0.25
ASKEW_DEG = 5.0
MOST_ASKEW = 24
"""Poses out of the quarter turns are for parts that fit in no quarter turn."""

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
    """`blocked` is the tray before any part lies in it; part `p` of the catalogue is `items[p]`. The frame's corner
    lies so that parts grown by half the clearance end where the wall clearance begins."""

    items: tuple[Item, ...]
    chamber: Chamber
    frame: Frame
    catalogue: Catalogue
    blocked: Words

    def height_mm(self, top: int) -> float:
        """How high parts reach whose highest cell ends at `top`."""
        return float(self.frame.corner_mm[2]) + top * self.frame.pitch_mm - self.frame.grow_mm

    def matrix(self, form: int, x: int, y: int, z: int) -> FloatArray:
        """Own coordinates → chamber, for the form with its grid's corner in cell (x, y, z)."""
        lies = self.catalogue.forms[form]
        matrix = np.eye(4)
        matrix[:3, :3] = lies.rotation
        matrix[:3, 3] = self.frame.corner_mm + np.array([x, y, z]) * self.frame.pitch_mm - lies.low_mm
        matrix.setflags(write=False)
        return matrix


def natural_pitch_mm(items: Sequence[Item], chamber: Chamber) -> float:
    """The pitch to search on; see `FLOOR_COLUMNS`."""
    x, y, z = chamber.size_mm
    edges = [float(np.prod(high - low)) ** (1.0 / 3.0) for low, high in map(own_box_mm, items)]
    by_parts = float(np.median(edges)) / CELLS_PER_EDGE if edges else 0.0
    return max(min(sqrt(x * y / FLOOR_COLUMNS), max(by_parts, FINEST_MM)), z / TALLEST_CELLS, FINEST_MM)


@dataclass(frozen=True, eq=False)
class Frame:
    """A chamber on a grid: `shape` cells from `corner_mm`, the last ones along x and y perhaps only in part (`room`
    says how many cells, in fractions, there are); parts are grown by `grow_mm`."""

    pitch_mm: float
    grow_mm: float
    corner_mm: FloatArray
    room: FloatArray
    shape: tuple[int, int, int]


def frame_of(chamber: Chamber, pitch_mm: float) -> Frame:
    """The grid of a chamber. The pitch is made a little finer, so that whole cells fill the height."""
    grow = chamber.clearance_mm / 2.0
    inset = chamber.wall_clearance_mm - grow
    room_mm = np.asarray(chamber.size_mm) - 2.0 * inset
    if room_mm.min() <= 0:
        raise PackingError(f"chamber {chamber.size_mm}: the wall clearance leaves nothing of it")
    pitch = float(room_mm[2] / np.ceil(room_mm[2] / pitch_mm - 1e-9))
    room = room_mm / pitch
    room[2] = np.rint(room[2])
    nx, ny, nz = np.ceil(room - 1e-9).astype(np.int64).tolist()
    return Frame(pitch, grow, np.full(3, inset), room, (nx, ny, nz))


def pose(
    items: Sequence[Item],
    chamber: Chamber,
    pitch_mm: float,
    locked: Sequence[Placement] = (),
    unusable: Collection[str] = (),
    on_top: bool = False,
) -> Problem:
    """The request on a grid of `pitch_mm`. Items that fit the empty tray in no pose, and those whose ids are
    `unusable`, have no forms. `on_top`: what lies below any locked part is taken too."""
    frame = frame_of(chamber, pitch_mm)
    blocked = _blocked(items, chamber, frame, locked)
    if on_top:
        cells = cells_of(blocked, frame.shape[2])
        below = np.logical_or.accumulate(cells[:, :, ::-1], axis=2)[:, :, ::-1]
        occupy(blocked, runs_of(np.ascontiguousarray(below)), 0, 0, 0)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(lambda item: [] if item.id in unusable else _forms(item, frame), items))
    return Problem(tuple(items), chamber, frame, catalogue(parts), blocked)


def refined(
    problem: Problem, part: IntArray, place: IntArray, pitch_mm: float, locked: Sequence[Placement] = ()
) -> tuple[Problem, IntArray]:
    """The same layout (`part` (n,), `place` (n, 4)) on a finer grid: each piece in the pose it has, as its only form.

    A piece is moved by less than a fine cell towards the tray's corner, so that its box begins with a cell; parts that
    touched may then share a few cells.
    """
    frame = frame_of(problem.chamber, pitch_mm)
    blocked = _blocked(problem.items, problem.chamber, frame, locked)
    used, which = np.unique(place[:, 0], return_index=True)

    def made(number: int, piece: int) -> Form:
        turn = problem.catalogue.forms[number].rotation
        mesh = mesh_of(problem.items[int(part[piece])])
        points = np.ascontiguousarray(mesh.vertices @ turn.T)
        triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
        return plain_form(points, triangles, turn, frame.pitch_mm, frame.grow_mm, frame.room)

    with ThreadPoolExecutor(THREADS) as pool:
        forms = list(pool.map(made, used.tolist(), which.tolist()))
    finer = np.empty_like(place)
    for piece, (number, x, y, z) in enumerate(place.tolist()):
        finer[piece, 0] = np.searchsorted(used, number)
        form = forms[finer[piece, 0]]
        at_mm = np.array([x, y, z]) * problem.frame.pitch_mm + form.low_mm - problem.catalogue.forms[number].low_mm
        finer[piece, 1:] = np.clip(np.floor(at_mm / frame.pitch_mm + 1e-6), 0, np.array(frame.shape) - form.shape)
    return Problem(problem.items, problem.chamber, frame, catalogue([[form] for form in forms]), blocked), finer


def _forms(item: Item, frame: Frame) -> list[Form]:
    rotations = [rotation for rotation in allowed_rotations(item) if pose_ok(item, rotation)]
    mesh = mesh_of(item)
    turns = tuple(each.tobytes() for each in rotations)
    key = (frame.pitch_mm, frame.grow_mm, tuple(frame.room.tolist()), turns, item.max_tilt_deg, _bytes(item.no_contact))
    kept = _kept.setdefault(mesh, {})
    if key not in kept:
        vertices = np.ascontiguousarray(mesh.vertices, dtype=np.float64)
        triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
        found = forms_of(vertices, triangles, rotations, frame.pitch_mm, frame.grow_mm, frame.room)
        if not found and item.orientation == "any":
            askew = [rotation for rotation in _fitting_askew(vertices, frame) if pose_ok(item, rotation)]
            found = forms_of(vertices, triangles, askew, frame.pitch_mm, frame.grow_mm, frame.room)
        kept[key] = found
    return kept[key]


def _bytes(triangles: IntArray | None) -> bytes:
    return b"" if triangles is None else triangles.tobytes()


def _fitting_askew(vertices: FloatArray, frame: Frame) -> list[FloatArray]:
    """Turns in which a part fits that is too long for the quarter turns: the lowest of them."""
    room_mm = frame.room * frame.pitch_mm - 2.0 * frame.grow_mm
    found: list[tuple[float, int, FloatArray]] = []
    for angle in np.radians(np.arange(ASKEW_DEG, 90.0, ASKEW_DEG)).tolist():
        about_z = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
        for turn in AXIS_ROTATIONS:
            for rotation in (about_z @ turn, turn @ about_z):
                extent = np.ptp(vertices @ rotation.T, axis=0)
                if np.all(extent <= room_mm):
                    found.append((float(extent[2]), len(found), rotation))
    return [rotation for _, _, rotation in sorted(found, key=lambda each: each[:2])[:MOST_ASKEW]]


def _blocked(items: Sequence[Item], chamber: Chamber, frame: Frame, locked: Sequence[Placement]) -> Words:
    """The tray with its walls, keep-outs and locked parts taken."""
    blocked = _walls(chamber, frame)
    by_id = {item.id: item for item in items}
    for placement in locked:
        _lock(blocked, frame, by_id[placement.item_id], placement.matrix)
    return blocked


def _lock(blocked: Words, frame: Frame, item: Item, matrix: FloatArray) -> None:
    """Take the cells of a part exactly where it lies, on the grid or not."""
    mesh = mesh_of(item)
    pitch_mm, grow, corner = frame.pitch_mm, frame.grow_mm, frame.corner_mm
    points = np.ascontiguousarray(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
    low, _ = tight_grid(points, pitch_mm, grow)
    begin = np.floor((low - corner) / pitch_mm - 1e-9).astype(np.int64)
    end = np.ceil((points.max(axis=0) + grow - corner) / pitch_mm + 1e-9).astype(np.int64)
    nx, ny, nz = (end - begin).tolist()
    triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
    cells = cover(points, triangles, pitch_mm, grow, corner + begin * pitch_mm, (nx, ny, nz))
    inner_low, inner_high = np.maximum(begin, 0), np.minimum(end, np.array(frame.shape))
    if np.any(inner_high <= inner_low):
        return
    inside = tuple(slice(a, b) for a, b in zip(inner_low - begin, inner_high - begin, strict=True))
    occupy(blocked, runs_of(np.ascontiguousarray(cells[inside])), *inner_low.tolist())


def _walls(chamber: Chamber, frame: Frame) -> Words:
    """A tray in which the cells that are not chamber, or too near to a keep-out, are taken."""
    blocked = empty_tray(frame.shape)
    nx, ny, nz = frame.shape
    pitch_mm, grow = frame.pitch_mm, frame.grow_mm
    x0, y0, z0 = (frame.corner_mm[axis] + np.arange(frame.shape[axis]) * pitch_mm for axis in range(3))
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
