"""Where on the part a finding is: the triangles to light up and the view from which they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..compiled import kernel
from ..facts import MAX_RANGES, VIEW_ANGLE, Place, Triple
from ..mesh import Floats, Mesh
from .rays import EITHER, first_hits
from .samples import Samples, Surface
from .tree import Tree

CELLS = 40
LOOKED_AT = 24
ENOUGH = 20_000
# How many triangles on a sample speaks for those without.
ROUNDS = 4
# However small the place, so much of the part is seen around it.
CONTEXT = 0.04
# A triangle is lit where at least so much of it is concerned.
LIT = 0.25
# Seen from the front right and above where the place itself does not mind.
FAVOURITE = np.array([0.45, -0.75, 0.49])


class Places:
    """Makes places on one part."""

    def __init__(self, mesh: Mesh, surface: Surface, samples: Samples, tree: Tree) -> None:
        self.mesh, self.surface, self.samples, self.tree = mesh, surface, samples, tree
        low, high = mesh.bounds_mm
        self.size = float((high - low).max())
        self.sampled = np.bincount(samples.triangle, minlength=len(mesh.triangles))

    def of_samples(self, chosen: NDArray[np.int64], *, outwards: bool = True) -> Place:
        """The place of the samples numbered `chosen` (at least one); the view is of the largest patch of them."""
        few = _few(chosen)
        patch = few[largest_patch(self.samples.points[few], self.samples.areas[few], self.size / CELLS)]
        share = np.bincount(self.samples.triangle[chosen], minlength=len(self.sampled)) / np.maximum(self.sampled, 1)
        lit = self.spread_out(share >= min(LIT, float(share.max())))
        normals = self.surface.normals[self.samples.triangle[patch]]
        return self._place(lit, self.samples.points[patch], normals, self.samples.areas[patch])

    def of_triangles(self, lit: NDArray[np.bool_]) -> Place:
        """The place of a set of triangles, given as a mask with at least one of them."""
        triangles = _few(np.flatnonzero(lit))
        a, b, c = self.mesh.triangles[triangles].T
        points = (self.mesh.vertices[a] + self.mesh.vertices[b] + self.mesh.vertices[c]) / 3
        areas = self.surface.areas[triangles] + 1e-12
        patch = largest_patch(points, areas, self.size / CELLS)
        return self._place(lit, points[patch], self.surface.normals[triangles[patch]], areas[patch])

    def of_ranges(self, triangles: Sequence[tuple[int, int]]) -> Place | None:
        """The place of half-open ranges of triangles; None for none."""
        lit = np.zeros(len(self.mesh.triangles), dtype=bool)
        for first, after in triangles:
            lit[first:after] = True
        return self.of_triangles(lit) if lit.any() else None

    def spread_out(self, values: NDArray[Any], none: Any = 0) -> NDArray[Any]:
        """(m,) values of sampled triangles, on the others that of the nearest that is sampled, or `none`."""
        if self._stand_in is None:
            return values
        return np.where(self._stand_in >= 0, values[self._stand_in], none)

    @cached_property
    def _stand_in(self) -> NDArray[np.int32] | None:
        """(m,) the nearest sampled triangle over points that triangles share, -1 where none is near."""
        if (self.sampled > 0).all():
            return None
        return stand_ins(self.mesh.triangles, len(self.mesh.vertices), self.sampled)

    def _place(self, lit: NDArray[np.bool_], points: Floats, normals: Floats, areas: Floats) -> Place:
        middle = np.average(points, axis=0, weights=areas)
        distances = np.linalg.norm(points - middle, axis=1)
        target = points[distances.argmin()]
        # The farthest of a few stray points does not push the camera away.
        radius = max(float(np.percentile(distances, 95)), CONTEXT * self.size)
        return Place(
            triangles=self._ranges(np.flatnonzero(lit)),
            target_mm=_rounded(target, 4),
            direction=_rounded(self._direction(points, normals, areas), 4),
            distance_mm=round(2 * radius / np.tan(np.radians(VIEW_ANGLE / 2)), 3),
        )

    def _direction(self, points: Floats, normals: Floats, areas: Floats) -> Floats:
        """Where most of the place is seen from: tried are its mean normal and 26 directions all around."""
        every = np.linspace(0, len(points) - 1, min(LOOKED_AT, len(points))).astype(np.int64)
        around = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if x or y or z], float)
        mean = (normals * areas[:, None]).sum(axis=0) / areas.sum()
        firm = float(np.linalg.norm(mean))
        tried = around if firm < 0.2 else np.concatenate([[mean], around])
        tried = tried / np.linalg.norm(tried, axis=1, keepdims=True)
        eyes = np.repeat(tried, len(every), axis=0)
        starts = np.tile(points[every] + normals[every] * (1e-5 * self.size), (len(tried), 1))
        distance, _ = first_hits(self.tree, starts, eyes, None, 0.0, np.inf, EITHER)
        seen = np.isinf(distance).reshape(len(tried), -1).mean(axis=1)
        score = seen + 0.4 * (tried @ mean) + 0.1 * (tried @ FAVOURITE)
        best: Floats = tried[score.argmax()]
        return best

    def _ranges(self, triangles: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
        cuts = np.flatnonzero(np.diff(triangles) > 1) + 1
        first, last = triangles[np.concatenate([[0], cuts])], triangles[np.concatenate([cuts - 1, [-1]])]
        if len(first) > MAX_RANGES:
            sums = np.concatenate([[0.0], np.cumsum(self.surface.areas)])
            kept = np.sort(np.argsort(sums[first] - sums[last + 1], kind="stable")[:MAX_RANGES])
            first, last = first[kept], last[kept]
        return tuple(zip(first.tolist(), (last + 1).tolist(), strict=True))


@kernel("i4[::1](i4[:,::1], i8, i8[::1])")
def stand_ins(triangles: NDArray[np.int32], points: int, sampled: NDArray[np.int64]) -> NDArray[np.int32]:
    near = np.full(len(triangles), -1, np.int32)
    for t in range(len(triangles)):
        if sampled[t] > 0:
            near[t] = t
    at = np.full(points, -1, np.int32)
    for _ in range(ROUNDS):
        for t in range(len(triangles)):
            if near[t] >= 0:
                for k in range(3):
                    if at[triangles[t, k]] < 0:
                        at[triangles[t, k]] = near[t]
        left = 0
        for t in range(len(triangles)):
            if near[t] < 0:
                near[t] = max(at[triangles[t, 0]], at[triangles[t, 1]], at[triangles[t, 2]])
                left += near[t] < 0
        if left == 0:
            break
    return near


def _few(chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Enough of them to find the view from."""
    return chosen[:: -(-len(chosen) // ENOUGH)]


def largest_patch(points: Floats, areas: Floats, cell: float) -> NDArray[np.int64]:
    """Which of the points belong to the patch with the most area; those of neighbouring cells hang together."""
    label = patches(points, cell)
    return np.flatnonzero(label == np.bincount(label, areas).argmax())


def patches(points: Floats, cell: float) -> NDArray[np.int64]:
    """(k,) number of the patch each point belongs to."""
    low = points.min(axis=0)
    cells = np.floor((points - low) / cell).astype(np.int64)
    grid = np.zeros(cells.max(axis=0) + 1, dtype=np.int8)
    grid[tuple(cells.T)] = 1
    labels, _ = ndimage.label(grid, structure=np.ones((3, 3, 3)))
    number: NDArray[np.int64] = labels[tuple(cells.T)].astype(np.int64) - 1
    return number


def _rounded(values: Floats, digits: int) -> Triple:
    x, y, z = (round(float(value), digits) + 0.0 for value in values)
    return x, y, z
