"""Holes of a surface: their rims as loops of points, and the smallest surface that closes one.

A hole is closed by the triangulation of its rim with the least area (G. Barequet and M. Sharir, Filling gaps in the
boundary of a polyhedron, 1995), found by dynamic programming over the pairs of its points. No new point is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats

Array = NDArray[Any]


def rims(triangles: Array) -> list[Array] | None:
    """The loops of points around the holes, each in the direction a filling runs along it; None if they do not close.

    triangles: (m, 3) of one consistent winding. Every edge that a triangle runs along only one way is part of a rim. A
    rim that touches itself at a point is cut there into simple loops.
    """
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    count = int(triangles.max()) + 1 if len(triangles) else 0
    there, back = start * count + end, end * count + start
    lone = ~np.isin(there, back)
    following: dict[int, list[int]] = {}
    # The filling lies on the other side of the edge, so it runs from its end to its start.
    for a, b in zip(end[lone].tolist(), start[lone].tolist(), strict=True):
        following.setdefault(a, []).append(b)
    loops: list[Array] = []
    while following:
        path = [next(iter(following))]
        at = {path[0]: 0}
        while True:
            ways = following.get(path[-1])
            if not ways:
                if len(path) == 1:
                    following.pop(path[0], None)
                    break
                return None
            point = ways.pop()
            if not ways:
                del following[path[-1]]
            if point not in at:
                at[point] = len(path)
                path.append(point)
                continue
            loop = path[at[point] :]
            if len(loop) < 3:
                return None
            loops.append(np.array(loop))
            for gone in loop[1:]:
                del at[gone]
            del path[at[point] + 1 :]
    return loops


def closing(points: Floats) -> Array:
    """(n - 2, 3) triangles, numbered as the n points of the rim, of the least total area. points: (n, 3)."""
    return _least_area(np.ascontiguousarray(points))


@kernel("i4[:, ::1](f8[:, ::1])")
def _least_area(points: Array) -> Array:
    count = len(points)
    cost = np.zeros((count, count))
    via = np.zeros((count, count), dtype=np.int32)
    for span in range(2, count):
        for i in range(count - span):
            k = i + span
            ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
            vx, vy, vz = points[k, 0] - ax, points[k, 1] - ay, points[k, 2] - az
            best, where = np.inf, i + 1
            for j in range(i + 1, k):
                rest = cost[i, j] + cost[j, k]
                if rest >= best:
                    continue
                ux, uy, uz = points[j, 0] - ax, points[j, 1] - ay, points[j, 2] - az
                x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
                total = rest + np.sqrt(x * x + y * y + z * z)
                if total < best:
                    best, where = total, j
            cost[i, k] = best
            via[i, k] = where
    found = np.empty((count - 2, 3), dtype=np.int32)
    todo = np.empty((count, 2), dtype=np.int32)
    todo[0, 0], todo[0, 1] = 0, count - 1
    waiting, made = 1, 0
    while waiting:
        waiting -= 1
        i, k = todo[waiting, 0], todo[waiting, 1]
        if k - i < 2:
            continue
        j = via[i, k]
        found[made, 0], found[made, 1], found[made, 2] = i, j, k
        made += 1
        todo[waiting, 0], todo[waiting, 1] = i, j
        todo[waiting + 1, 0], todo[waiting + 1, 1] = j, k
        waiting += 2
    return found
