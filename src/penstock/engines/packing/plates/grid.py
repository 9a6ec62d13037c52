"""A plate and its parts on a grid: forms for the search of `voxels`, whose tray is one cell thick here.

The tray's y counts along the plate's x and its height along the plate's y, so that "lowest" means nearest to the front.
A cell belongs to a part when its middle lies within half the clearance and half the cell's diagonal of the outline:
then the outline, grown by half the clearance, lies inside its cells, and parts that share no cell keep their distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import manifold3d
import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.model import Chamber, FloatArray, Item, Mesh, Placement
from penstock.engines.packing.plates.outline import Outline, cells_of, outline_of
from penstock.engines.packing.plates.rules import PlateRules, about_z, turned_off_the_blade
from penstock.engines.packing.poses import usable_poses
from penstock.engines.packing.surfaces import box_mesh
from penstock.engines.packing.voxels.forms import Catalogue, Form, catalogue, runs_of
from penstock.engines.packing.voxels.tray import Words, empty_tray, occupy

CELLS = 400_000
FINEST_MM = 0.25
HALF_DIAGONAL = sqrt(0.5)


@dataclass(frozen=True, eq=False)
class PlateGrid:
    """`forms` of part p are those of the catalogue; a form's `rotation` takes the item to its pose, `low_mm` is the
    lower corner of its cells with the pose's lowest point, when turned but not moved."""

    items: tuple[Item, ...]
    chamber: Chamber
    pitch_mm: float
    corner_mm: FloatArray
    shape: tuple[int, int, int]
    catalogue: Catalogue
    blocked: Words

    def matrix(self, form: int, y: int, z: int) -> FloatArray:
        lies = self.catalogue.forms[form]
        matrix = np.eye(4)
        matrix[:3, :3] = lies.rotation
        matrix[:2, 3] = self.corner_mm + np.array([y, z]) * self.pitch_mm - lies.low_mm[:2]
        matrix[2, 3] = self.chamber.wall_clearance_mm - lies.low_mm[2]
        matrix.setflags(write=False)
        return matrix


def plate_grid(
    items: Sequence[Item], chamber: Chamber, rules: PlateRules, locked: Sequence[Placement], unusable: set[str]
) -> PlateGrid:
    """Raises nothing: items that cannot stand on the plate have no forms."""
    half = chamber.clearance_mm / 2.0
    wall = chamber.wall_clearance_mm
    low_x, high_x, low_y, high_y = (border + wall - half for border in rules.borders_mm)
    x, y, _ = chamber.size_mm
    pitch = max(sqrt(x * y / CELLS), FINEST_MM)
    shape = (
        1,
        max(int((x - low_x - high_x + 1e-9) / pitch), 1),
        max(int((y - low_y - high_y + 1e-9) / pitch), 1),
    )
    corner = np.array([low_x, low_y])
    parts = [[] if item.id in unusable else _forms(item, chamber, rules, pitch, shape) for item in items]
    blocked = empty_tray(shape)
    taken = _walls(chamber, pitch, corner, shape)
    by_id = {item.id: item for item in items}
    for placement in locked:
        outline = outline_of(_mesh(by_id[placement.item_id]), placement.matrix[:3, :3])
        moved = Outline(outline.region.translate(placement.matrix[:2, 3].tolist()))
        taken |= cells_of(moved.grown(half + HALF_DIAGONAL * pitch), pitch, corner, shape[1:])
    if taken.any():
        occupy(blocked, runs_of(taken[None]), 0, 0, 0)
    return PlateGrid(tuple(items), chamber, pitch, corner, shape, catalogue(parts), blocked)


def _mesh(item: Item) -> Mesh:
    if item.mesh is not None:
        return item.mesh
    low = np.asarray(item.origin_mm, dtype=np.float64)
    return box_mesh(low, low + np.asarray(item.size_mm, dtype=np.float64))


def _forms(item: Item, chamber: Chamber, rules: PlateRules, pitch: float, shape: tuple[int, int, int]) -> list[Form]:
    """Each pose the item may stand in, turned about z as its policy and the blade allow."""
    mesh = _mesh(item)
    grow = chamber.clearance_mm / 2.0 + HALF_DIAGONAL * pitch
    room = chamber.size_mm[2] - 2.0 * chamber.wall_clearance_mm
    forms: list[Form] = []
    seen: set[bytes] = set()
    for base in _bases(item, chamber):
        stood = mesh.vertices @ base.T
        if np.ptp(stood[:, 2]) > room + 1e-9:
            continue
        outline = outline_of(mesh, base)
        if not rules.holes_usable:
            outline = outline.without_holes()
        side = outline.longest_side_deg()
        for angle in _angles(item, rules):
            turned_deg = turned_off_the_blade(angle, side, rules) if len(_angles(item, rules)) > 1 else angle
            grown = outline.turned(turned_deg).grown(grow)
            low_x, low_y, high_x, high_y = grown.region.bounds()
            size = tuple(int(np.ceil(span / pitch)) + 1 for span in (high_x - low_x, high_y - low_y))
            cells = cells_of(grown, pitch, np.array([low_x, low_y]), (size[0], size[1]))
            cells = cells[: np.flatnonzero(cells.any(axis=1))[-1] + 1, : np.flatnonzero(cells.any(axis=0))[-1] + 1]
            if cells.shape[0] > shape[1] or cells.shape[1] > shape[2]:
                continue
            key = np.packbits(cells).tobytes() + bytes(str(cells.shape), "ascii")
            if key in seen:
                continue
            seen.add(key)
            low_mm = np.array([low_x, low_y, stood[:, 2].min()])
            solid = np.ascontiguousarray(cells[None])
            forms.append(Form(about_z(turned_deg) @ base, low_mm, solid.shape, runs_of(solid), int(cells.sum())))
    return forms


def _bases(item: Item, chamber: Chamber) -> list[FloatArray]:
    """Up is decided by the policy; where any pose is allowed the lowest ones are taken, which print fastest."""
    if item.orientation in ("about_z", "fixed"):
        return [np.eye(3)]
    bases: list[FloatArray] = []
    for rotation in usable_poses(item, chamber).rotations:
        turn = [rotation @ known.T for known in bases]
        if item.orientation == "poses" or not any(abs(each[2, 2] - 1.0) < 1e-9 for each in turn):
            bases.append(rotation)
    return bases


def _angles(item: Item, rules: PlateRules) -> list[float]:
    if item.orientation in ("fixed", "poses"):
        return [0.0]
    return [360.0 * turn / rules.turns for turn in range(max(rules.turns, 1))]


def _walls(chamber: Chamber, pitch: float, corner: FloatArray, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Cells that are not plate, or too near to a keep-out that reaches the parts."""
    half = chamber.clearance_mm / 2.0
    taken = np.zeros(shape[1:], dtype=np.bool_)
    if chamber.shape != "box":
        x, y, _ = chamber.size_mm
        round_mm = min(x, y) / 2.0 if chamber.shape == "cylinder" else chamber.corner_radius_mm
        inset = chamber.wall_clearance_mm - half + HALF_DIAGONAL * pitch
        plate = _rounded(x, y, round_mm, chamber.shape == "cylinder").grown(-inset)
        taken |= ~cells_of(plate, pitch, corner, shape[1:])
    for box in chamber.keep_out:
        low, high = box.low_mm, box.high_mm
        square = manifold3d.CrossSection.square((high[0] - low[0], high[1] - low[1])).translate((low[0], low[1]))
        taken |= cells_of(Outline(square).grown(half + HALF_DIAGONAL * pitch), pitch, corner, shape[1:])
    return taken


def _rounded(x: float, y: float, radius: float, circle: bool) -> Outline:
    """The plate's outline, its arcs drawn inside the true ones."""
    if circle:
        return Outline(manifold3d.CrossSection.circle(radius, 256).translate((x / 2.0, y / 2.0)))
    inner = manifold3d.CrossSection.square((x - 2 * radius, y - 2 * radius)).translate((radius, radius))
    return Outline(inner.offset(radius, manifold3d.JoinType.Round, circular_segments=256))
