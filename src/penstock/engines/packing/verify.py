"""Check a packing without trusting the packer: only matrices, items and chamber are used.

Parts are checked as the surfaces they are, not on any packer's grid: every pair whose boxes are near is measured,
triangle against triangle, and a part inside another's matter is found by how often the surface winds round it. A
chamber is convex, so a part is inside when its corners are. On a plate (`single_layer`) parts keep their distance
as seen from above. An item without a mesh is the box it is given by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.engines.packing.model import Chamber, FloatArray, Item, Mesh, Packing, Placement, Violation
from penstock.engines.packing.poses import allowed_rotations, contact_ok, is_rotation, own_box_mm, tilt_ok
from penstock.engines.packing.surfaces import SurfaceTree, box_mesh, distance_mm, holds_piece_of

TOLERANCE_MM = 1e-6


@dataclass(frozen=True, eq=False)
class _Placed:
    """A copy where it lies. `low`, `high`: its exact box in the chamber."""

    item: Item
    copy: int
    tree: SurfaceTree
    matrix: FloatArray
    points: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def name(self) -> str:
        return f"{self.item.id}#{self.copy}"


def verify(packing: Packing, items: Sequence[Item], chamber: Chamber) -> tuple[Violation, ...]:
    """Everything wrong with a packing; empty when it can be built."""
    by_id = {item.id: item for item in items}
    found = list(_copies(packing.placements, by_id))
    known = [p for p in packing.placements if p.item_id in by_id]
    for placement in known:
        found += _pose(placement, by_id[placement.item_id])
    # What is bent has no distance to speak of.
    rigid = [p for p in known if _is_rigid(p.matrix)]
    if not rigid:
        return tuple(found)
    trees = {item_id: SurfaceTree.of(surface_of(by_id[item_id])) for item_id in {p.item_id for p in rigid}}
    placed = [_placed(p, by_id[p.item_id], trees[p.item_id]) for p in rigid]
    for part in placed:
        found += _containment(part, chamber)
    found += _keep_outs(placed, chamber)
    found += _distances(placed, chamber)
    mass_g = sum(by_id[p.item_id].mass_g for p in known)
    if chamber.max_mass_g is not None and mass_g > chamber.max_mass_g * (1 + 1e-9):
        over = mass_g - chamber.max_mass_g
        found.append(Violation("too_heavy", f"the build is {over:.1f} g over its limit", amount=over))
    return tuple(found)


def surface_of(item: Item) -> Mesh:
    """The item's mesh, or its box."""
    return item.mesh if item.mesh is not None else box_mesh(*own_box_mm(item))


def _placed(placement: Placement, item: Item, tree: SurfaceTree) -> _Placed:
    matrix = np.asarray(placement.matrix, dtype=np.float64)
    points = tree.mesh.vertices[np.unique(tree.mesh.triangles)] @ matrix[:3, :3].T + matrix[:3, 3]
    return _Placed(item, placement.copy, tree, matrix, points, points.min(axis=0), points.max(axis=0))


def _copies(placements: Sequence[Placement], by_id: dict[str, Item]) -> Iterator[Violation]:
    seen = Counter((p.item_id, p.copy) for p in placements)
    for (item_id, copy), times in seen.items():
        if item_id not in by_id:
            yield Violation("unknown_item", f"{item_id} is none of the items", (item_id,))
        elif times > 1 or not 0 <= copy < by_id[item_id].copies:
            text = f"copy {copy} of {item_id} ({by_id[item_id].copies} wanted) is placed {times} times"
            yield Violation("copies", text, (item_id,), float(times))


def _is_rigid(matrix: FloatArray) -> bool:
    return is_rotation(matrix[:3, :3]) and bool(np.allclose(matrix[3], (0, 0, 0, 1)))


def _pose(placement: Placement, item: Item) -> Iterator[Violation]:
    rotation = placement.matrix[:3, :3]
    if not _is_rigid(placement.matrix):
        yield Violation("not_rigid", f"{item.id} is bent, scaled or mirrored", (item.id,), 0.0, (placement.copy,))
        return
    allowed = allowed_rotations(item)
    if item.orientation == "about_z":
        fine = bool(rotation[2, 2] > 1 - TOLERANCE_MM)
    else:
        fine = item.orientation == "any" or any(np.allclose(rotation, pose, atol=1e-6) for pose in allowed)
    if not fine or not tilt_ok(item, rotation):
        yield Violation(
            "orientation", f"{item.id} lies in a pose its policy forbids", (item.id,), 0.0, (placement.copy,)
        )
    if not contact_ok(item, rotation):
        text = f"{item.id} rests on a face that must not touch"
        yield Violation("contact", text, (item.id,), 0.0, (placement.copy,))


def _containment(part: _Placed, chamber: Chamber) -> Iterator[Violation]:
    wall = chamber.wall_clearance_mm
    out = float(np.maximum(wall - part.low, part.high - (np.asarray(chamber.size_mm) - wall)).max())
    if chamber.shape != "box":
        out = max(out, _past_round_wall(part.points, chamber))
    if out > TOLERANCE_MM:
        yield Violation("outside", f"{part.name} reaches {out:.3f} mm too far", (part.item.id,), out, (part.copy,))
    if chamber.single_layer and (above := float(part.low[2] - wall)) > TOLERANCE_MM:
        text = f"{part.name} hangs {above:.3f} mm above the plate"
        yield Violation("not_on_floor", text, (part.item.id,), above, (part.copy,))


def _past_round_wall(points: FloatArray, chamber: Chamber) -> float:
    """How far the worst point lies beyond the round part of the wall."""
    x, y, _ = chamber.size_mm
    middle = np.array([x, y]) / 2.0
    reach = np.abs(points[:, :2] - middle)
    if chamber.shape == "cylinder":
        return float(np.hypot(reach[:, 0], reach[:, 1]).max() - (min(x, y) / 2.0 - chamber.wall_clearance_mm))
    into = reach - (middle - chamber.corner_radius_mm)
    radius = chamber.corner_radius_mm - chamber.wall_clearance_mm
    past = np.where((into > 0).all(axis=1) & (radius > 0), np.hypot(into[:, 0], into[:, 1]) - radius, -np.inf)
    return float(past.max())


def _keep_outs(placed: Sequence[_Placed], chamber: Chamber) -> Iterator[Violation]:
    need = chamber.clearance_mm
    for number, box in enumerate(chamber.keep_out):
        low, high = np.asarray(box.low_mm, dtype=np.float64), np.asarray(box.high_mm, dtype=np.float64)
        tree = SurfaceTree.of(box_mesh(low, high))
        for part in placed:
            if np.maximum(low - part.high, part.low - high).max() >= max(need, TOLERANCE_MM):
                continue
            apart = _apart(part.tree, part.matrix, tree, np.eye(4), need)
            if apart is not None:
                text = f"{part.name} is {apart:.3f} mm from keep-out {number}, {need:g} mm needed"
                yield Violation("keep_out", text, (part.item.id,), need - apart, (part.copy,))


def _distances(placed: Sequence[_Placed], chamber: Chamber) -> Iterator[Violation]:
    need = chamber.clearance_mm
    if chamber.single_layer:
        shadows: dict[int, dict[bytes, SurfaceTree]] = {}
        placed = [_shadow(part, shadows.setdefault(id(part.tree), {})) for part in placed]
    lows = np.array([part.low for part in placed])
    highs = np.array([part.high for part in placed])
    for row, part in enumerate(placed):
        gaps = np.maximum(lows[row + 1 :] - highs[row], lows[row] - highs[row + 1 :])
        short = np.linalg.norm(np.clip(gaps, 0, None), axis=1) < max(need - TOLERANCE_MM, 0.0)
        short |= gaps.max(axis=1) < 0
        for near in (np.flatnonzero(short) + row + 1).tolist():
            other = placed[near]
            apart = _apart(part.tree, part.matrix, other.tree, other.matrix, need)
            if apart is not None:
                text = f"{part.name} and {other.name}: {apart:.3f} mm apart, {need:g} mm needed"
                code = "overlap" if apart <= 0 else "clearance"
                names, copies = (part.item.id, other.item.id), (part.copy, other.copy)
                yield Violation(code, text, names, need - apart, copies)


def _apart(one: SurfaceTree, one_at: FloatArray, other: SurfaceTree, other_at: FloatArray, need: float) -> float | None:
    """The distance when it is less than needed, 0 for parts that share matter; None when all is well. Where no distance
    is needed, parts may touch: then only what reaches into the other's matter is wrong."""
    limit = max(need, 1.0)
    found = distance_mm(one, one_at, other, other_at, limit)
    if need <= 0 and found <= 0:
        return None if _only_touch(one, one_at, other, other_at) else 0.0
    if found > 0 and (holds_piece_of(one, one_at, other, other_at) or holds_piece_of(other, other_at, one, one_at)):
        return 0.0
    return found if found < need - TOLERANCE_MM else None


def _only_touch(one: SurfaceTree, one_at: FloatArray, other: SurfaceTree, other_at: FloatArray) -> bool:
    """Whether moving the parts apart by next to nothing, along some axis, parts them."""
    for axis in range(3):
        for sign in (TOLERANCE_MM, -TOLERANCE_MM):
            moved = other_at.copy()
            moved[axis, 3] += sign
            if distance_mm(one, one_at, other, moved, TOLERANCE_MM) > 0 and not (
                holds_piece_of(one, one_at, other, moved) or holds_piece_of(other, moved, one, one_at)
            ):
                return True
    return False


def _shadow(part: _Placed, known: dict[bytes, SurfaceTree]) -> _Placed:
    """The part pressed flat on the plate; one tree for all copies turned the same way."""
    turn = part.matrix[:3, :3]
    key = turn.tobytes()
    if key not in known:
        flat = part.tree.mesh.vertices @ turn.T
        flat[:, 2] = 0.0
        known[key] = SurfaceTree.of(Mesh(flat, part.tree.mesh.triangles))
    matrix = np.eye(4)
    matrix[:2, 3] = part.matrix[:2, 3]
    low, high = part.low * (1, 1, 0), part.high * (1, 1, 0)
    return _Placed(part.item, part.copy, known[key], matrix, part.points, low, high)
