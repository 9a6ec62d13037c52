"""Press a finished layout together on a finer grid: parts keep their poses and move by a few cells.

The same guided local search as `separate`, but each part looks only near the place where it lies, and so the field is
made afresh for a window round it: that costs what lies there, however fine the grid of the whole chamber would be.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.field import NEVER, cost_at, look_down, window_field
from penstock.engines.packing.voxels.forms import Runs
from penstock.engines.packing.voxels.overlap import Pairs, heaviest, in_conflict, overlaps_of, reweigh
from penstock.engines.packing.voxels.tray import Words

NOTHING_YET = 1 << 60


@compiled
def step_near(
    blocked: Words, runs: Runs, mixed: Runs, columns: IntArray, first_column: IntArray, first_run: IntArray,
    shapes: IntArray, place: IntArray, weight: Pairs, piece: int, height: int, reach: int, most: int,
) -> int:  # fmt: skip
    """Move a piece by up to `reach` cells along each axis to where it overlaps least, the lowest among equals; it stays
    where nothing costs less than `most` (weighted). Returns the cost there, or −1 when it stays."""
    form = place[piece, 0]
    low = np.empty(3, dtype=np.int64)
    high = np.empty(3, dtype=np.int64)
    for axis in range(3):
        edge = height if axis == 2 else blocked.shape[1 + axis]
        low[axis] = max(place[piece, 1 + axis] - reach, 0)
        high[axis] = min(place[piece, 1 + axis] + reach + shapes[form, axis], edge)
    field = np.empty((high[0] - low[0], high[1] - low[1], high[2] - low[2] + 1), dtype=np.int32)
    window_field(blocked, runs, columns, first_column, shapes, place, weight[piece], piece, low, field)
    begin, end = first_run[form], first_run[form + 1]
    heights = field.shape[2] - shapes[form, 2]
    cost = np.empty(heights, dtype=np.int32)
    x0, y0, z0 = place[piece, 1] - low[0], place[piece, 2] - low[1], place[piece, 3] - low[2]
    least = most
    if z0 < heights:
        least = min(least, cost_at(field, runs, begin, end, x0, y0, z0))
    moved = -1
    best_x, best_y, best_z = x0, y0, z0
    # From the piece outwards, ring by ring.
    for ring in range(reach + 1):
        for x in range(x0 - ring, x0 + ring + 1):
            for y in range(y0 - ring, y0 + ring + 1):
                if max(abs(x - x0), abs(y - y0)) != ring or x < 0 or y < 0:
                    continue
                if x + shapes[form, 0] > field.shape[0] or y + shapes[form, 1] > field.shape[1]:
                    continue
                found, z = look_down(field, mixed, begin, end, x, y, heights, least, cost)
                if found < least:
                    least = found
                    moved = found
                    best_x, best_y, best_z = x, y, z
        if least == 0:
            break
    if moved >= 0:
        place[piece, 1], place[piece, 2], place[piece, 3] = low[0] + best_x, low[1] + best_y, low[2] + best_z
    return moved


@compiled
def cells_in_wall(blocked: Words, runs: Runs, first_run: IntArray, place: IntArray, piece: int) -> int:
    """How many cells of a piece are wall."""
    form = place[piece, 0]
    count = 0
    for number in range(first_run[form], first_run[form + 1]):
        x, y = place[piece, 1] + runs[number, 0], place[piece, 2] + runs[number, 1]
        for z in range(place[piece, 3] + runs[number, 2], place[piece, 3] + runs[number, 3]):
            if (blocked[0, x, y, z >> 6] >> np.uint64(z & 63)) & np.uint64(1):
                count += 1
    return count


@compiled
def squeeze(
    blocked: Words, runs: Runs, mixed: Runs, columns: IntArray, first_column: IntArray, first_run: IntArray,
    shapes: IntArray, place: IntArray, weight: Pairs, height: int, reach: int, walls: bool, passes: int, patience: int,
    seed: int, halt: IntArray,
) -> tuple[int, int]:  # fmt: skip
    """Move pieces by small steps until none overlaps below `height`: (cells still shared, passes made)."""
    np.random.seed(seed)
    n = place.shape[0]
    wall = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    overlap = np.zeros((n, n), dtype=np.int32)
    for p in range(n):
        place[p, 3] = min(place[p, 3], height - shapes[place[p, 0], 2])
        if place[p, 3] < 0:
            return NEVER, 0
    for p in range(n):
        overlaps_of(runs, columns, first_column, shapes, place, p, overlap)
        wall[p] = cells_in_wall(blocked, runs, first_run, place, p) if walls else 0
    most = heaviest(runs, first_run, place)
    least = NOTHING_YET
    strikes = 0
    for turn in range(passes):
        waiting, total = in_conflict(overlap, wall, queue)
        strikes += 1
        if total < least:
            least = total
            strikes = 0
        if waiting == 0 or strikes > patience or halt[0] != 0:
            return total, turn
        for i in range(waiting):
            p = queue[i]
            if halt[0] != 0:
                break
            if overlap[p].sum() + wall[p] == 0:
                continue
            step_near(blocked, runs, mixed, columns, first_column, first_run, shapes, place, weight, p, height, reach,
                      NEVER)  # fmt: skip
            wall[p] = cells_in_wall(blocked, runs, first_run, place, p) if walls else 0
            overlaps_of(runs, columns, first_column, shapes, place, p, overlap)
        reweigh(overlap, weight, most)
    return total, passes


@compiled
def drop(
    blocked: Words, runs: Runs, mixed: Runs, columns: IntArray, first_column: IntArray, first_run: IntArray,
    shapes: IntArray, place: IntArray, weight: Pairs, height: int, reach: int, order: IntArray,
) -> int:  # fmt: skip
    """Let pieces that overlap nothing fall as far as `reach`, in `order`; returns by how many cells in all."""
    fallen = 0
    for i in range(order.shape[0]):
        p = order[i]
        form = place[p, 0]
        low = np.array([place[p, 1], place[p, 2], max(place[p, 3] - reach, 0)])
        depth = place[p, 3] - low[2]
        if depth == 0:
            continue
        field = np.empty((shapes[form, 0], shapes[form, 1], shapes[form, 2] + depth + 1), dtype=np.int32)
        window_field(blocked, runs, columns, first_column, shapes, place, weight[p], p, low, field)
        cost = np.empty(depth + 1, dtype=np.int32)
        look_down(field, mixed, first_run[form], first_run[form + 1], 0, 0, depth + 1, NEVER, cost)
        z = depth
        while z > 0 and cost[z - 1] == 0:
            z -= 1
        fallen += depth - z
        place[p, 3] = low[2] + z
    return fallen
