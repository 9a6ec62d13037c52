"""What goes into a build and what comes out: parts, chamber, placements.

Coordinates: millimetres, right-handed, the chamber's lower corner is (0, 0, 0), z points away from the
platform. An item lives in its own coordinates; `Placement.matrix` takes them to the chamber's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Vector = tuple[float, float, float]
Orientation = Literal["any", "about_z", "fixed", "poses"]
Shape = Literal["box", "cylinder", "rounded"]
Objective = Literal["height", "value"]


class PackingError(ValueError):
    """The request itself makes no sense (a negative size, two items with one id); says which and why."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface: `vertices` (n, 3) in mm, `triangles` (m, 3) vertex numbers, outward winding. Neither is changed
    afterwards: what is asked often is measured once."""

    vertices: FloatArray
    triangles: IntArray

    def bounds_mm(self) -> tuple[FloatArray, FloatArray]:
        return self._bounds

    def volume_mm3(self) -> float:
        return self._volume

    @cached_property
    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    @cached_property
    def _volume(self) -> float:
        a, b, c = (self.vertices[self.triangles[:, corner]] for corner in range(3))
        return float(abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6.0)


CONTACT_DEG = 45.0
"""Between a face's normal and straight down: 45° is the usual limit of what stands without support."""


@dataclass(frozen=True, eq=False)
class Item:
    """A part to be placed `copies` times. Give either `size_mm` (its bounding box) or `mesh`.

    `origin_mm` is the lower corner of that box in the part's own coordinates; with a mesh both are measured.
    `orientation`: "any" turn, turns "about_z", "fixed" as drawn, or one of `poses` (3 × 3 rotation matrices).
    `max_tilt_deg` bounds the angle between the part's own z axis and the chamber's. `no_contact` (k,) are triangles of
    the mesh that must neither rest on the platform nor carry support: no pose lets them look down within
    `CONTACT_DEG` of straight.
    `value` is money per copy; `mass_g` and `volume_mm3` are per copy (the volume defaults to the mesh's, else
    the box's). `group` names what should lie together in the build (one customer's parts).
    """

    id: str
    size_mm: Vector | None = None
    mesh: Mesh | None = None
    copies: int = 1
    volume_mm3: float | None = None
    value: float = 0.0
    due: datetime | None = None
    group: str | None = None
    orientation: Orientation = "any"
    poses: tuple[FloatArray, ...] = ()
    max_tilt_deg: float | None = None
    no_contact: IntArray | None = None
    mass_g: float = 0.0
    origin_mm: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Box:
    """An axis-aligned box in chamber coordinates."""

    low_mm: Vector
    high_mm: Vector


@dataclass(frozen=True)
class Chamber:
    """Where parts may lie. `clearance_mm` between parts (and to `keep_out`), `wall_clearance_mm` to walls,
    floor and ceiling. "cylinder" is upright and inscribed in `size_mm`; "rounded" has vertical edges of
    `corner_radius_mm`. `single_layer`: everything stands on the floor (resin, metal, filament)."""

    size_mm: Vector
    shape: Shape = "box"
    clearance_mm: float = 1.0
    wall_clearance_mm: float = 0.0
    corner_radius_mm: float = 0.0
    keep_out: tuple[Box, ...] = ()
    max_mass_g: float | None = None
    single_layer: bool = False

    @property
    def floor_mm2(self) -> float:
        x, y, _ = self.size_mm
        if self.shape == "cylinder":
            return float(np.pi) * min(x, y) ** 2 / 4.0
        if self.shape == "rounded":
            return x * y - (4.0 - float(np.pi)) * self.corner_radius_mm**2
        return x * y

    @property
    def volume_mm3(self) -> float:
        return self.floor_mm2 * self.size_mm[2]


@dataclass(frozen=True, eq=False)
class Placement:
    """Copy number `copy` (from 0) of an item. `matrix` (4, 4): item's own coordinates → chamber, rigid."""

    item_id: str
    copy: int
    matrix: FloatArray


@dataclass(frozen=True)
class Unplaced:
    """Copies left out. `code`: no_pose · too_large · too_heavy · no_volume · no_room · interlocked · unverified."""

    item_id: str
    copies: int
    code: str
    reason: str


@dataclass(frozen=True)
class PackingMetrics:
    """`box_density` counts bounding boxes, `Packing.density` the parts; `slice_density` is the boxes' share
    of each tenth of the used height, from the floor up (even is good for heat)."""

    pieces: int = 0
    volume_mm3: float = 0.0
    mass_g: float = 0.0
    value: float = 0.0
    box_density: float = 0.0
    slice_density: tuple[float, ...] = ()
    rounds: int = 0


@dataclass(frozen=True, eq=False)
class Packing:
    """A build. `density`: part volume / (floor area × used height). `origins_mm`: the lower corner, in its
    own coordinates, of each item's box as it was placed; lets a mesh stored elsewhere be put in its place."""

    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]
    height_mm: float
    density: float
    metrics: PackingMetrics
    seconds: float
    seed: int
    origins_mm: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """State of a running search: the best layout so far."""

    seconds: float
    rounds: int
    pieces: int
    height_mm: float
    density: float


ProgressCallback = Callable[[Progress], None]
StopCallback = Callable[[], bool]


@dataclass(frozen=True)
class FitEstimate:
    """Answer of the fast mode. `confidence` 1.0: a layout was found or none can exist; below: estimated."""

    fits: bool
    height_mm: float
    confidence: float
    reason: str = ""


@dataclass(frozen=True)
class PoolStats:
    """What is known of a pool of parts without packing it; `stats_of` makes one from items."""

    pieces: int
    box_volume_mm3: float
    """Sum of the bounding boxes."""
    part_volume_mm3: float
    mean_edge_mm: float
    """Cube root of the mean box volume."""
    largest_edge_mm: float


@dataclass(frozen=True)
class Violation:
    """Something wrong with a packing. `code`: overlap · clearance · outside · keep_out · too_heavy ·
    not_rigid · orientation · contact · not_on_floor · copies · unknown_item. `amount` is in mm (too_heavy: g, copies:
    pieces). `copies`: which copy of each of `item_ids`, where single copies are to blame."""

    code: str
    message: str
    item_ids: tuple[str, ...] = ()
    amount: float = 0.0
    copies: tuple[int, ...] = ()
