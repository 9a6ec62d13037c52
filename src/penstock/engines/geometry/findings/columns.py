"""Where vertical lines on a grid enter and leave the material.

The lines stand in the middles of the cells of a grid that fits the part's box exactly, so that what is a block on the
grid is measured without error. A line through an edge shared by two triangles crosses exactly one of them: both
decide by the same sum, and what lies on the edge itself goes to one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compiled import kernel
from ..mesh import Floats
from ..sums import bounds
from .tree import Index


@dataclass(frozen=True, eq=False)
class Columns:
    """Crossings of column (i, j) are rows starts[n] … starts[n + 1], n = i · columns[1] + j, from below upwards.

    heights (k,) mm above the part's lowest point; enters (k,) +1 into the material, -1 out of it; triangle (k,);
    cell (2,) mm: sides of a cell.
    """

    shape: tuple[int, int]
    cell: Floats
    starts: Any
    heights: Floats
    enters: Any
    triangle: Index


def columns_of(points: Floats, triangles: Index, shape: tuple[int, int]) -> Columns:
    """Crossings of the lines along the third axis of `points` (n, 3)."""
    low, high = bounds(points)
    size = high - low
    cell = np.maximum(size[:2], 1e-12) / np.array(shape)
    flat = np.ascontiguousarray((points - low) / np.array([cell[0], cell[1], 1.0]))
    counts = np.zeros(shape[0] * shape[1] + 1, dtype=np.int64)
    none = (np.empty(0), np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int32))
    cross(flat, triangles, shape[0], shape[1], counts[1:], False, *none)
    starts = np.cumsum(counts)
    total = int(starts[-1])
    heights, enters, triangle = np.empty(total), np.empty(total, dtype=np.int8), np.empty(total, dtype=np.int32)
    cross(flat, triangles, shape[0], shape[1], starts[:-1].copy(), True, heights, enters, triangle)
    sort_columns(starts, heights, enters, triangle)
    return Columns(shape, cell, starts, heights, enters, triangle)


@kernel()
def _side(points: Any, a: int, b: int, x: float, y: float) -> bool:
    """Whether (x, y) is left of the edge a → b; the same sum whichever way the edge is run through."""
    if a < b:
        return bool(
            (points[b, 0] - points[a, 0]) * (y - points[a, 1]) - (points[b, 1] - points[a, 1]) * (x - points[a, 0]) >= 0
        )
    return bool(
        (points[a, 0] - points[b, 0]) * (y - points[b, 1]) - (points[a, 1] - points[b, 1]) * (x - points[b, 0]) < 0
    )


@kernel("void(f8[:,::1], i4[:,::1], i8, i8, i8[:], b1, f8[::1], i1[::1], i4[::1])")
def cross(
    points: Floats, triangles: Index, wide: int, deep: int, places: Any, write: bool, heights: Floats, enters: Any,
    triangle: Index,
) -> None:  # fmt: skip
    """Count the crossings of each column, or write each at its place."""
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        px, py, pz = points[b, 0] - ax, points[b, 1] - ay, points[b, 2] - az
        qx, qy, qz = points[c, 0] - ax, points[c, 1] - ay, points[c, 2] - az
        area = px * qy - py * qx
        if area == 0:
            continue
        low = max(int(np.ceil(min(ax, points[b, 0], points[c, 0]) - 0.5)), 0)
        high = min(int(np.floor(max(ax, points[b, 0], points[c, 0]) - 0.5)), wide - 1)
        for i in range(low, high + 1):
            x = i + 0.5
            first, last = np.inf, -np.inf
            for k in range(3):
                u, v = triangles[t, k], triangles[t, (k + 1) % 3]
                x0, x1 = points[u, 0], points[v, 0]
                if (x0 <= x and x1 >= x) or (x1 <= x and x0 >= x):
                    if x0 == x1:
                        first, last = min(first, points[u, 1], points[v, 1]), max(last, points[u, 1], points[v, 1])
                    else:
                        y = points[u, 1] + (x - x0) / (x1 - x0) * (points[v, 1] - points[u, 1])
                        first, last = min(first, y), max(last, y)
            if first > last:
                continue
            begin = max(int(np.floor(first - 0.5)), 0)
            end = min(int(np.ceil(last - 0.5)), deep - 1)
            for j in range(begin, end + 1):
                y = j + 0.5
                if area > 0:
                    inside = _side(points, a, b, x, y) and _side(points, b, c, x, y) and _side(points, c, a, x, y)
                else:
                    inside = not (_side(points, a, b, x, y) or _side(points, b, c, x, y) or _side(points, c, a, x, y))
                if not inside:
                    continue
                column = i * deep + j
                row = places[column]
                places[column] = row + 1
                if write:
                    dx, dy = x - ax, y - ay
                    u, v = (dx * qy - dy * qx) / area, (px * dy - py * dx) / area
                    heights[row] = az + u * pz + v * qz
                    enters[row] = -1 if area > 0 else 1
                    triangle[row] = t


@kernel("void(i8[::1], f8[::1], i1[::1], i4[::1])")
def sort_columns(starts: Any, heights: Floats, enters: Any, triangle: Index) -> None:
    for n in range(len(starts) - 1):
        for i in range(starts[n] + 1, starts[n + 1]):
            h, e, t = heights[i], enters[i], triangle[i]
            j = i - 1
            # Of two at the same height the way out comes first: solids that touch are two.
            while j >= starts[n] and (heights[j] > h or (heights[j] == h and enters[j] > e)):
                heights[j + 1], enters[j + 1], triangle[j + 1] = heights[j], enters[j], triangle[j]
                j -= 1
            heights[j + 1], enters[j + 1], triangle[j + 1] = h, e, t
