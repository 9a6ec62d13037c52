"""Free overlapping parts from one another in a chamber of a given height: guided local search.

Parts may overlap. One that does is taken out and put where it overlaps least, each pair of parts counted with a weight
that grows as long as the pair stays in conflict (guided local search, Voudouris and Tsang 1999; for nesting: Egeblad,
Nielsen and Odgaard, EJOR 183, 2007; Gardeyn et al., *sparrow*, 2025).

`place` (n, 4): form, x, y, z of each piece, form −1 for a piece that lies nowhere; `weight` (n, n): of a pair, `UNIT`
and more; `overlap` (n, n): cells shared; `wall` (n,): cells shared with walls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.field import NEVER, UNIT, WALL, Field, add_to_field, cost_at, look_down
from penstock.engines.packing.voxels.forms import Runs
from penstock.engines.packing.voxels.overlap import Pairs, heaviest, in_conflict, overlaps_of, reweigh

NOTHING_YET = 1 << 60
NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))


@compiled
def _sample(
    field: Field, mixed: Runs, begin: int, end: int, shape: IntArray, height: int, tx: int, ty: int, best: IntArray,
    form: int, cost: NDArray[np.int32],
) -> bool:  # fmt: skip
    """Try a column; note what it gives in `best` (cost, form, x, y, z) when that is cheaper."""
    heights = height - shape[2] + 1
    if tx < 0 or ty < 0 or tx + shape[0] > field.shape[0] or ty + shape[1] > field.shape[1] or heights < 1:
        return False
    least, z = look_down(field, mixed, begin, end, tx, ty, heights, best[0], cost)
    if least >= best[0]:
        return False
    best[0], best[1], best[2], best[3], best[4] = least, form, tx, ty, z
    return True


@compiled
def best_place(
    field: Field, mixed: Runs, first_run: IntArray, shapes: IntArray, first_form: int, last_form: int, now: IntArray,
    height: int, tries: int, other_forms: int, best: IntArray, cost: NDArray[np.int32],
) -> None:  # fmt: skip
    """Look for a cheaper place than `best` (cost, form, x, y, z): near `now`, at random columns in its form and some
    others, then step by step from the best found."""
    form = now[0] if now[0] >= 0 else first_form
    for step in range(3):
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                if step == 0 and (dx != 0 or dy != 0):
                    continue
                reach = 1 if step == 1 else 4
                if best[0] > 0:
                    _sample(field, mixed, first_run[form], first_run[form + 1], shapes[form], height,
                            now[1] + reach * dx, now[2] + reach * dy, best, form, cost)  # fmt: skip
    count = last_form - first_form
    for turn in range(other_forms + 1):
        if turn > 0:
            if count <= other_forms + 1:
                form = first_form + turn - 1
                if turn > count:
                    break
            else:
                form = first_form + np.random.randint(count)
        shape = shapes[form]
        if shape[2] > height:
            continue
        for _ in range(tries):
            if best[0] == 0:
                return
            tx = np.random.randint(field.shape[0] - shape[0] + 1)
            ty = np.random.randint(field.shape[1] - shape[1] + 1)
            _sample(field, mixed, first_run[form], first_run[form + 1], shape, height, tx, ty, best, form, cost)
    form = best[1]
    step = 4
    while step >= 1 and best[0] > 0 and form >= 0:
        better = False
        x, y = best[2], best[3]
        for dx, dy in NEIGHBOURS:
            if _sample(field, mixed, first_run[form], first_run[form + 1], shapes[form], height,
                       x + step * dx, y + step * dy, best, form, cost):  # fmt: skip
                better = True
        if not better:
            step //= 2


@compiled
def separate(
    field: Field, runs: Runs, mixed: Runs, columns: IntArray, first_column: IntArray, first_run: IntArray,
    first_form: IntArray, shapes: IntArray, part: IntArray, place: IntArray, least_place: IntArray, weight: Pairs,
    height: int, passes: int, patience: int, tries: int, other_forms: int, seed: int, halt: IntArray,
) -> tuple[int, int]:  # fmt: skip
    """Move pieces anywhere, in any pose, until none overlaps below `height`: (cells still shared, passes made).

    `field` holds all pieces as they lie in `place`; both are kept in step. The layout with the least overlap is written
    to `least_place`. Ends after `passes`, or after `patience` passes without a new least, or when `halt[0]` is set.
    """
    np.random.seed(seed)
    n = place.shape[0]
    cost = np.empty(field.shape[2], dtype=np.int32)
    best = np.empty(5, dtype=np.int64)
    wall = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    overlap = np.zeros((n, n), dtype=np.int32)
    for p in range(n):
        f = place[p, 0]
        if f >= 0 and place[p, 3] + shapes[f, 2] > height:
            add_to_field(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3], -UNIT)
            place[p, 3] = height - shapes[f, 2]
            if place[p, 3] < 0:
                place[p, 0] = -1
            else:
                add_to_field(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3], UNIT)
    for p in range(n):
        f = place[p, 0]
        if f < 0:
            wall[p] = 1
            continue
        shared = overlaps_of(runs, columns, first_column, shapes, place, p, overlap)
        own = 0
        for number in range(first_run[f], first_run[f + 1]):
            own += runs[number, 3] - runs[number, 2]
        raw = cost_at(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3])
        # What is left of the field at the piece is wall.
        wall[p] = (raw - UNIT * (own + shared)) // WALL
    most = heaviest(runs, first_run, place)
    least = NOTHING_YET
    strikes = 0
    for turn in range(passes):
        waiting, total = in_conflict(overlap, wall, queue)
        strikes += 1
        if total < least:
            least = total
            strikes = 0
            least_place[:] = place
        if waiting == 0 or strikes > patience or halt[0] != 0:
            return least, turn
        for i in range(waiting):
            p = queue[i]
            if halt[0] != 0:
                break
            if overlap[p].sum() + wall[p] == 0:
                continue
            f = place[p, 0]
            if f >= 0:
                add_to_field(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3], -UNIT)
            _weigh(field, runs, first_run, place, weight, p, 1)
            best[0], best[1] = NEVER, -1
            if f >= 0:
                best[0] = cost_at(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3])
                best[1:] = place[p]
            best_place(field, mixed, first_run, shapes, first_form[part[p]], first_form[part[p] + 1], place[p], height,
                       tries, other_forms, best, cost)  # fmt: skip
            _weigh(field, runs, first_run, place, weight, p, -1)
            f = best[1]
            if f < 0:
                continue
            place[p] = best[1:]
            shared = overlaps_of(runs, columns, first_column, shapes, place, p, overlap)
            raw = cost_at(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3])
            wall[p] = (raw - UNIT * shared) // WALL
            add_to_field(field, runs, first_run[f], first_run[f + 1], place[p, 1], place[p, 2], place[p, 3], UNIT)
        reweigh(overlap, weight, most)
    return least, passes


@compiled
def _weigh(
    field: Field, runs: Runs, first_run: IntArray, place: IntArray, weight: Pairs, piece: int, sign: int
) -> None:
    """Add to (or with −1 take from) the field what the others weigh beyond `UNIT` as seen by a piece."""
    for q in range(place.shape[0]):
        g = place[q, 0]
        if weight[piece, q] > UNIT and g >= 0 and q != piece:
            add_to_field(field, runs, first_run[g], first_run[g + 1], place[q, 1], place[q, 2], place[q, 3],
                         sign * (weight[piece, q] - UNIT))  # fmt: skip
