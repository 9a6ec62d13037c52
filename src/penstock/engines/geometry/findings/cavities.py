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
from .voxels import OUT_OF_REACH, Air, air_of

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


@dataclass(frozen=True, eq=False)
class Cavity:
    """volume_mm3 behind the mouth; mouth_mm: widest ball that gets out (only a bound where `is_bound`, the cubes being
    too coarse for it); opening_mm2: area
    of the mouth; neck (3,) mm where it is narrowest, None where not known;
    points (k, 3) mm, the cubes of the hollow."""

    volume_mm3: float
    mouth_mm: float
    opening_mm2: float
    neck: Floats | None
    points: Floats
    is_bound: bool = False


def cavities(mesh: Mesh, tree: Tree, voids: Floats, escape_mm: float) -> tuple[Cavity, ...] | None:
    """The hollows whose mouths are narrower than `escape_mm`, largest first; None if the part is too large to
    look at with cubes fine enough for such a hole. Closed voids are none: `voids` (k, 3) are points of theirs."""
    air = air_of(mesh, escape_mm / FINE, escape_mm)
    if escape_mm / air.side < COARSE:
        return None
    # Distances run from cube middles to cube middles; the surface is half a cube nearer.
    radius = np.sqrt(air.square) - 0.5
    mouth = np.sqrt(np.maximum(air.widest, 0)) - 0.5
    least = escape_mm / 4 / air.side
    narrow = (air.widest > 0) & (2 * mouth * air.side < escape_mm) & (radius > BULGE * mouth + 0.5) & (radius > least)
    found: list[Cavity] = []
    for seeds, corner in _pieces(narrow):
        if (cavity := _open(tree, air, seeds, corner)) is not None:
            found.append(cavity)
    unreached = (air.widest == OUT_OF_REACH) & (air.square > 0)
    if unreached.any():
        found += _nearly_closed(air, unreached, radius > least, voids)
    return tuple(sorted(found, key=lambda each: -each.volume_mm3))


def _pieces(mask: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], tuple[slice, ...]]]:
    """The largest connected pieces, each with the box around it."""
    labels, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    for n in np.argsort(-sizes)[:MOST]:
        yield labels[boxes[n]] == n + 1, boxes[n]


def _open(tree: Tree, air: Air, seeds: NDArray[np.bool_], box: tuple[slice, ...]) -> Cavity | None:
    """The hollow around the `seeds`, which are a piece of the air in `box`."""
    # Room for a ball that stands outside of the mouth.
    margin = 3 * int(np.sqrt(air.cap)) + 3
    around = tuple(
        slice(max(each.start - margin, 0), min(each.stop + margin, long))
        for each, long in zip(box, air.square.shape, strict=True)
    )
    core = np.zeros(tuple(each.stop - each.start for each in around), dtype=bool)
    core[tuple(slice(b.start - a.start, b.stop - a.start) for a, b in zip(around, box, strict=True))] = seeds
    square, widest, neck = air.square[around], air.widest[around], air.neck[around]
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
    number = int(neck[core][widest[core].argmax()])
    near = air.origin + np.array(np.unravel_index(number, air.square.shape)) * air.side
    start = np.array([each.start for each in around])
    points = air.origin + (np.argwhere(hollow) + start) * air.side
    exact, opening, middle = _mouth(tree, near, points, air.side)
    return Cavity(
        volume_mm3=_volume(air, hollow, square),
        mouth_mm=exact,
        opening_mm2=opening,
        neck=middle,
        points=points,
    )


def _nearly_closed(air: Air, unreached: NDArray[np.bool_], roomy: NDArray[np.bool_], voids: Floats) -> Iterator[Cavity]:
    """Hollows whose mouths the cubes do not see, which are those out of reach that are no closed voids."""
    labels, count = ndimage.label(unreached)
    closed = np.zeros(count + 1, dtype=bool)
    cubes = np.round((voids - air.origin) / air.side).astype(np.int64).reshape(-1, 3)
    for shift in np.ndindex(3, 3, 3):
        near = np.clip(cubes + np.array(shift) - 1, 0, np.array(labels.shape) - 1)
        closed[labels[tuple(near.T)]] = True
    wide = np.zeros(count + 1, dtype=bool)
    wide[labels[unreached & roomy]] = True
    for number in np.flatnonzero(wide & ~closed)[:MOST]:
        hollow = labels == number
        yield Cavity(
            volume_mm3=_volume(air, hollow, air.square),
            mouth_mm=UNSEEN * air.side,
            opening_mm2=0.0,
            neck=None,
            points=air.origin + np.argwhere(hollow) * air.side,
            is_bound=True,
        )


def _volume(air: Air, hollow: NDArray[np.bool_], square: NDArray[np.int32]) -> float:
    # The surface runs on average half a cube outside of the cubes that are wholly air.
    rim = int((ndimage.binary_dilation(hollow) & (square == 0)).sum())
    return (int(hollow.sum()) + rim / 2) * air.side**3


def _mouth(tree: Tree, near: Floats, hollow: Floats, side: float) -> tuple[float, float, Floats]:
    """(mm, mm², middle): the widest ball in the neck near a cube, and the cross-section there.

    That is the least along the way through of the widest across. hollow: (k, 3) points behind the neck, which say
    where the way leads.
    """
    turns = np.arange(DIRECTIONS) + 0.5
    height, around = 1 - 2 * turns / DIRECTIONS, turns * np.pi * (1 + 5**0.5)
    flat = np.sqrt(1 - height**2)
    rays = np.column_stack([flat * np.cos(around), flat * np.sin(around), height])

    def free(middles: Floats) -> Floats:
        starts = np.repeat(middles, DIRECTIONS, axis=0)
        distance, _ = first_hits(tree, starts, np.tile(rays, (len(middles), 1)), None, 0.0, np.inf, EITHER)
        least: Floats = distance.reshape(len(middles), -1).min(axis=1)
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
