"""Even out how much of each layer is part, without raising the build: heat then spreads alike at every height.

Pieces move up or down in their own column, to any height that is free. Of all heights the one is taken that makes the
sum of squares of the cells per layer least: with `own` the piece's cells per layer and `rest` the others', that is
the least sum of own · rest.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.field import NEVER, UNIT, look_down, window_field
from penstock.engines.packing.voxels.forms import Runs
from penstock.engines.packing.voxels.tray import Words


@compiled
def add_to_layers(layers: IntArray, runs: Runs, first: int, last: int, lift: int, sign: int) -> None:
    """Count the cells of `runs[first:last]` layer by layer."""
    for number in range(first, last):
        for z in range(runs[number, 2] + lift, runs[number, 3] + lift):
            layers[z] += sign


@compiled
def level(
    blocked: Words, runs: Runs, mixed: Runs, columns: IntArray, first_column: IntArray, first_run: IntArray,
    shapes: IntArray, place: IntArray, top: int, passes: int, halt: IntArray,
) -> int:  # fmt: skip
    """Move pieces of a free layout `place` (n, 4) along z below `top`; returns how often one moved."""
    n = place.shape[0]
    weight = np.full(n, UNIT, dtype=np.int32)
    layers = np.zeros(top, dtype=np.int64)
    cost = np.empty(top + 1, dtype=np.int32)
    low = np.zeros(3, dtype=np.int64)
    moves = 0
    for p in range(n):
        form = place[p, 0]
        add_to_layers(layers, runs, first_run[form], first_run[form + 1], place[p, 3], 1)
    for _ in range(passes):
        before = moves
        for p in range(n):
            if halt[0] != 0:
                return moves
            form, z = place[p, 0], place[p, 3]
            begin, end, tall = first_run[form], first_run[form + 1], shapes[form, 2]
            heights = top - tall + 1
            if heights < 2:
                continue
            low[0], low[1] = place[p, 1], place[p, 2]
            field = np.empty((shapes[form, 0], shapes[form, 1], top + 1), dtype=np.int32)
            window_field(blocked, runs, columns, first_column, shapes, place, weight, p, low, field)
            look_down(field, mixed, begin, end, 0, 0, heights, NEVER, cost)
            add_to_layers(layers, runs, begin, end, z, -1)
            own = np.zeros(tall, dtype=np.int64)
            add_to_layers(own, runs, begin, end, 0, 1)
            best, least = z, (own * layers[z : z + tall]).sum()
            # Not into the topmost cells, which the highest piece need not fill: the build would rise.
            for height in range(heights - 1):
                if cost[height] == 0:
                    crowd = (own * layers[height : height + tall]).sum()
                    if crowd < least:
                        best, least = height, crowd
            place[p, 3] = best
            add_to_layers(layers, runs, begin, end, best, 1)
            if best != z:
                moves += 1
        if moves == before:
            break
    return moves
