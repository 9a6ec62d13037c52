"""Taking a part out round corners: a search over shifts, each step checked on the exact surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import product

import numpy as np

from penstock.engines.packing.model import FloatArray, IntArray, Item, Placement
from penstock.engines.packing.poses import own_box_mm
from penstock.engines.packing.surfaces import SurfaceTree, box_mesh, distance_mm

STEPS_ACROSS = 24
"""A part's longest edge in steps."""
TRIES = 1500
MOVES = np.array([move for move in product((-1, 0, 1), repeat=3) if any(move)])


def can_wind_out(parts: Sequence[tuple[Item, Placement]], row: int, rows: IntArray) -> bool:
    """Whether the part in `row` finds a way out of the others in `rows`, step by step, without turning.

    The farthest shift is tried on first. A search that ends without a way proves nothing but is taken for a no.
    """
    trees = {other: _tree(parts[other][0]) for other in rows.tolist()}
    boxes = {other: _box(trees[other], parts[other][1].matrix) for other in trees}
    low, high = boxes.pop(row)
    step = float((high - low).max()) / STEPS_ACROSS
    lows, highs = np.array([box[0] for box in boxes.values()]), np.array([box[1] for box in boxes.values()])
    others = list(boxes)

    def is_out(shift: FloatArray) -> bool:
        return bool(np.all(np.any((low + shift > highs) | (high + shift < lows), axis=1)))

    def meets(shift: FloatArray) -> bool:
        near = np.all((low + shift < highs + step) & (high + shift > lows - step), axis=1)
        matrix = parts[row][1].matrix.copy()
        matrix[:3, 3] += shift
        return any(
            distance_mm(trees[others[n]], parts[others[n]][1].matrix, trees[row], matrix, step) <= 0
            for n in np.flatnonzero(near).tolist()
        )

    start = (0, 0, 0)
    seen, heap, tries = {start}, [(0.0, start)], 0
    while heap and tries < TRIES:
        _, at = heappop(heap)
        if is_out(np.array(at) * step):
            return True
        for move in MOVES:
            there = (at[0] + int(move[0]), at[1] + int(move[1]), at[2] + int(move[2]))
            if there in seen:
                continue
            seen.add(there)
            tries += 1
            if not meets(np.array(there) * step):
                heappush(heap, (-float(np.linalg.norm(there)), there))
    return False


def _tree(item: Item) -> SurfaceTree:
    return SurfaceTree.of(item.mesh if item.mesh is not None else box_mesh(*own_box_mm(item)))


def _box(tree: SurfaceTree, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = tree.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
    return points.min(axis=0), points.max(axis=0)
