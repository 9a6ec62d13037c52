"""Who overlaps whom, and how heavily that counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.field import UNIT
from penstock.engines.packing.voxels.forms import Runs

Pairs = NDArray[np.int32]

MOST_WEIGHT = 512 * UNIT
LARGEST_COST = 1 << 29
"""What a piece may count at most as a whole, so that sums stay within 32 bits."""


@compiled
def shared_cells(
    runs: Runs, columns: IntArray, first_column: IntArray, shapes: IntArray, one: IntArray, other: IntArray
) -> int:
    """How many cells two placed forms (form, x, y, z) have in common."""
    f, g = one[0], other[0]
    for axis in range(3):
        if one[1 + axis] >= other[1 + axis] + shapes[g, axis] or other[1 + axis] >= one[1 + axis] + shapes[f, axis]:
            return 0
    shared = 0
    lift = other[3] - one[3]
    for x in range(max(one[1], other[1]), min(one[1] + shapes[f, 0], other[1] + shapes[g, 0])):
        f_row = first_column[f] + (x - one[1]) * shapes[f, 1] - one[2]
        g_row = first_column[g] + (x - other[1]) * shapes[g, 1] - other[2]
        for y in range(max(one[2], other[2]), min(one[2] + shapes[f, 1], other[2] + shapes[g, 1])):
            i, i_end = columns[f_row + y], columns[f_row + y + 1]
            j, j_end = columns[g_row + y], columns[g_row + y + 1]
            while i < i_end and j < j_end:
                begin = max(runs[i, 2], runs[j, 2] + lift)
                end = min(runs[i, 3], runs[j, 3] + lift)
                if end > begin:
                    shared += end - begin
                if runs[i, 3] < runs[j, 3] + lift:
                    i += 1
                else:
                    j += 1
    return shared


@compiled
def overlaps_of(
    runs: Runs, columns: IntArray, first_column: IntArray, shapes: IntArray, place: IntArray, piece: int, overlap: Pairs
) -> int:
    """Write the overlaps of one piece with all others; returns their sum."""
    total = 0
    for q in range(place.shape[0]):
        shared = 0
        if q != piece and place[piece, 0] >= 0 and place[q, 0] >= 0:
            shared = shared_cells(runs, columns, first_column, shapes, place[piece], place[q])
        overlap[piece, q] = overlap[q, piece] = shared
        total += shared
    return total


@compiled
def in_conflict(overlap: Pairs, wall: IntArray, queue: IntArray) -> tuple[int, int]:
    """Write the pieces that overlap something into `queue` in random order: (their number, cells shared in all)."""
    waiting = 0
    total = 0
    for p in range(wall.shape[0]):
        mine = wall[p]
        for q in range(wall.shape[0]):
            mine += overlap[p, q]
        total += mine
        if mine > 0:
            queue[waiting] = p
            waiting += 1
    for i in range(waiting - 1, 0, -1):
        j = np.random.randint(i + 1)
        queue[i], queue[j] = queue[j], queue[i]
    return waiting, total


@compiled
def heaviest(runs: Runs, first_run: IntArray, place: IntArray) -> int:
    """The weight a pair may get: the larger the pieces, the less."""
    largest = 1
    for p in range(place.shape[0]):
        cells = 0
        if place[p, 0] >= 0:
            for number in range(first_run[place[p, 0]], first_run[place[p, 0] + 1]):
                cells += runs[number, 3] - runs[number, 2]
        largest = max(largest, cells)
    return max(min(MOST_WEIGHT, LARGEST_COST // largest), UNIT)


@compiled
def reweigh(overlap: Pairs, weight: Pairs, most_weight: int) -> None:
    """Pairs in conflict count 1.2 to 2 times as much as before, by how much they share, up to `most_weight`; the others
    forget slowly."""
    most = 1
    n = overlap.shape[0]
    for p in range(n):
        for q in range(p):
            most = max(most, overlap[p, q])
    for p in range(n):
        for q in range(p):
            if overlap[p, q] > 0:
                grown = weight[p, q] * (1.2 + 0.8 * overlap[p, q] / most) + 1.0
                weight[p, q] = weight[q, p] = min(int(grown), most_weight)
            elif weight[p, q] > UNIT:
                weight[p, q] = weight[q, p] = max(int(weight[p, q] * 0.95), UNIT)
