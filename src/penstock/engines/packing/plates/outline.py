"""A part as a plate sees it: the area its surface covers from above, and the cells of a grid that area needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import manifold3d
import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.model import FloatArray, Mesh

Runs = NDArray[np.int32]
ARC_SEGMENTS = 32
# Corners nearer to the line between their neighbours than this are left out; the outline is grown by as much.
SMOOTH_MM = 0.02


@dataclass(frozen=True, eq=False)
class Outline:
    """`region` is manifold3d's set of polygons, mm; counter-clockwise outside, clockwise round holes."""

    region: manifold3d.CrossSection

    @property
    def polygons(self) -> list[FloatArray]:
        """(n, 2) corners of each contour."""
        return [np.asarray(polygon, dtype=np.float64) for polygon in self.region.to_polygons()]

    @property
    def area_mm2(self) -> float:
        return float(self.region.area())

    def grown(self, by_mm: float) -> Outline:
        """Everything within `by_mm`; negative: everything farther than that from the outside."""
        if by_mm == 0:
            return self
        return Outline(self.region.offset(by_mm, manifold3d.JoinType.Round, circular_segments=ARC_SEGMENTS))

    def turned(self, angle_deg: float) -> Outline:
        return Outline(self.region.rotate(angle_deg))

    def without_holes(self) -> Outline:
        solid = [polygon for polygon in self.polygons if _area(polygon) > 0]
        return Outline(manifold3d.CrossSection(solid, manifold3d.FillRule.NonZero))

    def longest_side_deg(self) -> float:
        """The direction of the longest straight side of the convex hull, from x."""
        corners = np.vstack([np.asarray(p, dtype=np.float64) for p in self.region.hull().to_polygons()])
        sides = np.roll(corners, -1, axis=0) - corners
        x, y = sides[np.hypot(sides[:, 0], sides[:, 1]).argmax()]
        return float(np.degrees(np.arctan2(y, x)))


def _area(polygon: FloatArray) -> float:
    x, y = polygon.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2.0)


def outline_of(mesh: Mesh, rotation: FloatArray | None = None) -> Outline:
    """What a mesh, turned, covers of the plate; also where parts of it hang over. Exact for closed and open meshes."""
    points = mesh.vertices if rotation is None else mesh.vertices @ rotation.T
    flat = points[:, :2][mesh.triangles]
    u, v = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    # Of a closed surface what faces up covers the same as the whole.
    facing = flat[area > 1e-9]
    if len(facing) < len(flat) / 8:
        facing = np.concatenate([facing, flat[area < -1e-9][:, ::-1]])
    triangles = list(np.ascontiguousarray(facing))
    region = manifold3d.CrossSection(triangles, manifold3d.FillRule.Positive)
    return Outline(region.simplify(SMOOTH_MM).offset(SMOOTH_MM, manifold3d.JoinType.Miter))


def union(outlines: Sequence[Outline]) -> Outline:
    return Outline(manifold3d.CrossSection.batch_boolean([o.region for o in outlines], manifold3d.OpType.Add))


def cells_of(outline: Outline, pitch_mm: float, low_mm: FloatArray, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(nx, ny): cells whose middle lies in the outline; cell (0, 0) begins at `low_mm`."""
    polygons = outline.polygons
    if not polygons:
        return np.zeros(shape, dtype=np.bool_)
    start = np.vstack(polygons)
    end = np.vstack([np.roll(polygon, -1, axis=0) for polygon in polygons])
    return _even_odd((start - low_mm) / pitch_mm, (end - low_mm) / pitch_mm, shape)


def _even_odd(start: FloatArray, end: FloatArray, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """A crossing of an edge with a column's middle line toggles everything beyond it."""
    toggles = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.clip(np.ceil(low - 0.5).astype(np.int64), 0, shape[0])
    last = np.clip(np.ceil(high - 0.5).astype(np.int64), 0, shape[0])
    counts = last - first
    edge = np.repeat(np.arange(len(start)), counts)
    column = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    share = (column + 0.5 - start[edge, 0]) / (end[edge, 0] - start[edge, 0])
    at = start[edge, 1] + share * (end[edge, 1] - start[edge, 1])
    row = np.clip(np.ceil(at - 0.5).astype(np.int64), 0, shape[1])
    np.add.at(toggles, (column, row), 1)
    inside: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1
    return inside
