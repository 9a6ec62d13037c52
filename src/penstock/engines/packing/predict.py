"""Answers without a full search: does a set fit and how high, and how full will a pool's builds be?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from penstock.engines.packing.layout import Layout, prepare, why_never
from penstock.engines.packing.model import Chamber, FitEstimate, FloatArray, Item, PoolStats
from penstock.engines.packing.pack import check_request, pack
from penstock.engines.packing.poses import own_box_mm, volume_mm3

LAYOUT_LIMIT = 1500
"""Above so many pieces `fits` judges by volume instead of laying them out."""

# Least-squares fit of the box density this packer reaches on generated pools (calibration.py prints them with
# the spread of the error; docs/engines/packing.md shows the table).
BOX_DENSITY_COEFFICIENTS = (0.883, -1.096, 0.480)
CALIBRATION_SPREAD = 0.06
# The same for pools of meshes nested by their true shapes: density itself, not the boxes'.
NESTED_COEFFICIENTS = (0.512, 0.233, -1.153, 0.634)


def stats_of(items: Sequence[Item]) -> PoolStats:
    """The statistics `expected_fill` wants, from the items themselves."""
    edges = [own_box_mm(item)[1] - own_box_mm(item)[0] for item in items]
    pieces = sum(item.copies for item in items)
    boxes = float(sum(np.prod(edge) * item.copies for edge, item in zip(edges, items, strict=True)))
    return PoolStats(
        pieces=pieces,
        box_volume_mm3=boxes,
        part_volume_mm3=sum(volume_mm3(item) * item.copies for item in items),
        mean_edge_mm=(boxes / pieces) ** (1.0 / 3.0) if pieces else 0.0,
        largest_edge_mm=max((float(edge.max()) for edge in edges), default=0.0),
    )


def density_features(stats: PoolStats, chamber: Chamber) -> FloatArray:
    """What the fit sees of a pool; the box density is the scalar product with the coefficients.

    The last layer of a build is never full: the less so the larger the parts are against the height the pool
    fills if it were liquid. The clearance takes its share of the cell around each box.
    """
    liquid_mm = stats.box_volume_mm3 / chamber.floor_mm2
    last_layer = [edge / (liquid_mm + edge) for edge in (stats.mean_edge_mm, stats.largest_edge_mm)]
    return np.array([1.0, *last_layer]) * cell_share(stats.mean_edge_mm, chamber.clearance_mm)


def expected_box_density(stats: PoolStats, chamber: Chamber) -> float:
    """Share of the used space that bounding boxes will take when the pool is packed in one go, 0..1."""
    if not stats.pieces or stats.box_volume_mm3 <= 0:
        return 0.0
    return float(np.clip(density_features(stats, chamber) @ np.array(BOX_DENSITY_COEFFICIENTS), 0.02, 0.95))


def expected_fill(stats: PoolStats, chamber: Chamber) -> float:
    """Part volume / used chamber volume to expect of full builds made from such a pool, 0..1."""
    if stats.box_volume_mm3 <= 0:
        return 0.0
    return expected_box_density(stats, chamber) * stats.part_volume_mm3 / stats.box_volume_mm3


def nested_features(stats: PoolStats, chamber: Chamber) -> FloatArray:
    """What the fit of nested builds sees: how full the parts are of their boxes, and the last layer."""
    full = stats.part_volume_mm3 / stats.box_volume_mm3
    liquid_mm = stats.part_volume_mm3 / chamber.floor_mm2
    last = [edge / (liquid_mm + edge) for edge in (stats.mean_edge_mm, stats.largest_edge_mm)]
    return np.array([1.0, full, *last]) * cell_share(stats.mean_edge_mm, chamber.clearance_mm)


def expected_nested_fill(stats: PoolStats, chamber: Chamber) -> float:
    """Part volume / used chamber volume to expect when parts are nested by their true shapes, 0..1."""
    if not stats.pieces or stats.box_volume_mm3 <= 0:
        return 0.0
    return float(np.clip(nested_features(stats, chamber) @ np.array(NESTED_COEFFICIENTS), 0.01, 0.9))


def fits(items: Sequence[Item], chamber: Chamber) -> FitEstimate:
    """Does the set fit in one build, and how high will it be? One greedy layout, ms per hundred pieces.

    `fits` with confidence 1.0 is proven by a layout; "does not" with 1.0 is impossible (too large, more volume
    than the chamber). In between the layout or the volume speaks, with less confidence the closer it is.
    """
    check_request(items, chamber)
    prepared = [prepare(item, chamber) for item in items]
    for p in prepared:
        if p.item.copies and (never := why_never(p, chamber)):
            return FitEstimate(False, 0.0, 1.0, never[1])
    boxes = sum(p.box_mm3 * p.item.copies for p in prepared)
    if sum(p.volume_mm3 * p.item.copies for p in prepared) > chamber.volume_mm3:
        return FitEstimate(False, chamber.size_mm[2], 1.0, "the parts have more volume than the chamber")
    mass_g = sum(p.item.mass_g * p.item.copies for p in prepared)
    if chamber.max_mass_g is not None and mass_g > chamber.max_mass_g:
        return FitEstimate(False, 0.0, 1.0, f"{mass_g:.0f} g, {chamber.max_mass_g:.0f} g allowed")
    height_mm, density = _by_volume(items, boxes, chamber)
    if sum(item.copies for item in items) > LAYOUT_LIMIT:
        room_mm = chamber.size_mm[2]
        errors = abs(height_mm / room_mm - 1.0) * density / CALIBRATION_SPREAD
        confidence = float(np.clip(0.5 + errors / 4.0, 0.5, 0.98))
        return FitEstimate(height_mm <= room_mm, height_mm, confidence, "estimated from volume")
    if any(item.mesh is not None for item in items):
        return _by_nesting(items, chamber, height_mm)
    layout = Layout(chamber)
    for p in sorted(prepared, key=lambda p: (-p.box_mm3, p.item.id)):
        if layout.add(p, p.item.copies) < p.item.copies:
            confidence = float(np.clip(boxes / chamber.volume_mm3 + 0.3, 0.5, 0.98))
            needed_mm = max(height_mm, chamber.size_mm[2])
            return FitEstimate(False, needed_mm, confidence, f"no room found for all copies of {p.item.id}")
    return FitEstimate(True, layout.height_mm, 1.0)


def _by_nesting(items: Sequence[Item], chamber: Chamber, by_boxes_mm: float) -> FitEstimate:
    """One greedy layout of the true shapes. A better search places more, so a "no" of this is not certain."""
    packing = pack(items, chamber, deadline_s=0)
    if not packing.unplaced:
        return FitEstimate(True, packing.height_mm, 1.0)
    left = packing.unplaced[0]
    wanted = sum(volume_mm3(item) * item.copies for item in items)
    confidence = float(np.clip(0.5 + (1.0 - packing.metrics.volume_mm3 / wanted) * 2.0, 0.5, 0.98))
    needed_mm = chamber.size_mm[2] * wanted / max(packing.metrics.volume_mm3, 1e-9)
    return FitEstimate(False, min(needed_mm, max(by_boxes_mm, chamber.size_mm[2])), confidence, left.reason)


def _by_volume(items: Sequence[Item], boxes_mm3: float, chamber: Chamber) -> tuple[float, float]:
    """(height, box density) expected from statistics alone."""
    density = max(expected_box_density(stats_of(items), chamber), 0.02)
    tallest = max(chain((float(min(own_box_mm(item)[1] - own_box_mm(item)[0])) for item in items), (0.0,)))
    return max(boxes_mm3 / density / chamber.floor_mm2, tallest), density


def cell_share(edge_mm: float, clearance_mm: float) -> float:
    """What the clearance leaves of the cell a box needs."""
    return (edge_mm / (edge_mm + clearance_mm)) ** 3
