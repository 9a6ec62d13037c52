"""The air in and around a part on a grid of cubes: how far each is from the surface, how wide the way out of it is.

A cube is air if neither its middle is in the material nor the surface passes through it. The surface is followed by
lines along all three axes, so that a wall thinner than a cube has no leak to the six neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compiled import kernel
from ..mesh import Floats, Mesh
from .columns import columns_of
from .sharing import shared

MOST_CUBES = 3_000_000
PAD = 2
BLOCKED, OUT_OF_REACH = 0, -1


@dataclass(frozen=True, eq=False)
class Air:
    """Arrays over the cubes (x, y, z). middle of cube (0, 0, 0) at `origin` mm, `side` mm to the next.

    square  squared distance of each cube to the nearest blocked one, in sides, 0 where blocked, at most `cap`.
    widest  least `square` on the widest way out (BLOCKED, or OUT_OF_REACH where there is none).
    neck    flat number of the cube where that way is narrowest.
    """

    origin: Floats
    side: float
    cap: int
    square: Any
    widest: Any
    neck: Any


def air_of(mesh: Mesh, wanted: float, reach: float) -> Air:
    """The air on cubes of `wanted` mm, or larger ones where there would be too many; distances up to `reach` mm."""
    low, high = mesh.bounds_mm
    size = high - low
    side = max(wanted, float((np.prod(size + 2 * PAD * wanted) / MOST_CUBES) ** (1 / 3)))
    counts = np.maximum(np.ceil(size / side).astype(np.int64), 1)
    blocked = np.zeros(tuple(counts + 2 * PAD), dtype=np.uint8)
    # The grid fits the box along each axis on its own, which is a hundredth of a cube off here and there.
    for axis in range(3):
        turn = [(axis + 1) % 3, (axis + 2) % 3, axis]
        columns = columns_of(
            np.ascontiguousarray(mesh.vertices[:, turn]), mesh.triangles, (int(counts[turn[0]]), int(counts[turn[1]]))
        )
        fill(
            columns.starts, columns.heights, columns.enters, float(size[axis] / counts[axis]), axis == 2,
            np.moveaxis(blocked, (turn[0], turn[1], turn[2]), (0, 1, 2)),
        )  # fmt: skip
    sides = size / counts
    cap = int(np.ceil(reach / side)) ** 2
    square = np.where(blocked > 0, 0, cap).astype(np.int32)
    radius = int(np.ceil(reach / side))
    for axis in range(3):
        lines = np.moveaxis(square, axis, 2)
        source = np.ascontiguousarray(lines)
        _spread_along(source, lines, radius)
    square = np.ascontiguousarray(square)
    widest = np.full(square.shape, OUT_OF_REACH, dtype=np.int32)
    neck = np.full(square.shape, -1, dtype=np.int32)
    flood(square, cap, widest.reshape(-1), neck.reshape(-1))
    return Air(low + sides * (0.5 - PAD), float(sides.mean()), cap, square, widest, neck)


def _spread_along(source: Any, target: Any, radius: int) -> None:
    shared(lambda a, b: spread(source[a:b], target[a:b], radius), len(source), pieces=8)


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


@kernel("void(i4[:,:,::1], i4[:,:,:], i8)")
def spread(source: Any, target: Any, radius: int) -> None:
    """One axis of the squared distance: the least of a parabola over each neighbour's value."""
    long = source.shape[2]
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            for k in range(long):
                best = source[i, j, k]
                if best > 0:
                    for d in range(1, radius + 1):
                        if d * d >= best:
                            break
                        if k >= d:
                            best = min(best, source[i, j, k - d] + d * d)
                        if k + d < long:
                            best = min(best, source[i, j, k + d] + d * d)
                target[i, j, k] = best


@kernel("void(i4[:,:,::1], i8, i4[::1], i4[::1])")
def flood(square: Any, cap: int, widest: Any, neck: Any) -> None:
    """From outside inwards, the widest ways first (a widest-path search with one list for each width)."""
    wide, deep, high = square.shape
    flat = square.reshape(-1)
    head = np.full(cap + 1, -1, dtype=np.int32)
    after = np.full(len(flat), -1, dtype=np.int32)
    for i in range(wide):
        for j in range(deep):
            edge = i == 0 or j == 0 or i == wide - 1 or j == deep - 1
            for k in range(0, high, 1 if edge or high < 2 else high - 1):
                n = (i * deep + j) * high + k
                if flat[n] > 0:
                    # Outside nothing is narrow, however near the part is.
                    widest[n], neck[n] = cap, n
                    after[n], head[cap] = head[cap], n
    for level in range(cap, 0, -1):
        while head[level] >= 0:
            n = head[level]
            head[level] = after[n]
            k = n % high
            j = (n // high) % deep
            i = n // (high * deep)
            for way in range(6):
                x, y, z = i, j, k
                if way == 0:
                    x -= 1
                elif way == 1:
                    x += 1
                elif way == 2:
                    y -= 1
                elif way == 3:
                    y += 1
                elif way == 4:
                    z -= 1
                else:
                    z += 1
                if x < 0 or y < 0 or z < 0 or x >= wide or y >= deep or z >= high:
                    continue
                m = (x * deep + y) * high + z
                if flat[m] == 0:
                    widest[m] = 0
                    continue
                if widest[m] >= 0:
                    continue
                reached = min(level, flat[m])
                widest[m] = reached
                neck[m] = m if flat[m] < level else neck[n]
                after[m], head[reached] = head[reached], m
