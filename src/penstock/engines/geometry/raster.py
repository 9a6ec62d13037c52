"""Triangles to pixels: which pixels they cover, and which of them is nearest to the eye there.

Every triangle is cut into the rows of pixels whose centres it crosses, and each row into a span, so that a sliver
across the whole picture costs only the pixels it covers. A pixel belongs to a triangle that covers its centre.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats

Array = NDArray[Any]


def coverage(flat: Floats, columns: int, rows: int) -> NDArray[np.bool_]:
    """(rows, columns) True where any triangle covers the pixel's centre.

    flat: (m, 3, 2) corner coordinates in pixels, x to the right and y along the rows.
    """
    covered = np.zeros((rows, columns), dtype=np.bool_)
    _cover(np.ascontiguousarray(flat, dtype=np.float64), covered)
    return covered


def nearest(points: NDArray[np.float32], triangles: NDArray[np.int32], columns: int, rows: int) -> tuple[Array, Array]:
    """z-buffer: (rows, columns) float32 greatest depth per pixel (-inf where empty) and int32 triangle there (-1).

    points: (n, 3) float32: x to the right and y along the rows in pixels, z towards the eye. Depth is interpolated
    over each triangle's plane. Of two triangles at the same depth the first in order stays.
    """
    depth = np.full((rows, columns), -np.inf, dtype=np.float32)
    winner = np.full((rows, columns), -1, dtype=np.int32)
    _fill(np.ascontiguousarray(points, dtype=np.float32), np.ascontiguousarray(triangles), depth, winner)
    return depth, winner


@kernel("UniTuple(i8, 2)(f8, f8, f8, f8, f8, f8, f8, i8)")
def span_of_row(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, y: float, columns: int
) -> tuple[int, int]:
    """First pixel, and one after the last, whose centres lie between the crossings of the line y with a triangle."""
    low, high = np.inf, -np.inf
    for edge in range(3):
        if edge == 0:
            sx, sy, ex, ey = ax, ay, bx, by
        elif edge == 1:
            sx, sy, ex, ey = bx, by, cx, cy
        else:
            sx, sy, ex, ey = cx, cy, ax, ay
        if (sy <= y) != (ey <= y):
            x = sx + (y - sy) / (ey - sy) * (ex - sx)
            low, high = min(low, x), max(high, x)
    if not low <= high:
        return 0, 0
    return max(int(np.ceil(max(low, -1.0) - 0.5)), 0), min(int(np.ceil(min(high, columns + 1.0) - 0.5)), columns)


@kernel("void(f8[:, :, ::1], b1[:, ::1])")
def _cover(flat: Floats, covered: NDArray[np.bool_]) -> None:
    rows, columns = covered.shape
    for t in range(len(flat)):
        ax, ay, bx, by, cx, cy = (
            flat[t, 0, 0],
            flat[t, 0, 1],
            flat[t, 1, 0],
            flat[t, 1, 1],
            flat[t, 2, 0],
            flat[t, 2, 1],
        )
        first = max(int(np.ceil(max(min(ay, by, cy), -1.0) - 0.5)), 0)
        after = min(int(np.ceil(min(max(ay, by, cy), rows + 1.0) - 0.5)), rows)
        for row in range(first, after):
            begin, end = span_of_row(ax, ay, bx, by, cx, cy, row + 0.5, columns)
            for column in range(begin, end):
                covered[row, column] = True


@kernel("void(f4[:, ::1], i4[:, ::1], f4[:, ::1], i4[:, ::1])")
def _fill(points: Array, triangles: Array, depth: Array, winner: Array) -> None:
    rows, columns = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ay, by, cy = float(points[a, 1]), float(points[b, 1]), float(points[c, 1])
        first = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        after = min(int(np.ceil(max(ay, by, cy) - 0.5)), rows)
        if first >= after:
            continue
        ax, bx, cx = float(points[a, 0]), float(points[b, 0]), float(points[c, 0])
        az, bz, cz = float(points[a, 2]), float(points[b, 2]), float(points[c, 2])
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        slope_x, slope_y = 0.0, 0.0
        if abs(area) > 1e-9:
            slope_x = ((bz - az) * (cy - ay) - (cz - az) * (by - ay)) / area
            slope_y = ((cz - az) * (bx - ax) - (bz - az) * (cx - ax)) / area
        # Planes nearly along the line of sight have slopes that overshoot between the centres of pixels.
        low, high = min(az, bz, cz), max(az, bz, cz)
        for row in range(first, after):
            begin, end = span_of_row(ax, ay, bx, by, cx, cy, row + 0.5, columns)
            for column in range(begin, end):
                z = az + slope_x * (column + 0.5 - ax) + slope_y * (row + 0.5 - ay)
                z = min(max(z, low), high)
                if z > depth[row, column]:
                    depth[row, column] = z
                    winner[row, column] = t
