"""How much a part would overlap the others, at all heights of a column at once.

A `field` (nx, ny, h + 1) holds per column the sum of the weighted cells below each height. A run of cells then costs
two reads at any height, and one pass over the runs of a part gives its overlap at every height. The inner loops go
through the field as one row with unsigned numbers: an index that might be negative costs more than the sum it is for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.forms import Runs
from penstock.engines.packing.voxels.tray import Words

Field = NDArray[np.int32]

ONE = np.uint64(1)
UNIT = 16
WALL = 8 * UNIT
"""What a cell of the wall counts."""
RUNS_PER_LOOK = 8
NEVER = 2_000_000_000


@compiled
def add_to_field(field: Field, runs: Runs, first: int, last: int, tx: int, ty: int, tz: int, weight: int) -> None:
    """Count the cells of `runs[first:last]`, moved by (tx, ty, tz), with `weight` (negative: take them out)."""
    flat = field.reshape(-1)
    deep, height = np.uint64(field.shape[1]), np.uint64(field.shape[2])
    for number in range(first, last):
        row = (np.uint64(tx + runs[number, 0]) * deep + np.uint64(ty + runs[number, 1])) * height
        begin, end = np.uint64(tz + runs[number, 2]), np.uint64(tz + runs[number, 3])
        below = np.int32(0)
        for z in range(begin + ONE, end + ONE):
            below += np.int32(weight)
            flat[row + z] += below
        for z in range(end + ONE, height):
            flat[row + z] += below


@compiled
def field_of(blocked: Words, height: int) -> Field:
    """The field (nx, ny, height + 1) of the walls alone."""
    nx, ny = blocked.shape[1], blocked.shape[2]
    field = np.zeros((nx, ny, height + 1), dtype=np.int32)
    for x in range(nx):
        for y in range(ny):
            for z in range(height):
                taken = (blocked[0, x, y, z >> 6] >> np.uint64(z & 63)) & np.uint64(1)
                field[x, y, z + 1] = field[x, y, z] + (WALL if taken else 0)
    return field


@compiled
def look_down(
    field: Field,
    mixed: Runs,
    first: int,
    last: int,
    tx: int,
    ty: int,
    heights: int,
    bound: int,
    cost: NDArray[np.int32],
) -> tuple[int, int]:
    """(least cost, its height) of a form at column (tx, ty) over heights 0 … heights − 1; gives up with
    (NEVER, 0) once no height costs less than `bound`. `cost` is scratch space."""
    flat = field.reshape(-1)
    deep, height = np.uint64(field.shape[1]), np.uint64(field.shape[2])
    x0, y0, count = np.uint64(tx), np.uint64(ty), np.uint64(heights)
    least = np.int32(0)
    for z in range(count):
        cost[z] = 0
    number = first
    while number < last:
        stop = min(number + RUNS_PER_LOOK, last)
        # Two runs at a time: the costs are read and written half as often.
        while number + 1 < stop:
            row = ((x0 + np.uint64(mixed[number, 0])) * deep + y0 + np.uint64(mixed[number, 1])) * height
            low, high = row + np.uint64(mixed[number, 2]), row + np.uint64(mixed[number, 3])
            row = ((x0 + np.uint64(mixed[number + 1, 0])) * deep + y0 + np.uint64(mixed[number + 1, 1])) * height
            other_low, other_high = row + np.uint64(mixed[number + 1, 2]), row + np.uint64(mixed[number + 1, 3])
            for z in range(count):
                cost[z] += flat[high + z] - flat[low + z] + (flat[other_high + z] - flat[other_low + z])
            number += 2
        if number < stop:
            row = ((x0 + np.uint64(mixed[number, 0])) * deep + y0 + np.uint64(mixed[number, 1])) * height
            low, high = row + np.uint64(mixed[number, 2]), row + np.uint64(mixed[number, 3])
            for z in range(count):
                cost[z] += flat[high + z] - flat[low + z]
            number += 1
        least = np.int32(NEVER)
        for z in range(count):
            least = min(least, cost[z])
        if least >= bound:
            return NEVER, 0
    for z in range(heights):
        if cost[z] == least:
            return int(least), z
    return NEVER, 0


@compiled
def cost_at(field: Field, runs: Runs, first: int, last: int, tx: int, ty: int, tz: int) -> int:
    """Weighted overlap of a form at one place."""
    cost = 0
    for n in range(first, last):
        x, y = tx + runs[n, 0], ty + runs[n, 1]
        cost += field[x, y, tz + runs[n, 3]] - field[x, y, tz + runs[n, 2]]
    return cost


@compiled
def window_field(
    blocked: Words, runs: Runs, columns: IntArray, first_column: IntArray, shapes: IntArray, place: IntArray,
    weight: NDArray[np.int32], piece: int, low: IntArray, field: Field,
) -> None:  # fmt: skip
    """Write into `field` what the other pieces, each with its weight, and the walls count in the window from cell
    `low` (3,)."""
    wide, deep, high = field.shape[0], field.shape[1], field.shape[2] - 1
    field[:] = 0
    for q in range(place.shape[0]):
        form = place[q, 0]
        if q == piece or form < 0:
            continue
        if place[q, 3] >= low[2] + high or place[q, 3] + shapes[form, 2] <= low[2]:
            continue
        left, front = place[q, 1] - low[0], place[q, 2] - low[1]
        lift = place[q, 3] - low[2]
        for x in range(max(left, 0), min(left + shapes[form, 0], wide)):
            row = first_column[form] + (x - left) * shapes[form, 1] - front
            for y in range(max(front, 0), min(front + shapes[form, 1], deep)):
                for number in range(columns[row + y], columns[row + y + 1]):
                    begin = max(runs[number, 2] + lift, 0)
                    end = min(runs[number, 3] + lift, high)
                    if begin < end:
                        field[x, y, begin + 1] += weight[q]
                        if end < high:
                            field[x, y, end + 1] -= weight[q]
    for x in range(wide):
        for y in range(deep):
            here = 0
            total = 0
            for z in range(high):
                taken = blocked[0, low[0] + x, low[1] + y, (low[2] + z) >> 6] >> np.uint64((low[2] + z) & 63)
                here += field[x, y, z + 1]
                total += here + (WALL if taken & np.uint64(1) else 0)
                field[x, y, z + 1] = total
