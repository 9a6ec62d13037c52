"""Convex hull, the smallest box around a part, and its silhouette areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from .mesh import Floats
from .raster import coverage
from .topology import Index

SILHOUETTE_PIXELS = 320
MAX_DIRECTIONS = 48
DIRECTION_WORK = 400_000


@dataclass(frozen=True)
class Box:
    """Side lengths in mm, longest first."""

    sides_mm: tuple[float, float, float]
    kind: Literal["oriented", "axis_aligned"]


def hull_and_box(points: Floats) -> tuple[float, Box]:
    """(volume of the convex hull in mm³, smallest box found) of (n, 3) points in mm.

    The box is searched among those with one side flush with one of the largest hull faces and, in that
    plane, one side flush with a hull edge; the axis-aligned box is kept where nothing smaller is found. Flat
    point sets have hull volume 0 and the axis-aligned box.
    """
    sides = points.max(axis=0) - points.min(axis=0)
    best = Box(_sorted(sides), "axis_aligned")
    if not sides.all():
        return 0.0, best
    try:
        hull = ConvexHull(points - points.min(axis=0))
    except QhullError:
        return 0.0, best
    corners = hull.points
    faces = hull.simplices.astype(np.int64)
    used = corners[hull.vertices]
    # A box may beat the axis-aligned one by rounding alone; then the familiar numbers are worth more.
    smallest = float(np.prod(sides)) * (1 - 1e-6)
    for normal in _face_directions(corners, faces):
        height = np.ptp(used @ normal)
        width, depth = _smallest_rectangle(_flattened(used, normal))
        if height * width * depth < smallest:
            smallest = height * width * depth
            best = Box(_sorted(np.array([height, width, depth])), "oriented")
    return float(hull.volume), best


def _sorted(sides: Floats) -> tuple[float, float, float]:
    a, b, c = sorted((float(side) for side in sides), reverse=True)
    return a, b, c


def _face_directions(corners: Floats, faces: Index) -> Floats:
    """(k, 3) unit normals of the hull's largest flat sides, opposite ones merged."""
    a, b, c = (corners[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    areas = np.linalg.norm(normals, axis=1)
    solid = areas > 0
    normals, areas = normals[solid] / areas[solid, None], areas[solid]
    leading = np.take_along_axis(normals, abs(normals).argmax(axis=1)[:, None], axis=1)
    normals = normals * np.sign(leading)
    keys, number = np.unique(np.round(normals, 4), axis=0, return_inverse=True)
    total = np.bincount(number.reshape(-1), areas, len(keys))
    # A hull of very many corners is a smooth one, on which the box hardly depends on the direction.
    most = int(np.clip(DIRECTION_WORK // len(faces), 4, MAX_DIRECTIONS))
    largest = np.argsort(-total)[:most]
    chosen: Floats = keys[largest] / np.linalg.norm(keys[largest], axis=1, keepdims=True)
    return chosen


def _flattened(points: Floats, normal: Floats) -> Floats:
    """(n, 2) coordinates in the plane across `normal`."""
    across = np.cross(normal, np.eye(3)[abs(normal).argmin()])
    across /= np.linalg.norm(across)
    return np.column_stack([points @ across, points @ np.cross(normal, across)])


def _smallest_rectangle(points: Floats) -> tuple[float, float]:
    """Sides of the smallest rectangle around (n, 2) points: one side is flush with an edge of their hull."""
    try:
        polygon = points[ConvexHull(points).vertices]
    except QhullError:
        width, depth = np.ptp(points, axis=0)
        return float(width), float(depth)
    edges = np.roll(polygon, -1, axis=0) - polygon
    lengths = np.linalg.norm(edges, axis=1)
    along = edges[lengths > 0] / lengths[lengths > 0, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    widths = np.ptp(polygon @ along.T, axis=0)
    depths = np.ptp(polygon @ across.T, axis=0)
    best = int((widths * depths).argmin())
    return float(widths[best]), float(depths[best])


def silhouettes(corners: Floats) -> tuple[float, float, float]:
    """Projected area in mm² along x, y and z of triangles (m, 3, 3) in mm, sampled on a pixel grid."""
    x, y, z = (_silhouette(corners[:, :, axes]) for axes in ([1, 2], [0, 2], [0, 1]))
    return x, y, z


def _silhouette(flat: Floats) -> float:
    low = flat.min(axis=(0, 1))
    sides = flat.max(axis=(0, 1)) - low
    if not (sides > 0).all():
        return 0.0
    # The grid fits the box exactly, so that a block's silhouette is exact.
    columns, rows = (max(8, round(SILHOUETTE_PIXELS * side / sides.max())) for side in sides)
    pixel = sides / (columns, rows)
    covered = coverage((flat - low) / pixel, columns, rows)
    return float(covered.sum() * pixel[0] * pixel[1])
