"""The faces of a part with the triangles that were laid on them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..brep import Edges, Faces
from ..facts import Triple
from ..mesh import Floats, Ints, Mesh
from .features import Ranges


class Body:
    """mesh: outward wound; of_triangle: (m,) the face of each of its triangles; faces, edges: see `brep`."""

    def __init__(self, mesh: Mesh, of_triangle: Ints, faces: Faces, edges: Edges) -> None:
        self.mesh, self.of_triangle, self.faces, self.edges = mesh, of_triangle, faces, edges
        corners = mesh.corners
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
        self.areas: Floats = np.linalg.norm(cross, axis=1)
        count = len(faces)
        sums = np.stack([np.bincount(of_triangle, weights=cross[:, n], minlength=count) for n in range(3)], axis=1)
        self.area: Floats = np.bincount(of_triangle, weights=self.areas, minlength=count).astype(np.float64)
        # (f, 3) mean outward normal by area: unit on planes, shorter on what is round.
        self.mean: Floats = sums / np.maximum(self.area, 1e-300)[:, None]
        order = np.argsort(of_triangle, kind="stable")
        ends = np.cumsum(np.bincount(of_triangle, minlength=count))
        self._triangles = np.split(order, ends[:-1])

    def triangles(self, face: int) -> NDArray[np.int64]:
        """Numbers of the triangles on a face, ascending."""
        return self._triangles[face]

    def extent(self, face: int, direction: Floats) -> tuple[float, float]:
        """Lowest and highest point of a face along a direction, mm."""
        heights = self.mesh.vertices[self.mesh.triangles[self._triangles[face]].reshape(-1)] @ direction
        return (float(heights.min()), float(heights.max())) if len(heights) else (0.0, 0.0)

    def middle(self, face: int) -> Floats:
        """The middle of a face by area."""
        chosen = self._triangles[face]
        weights = self.areas[chosen] + 1e-12
        middle: Floats = np.average(self.mesh.corners[chosen].mean(axis=1), axis=0, weights=weights)
        return middle

    def ranges(self, faces: list[int]) -> Ranges:
        """The triangles on these faces as half-open ranges."""
        return ranges(np.sort(np.concatenate([self._triangles[face] for face in faces])))

    @cached_property
    def neighbours(self) -> list[list[tuple[int, int, int]]]:
        """Of each face (edge, its side on this face, the face beyond)."""
        met: list[list[tuple[int, int, int]]] = [[] for _ in range(len(self.faces))]
        for edge, (one, other) in enumerate(self.edges.faces.tolist()):
            met[one].append((edge, 0, other))
            met[other].append((edge, 1, one))
        return met


def ranges(triangles: NDArray[np.int64]) -> Ranges:
    """Ascending numbers as half-open ranges."""
    if len(triangles) == 0:
        return ()
    cuts = np.flatnonzero(np.diff(triangles) > 1) + 1
    first, last = triangles[np.concatenate([[0], cuts])], triangles[np.concatenate([cuts - 1, [-1]])]
    return tuple(zip(first.tolist(), (last + 1).tolist(), strict=True))


def rounded(values: Floats, digits: int = 4) -> Triple:
    """As written down, without negative zeros."""
    x, y, z = (round(float(value), digits) + 0.0 for value in values)
    return x, y, z
