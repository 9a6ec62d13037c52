"""The air in and around a part on a grid of cubes: how far each is from the surface, how wide the way out of it is.

A cube is air if neither its middle is in the material nor the surface passes through it. The surface is followed by
lines along all three axes, so that a wall thinner than a cube has no leak to the six neighbours.

Everything is held in bytes, in which whole rows of cubes are worked on at once. The widest way out is the grey-scale
reconstruction of the distances from the outside (Vincent 1993): sweeps over the grid, then a queue for what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..mesh import Floats
from ..sums import bounds
from .columns import columns_of
from .sharing import shared
from .tree import Index

MOST_CUBES = 3_000_000
PAD = 2
ROW = 32
SWEEPS = 2
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Air:
    """Arrays over the cubes (x, y, z). middle of cube (0, 0, 0) at `origin` mm, `side` mm to the next.

    square  squared distance of each cube to the nearest blocked one, in sides, 0 where blocked, at most `cap`.
    widest  least `square` on the widest way out; 0 where blocked or where there is none.
    """

    origin: Floats
    side: float
    cap: int
    square: Bytes
    widest: Bytes


def air_of(vertices: Floats, triangles: Index, wanted: float, reach: float) -> Air:
    """The air on cubes of `wanted` mm, or larger ones where there would be too many; distances up to `reach` mm, which
    is at most ten cubes."""
    low, high = bounds(vertices)
    size = high - low
    side = max(wanted, float((np.prod(size + 2 * PAD * wanted) / MOST_CUBES) ** (1 / 3)))
    # The grid fits the box along each axis on its own, which is a hundredth of a cube off here and there.
    counts = np.maximum(np.ceil(size / side).astype(np.int64), 1)
    # Rows of whole vectors, the rest of them air.
    length = -(-(int(counts[2]) + 2 * PAD) // ROW) * ROW
    whole = np.zeros((*(counts[:2] + 2 * PAD), length), dtype=np.uint8)
    blocked = whole[:, :, : counts[2] + 2 * PAD]

    def along(first: int, after: int) -> None:
        for axis in range(first, after):
            turn = [(axis + 1) % 3, (axis + 2) % 3, axis]
            shape = (int(counts[turn[0]]), int(counts[turn[1]]))
            columns = columns_of(np.ascontiguousarray(vertices[:, turn]), triangles, shape)
            fill(
                columns.starts, columns.heights, columns.enters, float(size[axis] / counts[axis]), axis == 2,
                np.moveaxis(blocked, (turn[0], turn[1], turn[2]), (0, 1, 2)),
            )  # fmt: skip

    shared(along, 3, pieces=3)
    sides = size / counts
    radius = int(np.ceil(reach / side))
    square = _distances(whole, radius)
    widest = np.zeros_like(square)
    reconstruct(square, radius**2, widest)
    return Air(low + sides * (0.5 - PAD), float(sides.mean()), radius**2, square, widest)


def _distances(blocked: Bytes, radius: int) -> Bytes:
    """Squared distance of each cube to the nearest blocked one, at most radius²."""
    one, other = np.empty_like(blocked), np.empty_like(blocked)
    wide = len(blocked)
    shared(lambda a, b: along_rows(blocked[a:b], one[a:b], radius), wide, pieces=8)
    for_planes = [array.reshape(1, wide, -1) for array in (other, one)]
    shared(lambda a, b: across_rows(one[a:b], other[a:b], 0, one.shape[1], radius), wide, pieces=8)
    shared(lambda a, b: across_rows(for_planes[0], for_planes[1], a, b, radius), wide, pieces=8)
    return one


@kernel("void(i8[::1], f8[::1], i1[::1], f8, b1, u1[:,:,:])")
def fill(starts: Any, heights: Floats, enters: Any, step: float, inside: bool, blocked: Any) -> None:
    """Block the cubes that the surface passes through, and those within the material if `inside`."""
    wide, deep, high = blocked.shape[0] - 2 * PAD, blocked.shape[1] - 2 * PAD, blocked.shape[2] - 2 * PAD
    for i in range(wide):
        for j in range(deep):
            n = i * deep + j
            depth, floor = 0, 0.0
            for k in range(starts[n], starts[n + 1]):
                at = min(max(int(heights[k] / step), 0), high - 1)
                blocked[i + PAD, j + PAD, at + PAD] = 1
                depth += enters[k]
                if enters[k] > 0 and depth == 1:
                    floor = heights[k]
                elif enters[k] < 0 and depth == 0 and inside:
                    for z in range(max(int(np.ceil(floor / step - 0.5)), 0), min(int(heights[k] / step + 0.5), high)):
                        blocked[i + PAD, j + PAD, z + PAD] = 1


@kernel("void(u1[:,:,::1], u1[:,:,::1], i8)")
def along_rows(blocked: Bytes, target: Bytes, radius: int) -> None:
    """The squared distance along each row to a blocked cube, at most radius²."""
    planes, rows, long = blocked.shape
    for i in range(planes):
        for j in range(rows):
            away = radius
            for k in range(long):
                away = 0 if blocked[i, j, k] else min(away + 1, radius)
                target[i, j, k] = away
            away = radius
            for k in range(long - 1, -1, -1):
                away = 0 if blocked[i, j, k] else min(away + 1, radius)
                nearest: Any = min(away, int(target[i, j, k]))
                target[i, j, k] = nearest * nearest


@kernel("void(u1[:,:,::1], u1[:,:,::1], i8, i8, i8)")
def across_rows(source: Bytes, target: Bytes, first: int, after: int, radius: int) -> None:
    """One more axis of the squared distance, for the rows first … after of each plane: the least of a parabola over
    each neighbouring row."""
    planes, rows, long = source.shape
    for i in range(planes):
        for j in range(first, after):
            here = target[i, j]
            own = source[i, j]
            for k in range(long):
                here[k] = own[k]
            for d in range(1, radius + 1):
                square = np.uint8(d * d)
                for way in range(2):
                    other = j - d if way == 0 else j + d
                    if other < 0 or other >= rows:
                        continue
                    row = source[i, other]
                    for k in range(long):
                        far = np.uint8(row[k] + square)
                        here[k] = far if far < here[k] else here[k]


@kernel()
def _differ(a: Any, b: Any) -> bool:
    for k in range(len(a)):  # noqa: SIM110 - compiled
        if a[k] != b[k]:
            return True
    return False


@kernel()
def _sweep(square: Any, widest: Any, limits: Any, best: Any, eight: Any, forward: bool) -> bool:
    """Once over the grid, each cube from the three neighbours that were before it; returns whether any was widened.

    limits (x, y, z / 8) and eight (z / 8) are `square` and `best` by eight bytes at a time."""
    wide, deep, high = square.shape
    changed = False
    for a in range(1, wide - 1):
        i = a if forward else wide - 1 - a
        ahead = i - 1 if forward else i + 1
        for b in range(1, deep - 1):
            j = b if forward else deep - 1 - b
            row, limit = widest[i, j], square[i, j]
            one, other = widest[ahead, j], widest[i, j - 1 if forward else j + 1]
            for k in range(high):
                most = one[k] if one[k] > other[k] else other[k]
                most = row[k] if row[k] > most else most
                best[k] = limit[k] if limit[k] < most else most
            # The border stays as it is.
            best[0], best[high - 1] = row[0], row[high - 1]
            # Most rows are as wide as they can be, and need not be followed along.
            if _differ(eight[1:-1], limits[i, j, 1:-1]):
                last = row[0] if forward else row[high - 1]
                for c in range(1, high - 1):
                    k = c if forward else high - 1 - c
                    last = last if last < limit[k] else limit[k]
                    last = best[k] if best[k] > last else last
                    best[k] = last
            changed = changed or _differ(best, row)
            for k in range(high):
                row[k] = best[k]
    return changed


@kernel()
def _longer(queue: Any, head: int) -> Any:
    """A ring of twice the length that begins at its first."""
    longer = np.empty(2 * len(queue), dtype=np.int32)
    longer[: len(queue) - head] = queue[head:]
    longer[len(queue) - head : len(queue)] = queue[:head]
    return longer


@kernel("void(u1[:,:,::1], i8, u1[:,:,::1])")
def reconstruct(square: Bytes, cap: int, widest: Bytes) -> None:
    """The widest way to each cube from the border of the grid, where nothing is narrow however near the part is."""
    wide, deep, high = square.shape
    for i in range(wide):
        for j in range(deep):
            edge = i == 0 or j == 0 or i == wide - 1 or j == deep - 1
            for k in range(0, high, 1 if edge else high - 1):
                if square[i, j, k] > 0:
                    widest[i, j, k] = cap
    best, limits = np.empty(high, dtype=np.uint8), square.view(np.uint64)
    eight, ways = best.view(np.uint64), widest.view(np.uint64)
    for _ in range(SWEEPS):
        changed = _sweep(square, widest, limits, best, eight, True)
        if not _sweep(square, widest, limits, best, eight, False) and not changed:
            return
    flat, way = square.reshape(-1), widest.reshape(-1)
    steps = np.array([-deep * high, deep * high, -high, high, -1, 1])
    queue = np.empty(1024, dtype=np.int32)
    head = waiting = 0
    for i in range(1, wide - 1):
        for j in range(1, deep - 1):
            row, limit = widest[i, j], square[i, j]
            one, other, left, right = widest[i - 1, j], widest[i + 1, j], widest[i, j - 1], widest[i, j + 1]
            for k in range(high):
                most = one[k] if one[k] > other[k] else other[k]
                most = left[k] if left[k] > most else most
                most = right[k] if right[k] > most else most
                best[k] = row[k] if row[k] > most else most
            for k in range(1, high - 1):
                most = row[k - 1] if row[k - 1] > best[k] else best[k]
                most = row[k + 1] if row[k + 1] > most else most
                best[k] = limit[k] if limit[k] < most else most
            best[0], best[high - 1] = row[0], row[high - 1]
            if not _differ(eight, ways[i, j]):
                continue
            for k in range(1, high - 1):
                if best[k] != row[k]:
                    row[k] = best[k]
                    if waiting == len(queue):
                        queue = _longer(queue, head)
                        head = 0
                    queue[(head + waiting) & (len(queue) - 1)] = (i * deep + j) * high + k
                    waiting += 1
    while waiting > 0:
        n = queue[head]
        head = (head + 1) & (len(queue) - 1)
        waiting -= 1
        for step in steps:
            m = n + step
            reached = min(way[n], flat[m])
            if way[m] < reached:
                way[m] = reached
                if waiting == len(queue):
                    queue = _longer(queue, head)
                    head = 0
                queue[(head + waiting) & (len(queue) - 1)] = m
                waiting += 1


@kernel("i8[::1](u1[:,:,::1], u1[:,:,::1], b1[:,::1])")
def box_of(square: Bytes, widest: Bytes, wanted: Any) -> Any:
    """Where the cubes are whose (square, widest) are `wanted`: low and high end along x, y and z, or zeros."""
    wide, deep, high = square.shape
    found = np.array([wide, 0, deep, 0, high, 0])
    for i in range(wide):
        for j in range(deep):
            first, last = high, 0
            for k in range(high):
                if wanted[square[i, j, k], widest[i, j, k]]:
                    first, last = min(first, k), k + 1
            if last > 0:
                found[0], found[1] = min(found[0], i), i + 1
                found[2], found[3] = min(found[2], j), max(found[3], j + 1)
                found[4], found[5] = min(found[4], first), max(found[5], last)
    if found[1] == 0:
        found[:] = 0
    return found
