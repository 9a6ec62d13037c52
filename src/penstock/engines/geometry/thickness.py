"""Wall thickness by rays shot inwards from the surface, through a uniform grid, many rays in step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats

SAMPLES = 1500
PERCENTILE = 5.0
MAX_TRIANGLES = 1_500_000
MIN_GRID_ENTRIES = 1_000_000
# The two sides of a wall face away from each other; at a sharp edge they do not, and a ray there measures
# the edge, not a wall. Faces within about 30° of opposite count as a wall, which admits draft and taper.
OPPOSITE = -0.86
ENOUGH = 100
# No process makes a thinner wall. Surfaces closer than this coincide: a tessellation follows curves within
# 0.01 mm, so that two faces meant to touch are found a few micrometres apart.
COINCIDENT_MM = 0.03
MAX_TESTS = 40_000_000
TESTS_AT_ONCE = 1_000_000


def thin_wall(corners: Floats) -> tuple[float | None, str | None]:
    """(5th percentile of wall thickness in mm, None) or (None, why not) of a closed, outward-wound mesh.

    corners: (m, 3, 3) mm. Points are spread over the surface in proportion to area by a fixed random
    sequence, so that the same part always gives the same answer. Features on less than 5 % of the surface can
    be missed.
    """
    if len(corners) > MAX_TRIANGLES:
        return None, "The mesh has too many triangles for a wall thickness estimate."
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    if not areas.sum() > 0:
        return None, "The mesh has no area."
    normals /= np.where(areas > 0, areas, 1.0)[:, None]
    random = np.random.default_rng(20)
    cumulative = np.cumsum(areas)
    stratified = (np.arange(SAMPLES) + random.random(SAMPLES)) / SAMPLES * cumulative[-1]
    chosen = np.minimum(np.searchsorted(cumulative, stratified), len(corners) - 1)
    u, v = random.random((2, SAMPLES))
    over = u + v > 1
    u[over], v[over] = 1 - u[over], 1 - v[over]
    a, b, c = (corners[chosen, k] for k in range(3))
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    grid = _Grid(corners)
    if not grid.usable:
        return None, "The mesh is too unevenly shaped for a wall thickness estimate."
    exits = grid.first_exit(points, -normals[chosen], normals, chosen)
    if exits is None:
        return None, "The mesh is too unevenly shaped for a wall thickness estimate."
    distance, hit = exits
    met = hit >= 0
    walls = met.copy()
    walls[met] = np.einsum("ij,ij->i", normals[chosen[met]], normals[hit[met]]) < OPPOSITE
    if walls.sum() < ENOUGH:
        return None, "Too little of the surface has another surface opposite it to speak of walls."
    return float(np.percentile(distance[walls], PERCENTILE)), None


@dataclass(frozen=True, eq=False)
class _Rays:
    points: Floats
    directions: Floats
    own: NDArray[np.int64]


class _Grid:
    """Triangles filed by the cells of a uniform grid their boxes touch (compressed rows)."""

    def __init__(self, corners: Floats) -> None:
        self.corners = corners
        low = corners.min(axis=(0, 1))
        high = corners.max(axis=(0, 1))
        size = np.maximum(high - low, (high - low).max() * 1e-3)
        self.low = low - size * 1e-6
        wanted = float(np.clip(2 * len(corners), 64, 250_000))
        cell = float((np.prod(size) / wanted) ** (1 / 3))
        box_low, box_high = corners.min(axis=1), corners.max(axis=1)
        self.usable = False
        for _ in range(12):
            self.shape = np.maximum(np.ceil(size * (1 + 2e-6) / cell).astype(np.int64), 1)
            first = np.clip(((box_low - self.low) / cell).astype(np.int64), 0, self.shape - 1)
            last = np.clip(((box_high - self.low) / cell).astype(np.int64), 0, self.shape - 1)
            spans = last - first + 1
            counts = spans.prod(axis=1)
            if int(counts.sum()) <= max(MIN_GRID_ENTRIES, 6 * len(corners)):
                self.usable = True
                break
            cell *= 1.6
        self.cell = cell
        if not self.usable:
            return
        triangle = np.repeat(np.arange(len(corners), dtype=np.int32), counts)
        step = np.arange(len(triangle)) - np.repeat(np.cumsum(counts) - counts, counts)
        span, base = spans[triangle], first[triangle]
        x = base[:, 0] + step % span[:, 0]
        y = base[:, 1] + step // span[:, 0] % span[:, 1]
        z = base[:, 2] + step // (span[:, 0] * span[:, 1])
        key = (z * self.shape[1] + y) * self.shape[0] + x
        order = np.argsort(key, kind="stable")
        self.members = triangle[order]
        self.starts = np.searchsorted(key[order], np.arange(int(self.shape.prod()) + 1))

    def first_exit(
        self, points: Floats, directions: Floats, normals: Floats, own: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.int64]] | None:
        """Distance to, and number of, the first triangle each ray leaves the material through (-1: none).

        None if the triangles crowd into too few cells to finish in reasonable time. Rays walk the grid cell by
        cell (Amanatides & Woo 1987), all of them in step.
        """
        count = len(points)
        best = np.full(count, np.inf)
        hit = np.full(count, -1, dtype=np.int64)
        place = np.clip(((points - self.low) / self.cell).astype(np.int64), 0, self.shape - 1)
        forward = directions >= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            boundary = self.low + (place + forward) * self.cell
            to_next = np.where(directions != 0, (boundary - points) / directions, np.inf)
            stride = np.where(directions != 0, self.cell / abs(directions), np.inf)
        step = np.where(forward, 1, -1)
        alive = np.arange(count)
        work = 0
        while len(alive):
            key = (place[alive, 2] * self.shape[1] + place[alive, 1]) * self.shape[0] + place[alive, 0]
            pairs = np.cumsum(self.starts[key + 1] - self.starts[key])
            work += int(pairs[-1])
            if work > MAX_TESTS:
                return None
            for batch in np.split(np.arange(len(alive)), np.flatnonzero(np.diff(pairs // TESTS_AT_ONCE)) + 1):
                self._test(alive[batch], key[batch], _Rays(points, directions, own), normals, best, hit)
            axis = to_next[alive].argmin(axis=1)
            leaves = to_next[alive, axis]
            onward = best[alive] > leaves
            alive, axis = alive[onward], axis[onward]
            place[alive, axis] += step[alive, axis]
            to_next[alive, axis] += stride[alive, axis]
            inside = (place[alive, axis] >= 0) & (place[alive, axis] < self.shape[axis])
            alive = alive[inside]
        return best, hit

    def _test(
        self,
        alive: NDArray[np.int64],
        key: NDArray[np.int64],
        rays: _Rays,
        normals: Floats,
        best: Floats,
        hit: NDArray[np.int64],
    ) -> None:
        """Möller–Trumbore for every (ray, triangle) pair of the rays' present cells."""
        begin = self.starts[key]
        length = self.starts[key + 1] - begin
        ray = np.repeat(alive, length)
        if len(ray) == 0:
            return
        step = np.arange(len(ray)) - np.repeat(np.cumsum(length) - length, length)
        triangle = self.members[np.repeat(begin, length) + step].astype(np.int64)
        leaving = np.einsum("ij,ij->i", rays.directions[ray], normals[triangle]) > 1e-9
        leaving &= rays.own[ray] != triangle
        ray, triangle = ray[leaving], triangle[leaving]
        a = self.corners[triangle, 0]
        edge_1, edge_2 = self.corners[triangle, 1] - a, self.corners[triangle, 2] - a
        direction = rays.directions[ray]
        across = np.cross(direction, edge_2)
        determinant = np.einsum("ij,ij->i", edge_1, across)
        safe = np.where(determinant != 0, determinant, np.inf)
        offset = rays.points[ray] - a
        u = np.einsum("ij,ij->i", offset, across) / safe
        turned = np.cross(offset, edge_1)
        v = np.einsum("ij,ij->i", direction, turned) / safe
        t = np.einsum("ij,ij->i", edge_2, turned) / safe
        slack = 1e-9
        good = (determinant != 0) & (u >= -slack) & (v >= -slack) & (u + v <= 1 + slack)
        good &= (t > COINCIDENT_MM) & (t < best[ray])
        # Farther hits are written first, so that the nearest of several for one ray stands at the end.
        order = np.argsort(-t[good])
        best[ray[good][order]] = t[good][order]
        hit[ray[good][order]] = triangle[good][order]
