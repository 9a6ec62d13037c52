"""Triangles to pixels in numpy: every triangle is cut into rows, every row into pixels.

No table of bounding boxes is ever built, so slivers across the whole picture cost only the pixels they cover.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats

TRIANGLES_AT_ONCE = 200_000
ROWS_AT_ONCE = 1_000_000
PIXELS_AT_ONCE = 4_000_000

Array = NDArray[Any]


def fragments(flat: Floats, columns: int, rows: int) -> Iterator[tuple[Array, Array, Array]]:
    """Yield (triangle, column, row) index arrays of the pixels whose centre a triangle covers.

    flat: (m, 3, 2) corner coordinates in pixels, x to the right and y along the rows.
    """
    for begin in range(0, len(flat), TRIANGLES_AT_ONCE):
        part = flat[begin : begin + TRIANGLES_AT_ONCE]
        by_height = np.take_along_axis(part, np.argsort(part[:, :, 1], axis=1)[:, :, None], axis=1)
        first = np.maximum(np.ceil(by_height[:, 0, 1] - 0.5), 0).astype(np.int64)
        last = np.minimum(np.ceil(by_height[:, 2, 1] - 0.5), rows).astype(np.int64)
        for chosen in _batches(np.maximum(last - first, 0), ROWS_AT_ONCE):
            triangle, row = _unroll(first[chosen], (last - first)[chosen], chosen)
            left, right = _row_spans(by_height[triangle], row + 0.5)
            start = np.maximum(np.ceil(left - 0.5), 0).astype(np.int64)
            stop = np.minimum(np.ceil(right - 0.5), columns).astype(np.int64)
            width = np.maximum(stop - start, 0)
            for spans in _batches(width, PIXELS_AT_ONCE):
                span, column = _unroll(start[spans], width[spans], spans)
                yield triangle[span] + begin, column, row[span]


def _batches(lengths: Array, most: int) -> Iterator[Array]:
    """Indices of the non-empty entries, in runs whose lengths add up to about `most`."""
    filled = np.flatnonzero(lengths)
    if len(filled) == 0:
        return
    batch = (np.cumsum(lengths[filled]) - 1) // most
    yield from np.split(filled, np.flatnonzero(np.diff(batch)) + 1)


def _unroll(start: Array, length: Array, owner: Array) -> tuple[Array, Array]:
    """For ranges start … start+length of each owner: (owner of each element, the element)."""
    ends = np.cumsum(length)
    step = np.arange(ends[-1]) - np.repeat(ends - length, length)
    return np.repeat(owner, length), np.repeat(start, length) + step


def _row_spans(corners: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Where the horizontal line y crosses each triangle (corners sorted by y): left and right x."""
    low, middle, high = corners[:, 0], corners[:, 1], corners[:, 2]
    long_x = _crossing(low, high, y)
    short_x = np.where(y < middle[:, 1], _crossing(low, middle, y), _crossing(middle, high, y))
    return np.minimum(long_x, short_x), np.maximum(long_x, short_x)


def _crossing(a: Floats, b: Floats, y: Floats) -> Floats:
    rise = b[:, 1] - a[:, 1]
    share = np.clip((y - a[:, 1]) / np.where(rise > 0, rise, 1.0), 0.0, 1.0)
    crossing: Floats = a[:, 0] + share * (b[:, 0] - a[:, 0])
    return crossing


def coverage(flat: Floats, columns: int, rows: int) -> NDArray[np.bool_]:
    """(rows, columns) True where any triangle covers the pixel's centre."""
    covered = np.zeros(rows * columns, dtype=bool)
    for _, column, row in fragments(flat, columns, rows):
        covered[row * columns + column] = True
    return covered.reshape(rows, columns)


def nearest(flat: Floats, depth: Floats, columns: int, rows: int) -> tuple[Floats, Array]:
    """z-buffer: (rows, columns) greatest depth per pixel (-inf where empty) and the triangle there (-1).

    depth: (m, 3) at the corners, larger is nearer to the eye; interpolated over each triangle's plane.
    """
    edge_u, edge_v = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    rise_u, rise_v = depth[:, 1] - depth[:, 0], depth[:, 2] - depth[:, 0]
    area = edge_u[:, 0] * edge_v[:, 1] - edge_u[:, 1] * edge_v[:, 0]
    scale = np.where(abs(area) > 1e-12, area, np.inf)
    slope_x = (rise_u * edge_v[:, 1] - rise_v * edge_u[:, 1]) / scale
    slope_y = (rise_v * edge_u[:, 0] - rise_u * edge_v[:, 0]) / scale
    best = np.full(rows * columns, -np.inf)
    winner = np.full(rows * columns, -1, dtype=np.int64)
    for triangle, column, row in fragments(flat, columns, rows):
        pixel = row * columns + column
        height = (
            depth[triangle, 0]
            + slope_x[triangle] * (column + 0.5 - flat[triangle, 0, 0])
            + slope_y[triangle] * (row + 0.5 - flat[triangle, 0, 1])
        )
        # Near-vertical triangles have slopes that overshoot between pixel centres.
        height = np.clip(height, depth[triangle].min(axis=1), depth[triangle].max(axis=1))
        np.maximum.at(best, pixel, height)
        won = height >= best[pixel]
        winner[pixel[won]] = triangle[won]
    return best.reshape(rows, columns), winner.reshape(rows, columns)
