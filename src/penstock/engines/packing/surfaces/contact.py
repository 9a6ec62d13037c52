"""How far two placed surfaces are apart, and whether one has a piece inside the other."""

from __future__ import annotations

import numpy as np

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray
from penstock.engines.packing.surfaces.tree import LEAF, SurfaceTree
from penstock.engines.packing.surfaces.triangles import cross, dot, minus, triangles_apart_sq

STACK = 512  # two pushed for one taken: twice the depth of both trees is enough


def distance_mm(
    one: SurfaceTree, one_at: FloatArray, other: SurfaceTree, other_at: FloatArray, limit_mm: float
) -> float:
    """Distance of two surfaces placed by 4 × 4 matrices, or `limit_mm` where they are at least that far apart; 0 where
    they meet. One inside the other without meeting it is not found here: see `holds_piece_of`."""
    between = _into(one_at) @ other_at
    rotation, shift = np.ascontiguousarray(between[:3, :3]), np.ascontiguousarray(between[:3, 3])
    return float(
        _distance(
            one.corners, one.lows, one.highs, other.corners, other.lows, other.highs, rotation, shift, float(limit_mm)
        )
    )


def holds_piece_of(solid: SurfaceTree, solid_at: FloatArray, other: SurfaceTree, other_at: FloatArray) -> bool:
    """Whether a connected piece of `other` lies inside the matter of `solid` (not in a cavity of it), when the
    surfaces do not meet. An open surface holds what it winds round by more than half."""
    between = _into(solid_at) @ other_at
    points = other.piece_points @ between[:3, :3].T + between[:3, 3]
    inside = np.all((points > solid.lows[0]) & (points < solid.highs[0]), axis=1)
    return any(abs(_winding(solid.corners, point)) > 0.5 for point in np.ascontiguousarray(points[inside]))


def _into(matrix: FloatArray) -> FloatArray:
    """The inverse of a rigid matrix."""
    back = np.eye(4)
    back[:3, :3] = matrix[:3, :3].T
    back[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return back


@compiled
def _boxes_apart_sq(
    low: FloatArray, high: FloatArray, other_low: FloatArray, other_high: FloatArray, rotation: FloatArray,
    shift: FloatArray,
) -> float:  # fmt: skip
    """A lower bound of the squared distance: the other box, turned, in its axis-aligned hull."""
    total = 0.0
    for axis in range(3):
        middle, half = shift[axis], 0.0
        for k in range(3):
            middle += rotation[axis, k] * 0.5 * (other_low[k] + other_high[k])
            half += abs(rotation[axis, k]) * 0.5 * (other_high[k] - other_low[k])
        gap = max(low[axis] - middle - half, middle - half - high[axis])
        if gap > 0.0:
            total += gap * gap
    return total


@compiled
def _turned(point: FloatArray, rotation: FloatArray, shift: FloatArray) -> tuple[float, float, float]:
    x, y, z = point[0], point[1], point[2]
    return (
        rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z + shift[0],
        rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z + shift[1],
        rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z + shift[2],
    )


@compiled
def _leaves_apart_sq(
    corners: FloatArray, leaf: int, other_corners: FloatArray, other_leaf: int, rotation: FloatArray,
    shift: FloatArray, best: float,
) -> float:  # fmt: skip
    for number in range(other_leaf * LEAF, min((other_leaf + 1) * LEAF, len(other_corners))):
        p = _turned(other_corners[number, 0], rotation, shift)
        q = _turned(other_corners[number, 1], rotation, shift)
        r = _turned(other_corners[number, 2], rotation, shift)
        for own in range(leaf * LEAF, min((leaf + 1) * LEAF, len(corners))):
            total = 0.0
            for axis in range(3):
                mine = corners[own]
                low = min(mine[0, axis], min(mine[1, axis], mine[2, axis]))
                high = max(mine[0, axis], max(mine[1, axis], mine[2, axis]))
                gap = max(
                    low - max(p[axis], max(q[axis], r[axis])),
                    min(p[axis], min(q[axis], r[axis])) - high,
                )
                if gap > 0.0:
                    total += gap * gap
            if total < best:
                a = (corners[own, 0, 0], corners[own, 0, 1], corners[own, 0, 2])
                b = (corners[own, 1, 0], corners[own, 1, 1], corners[own, 1, 2])
                c = (corners[own, 2, 0], corners[own, 2, 1], corners[own, 2, 2])
                best = min(best, triangles_apart_sq(a, b, c, p, q, r))
                if best <= 0.0:
                    return 0.0
    return best


@compiled
def _distance(
    corners: FloatArray, lows: FloatArray, highs: FloatArray, other_corners: FloatArray, other_lows: FloatArray,
    other_highs: FloatArray, rotation: FloatArray, shift: FloatArray, limit: float,
) -> float:  # fmt: skip
    """Branch and bound over pairs of nodes, the nearer pair first."""
    best = limit * limit
    first_leaf, other_first_leaf = len(lows) // 2, len(other_lows) // 2
    stack = np.empty((STACK, 2), dtype=np.int64)
    bounds = np.empty(STACK)
    stack[0, 0], stack[0, 1] = 0, 0
    bounds[0] = _boxes_apart_sq(lows[0], highs[0], other_lows[0], other_highs[0], rotation, shift)
    size = 1
    pairs = np.empty((2, 2), dtype=np.int64)
    apart = np.empty(2)
    while size > 0:
        size -= 1
        if bounds[size] >= best:
            continue
        node, other = stack[size, 0], stack[size, 1]
        if node >= first_leaf and other >= other_first_leaf:
            best = _leaves_apart_sq(
                corners, node - first_leaf, other_corners, other - other_first_leaf, rotation, shift, best
            )
            if best <= 0.0:
                return 0.0
            continue
        extent = (highs[node] - lows[node]).max()
        other_extent = (other_highs[other] - other_lows[other]).max()
        split_own = other >= other_first_leaf or (node < first_leaf and extent >= other_extent)
        for child in range(2):
            pairs[child, 0] = 2 * node + 1 + child if split_own else node
            pairs[child, 1] = other if split_own else 2 * other + 1 + child
            if lows[pairs[child, 0], 0] > highs[pairs[child, 0], 0] or (
                other_lows[pairs[child, 1], 0] > other_highs[pairs[child, 1], 0]
            ):
                apart[child] = np.inf
            else:
                apart[child] = _boxes_apart_sq(
                    lows[pairs[child, 0]], highs[pairs[child, 0]],
                    other_lows[pairs[child, 1]], other_highs[pairs[child, 1]], rotation, shift,
                )  # fmt: skip
        nearer = 0 if apart[0] <= apart[1] else 1
        for child in (1 - nearer, nearer):
            if apart[child] < best:
                stack[size, 0], stack[size, 1] = pairs[child, 0], pairs[child, 1]
                bounds[size] = apart[child]
                size += 1
    return float(np.sqrt(best))


@compiled
def _winding(corners: FloatArray, point: FloatArray) -> float:
    """How often a surface winds round a point (van Oosterom & Strackee, IEEE Trans. Biomed. Eng. 30, 1983)."""
    total = 0.0
    eye = (point[0], point[1], point[2])
    for number in range(len(corners)):
        a = minus((corners[number, 0, 0], corners[number, 0, 1], corners[number, 0, 2]), eye)
        b = minus((corners[number, 1, 0], corners[number, 1, 1], corners[number, 1, 2]), eye)
        c = minus((corners[number, 2, 0], corners[number, 2, 1], corners[number, 2, 2]), eye)
        la, lb, lc = np.sqrt(dot(a, a)), np.sqrt(dot(b, b)), np.sqrt(dot(c, c))
        below = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
        total += np.arctan2(dot(a, cross(b, c)), below)
    return total / (2.0 * np.pi)
