"""The two inner loops of box packing, compiled: find the best free spot, and the corners a new box opens.

Boxes are rows of `lows`/`highs` (n, 3) in mm, true size; two boxes are apart when their gap along some axis
is at least `gap` mm. `points` (p, 3) are candidate lower corners (extreme points: the corners a
placed box opens and their projections onto what lies behind them; Crainic, Perboli & Tadei, INFORMS J.
Computing 20, 2008). `failed` (p,) remembers as bits which poses of the current item cannot go at a point:
layouts only fill up, so a failure is final and each pose is tried once per point.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, IntArray

EPS = 1e-9
REMEMBERED_POSES = 63


@compiled
def _inside(outline: FloatArray, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether a footprint keeps inside the outline [x0, y0, x1, y1, corner centre inset, corner radius]."""
    if x0 < outline[0] - EPS or y0 < outline[1] - EPS or x1 > outline[2] + EPS or y1 > outline[3] + EPS:
        return False
    inset = outline[4]
    radius = outline[5] + EPS
    # How far the footprint reaches past the corner circles' centres, per side.
    west = outline[0] + inset - x0
    east = x1 - (outline[2] - inset)
    south = outline[1] + inset - y0
    north = y1 - (outline[3] - inset)
    across = max(west, east)
    along = max(south, north)
    if across <= 0.0 or along <= 0.0:
        return True
    return bool(across * across + along * along <= radius * radius)


@compiled
def _free(lows: FloatArray, highs: FloatArray, count: int, gap: float, spot: FloatArray, extent: FloatArray) -> bool:
    x0, y0, z0 = spot[0] - gap + EPS, spot[1] - gap + EPS, spot[2] - gap + EPS
    x1 = spot[0] + extent[0] + gap - EPS
    y1 = spot[1] + extent[1] + gap - EPS
    z1 = spot[2] + extent[2] + gap - EPS
    # Newest first: a clash is most often with a box placed a moment ago.
    for other in range(count - 1, -1, -1):
        if (
            lows[other, 0] < x1
            and highs[other, 0] > x0
            and lows[other, 1] < y1
            and highs[other, 1] > y0
            and lows[other, 2] < z1
            and highs[other, 2] > z0
        ):
            return False
    return True


@compiled
def best_spot(
    lows: FloatArray,
    highs: FloatArray,
    count: int,
    points: FloatArray,
    failed: IntArray,
    point_count: int,
    extents: FloatArray,
    outline: FloatArray,
    ceiling: float,
    gap: float,
    single_layer: bool,
) -> tuple[int, int]:
    """(point, pose) with the lowest top, then the smallest y and x reach (on a plate: y, x, top); (-1, -1)
    when nothing fits. `failed` is updated."""
    best_point, best_pose = -1, -1
    best_first, best_second, best_third = np.inf, np.inf, np.inf
    for point in range(point_count):
        if failed[point] < 0:
            continue
        spot = points[point]
        for pose in range(extents.shape[0]):
            remembered = pose < REMEMBERED_POSES
            if remembered and failed[point] & (1 << pose):
                continue
            extent = extents[pose]
            top, reach_x, reach_y = spot[2] + extent[2], spot[0] + extent[0], spot[1] + extent[1]
            if single_layer:
                first, second, third = reach_y, reach_x, top
            else:
                first, second, third = top, reach_y, reach_x
            if first > best_first + EPS:
                continue
            if first > best_first - EPS:
                if second > best_second + EPS:
                    continue
                if second > best_second - EPS and third >= best_third - EPS:
                    continue
            fits = (
                top <= ceiling + EPS
                and _inside(outline, spot[0], spot[1], reach_x, reach_y)
                and _free(lows, highs, count, gap, spot, extent)
            )
            if fits:
                best_point, best_pose = point, pose
                best_first, best_second, best_third = first, second, third
            elif remembered:
                failed[point] |= 1 << pose
    return best_point, best_pose


@compiled
def _add_point(
    points: FloatArray, failed: IntArray, point_count: int, lows: FloatArray, highs: FloatArray, count: int,
    gap: float, x: float, y: float, z: float,
) -> int:  # fmt: skip
    for other in range(count):
        if (
            lows[other, 0] - gap - EPS < x < highs[other, 0] + gap - EPS
            and lows[other, 1] - gap - EPS < y < highs[other, 1] + gap - EPS
            and lows[other, 2] - gap - EPS < z < highs[other, 2] + gap - EPS
        ):
            return point_count
    for known in range(point_count):
        if abs(points[known, 0] - x) < EPS and abs(points[known, 1] - y) < EPS and abs(points[known, 2] - z) < EPS:
            return point_count
    points[point_count, 0], points[point_count, 1], points[point_count, 2] = x, y, z
    failed[point_count] = 0
    return point_count + 1


@compiled
def open_corners(
    lows: FloatArray,
    highs: FloatArray,
    count: int,
    points: FloatArray,
    failed: IntArray,
    point_count: int,
    floor: FloatArray,
    gap: float,
    single_layer: bool,
) -> int:
    """After the last box was added: retire the points it covers and add those it opens. Returns the number of
    points; `points` must have room for nine more. A retired point has `failed` −1."""
    new = count - 1
    low, high = lows[new], highs[new]
    for point in range(point_count):
        inside = True
        for axis in range(3):
            if not (low[axis] - gap - EPS < points[point, axis] < high[axis] + gap - EPS):
                inside = False
        if inside:
            failed[point] = -1
    corner = np.empty(3)
    for axis in range(3):
        if single_layer and axis == 2:
            continue
        for k in range(3):
            corner[k] = max(low[k], floor[k])
        corner[axis] = high[axis] + gap
        point_count = _add_point(points, failed, point_count, lows, highs, count, gap, corner[0], corner[1], corner[2])
        for towards in range(3):
            if towards == axis:
                continue
            # Slide the corner back until it meets a box or the wall.
            stop = floor[towards]
            for other in range(count):
                reach = highs[other, towards] + gap
                if reach > corner[towards] + EPS or reach <= stop:
                    continue
                covers = True
                for k in range(3):
                    if k != towards and not (
                        lows[other, k] - gap < corner[k] + EPS and corner[k] < highs[other, k] + gap - EPS
                    ):
                        covers = False
                if covers:
                    stop = reach
            kept = corner[towards]
            corner[towards] = stop
            point_count = _add_point(
                points, failed, point_count, lows, highs, count, gap, corner[0], corner[1], corner[2]
            )
            corner[towards] = kept
    return point_count
