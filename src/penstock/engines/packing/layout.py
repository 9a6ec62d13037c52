"""A build being filled: boxes placed one after another, each at the best free extreme point.

`Layout` is the mutable object behind `pack`, and what dispatch fills job by job. Adding is deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing import kernel
from penstock.engines.packing.model import (
    Chamber,
    FloatArray,
    Item,
    Packing,
    PackingMetrics,
    Placement,
    Unplaced,
    Vector,
)
from penstock.engines.packing.poses import Poses, no_pose, origin_mm, own_box_mm, poses_of, usable_poses, volume_mm3

SEED_ANGLES = 9
NEW_POINTS_PER_BOX = 9
SLICES = 10


@dataclass(frozen=True, eq=False)
class Prepared:
    """An item with what every placement of it needs, measured once."""

    item: Item
    poses: Poses
    volume_mm3: float
    origin_mm: Vector

    @property
    def box_mm3(self) -> float:
        return float(np.prod(self.poses.extents_mm[0])) if len(self.poses) else 0.0


def prepare(item: Item, chamber: Chamber, poses: Poses | None = None) -> Prepared:
    """Measure an item for a chamber; `poses` (of `poses_of`) saves the turning when many chambers are tried."""
    return Prepared(item, usable_poses(item, chamber, poses), volume_mm3(item), origin_mm(item))


def why_never(prepared: Prepared, chamber: Chamber) -> tuple[str, str] | None:
    """(code, reason) when an item cannot be placed even in an empty chamber."""
    item = prepared.item
    low, high = own_box_mm(item)
    size = " × ".join(f"{edge:.1f}" for edge in high - low)
    if prepared.volume_mm3 <= 0 or bool(np.any(high - low <= 0)):
        return "no_volume", f"{item.id} has no volume ({size} mm)"
    if not len(prepared.poses):
        inner = " × ".join(f"{edge - 2 * chamber.wall_clearance_mm:.1f}" for edge in chamber.size_mm)
        poses = len(poses_of(item))
        if not poses:
            return no_pose(item)
        return (
            "too_large",
            f"{item.id} ({size} mm) fits the {chamber.shape} of {inner} mm in none of {poses} poses",
        )
    if chamber.max_mass_g is not None and item.mass_g > chamber.max_mass_g:
        return (
            "too_heavy",
            f"{item.id} weighs {item.mass_g:.0f} g, the build may hold {chamber.max_mass_g:.0f} g",
        )
    return None


class Layout:
    """A partly filled chamber."""

    def __init__(self, chamber: Chamber) -> None:
        self.chamber = chamber
        self.pieces = 0
        self.mass_g = 0.0
        self.volume_mm3 = 0.0
        self.box_volume_mm3 = 0.0
        self.value = 0.0
        self.height_mm = 0.0
        self._obstacles = len(chamber.keep_out)
        self._lows = np.zeros((64, 3))
        self._highs = np.zeros((64, 3))
        self._count = 0
        self._points = np.zeros((512, 3))
        self._failed = np.zeros(512, dtype=np.int64)
        self._point_count = 0
        self._current: Item | None = None
        self._seeded: set[bytes] = set()
        self._placed: list[tuple[Prepared, int, int, int]] = []
        self._locked: list[Placement] = []
        self._origins: dict[str, Vector] = {}
        wall = chamber.wall_clearance_mm
        self._floor = np.array([wall, wall, wall])
        self._ceiling = chamber.size_mm[2] - wall
        self._outline = _outline(chamber)
        self._add_points(np.array([[wall, wall, wall]]))
        for box in chamber.keep_out:
            self._add_box(np.array(box.low_mm), np.array(box.high_mm))

    def copy(self) -> Layout:
        other = object.__new__(Layout)
        other.__dict__.update(self.__dict__)
        for name in ("_lows", "_highs", "_points", "_failed"):
            setattr(other, name, getattr(self, name).copy())
        other._placed, other._locked = self._placed.copy(), self._locked.copy()
        other._origins, other._seeded = self._origins.copy(), self._seeded.copy()
        return other

    def add(self, prepared: Prepared, copies: int, *, first_copy: int = 0) -> int:
        """Place up to `copies`; returns how many found room."""
        item = prepared.item
        if self._current is not item:
            self._current = item
            live = self._failed[: self._point_count] >= 0
            self._compact(live)
            self._seed(prepared.poses)
        for number in range(copies):
            if not self._add_one(prepared, first_copy + number):
                return number
        return copies

    def lock(self, prepared: Prepared, placement: Placement) -> None:
        """Put a copy exactly where it is; the caller answers for its place."""
        low, high = placed_box_mm(prepared.item, placement.matrix)
        self._locked.append(placement)
        self._origins[prepared.item.id] = prepared.origin_mm
        self._add_box(low, high)
        self._account(prepared, low, high)

    def placements(self) -> tuple[Placement, ...]:
        made = []
        for prepared, copy, pose, row in self._placed:
            matrix = np.eye(4)
            matrix[:3, :3] = prepared.poses.rotations[pose]
            matrix[:3, 3] = self._lows[row] - prepared.poses.lows_mm[pose]
            matrix.setflags(write=False)
            made.append(Placement(prepared.item.id, copy, matrix))
        return (*self._locked, *made)

    def packing(
        self, *, unplaced: Sequence[Unplaced] = (), seconds: float = 0.0, seed: int = 0, rounds: int = 1
    ) -> Packing:
        used = self.chamber.floor_mm2 * self.height_mm
        metrics = PackingMetrics(
            pieces=self.pieces,
            volume_mm3=self.volume_mm3,
            mass_g=self.mass_g,
            value=self.value,
            box_density=self.box_volume_mm3 / used if used else 0.0,
            slice_density=self._slices(),
            rounds=rounds,
        )
        return Packing(
            placements=self.placements(),
            unplaced=tuple(unplaced),
            height_mm=self.height_mm,
            density=self.volume_mm3 / used if used else 0.0,
            metrics=metrics,
            seconds=seconds,
            seed=seed,
            origins_mm=dict(self._origins),
        )

    def _add_one(self, prepared: Prepared, copy: int) -> bool:
        limit = self.chamber.max_mass_g
        if limit is not None and self.mass_g + prepared.item.mass_g > limit:
            return False
        point, pose = kernel.best_spot(
            self._lows, self._highs, self._count, self._points, self._failed, self._point_count,
            prepared.poses.extents_mm, self._outline, self._ceiling, self.chamber.clearance_mm,
            self.chamber.single_layer,
        )  # fmt: skip
        if point < 0:
            return False
        low = self._points[point].copy()
        high = low + prepared.poses.extents_mm[pose]
        self._placed.append((prepared, copy, int(pose), self._count))
        self._origins[prepared.item.id] = prepared.origin_mm
        self._add_box(low, high)
        self._account(prepared, low, high)
        return True

    def _account(self, prepared: Prepared, low: FloatArray, high: FloatArray) -> None:
        self.pieces += 1
        self.mass_g += prepared.item.mass_g
        self.value += prepared.item.value
        self.volume_mm3 += prepared.volume_mm3
        self.box_volume_mm3 += float(np.prod(high - low))
        self.height_mm = max(self.height_mm, float(high[2]))

    def _add_box(self, low: FloatArray, high: FloatArray) -> None:
        if self._count == len(self._lows):
            self._lows = np.vstack([self._lows, np.zeros_like(self._lows)])
            self._highs = np.vstack([self._highs, np.zeros_like(self._highs)])
        self._lows[self._count], self._highs[self._count] = low, high
        self._count += 1
        self._make_room(NEW_POINTS_PER_BOX)
        self._point_count = kernel.open_corners(
            self._lows, self._highs, self._count, self._points, self._failed, self._point_count,
            self._floor, self.chamber.clearance_mm, self.chamber.single_layer,
        )  # fmt: skip

    def _make_room(self, points: int) -> None:
        while self._point_count + points > len(self._points):
            self._points = np.vstack([self._points, np.zeros_like(self._points)])
            self._failed = np.concatenate([self._failed, np.zeros_like(self._failed)])

    def _add_points(self, points: FloatArray) -> None:
        self._make_room(len(points))
        self._points[self._point_count : self._point_count + len(points)] = points
        self._failed[self._point_count : self._point_count + len(points)] = 0
        self._point_count += len(points)

    def _compact(self, live: NDArray[np.bool_]) -> None:
        """Forget retired points, and what the previous item could not do at the others."""
        kept = self._points[: self._point_count][live]
        self._points[: len(kept)] = kept
        self._failed[: len(kept)] = 0
        self._point_count = len(kept)

    def _seed(self, poses: Poses) -> None:
        """Round chambers have no corner to start from: offer spots that touch the wall, and the middle."""
        if self.chamber.shape == "box" or self._outline[5] <= 0:
            return
        x0, y0, x1, y1, inset, radius = self._outline
        angles = np.linspace(0.0, np.pi / 2.0, SEED_ANGLES)
        into_x, into_y = inset - radius * np.cos(angles), inset - radius * np.sin(angles)
        spots = []
        for extent in poses.extents_mm:
            key = extent[:2].tobytes()
            if key in self._seeded:
                continue
            self._seeded.add(key)
            width, depth = extent[:2]
            spots.append(np.array([[(x0 + x1 - width) / 2.0, (y0 + y1 - depth) / 2.0]]))
            for x in (x0 + into_x, x1 - into_x - width):
                spots += [np.column_stack([x, y]) for y in (y0 + into_y, y1 - into_y - depth)]
        if spots:
            flat = np.vstack(spots)
            self._add_points(np.column_stack([flat, np.full(len(flat), self._floor[2])]))

    def _slices(self) -> tuple[float, ...]:
        if self.height_mm <= 0:
            return ()
        lows = self._lows[self._obstacles : self._count]
        highs = self._highs[self._obstacles : self._count]
        areas = np.prod(highs[:, :2] - lows[:, :2], axis=1)
        edges = np.linspace(0.0, self.height_mm, SLICES + 1)
        shares = []
        for bottom, top in pairwise(edges.tolist()):
            within = np.clip(np.minimum(highs[:, 2], top) - np.maximum(lows[:, 2], bottom), 0.0, None)
            shares.append(float(areas @ within / (self.chamber.floor_mm2 * (top - bottom))))
        return tuple(shares)


def _outline(chamber: Chamber) -> FloatArray:
    """The chamber's floor plan inside the wall clearance, as the kernel wants it."""
    wall = chamber.wall_clearance_mm
    x, y, _ = chamber.size_mm
    if chamber.shape == "cylinder":
        radius = min(x, y) / 2.0 - wall
        return np.array([x / 2 - radius, y / 2 - radius, x / 2 + radius, y / 2 + radius, radius, radius])
    corner = chamber.corner_radius_mm if chamber.shape == "rounded" else 0.0
    inset = max(corner - wall, 0.0)
    return np.array([wall, wall, x - wall, y - wall, inset, inset])


def placed_box_mm(item: Item, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The axis-aligned box a placed copy occupies: exact for a mesh, of the turned box otherwise."""
    if item.mesh is not None:
        corners = item.mesh.vertices
    else:
        low, high = own_box_mm(item)
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    turned = corners @ matrix[:3, :3].T + matrix[:3, 3]
    return turned.min(axis=0), turned.max(axis=0)
