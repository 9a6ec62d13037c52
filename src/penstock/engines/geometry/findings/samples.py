"""Points spread over a surface, so that what holds for the points holds for the surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..mesh import Floats, Mesh
from .sharing import shared
from .tree import Index

# By area, and beside them one for each triangle as long as there are not too many.
BY_AREA = 40_000
BY_TRIANGLE = 160_000


@dataclass(frozen=True, eq=False)
class Surface:
    """normals (m, 3) unit normals of the triangles, zero where a triangle has no area; areas (m,) mm²."""

    normals: Floats
    areas: Floats

    @property
    def area_mm2(self) -> float:
        return float(self.areas.sum())


@dataclass(frozen=True, eq=False)
class Samples:
    """points (k, 3) mm; triangle (k,) the one each lies on, ascending; areas (k,) the part of the surface each
    stands for, mm². A place that has more than a BY_AREA-th of the surface has a sample on it; of a mesh of up to
    BY_TRIANGLE triangles, every triangle has one."""

    points: Floats
    triangle: Index
    areas: Floats

    def __len__(self) -> int:
        return len(self.triangle)


def surface_of(mesh: Mesh) -> Surface:
    count = len(mesh.triangles)
    normals, areas = np.empty((count, 3)), np.empty(count)
    shared(lambda a, b: measure(mesh.vertices, mesh.triangles[a:b], normals[a:b], areas[a:b]), count)
    return Surface(normals, areas)


def spread(mesh: Mesh, surface: Surface, by_area: int = BY_AREA, by_triangle: int = BY_TRIANGLE) -> Samples:
    """The same points for the same mesh, wherever it lies."""
    expected = surface.areas * (by_area / max(surface.area_mm2, 1e-300))
    # Alone each would lose the small triangles or starve the large ones.
    expected += np.where(surface.areas > 0, min(1.0, by_triangle / max(len(expected), 1)), 0.0)
    steps = np.floor(np.cumsum(expected) + 1e-9).astype(np.int64)
    counts = np.diff(steps, prepend=0)
    every = len(expected) <= by_triangle
    triangle = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    rank = (np.arange(len(triangle)) - first).astype(np.int32)
    points = np.empty((len(triangle), 3))
    shared(
        lambda a, b: place(
            mesh.vertices, mesh.triangles, triangle[a:b], rank[a:b], counts.astype(np.int32), points[a:b]
        ),
        len(triangle),
    )
    shares = np.maximum(counts, 1) if every else expected
    return Samples(points, triangle, (surface.areas / np.maximum(shares, 1e-300))[triangle])


@kernel("void(f8[:,::1], i4[:,:], f8[:,:], f8[:])")
def measure(vertices: Floats, triangles: Index, normals: Floats, areas: Floats) -> None:
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        px, py, pz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        qx, qy, qz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        x, y, z = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
        length = np.sqrt(x * x + y * y + z * z)
        areas[t] = length / 2
        scale = 1.0 / length if length > 0 else 0.0
        normals[t, 0], normals[t, 1], normals[t, 2] = x * scale, y * scale, z * scale


@kernel("void(f8[:,::1], i4[:,:], i4[:], i4[:], i4[:], f8[:,:])")
def place(
    vertices: Floats, triangles: Index, triangle: Index, rank: NDArray[np.int32], counts: Index, points: Floats
) -> None:
    # The R2 sequence (Roberts 2018) folded into the triangle: even for any number of points, the first in the middle.
    for k in range(len(triangle)):
        t = triangle[k]
        u, v = (1.0 / 3.0 + rank[k] * 0.7548776662466927) % 1.0, (1.0 / 3.0 + rank[k] * 0.5698402909980532) % 1.0
        if u + v > 1:
            u, v = 1 - u, 1 - v
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        for axis in range(3):
            points[k, axis] = vertices[a, axis] * (1 - u - v) + vertices[b, axis] * u + vertices[c, axis] * v


@kernel("void(i4[::1], f8[::1], f4[::1])")
def least_of(triangle: Index, values: Floats, least: NDArray[np.float32]) -> None:
    """Lower what is known of each triangle to the least value of its samples."""
    for k in range(len(triangle)):
        value = np.float32(values[k])
        if value < least[triangle[k]]:
            least[triangle[k]] = value
