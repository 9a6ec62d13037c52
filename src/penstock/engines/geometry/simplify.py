"""A mesh with fewer triangles that looks the same: vertex clustering with quadrics.

Points in the same cell of a grid become one, placed where it is nearest to the planes of all triangles around them
(P. Lindstrom, Out-of-core simplification of large polygonal models, SIGGRAPH 2000), so that edges and corners stay
sharp and flat faces flat. Triangles that collapse vanish; each that stays remembers the one it was. One pass over the
mesh whatever its condition: holes, bad winding and crossing bodies do not matter. It is a picture, not a basis for
measuring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats, Ints, Mesh

Array = NDArray[Any]
FINEST = 4096
# Of the mean of the quadric's diagonal: how strongly a point is held to the middle of those it stands for where the
# planes leave it free.
HOLD = 1e-3


@dataclass(frozen=True, eq=False)
class Simplified:
    """vertices (k, 3) float64 mm, triangles (j, 3) int32, origin (j,) int32: number of the triangle each one was."""

    vertices: Floats
    triangles: Ints
    origin: Ints


def simplify(mesh: Mesh, most: int) -> Simplified:
    """At most `most` triangles, in the order of the triangles they were. A mesh that has no more is left as it is."""
    count = len(mesh.triangles)
    if count <= most:
        return Simplified(mesh.vertices, mesh.triangles, np.arange(count, dtype=np.int32))
    vertices = np.ascontiguousarray(mesh.vertices)
    triangles = np.ascontiguousarray(mesh.triangles)
    low = vertices.min(axis=0)
    extent = max(float((vertices.max(axis=0) - low).max()), 1e-12)
    coarse, fine = 2, FINEST
    while fine - coarse > 1:
        middle = (coarse + fine) // 2
        if _surviving(vertices, triangles, low, middle / extent) <= most:
            coarse = middle
        else:
            fine = middle
    cells = _cells(vertices, low, coarse / extent)
    number, clusters = _numbered(cells)
    merged, origin = _merged(triangles, number)
    points = _placed(vertices, triangles, number, clusters, extent / coarse)
    used = np.zeros(clusters, dtype=np.bool_)
    used[merged] = True
    compact = (np.cumsum(used) - 1).astype(np.int32)
    return Simplified(points[used], compact[merged], origin)


@kernel("i8[::1](f8[:, ::1], f8[::1], f8)")
def _cells(vertices: Array, low: Array, per_mm: float) -> Array:
    """The number of the cell each point is in."""
    cells = np.empty(len(vertices), dtype=np.int64)
    for n in range(len(vertices)):
        x = int((vertices[n, 0] - low[0]) * per_mm)
        y = int((vertices[n, 1] - low[1]) * per_mm)
        z = int((vertices[n, 2] - low[2]) * per_mm)
        cells[n] = (z << 42) | (y << 21) | x
    return cells


@kernel("i8(f8[:, ::1], i4[:, ::1], f8[::1], f8)")
def _surviving(vertices: Array, triangles: Array, low: Array, per_mm: float) -> int:
    """How many triangles have their corners in three different cells."""
    cells = _cells(vertices, low, per_mm)
    count = 0
    for t in range(len(triangles)):
        a, b, c = cells[triangles[t, 0]], cells[triangles[t, 1]], cells[triangles[t, 2]]
        if a != b and b != c and c != a:
            count += 1
    return count


@kernel("Tuple((i4[::1], i8))(i8[::1])")
def _numbered(cells: Array) -> tuple[Array, int]:
    """Cells numbered 0, 1, … in order of appearance: (number for each point, how many). A table with open addresses."""
    size = 1
    while size < 2 * len(cells):
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    names = np.empty(size, dtype=np.int32)
    number = np.empty(len(cells), dtype=np.int32)
    count = 0
    for n in range(len(cells)):
        cell = cells[n]
        slot = (cell * 0x9E3779B97F4A7C1 >> 20) & (size - 1)
        while table[slot] != -1 and table[slot] != cell:
            slot = (slot + 1) & (size - 1)
        if table[slot] == -1:
            table[slot] = cell
            names[slot] = count
            count += 1
        number[n] = names[slot]
    return number, count


@kernel("Tuple((i4[:, ::1], i4[::1]))(i4[:, ::1], i4[::1])")
def _merged(triangles: Array, number: Array) -> tuple[Array, Array]:
    """The triangles that stay, each once, and which they were."""
    size = 1
    while size < 2 * len(triangles):
        size *= 2
    table = np.full(size, -1, dtype=np.int32)
    merged = np.empty((len(triangles), 3), dtype=np.int32)
    origin = np.empty(len(triangles), dtype=np.int32)
    count = 0
    for t in range(len(triangles)):
        a, b, c = number[triangles[t, 0]], number[triangles[t, 1]], number[triangles[t, 2]]
        if a == b or b == c or c == a:
            continue
        if b < a and b < c:
            a, b, c = b, c, a
        elif c < a and c < b:
            a, b, c = c, a, b
        key = np.int64(a) * 73856093 ^ np.int64(b) * 19349663 ^ np.int64(c) * 83492791
        slot = (key * 0x9E3779B97F4A7C1 >> 20) & (size - 1)
        while table[slot] != -1:
            other = table[slot]
            if merged[other, 0] == a and merged[other, 1] == b and merged[other, 2] == c:
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] == -1:
            table[slot] = count
            merged[count, 0], merged[count, 1], merged[count, 2] = a, b, c
            origin[count] = t
            count += 1
    return merged[:count].copy(), origin[:count].copy()


@kernel("f8[:, ::1](f8[:, ::1], i4[:, ::1], i4[::1], i8, f8)")
def _placed(vertices: Array, triangles: Array, number: Array, clusters: int, cell: float) -> Array:
    """Where each cluster's point goes: the least squared distance to the planes of the triangles around it."""
    middle = np.zeros((clusters, 3))
    members = np.zeros(clusters)
    for n in range(len(vertices)):
        members[number[n]] += 1
        for axis in range(3):
            middle[number[n], axis] += vertices[n, axis]
    for k in range(clusters):
        for axis in range(3):
            middle[k, axis] /= members[k]
    # Per cluster: xx, xy, xz, yy, yz, zz of the sum of normal ⊗ normal, then normal · distance from the middle.
    quadric = np.zeros((clusters, 9))
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        # Twice the area long, so that the squares below weigh by area squared.
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            own = number[triangles[t, k]]
            if (k > 0 and own == number[a]) or (k > 1 and own == number[b]):
                continue
            away = x * (vertices[a, 0] - middle[own, 0]) + y * (vertices[a, 1] - middle[own, 1])
            away += z * (vertices[a, 2] - middle[own, 2])
            q = quadric[own]
            q[0] += x * x
            q[1] += x * y
            q[2] += x * z
            q[3] += y * y
            q[4] += y * z
            q[5] += z * z
            q[6] += x * away
            q[7] += y * away
            q[8] += z * away
    for k in range(clusters):
        q = quadric[k]
        hold = HOLD * (q[0] + q[3] + q[5]) / 3 + 1e-300
        xx, yy, zz, xy, xz, yz = q[0] + hold, q[3] + hold, q[5] + hold, q[1], q[2], q[4]
        # The inverse of a symmetric matrix by its cofactors; `hold` keeps it away from singular.
        c00, c01, c02 = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
        determinant = xx * c00 + xy * c01 + xz * c02
        c11, c12, c22 = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
        moves = np.array(
            [
                (c00 * q[6] + c01 * q[7] + c02 * q[8]) / determinant,
                (c01 * q[6] + c11 * q[7] + c12 * q[8]) / determinant,
                (c02 * q[6] + c12 * q[7] + c22 * q[8]) / determinant,
            ]
        )
        length = np.sqrt((moves**2).sum())
        # Planes almost along each other meet far away; such a point stays near its cell.
        if length <= cell:
            middle[k] += moves
    return middle
