"""What is added up over triangles: area, signed volume, first moments, boxes. Kernels, one pass each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats

Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ShellSums:
    """Per shell: area (mm²), signed volume (mm³) and the volume's first moment (mm⁴) about `origin`."""

    area: Floats
    volume: Floats
    moment: Floats
    origin: Floats


def shell_sums(vertices: Floats, triangles: NDArray[Any], shell: Ints, shells: int) -> ShellSums:
    """Sum the tetrahedra between each triangle and the middle of the model's box.

    vertices (n, 3) mm, triangles (m, 3), shell (m,). Being near the part the origin keeps the terms, and with them the
    rounding, small: parts drawn a kilometre from zero lose nothing.
    """
    vertices = np.require(vertices, np.float64, ["C", "W"])
    low, high = bounds(vertices)
    origin = (low + high) / 2
    triangles = np.require(triangles, np.int32, ["C", "W"])
    sums = _shell_sums(vertices, triangles, shell, shells, origin)
    return ShellSums(sums[:, 0] / 2, sums[:, 1] / 6, sums[:, 2:] / 24, origin)


def bounds(points: Floats) -> tuple[Floats, Floats]:
    """Lowest and highest corner of the axis-aligned box around (n, 3) points."""
    box = _bounds(points)
    return box[0], box[1]


def shell_boxes(vertices: Floats, triangles: NDArray[Any], shell: Ints, shells: int) -> Floats:
    """(shells, 2, 3): lowest and highest corner of each shell."""
    return _shell_boxes(vertices, np.require(triangles, np.int32, ["C", "W"]), shell, shells)


def winding_number(point: Floats, corners: Floats) -> float:
    """How often the surface `corners` (m, 3, 3) wraps around `point` (van Oosterom & Strackee 1983)."""
    return float(_winding_number(np.ascontiguousarray(point), np.ascontiguousarray(corners)))


@kernel("float64[:, ::1](float64[:, ::1], int32[:, ::1], int32[::1], int64, float64[::1])")
def _shell_sums(vertices: Floats, triangles: Ints, shell: Ints, shells: int, origin: Floats) -> Floats:
    """(shells, 5): twice the area, six-fold volume, 24-fold moments."""
    sums = np.zeros((shells, 5))
    ox, oy, oz = origin[0], origin[1], origin[2]
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = vertices[a, 0] - ox, vertices[a, 1] - oy, vertices[a, 2] - oz
        bx, by, bz = vertices[b, 0] - ox, vertices[b, 1] - oy, vertices[b, 2] - oz
        cx, cy, cz = vertices[c, 0] - ox, vertices[c, 1] - oy, vertices[c, 2] - oz
        ux, uy, uz = bx - ax, by - ay, bz - az
        vx, vy, vz = cx - ax, cy - ay, cz - az
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        six_fold = ax * nx + ay * ny + az * nz
        s = shell[t]
        sums[s, 0] += np.sqrt(nx * nx + ny * ny + nz * nz)
        sums[s, 1] += six_fold
        sums[s, 2] += six_fold * (ax + bx + cx)
        sums[s, 3] += six_fold * (ay + by + cy)
        sums[s, 4] += six_fold * (az + bz + cz)
    return sums


@kernel("float64[:, ::1](float64[:, ::1])")
def _bounds(points: Floats) -> Floats:
    box = np.empty((2, 3))
    for axis in range(3):
        low = high = points[0, axis]
        for i in range(1, len(points)):
            low, high = min(low, points[i, axis]), max(high, points[i, axis])
        box[0, axis], box[1, axis] = low, high
    return box


@kernel("float64[:, :, ::1](float64[:, ::1], int32[:, ::1], int32[::1], int64)")
def _shell_boxes(vertices: Floats, triangles: Ints, shell: Ints, shells: int) -> Floats:
    boxes = np.empty((shells, 2, 3))
    boxes[:, 0] = np.inf
    boxes[:, 1] = -np.inf
    for t in range(len(triangles)):
        s = shell[t]
        for corner in range(3):
            for axis in range(3):
                value = vertices[triangles[t, corner], axis]
                boxes[s, 0, axis] = min(boxes[s, 0, axis], value)
                boxes[s, 1, axis] = max(boxes[s, 1, axis], value)
    return boxes


@kernel("float64(float64[::1], float64[:, :, ::1])")
def _winding_number(point: Floats, corners: Floats) -> Any:
    total = 0.0
    for t in range(len(corners)):
        ax, ay, az = corners[t, 0, 0] - point[0], corners[t, 0, 1] - point[1], corners[t, 0, 2] - point[2]
        bx, by, bz = corners[t, 1, 0] - point[0], corners[t, 1, 1] - point[1], corners[t, 1, 2] - point[2]
        cx, cy, cz = corners[t, 2, 0] - point[0], corners[t, 2, 1] - point[1], corners[t, 2, 2] - point[2]
        la = np.sqrt(ax * ax + ay * ay + az * az)
        lb = np.sqrt(bx * bx + by * by + bz * bz)
        lc = np.sqrt(cx * cx + cy * cy + cz * cz)
        numerator = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        denominator = (
            la * lb * lc
            + (ax * bx + ay * by + az * bz) * lc
            + (bx * cx + by * cy + bz * cz) * la
            + (cx * ax + cy * ay + cz * az) * lb
        )
        total += np.arctan2(numerator, denominator)
    return total / (2 * np.pi)
