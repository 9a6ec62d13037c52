"""How large a part's shadow is: triangles scanned into a grid of pixels, one bit each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats, Ints
from .sums import bounds

PIXELS = 400


def silhouettes(vertices: Floats, triangles: Ints, closed: bool) -> tuple[float, float, float]:
    """Projected area in mm² seen along x, y and z: vertices (n, 3) mm, triangles (m, 3).

    closed: the surface is closed and consistently wound, so that the triangles facing the eye cover all the others.

    A pixel counts where its centre is covered; the grid fits the box exactly, so that a block's shadow is exact. Others
    are within about a pixel's share of the outline's length, 0.2 % for compact parts.
    """
    low, high = bounds(vertices)
    x, y, z = (_silhouette(vertices, triangles, low, high - low, axis, closed) for axis in range(3))
    return x, y, z


def _silhouette(vertices: Floats, triangles: Ints, low: Floats, sides: Floats, along: int, closed: bool) -> float:
    across = [axis for axis in range(3) if axis != along]
    width, height = sides[across]
    if not (width > 0 and height > 0):
        return 0.0
    columns, rows = (max(8, round(PIXELS * side / max(width, height))) for side in (width, height))
    scale = np.zeros(3)
    scale[across] = columns / width, rows / height
    covered = _cover(vertices, triangles, low, scale, across[0], across[1], columns, rows, closed)
    return float(covered / (columns * rows) * width * height)


@kernel("int64(float64[:, ::1], int32[:, ::1], float64[::1], float64[::1], int64, int64, int64, int64, boolean)")
def _cover(
    vertices: Floats, triangles: Ints, low: Floats, scale: Floats, u: int, v: int, columns: int, rows: int, closed: bool
) -> int:
    grid = np.zeros((rows, columns), np.uint8)
    x: NDArray[np.float64] = np.empty(3)
    y: NDArray[np.float64] = np.empty(3)
    slope: NDArray[np.float64] = np.empty(3)
    for t in range(len(triangles)):
        for corner in range(3):
            point = triangles[t, corner]
            x[corner] = (vertices[point, u] - low[u]) * scale[u]
            y[corner] = (vertices[point, v] - low[v]) * scale[v]
        # The centre of row r is at r + 0.5; most triangles of a fine mesh lie between two rows or columns.
        first = max(int(np.ceil(min(y[0], y[1], y[2]) - 0.5)), 0)
        last = min(int(np.ceil(max(y[0], y[1], y[2]) - 0.5)), rows)
        left = max(int(np.ceil(min(x[0], x[1], x[2]) - 0.5)), 0)
        right = min(int(np.ceil(max(x[0], x[1], x[2]) - 0.5)), columns)
        if first >= last or left >= right:
            continue
        if closed and (x[1] - x[0]) * (y[2] - y[0]) <= (x[2] - x[0]) * (y[1] - y[0]):
            continue
        for corner in range(3):
            following = (corner + 1) % 3
            slope[corner] = (x[following] - x[corner]) / (y[following] - y[corner])
        for row in range(first, last):
            middle = row + 0.5
            begin, end = np.inf, -np.inf
            for corner in range(3):
                if (y[corner] <= middle) != (y[(corner + 1) % 3] <= middle):
                    crossing = x[corner] + (middle - y[corner]) * slope[corner]
                    begin, end = min(begin, crossing), max(end, crossing)
            if begin <= end:
                start = max(int(np.ceil(begin - 0.5)), 0)
                stop = min(int(np.ceil(end - 0.5)), columns)
                for column in range(start, stop):
                    grid[row, column] = 1
    covered = 0
    for row in range(rows):
        for column in range(columns):
            covered += grid[row, column]
    return covered
