"""How much of a chamber a part takes, without laying it out.

A piece's *share* says what part of a full build it is: its box (with the clearance's cell) against what packing
reaches of the chamber, but never less than one over the copies that stand in a plain grid, so that large parts are
judged by how many there is room for. A build is full when its shares add up to 1.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.network import Floats
from penstock.engines.packing import Chamber, Orientation

BOX_DENSITY = 0.66
"""Share of a chamber that boxes with their clearance cells take when the packer has filled it."""
PLATE_SHARE = 0.7
"""Share of a plate that boxes cover when it is full; measured on the packer's plates."""
ROUND_LOSS = 0.7
"""Of a grid's copies, those that stand in a cylinder."""

TURNS: dict[Orientation, tuple[tuple[int, ...], ...]] = {
    "any": tuple(permutations(range(3))),
    "about_z": ((0, 1, 2), (1, 0, 2)),
    "fixed": ((0, 1, 2),),
    "poses": ((0, 1, 2),),
}


def room_in(sizes_mm: Floats, orientation: Orientation, chamber: Chamber) -> tuple[Floats, Floats]:
    """(share, height) of parts (n, 3) in a chamber; share is infinite where a part fits in no pose.

    `height` is that of the pose assumed: the lowest on a plate, the lowest that fits in a stack."""
    share = np.full(len(sizes_mm), np.inf)
    height = np.full(len(sizes_mm), np.inf)
    gap = chamber.clearance_mm
    inner = np.array(chamber.size_mm) - 2 * chamber.wall_clearance_mm
    volume = np.prod(sizes_mm, axis=1)
    edge = np.cbrt(volume)
    boxes = volume * ((edge + gap) / np.maximum(edge, 1e-9)) ** 3 / (chamber.volume_mm3 * BOX_DENSITY)
    for turn in TURNS[orientation]:
        extent = sizes_mm[:, turn]
        fits = np.all(extent <= inner + 1e-6, axis=1) & _inside(extent, chamber)
        counts = np.maximum(np.floor((inner + gap + 1e-6) / (extent + gap)), 1.0)
        grid = np.prod(counts[:, :2], axis=1)
        if chamber.shape == "cylinder":
            grid = np.maximum(np.floor(grid * ROUND_LOSS), 1.0)
        if chamber.single_layer:
            area = np.prod(extent[:, :2] + gap, axis=1) / (chamber.floor_mm2 * PLATE_SHARE)
            new = np.maximum(area, 1.0 / grid)
            better = fits & (extent[:, 2] < height - 1e-9) & (new <= 1.0)
        else:
            new = np.maximum(boxes, 1.0 / (grid * counts[:, 2]))
            better = fits & (new < share - 1e-12)
        # What fits at all fits alone, whatever the estimate of a full chamber says.
        better |= fits & np.isinf(share)
        share = np.where(better, np.minimum(new, 1.0), share)
        height = (
            np.where(fits, np.minimum(height, extent[:, 2]), height)
            if not chamber.single_layer
            else np.where(better, extent[:, 2], height)
        )
    return share, height


def _inside(extent: Floats, chamber: Chamber) -> NDArray[np.bool_]:
    """Whether footprints, set in the middle, keep inside a round or rounded outline."""
    wall = chamber.wall_clearance_mm
    half = np.array(chamber.size_mm[:2]) / 2.0
    if chamber.shape == "cylinder":
        radius = float(half.min()) - wall
        inside: NDArray[np.bool_] = np.hypot(extent[:, 0], extent[:, 1]) / 2.0 <= radius + 1e-6
        return inside
    radius = max(chamber.corner_radius_mm - wall, 0.0) if chamber.shape == "rounded" else 0.0
    past = np.maximum(extent[:, :2] / 2.0 - (half - wall - radius), 0.0)
    kept: NDArray[np.bool_] = (np.hypot(past[:, 0], past[:, 1]) <= radius + 1e-6) | (past.min(axis=1) <= 0)
    return kept
