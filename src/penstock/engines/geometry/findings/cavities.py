"""Hollows that feedstock does not get out of: the way out is narrower than the process's escape hole.

A ball of growing size is thought to be moved from every point of the air to the outside; the largest that gets out
is as wide as the mouth. A hollow is a place with room for a ball wider than its mouth, so that a hole through the
part, a cup or a groove is none. A long slit lets powder out although no ball passes it: what counts then is the area
of the mouth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..mesh import Floats, Mesh
from .rays import EITHER, first_hits
from .tree import Tree
from .voxels import Air, air_of, box_of

# Cubes in the width of an escape hole, and how few still judge it.
FINE, COARSE = 7.0, 3.0
# Room for a ball so much wider than the mouth makes a hollow.
BULGE = 1.3
MOST = 12
DIRECTIONS = 160
AROUND, LONGEST_MM = 64, 50.0
SAME = 1.04
TRIED = 6
# How many cubes around the neck the narrowest place is looked for.
NEAR = 5.0
# A round mouth narrower than so many cubes can be closed by the cubes that its rim passes through.
UNSEEN = 3.0

Cubes = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cavity:
    """volume_mm3 behind the mouth; mouth_mm: widest ball that gets out (only a bound where `is_bound`, the cubes being
    too coarse for it); opening_mm2: area
    of the mouth; neck (3,) mm where it is narrowest, None where not known;
    cubes (x, y, z) which belong to the hollow, of `side` mm, the middle of the first at `low` (3,) mm."""

    volume_mm3: float
    mouth_mm: float
    opening_mm2: float
    neck: Floats | None
    cubes: Cubes
    low: Floats
    side: float
    is_bound: bool = False

    @property
    def middle(self) -> Floats:
        """(3,) mm."""
        middle: Floats = self.low + np.argwhere(self.cubes).mean(axis=0) * self.side
        return middle


def cavities(mesh: Mesh, tree: Tree, void: Cubes, escape_mm: float) -> tuple[Cavity, ...] | None:
    """The hollows whose mouths are narrower than `escape_mm`, largest first; None if the part is too large to
    look at with cubes fine enough for such a hole. Closed voids are none: `void` (m,) are their triangles."""
    surface = mesh.triangles[~void] if void.any() else mesh.triangles
    air = air_of(mesh.vertices, surface, escape_mm / FINE, escape_mm)
    if escape_mm / air.side < COARSE:
        return None
    # Distances run from cube middles to cube middles; the surface is half a cube nearer.
    lengths = np.sqrt(np.arange(air.cap + 1)) - 0.5
    radius, mouth = lengths[:, None], lengths[None, :]
    roomy = (radius > escape_mm / 4 / air.side) & (radius > 0)
    narrow = roomy & (2 * mouth * air.side < escape_mm) & (radius > BULGE * mouth + 0.5)
    narrow[0], narrow[:, 0] = False, False
    unreached = np.zeros_like(narrow)
    unreached[1:, 0] = True
    found = [
        cavity
        for seeds, corner in _pieces(*_chosen(air, narrow))
        if (cavity := _open(tree, air, seeds, corner, escape_mm)) is not None
    ]
    found += _nearly_closed(air, *_chosen(air, unreached), roomy[:, 0])
    return tuple(sorted(found, key=lambda each: -each.volume_mm3))


def _chosen(air: Air, wanted: Cubes) -> tuple[Cubes, tuple[slice, ...]]:
    """The cubes whose (square, widest) are `wanted`, in the box around them."""
    ends = box_of(air.square, air.widest, wanted)
    box = tuple(slice(int(ends[2 * axis]), int(ends[2 * axis + 1])) for axis in range(3))
    return wanted[air.square[box], air.widest[box]], box


def _pieces(mask: Cubes, box: tuple[slice, ...]) -> Iterator[tuple[Cubes, tuple[slice, ...]]]:
    """The largest connected pieces, each with the box around it."""
    if not mask.size:
        return
    labels, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    for n in np.argsort(-sizes)[:MOST]:
        moved = tuple(slice(a.start + b.start, a.start + b.stop) for a, b in zip(box, boxes[n], strict=True))
        yield labels[boxes[n]] == n + 1, moved


def _open(tree: Tree, air: Air, seeds: Cubes, box: tuple[slice, ...], escape_mm: float) -> Cavity | None:
    """The hollow around the `seeds`, which are a piece of the air in `box`."""
    # Room for a ball that stands outside of the mouth.
    margin = 3 * int(np.sqrt(air.cap)) + 3
    around = tuple(
        slice(max(each.start - margin, 0), min(each.stop + margin, long))
        for each, long in zip(box, air.square.shape, strict=True)
    )
    core = np.zeros(tuple(each.stop - each.start for each in around), dtype=bool)
    core[tuple(slice(b.start - a.start, b.stop - a.start) for a, b in zip(around, box, strict=True))] = seeds
    square, widest = air.square[around], air.widest[around]
    width = int(widest[core].max())
    # What a ball slightly wider than the mouth reaches from outside is outside; the rest around the core is the hollow.
    # It is grown through the air, not through walls.
    outside = ndimage.binary_dilation(
        widest > width,
        ndimage.generate_binary_structure(3, 2),
        iterations=int(np.ceil(np.sqrt(width))) + 1,
        mask=square > 0,
    )
    inner, _ = ndimage.label((square > 0) & ~outside)
    numbers = np.unique(inner[core])
    hollow = np.isin(inner, numbers[numbers > 0])
    if not hollow.any():
        return None
    start = np.array([each.start for each in around])
    low = air.origin + start * air.side
    near = low + _neck(square, widest, core, width) * air.side
    exact, opening, middle = _mouth(tree, near, low + np.argwhere(hollow) * air.side, air.side, escape_mm)
    return Cavity(_volume(air, hollow, square), exact, opening, middle, hollow, low, air.side)


def _neck(square: NDArray[np.uint8], widest: NDArray[np.uint8], core: Cubes, width: int) -> Floats:
    """The cube where the way out of the core is narrowest: as wide as the way, next to where more gets out."""
    reached, _ = ndimage.label(widest == width)
    numbers = np.unique(reached[core & (widest == width)])
    narrowest = (square == width) & np.isin(reached, numbers[numbers > 0])
    doors = np.argwhere(narrowest & ndimage.binary_dilation(widest > width))
    if len(doors) == 0:
        doors = np.argwhere(narrowest if narrowest.any() else core)
    away = np.linalg.norm(doors - np.argwhere(core).mean(axis=0), axis=1)
    door: Floats = doors[away.argmin()].astype(np.float64)
    return door


def _nearly_closed(air: Air, unreached: Cubes, box: tuple[slice, ...], roomy: NDArray[np.bool_]) -> Iterator[Cavity]:
    """Hollows whose mouths the cubes do not see: those out of reach, closed voids having been left out."""
    if not unreached.size:
        return
    labels, count = ndimage.label(unreached)
    wide = np.zeros(count + 1, dtype=bool)
    wide[labels[unreached & roomy[air.square[box]]]] = True
    for number in np.flatnonzero(wide)[:MOST]:
        hollow = labels == number
        yield Cavity(
            volume_mm3=_volume(air, np.pad(hollow, 1), np.pad(air.square[box], 1)),
            mouth_mm=UNSEEN * air.side,
            opening_mm2=0.0,
            neck=None,
            cubes=hollow,
            low=air.origin + np.array([each.start for each in box]) * air.side,
            side=air.side,
            is_bound=True,
        )


def _volume(air: Air, hollow: Cubes, square: NDArray[np.uint8]) -> float:
    # The surface runs on average half a cube outside of the cubes that are wholly air.
    rim = int((ndimage.binary_dilation(hollow) & (square == 0)).sum())
    return (int(hollow.sum()) + rim / 2) * air.side**3


def _mouth(tree: Tree, near: Floats, hollow: Floats, side: float, escape_mm: float) -> tuple[float, float, Floats]:
    """(mm, mm², middle): the widest ball in the neck near a cube, and the cross-section there.

    That is the least along the way through of the widest across. hollow: (k, 3) points behind the neck, which say
    where the way leads. Nothing wider than twice `escape_mm` is measured.
    """
    turns = np.arange(DIRECTIONS) + 0.5
    height, around = 1 - 2 * turns / DIRECTIONS, turns * np.pi * (1 + 5**0.5)
    flat = np.sqrt(1 - height**2)
    rays = np.column_stack([flat * np.cos(around), flat * np.sin(around), height])

    def free(middles: Floats) -> Floats:
        starts = np.repeat(middles, DIRECTIONS, axis=0)
        distance, _ = first_hits(tree, starts, np.tile(rays, (len(middles), 1)), None, 0.0, escape_mm, EITHER)
        least: Floats = np.minimum(distance.reshape(len(middles), -1).min(axis=1), escape_mm)
        return least

    away = np.linalg.norm(hollow - near, axis=1)
    through = hollow[away <= max(NEAR * side, float(away.min()) + side)].mean(axis=0) - near
    through /= max(float(np.linalg.norm(through)), 1e-12)
    across = np.cross(through, np.eye(3)[np.abs(through).argmin()])
    across /= np.linalg.norm(across)
    other = np.cross(through, across)
    middles = near + np.linspace(-NEAR / 4, NEAR, 11)[:, None] * side * through
    widest = free(middles)
    step = side / 2
    for _ in range(TRIED):
        moves = [step * (a * across + b * other) for a in (-1, 0, 1) for b in (-1, 0, 1)]
        tried = np.stack([middles + move for move in moves])
        room = free(tried.reshape(-1, 3)).reshape(len(moves), -1)
        widest = np.maximum(widest, room.max(axis=0))
        middles = tried[room.argmax(axis=0), np.arange(len(middles))]
        step /= 1.6
    narrowest = int(widest.argmin())
    # At its rim a mouth is as wide as within, but open to the sides.
    alike = middles[widest <= SAME * widest[narrowest]]
    angles = (np.arange(AROUND) + 0.5) * 2 * np.pi / AROUND
    ways = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other
    starts = np.repeat(alike, AROUND, axis=0)
    far, _ = first_hits(tree, starts, np.tile(ways, (len(alike), 1)), None, 0.0, LONGEST_MM, EITHER)
    areas = (np.minimum(far, LONGEST_MM) ** 2).reshape(len(alike), -1).sum(axis=1) * np.pi / AROUND
    return 2 * float(widest[narrowest]), float(areas.min()), middles[narrowest]
