"""Check a packing without trusting the packer: only matrices, items and chamber are used.

Parts are checked by the box they occupy where they lie (of the turned mesh, else of the turned size), which
is at least as strict as checking surfaces: boxes that keep their distance hold parts that keep it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from penstock.engines.packing.layout import placed_box_mm
from penstock.engines.packing.model import Chamber, FloatArray, Item, Packing, Placement, Violation
from penstock.engines.packing.poses import allowed_rotations, is_rotation, tilt_ok

TOLERANCE_MM = 1e-6


def verify(packing: Packing, items: Sequence[Item], chamber: Chamber) -> tuple[Violation, ...]:
    """Everything wrong with a packing; empty when it can be built."""
    by_id = {item.id: item for item in items}
    found = list(_copies(packing.placements, by_id))
    known = [p for p in packing.placements if p.item_id in by_id]
    for placement in known:
        found += _pose(placement, by_id[placement.item_id])
    if not known:
        return tuple(found)
    boxes = [placed_box_mm(by_id[p.item_id], p.matrix) for p in known]
    lows = np.array([low for low, _ in boxes])
    highs = np.array([high for _, high in boxes])
    names = [p.item_id for p in known]
    found += _containment(names, lows, highs, chamber)
    found += _distances(names, lows, highs, chamber)
    mass_g = sum(by_id[name].mass_g for name in names)
    if chamber.max_mass_g is not None and mass_g > chamber.max_mass_g * (1 + 1e-9):
        over = mass_g - chamber.max_mass_g
        found.append(Violation("too_heavy", f"the build is {over:.1f} g over its limit", amount=over))
    return tuple(found)


def _copies(placements: Sequence[Placement], by_id: dict[str, Item]) -> Iterator[Violation]:
    seen = Counter((p.item_id, p.copy) for p in placements)
    for (item_id, copy), times in seen.items():
        if item_id not in by_id:
            yield Violation("unknown_item", f"{item_id} is none of the items", (item_id,))
        elif times > 1 or not 0 <= copy < by_id[item_id].copies:
            text = f"copy {copy} of {item_id} ({by_id[item_id].copies} wanted) is placed {times} times"
            yield Violation("copies", text, (item_id,), float(times))


def _pose(placement: Placement, item: Item) -> Iterator[Violation]:
    rotation = placement.matrix[:3, :3]
    if not is_rotation(rotation) or not np.allclose(placement.matrix[3], (0, 0, 0, 1)):
        yield Violation("not_rigid", f"{item.id} is bent, scaled or mirrored", (item.id,))
        return
    allowed = allowed_rotations(item)
    if item.orientation == "about_z":
        fine = bool(rotation[2, 2] > 1 - TOLERANCE_MM)
    else:
        fine = item.orientation == "any" or any(np.allclose(rotation, pose, atol=1e-6) for pose in allowed)
    if not fine or not tilt_ok(item, rotation):
        yield Violation("orientation", f"{item.id} lies in a pose its policy forbids", (item.id,))


def _containment(names: Sequence[str], lows: FloatArray, highs: FloatArray, chamber: Chamber) -> Iterator[Violation]:
    wall = chamber.wall_clearance_mm
    size = np.asarray(chamber.size_mm)
    out = np.maximum((wall - lows).max(axis=1), (highs - (size - wall)).max(axis=1))
    if chamber.shape != "box":
        out = np.maximum(out, _past_round_wall(lows, highs, chamber))
    for row in np.flatnonzero(out > TOLERANCE_MM).tolist():
        yield Violation("outside", f"{names[row]} reaches {out[row]:.3f} mm too far", (names[row],), float(out[row]))
    if chamber.single_layer:
        for row in np.flatnonzero(lows[:, 2] > wall + TOLERANCE_MM).tolist():
            above = float(lows[row, 2] - wall)
            text = f"{names[row]} hangs {above:.3f} mm above the plate"
            yield Violation("not_on_floor", text, (names[row],), above)


def _past_round_wall(lows: FloatArray, highs: FloatArray, chamber: Chamber) -> FloatArray:
    """How far each footprint's worst corner lies beyond the round part of the wall."""
    x, y, _ = chamber.size_mm
    middle = np.array([x, y]) / 2.0
    reach = np.maximum(np.abs(lows[:, :2] - middle), np.abs(highs[:, :2] - middle))
    if chamber.shape == "cylinder":
        return np.hypot(reach[:, 0], reach[:, 1]) - (min(x, y) / 2.0 - chamber.wall_clearance_mm)
    into = reach - (middle - chamber.corner_radius_mm)
    radius = chamber.corner_radius_mm - chamber.wall_clearance_mm
    past = np.hypot(into[:, 0], into[:, 1]) - max(radius, 0.0)
    return np.where((into > 0).all(axis=1) & (radius > 0), past, -np.inf)


def _distances(names: Sequence[str], lows: FloatArray, highs: FloatArray, chamber: Chamber) -> Iterator[Violation]:
    need = chamber.clearance_mm
    for row in range(len(names)):
        others = slice(row + 1, None)
        gaps = np.maximum(lows[others] - highs[row], lows[row] - highs[others])
        yield from _too_near(names[row], list(names[row + 1 :]), gaps, need)
    for number, box in enumerate(chamber.keep_out):
        gaps = np.maximum(lows - np.asarray(box.high_mm), np.asarray(box.low_mm) - highs)
        for violation in _too_near(f"keep-out {number}", names, gaps, need):
            yield Violation("keep_out", violation.message, violation.item_ids[1:], violation.amount)


def _too_near(name: str, others: Sequence[str], gaps: FloatArray, need: float) -> Iterator[Violation]:
    """`gaps` (n, 3): signed gap per axis; boxes overlap where all are negative."""
    distance = np.where(gaps.max(axis=1) < 0, gaps.max(axis=1), np.linalg.norm(np.clip(gaps, 0, None), axis=1))
    for row in np.flatnonzero(distance < need - TOLERANCE_MM).tolist():
        short = float(distance[row])
        code = "overlap" if short < -TOLERANCE_MM else "clearance"
        text = f"{name} and {others[row]}: {short:.3f} mm apart, {need:g} mm needed"
        yield Violation(code, text, (name, others[row]), need - short)
