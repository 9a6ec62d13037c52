"""Whether boxes lie side by side on a plate, and where: exact for the handful of boxes that share one.

Depth-first search over the skyline: at its lowest, leftmost gap either some box is put into the corner, in one of two
turns, or the gap is given up (the scheme of Martello, Monaci, Vigo 2003 for strips, with a limit of nodes; when
the limit is reached the answer is no).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled

NODES = 4000
"""Corners tried before the boxes are taken not to fit."""
SLACK = 1e-7


@compiled
def place(sides: NDArray[np.float64], width: float, depth: float, nodes: int, out: NDArray[np.float64]) -> bool:
    """Put all boxes (`sides`: n × 2) on a plate; `out` (n × 4) gets x, y and the sides along x and y."""
    n = sides.shape[0]
    if n == 0:
        return True
    total = 0.0
    for j in range(n):
        total += sides[j, 0] * sides[j, 1]
        long = max(sides[j, 0], sides[j, 1])
        short = min(sides[j, 0], sides[j, 1])
        if long > max(width, depth) + SLACK or short > min(width, depth) + SLACK:
            return False
    plate = width * depth
    if total > plate * (1 + 1e-12) + SLACK:
        return False
    order = np.argsort(-(sides[:, 0] * sides[:, 1]))
    # One skyline per level of the search: x of the left end, height, and the number of its segments.
    left = np.empty((2 * n + 2, n + 2))
    high = np.empty((2 * n + 2, n + 2))
    segments = np.zeros(2 * n + 2, np.int64)
    choice = np.zeros(2 * n + 2, np.int64)
    taken = np.full(2 * n + 2, -1, np.int64)
    used = np.zeros(n, np.bool_)
    wasted = np.zeros(2 * n + 2)
    left[0, 0] = 0.0
    high[0, 0] = 0.0
    segments[0] = 1
    level = 0
    placed = 0
    tries = 0
    while level >= 0:
        if placed == n:
            return True
        # The lowest gap, the leftmost of equals.
        low = 0
        for s in range(1, segments[level]):
            if high[level, s] < high[level, low] - SLACK:
                low = s
        x = left[level, low]
        y = high[level, low]
        end = left[level, low + 1] if low + 1 < segments[level] else width
        moved = False
        while choice[level] < 2 * n + 1:
            option = choice[level]
            choice[level] += 1
            if level + 1 >= 2 * n + 2:
                continue
            if option == 2 * n:  # give the gap up: raise it to its lower neighbour
                if segments[level] == 1:
                    continue
                up = np.inf
                if low > 0:
                    up = high[level, low - 1]
                if low + 1 < segments[level]:
                    up = min(up, high[level, low + 1])
                waste = wasted[level] + (up - y) * (end - x)
                if up >= depth or total + waste > plate + 1e-6:
                    continue
                for s in range(segments[level]):
                    left[level + 1, s] = left[level, s]
                    high[level + 1, s] = high[level, s]
                segments[level + 1] = segments[level]
                high[level + 1, low] = up
                wasted[level + 1] = waste
                taken[level + 1] = -1
                moved = True
                break
            j = order[option // 2]
            turned = option % 2
            if used[j]:
                continue
            w = sides[j, turned]
            d = sides[j, 1 - turned]
            if turned == 1 and w == d:
                continue
            if w > end - x + SLACK or y + d > depth + SLACK:
                continue
            count = 0
            for s in range(segments[level]):
                if s == low:
                    left[level + 1, count] = x
                    high[level + 1, count] = y + d
                    count += 1
                    if end - (x + w) > SLACK:
                        left[level + 1, count] = x + w
                        high[level + 1, count] = y
                        count += 1
                else:
                    left[level + 1, count] = left[level, s]
                    high[level + 1, count] = high[level, s]
                    count += 1
            segments[level + 1] = count
            wasted[level + 1] = wasted[level]
            used[j] = True
            taken[level + 1] = j
            placed += 1
            out[j, 0] = x
            out[j, 1] = y
            out[j, 2] = w
            out[j, 3] = d
            moved = True
            break
        if moved:
            tries += 1
            if tries > nodes:
                return False
            level += 1
            # Neighbours of one height become one segment.
            count = 0
            for s in range(1, segments[level]):
                if abs(high[level, s] - high[level, count]) <= SLACK:
                    high[level, count] = max(high[level, s], high[level, count])
                else:
                    count += 1
                    left[level, count] = left[level, s]
                    high[level, count] = high[level, s]
            segments[level] = count + 1
            choice[level] = 0
        else:
            if taken[level] >= 0:
                used[taken[level]] = False
                placed -= 1
            level -= 1
    return False


def arrange(boxes: Sequence[tuple[float, float]], width: float, depth: float) -> list[tuple[float, float, bool]] | None:
    """Where each box (its two sides) lies: x, y of its corner, whether it is turned; None when no place is found."""
    sides = np.array(boxes, np.float64).reshape(-1, 2)
    out = np.zeros((len(boxes), 4))
    if not place(sides, width, depth, 50 * NODES, out):
        return None
    return [
        (float(x), float(y), bool(abs(w - side[0]) > SLACK))
        for (x, y, w, _d), side in zip(out.tolist(), boxes, strict=True)
    ]
