"""Normals for drawing: smooth across gentle edges, as the drawn shape is, and sharp where the part has an edge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats, Mesh

Array = NDArray[Any]
CREASE = float(np.cos(np.radians(28.0)))
# A triangle smaller than this many pixels is drawn flat: what lies beside it smooths the picture.
FINE = 3.0


def pixel_normals(mesh: Mesh, winner: Array, seen: Array, view: Floats) -> Array:
    """(rows, columns, 3) float32 unit normals towards the eye of what each pixel shows; 0 where that is nothing.

    winner: (rows, columns) number of the triangle at each pixel, -1 for none. seen: (n, 3) float32 points as drawn,
    x and y in pixels. view: (3, 3) rows right, up, towards the eye: the axes the normals are given in.
    A corner's normal is the mean of the faces around it that meet the triangle at less than 28°, weighted by their
    area; between corners it is interpolated. An open surface that shows its back is lit like a front.
    """
    triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int32)
    normals, weights = _faces(np.ascontiguousarray(mesh.vertices), triangles)
    starts, members = _around(triangles, len(mesh.vertices))
    found = np.zeros((*winner.shape, 3), dtype=np.float32)
    _interpolate(triangles, normals, weights, starts, members, winner, seen, view.astype(np.float32), found)
    return found


@kernel("Tuple((f4[:, ::1], f4[::1]))(f8[:, ::1], i4[:, ::1])")
def _faces(vertices: Array, triangles: Array) -> tuple[Array, Array]:
    """Unit normal and double area of every triangle."""
    normals = np.zeros((len(triangles), 3), dtype=np.float32)
    weights = np.zeros(len(triangles), dtype=np.float32)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = np.sqrt(x * x + y * y + z * z)
        weights[t] = length
        if length > 0:
            normals[t, 0], normals[t, 1], normals[t, 2] = x / length, y / length, z / length
    return normals, weights


@kernel("Tuple((i4[::1], i4[::1]))(i4[:, ::1], i8)")
def _around(triangles: Array, points: int) -> tuple[Array, Array]:
    """The triangles around each point, as compressed rows."""
    starts = np.zeros(points + 1, dtype=np.int32)
    for t in range(len(triangles)):
        for k in range(3):
            starts[triangles[t, k] + 1] += 1
    for n in range(points):
        starts[n + 1] += starts[n]
    members = np.empty(3 * len(triangles), dtype=np.int32)
    following = starts[:-1].copy()
    for t in range(len(triangles)):
        for k in range(3):
            members[following[triangles[t, k]]] = t
            following[triangles[t, k]] += 1
    return starts, members


@kernel("void(i4[:, ::1], f4[:, ::1], f4[::1], i4[::1], i4[::1], i8, f4[:, ::1])")
def _corner_normals(
    triangles: Array, normals: Array, weights: Array, starts: Array, members: Array, t: int, corner: Array
) -> None:
    """Fill `corner` (3, 3) with the normals at the corners of triangle t, not of unit length."""
    for k in range(3):
        corner[k] = 0.0
        for n in range(starts[triangles[t, k]], starts[triangles[t, k] + 1]):
            face = members[n]
            same = (
                normals[t, 0] * normals[face, 0] + normals[t, 1] * normals[face, 1] + normals[t, 2] * normals[face, 2]
            )
            if same > CREASE or face == t:
                for axis in range(3):
                    corner[k, axis] += normals[face, axis] * weights[face]
        length = np.sqrt(corner[k, 0] ** 2 + corner[k, 1] ** 2 + corner[k, 2] ** 2)
        for axis in range(3):
            corner[k, axis] = corner[k, axis] / length if length > 0 else normals[t, axis]


@kernel("void(i4[:, ::1], f4[:, ::1], f4[::1], i4[::1], i4[::1], i4[:, ::1], f4[:, ::1], f4[:, ::1], f4[:, :, ::1])")
def _interpolate(
    triangles: Array,
    normals: Array,
    weights: Array,
    starts: Array,
    members: Array,
    winner: Array,
    seen: Array,
    view: Array,
    found: Array,
) -> None:
    rows, columns = winner.shape
    corner = np.zeros((3, 3), dtype=np.float32)
    last = -1
    for row in range(rows):
        for column in range(columns):
            t = winner[row, column]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            ux, uy = seen[b, 0] - seen[a, 0], seen[b, 1] - seen[a, 1]
            vx, vy = seen[c, 0] - seen[a, 0], seen[c, 1] - seen[a, 1]
            area = ux * vy - uy * vx
            if abs(area) < FINE:
                nx, ny, nz = normals[t, 0], normals[t, 1], normals[t, 2]
            else:
                if t != last:
                    _corner_normals(triangles, normals, weights, starts, members, t, corner)
                    last = t
                x, y = np.float32(column + 0.5) - seen[a, 0], np.float32(row + 0.5) - seen[a, 1]
                q = min(max((x * vy - y * vx) / area, np.float32(0)), np.float32(1))
                r = min(max((ux * y - uy * x) / area, np.float32(0)), np.float32(1) - q)
                p = np.float32(1) - q - r
                nx = p * corner[0, 0] + q * corner[1, 0] + r * corner[2, 0]
                ny = p * corner[0, 1] + q * corner[1, 1] + r * corner[2, 1]
                nz = p * corner[0, 2] + q * corner[1, 2] + r * corner[2, 2]
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            depth = view[2, 0] * nx + view[2, 1] * ny + view[2, 2] * nz
            turned = np.copysign(length, depth)
            if length > 0:
                found[row, column, 0] = (view[0, 0] * nx + view[0, 1] * ny + view[0, 2] * nz) / turned
                found[row, column, 1] = (view[1, 0] * nx + view[1, 1] * ny + view[1, 2] * nz) / turned
                found[row, column, 2] = depth / turned
