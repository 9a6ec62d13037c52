"""A map drawn here, for the page it stands on: places and the ways between them. No tiles, so that nobody elsewhere is
told who looks at what, and it works without a network and prints.

Degrees are drawn on a plane that is true along its middle latitude, which is right to a few per cent over the reach of
a network.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, MARGIN = 440.0, 40.0  # hardly wider than a phone, so that names can be read on one
LEAST_HEIGHT, MOST_HEIGHT = 130.0, 400.0
# Two places in one town are not blown up to the width of the page.
LEAST_SPAN_DEGREES = 0.5
LETTER, LINE = 8.3, 18.0  # of a label, as wide and high as it is written


@dataclass(frozen=True, slots=True)
class Place:
    """`kind` is how it is drawn: "maker" or "buyer"; `weight` 0 … 1 how large; `note` what is said of it."""

    name: str
    latitude: float
    longitude: float
    kind: str
    note: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Way:
    """From one place to another by their numbers; `kind` is a parcel's state."""

    start: int
    end: int
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    place: Place
    x: float
    y: float
    radius: float
    is_named: bool
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    way: Way
    path: str


@dataclass(frozen=True, slots=True)
class Map:
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def drawn(places: Sequence[Place], ways: Iterable[Way] = ()) -> Map | None:
    """The map of these places (degrees, WGS 84), north up, or None without any. Ways bend a little, so that two in
    opposite directions are seen apart; a name that would lie on another is left out, the weightier place keeps its."""
    if not places:
        return None
    points, height = _on_plane(places)
    radii = [5 + 6 * min(max(place.weight, 0.0), 1.0) for place in places]
    named = _named(places, points, radii)
    dots = tuple(
        Dot(place, round(x, 1), round(y, 1), round(radius, 1), number in named, named.get(number, "start"))
        for number, (place, (x, y), radius) in enumerate(zip(places, points, radii, strict=True))
    )
    lines = tuple(Line(way, _bent(points[way.start], points[way.end])) for way in ways if way.start != way.end)
    return Map(dots, lines, round(WIDTH), math.ceil(height))


def _on_plane(places: Sequence[Place]) -> tuple[list[tuple[float, float]], float]:
    """Where each place is on the drawing, and how high the drawing is."""
    middle = (min(p.latitude for p in places) + max(p.latitude for p in places)) / 2
    shrink = max(math.cos(math.radians(middle)), 0.1)
    flat = [(place.longitude * shrink, -place.latitude) for place in places]
    left, top = min(x for x, _ in flat), min(y for _, y in flat)
    wide, high = max(x for x, _ in flat) - left, max(y for _, y in flat) - top
    scale = min(
        (WIDTH - 2 * MARGIN) / max(wide, LEAST_SPAN_DEGREES),
        (MOST_HEIGHT - 2 * MARGIN) / max(high, LEAST_SPAN_DEGREES / 4),
    )
    height = min(max(high * scale + 2 * MARGIN, LEAST_HEIGHT), MOST_HEIGHT)
    across, down = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    return [((x - left) * scale + across, (y - top) * scale + down) for x, y in flat], height


def _named(places: Sequence[Place], points: Sequence[tuple[float, float]], radii: Sequence[float]) -> dict[int, str]:
    """Which places bear their name on the drawing, and on which side of it the text stands (SVG text-anchor)."""
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(points, radii, strict=True)]
    named: dict[int, str] = {}
    written: set[str] = set()
    for number in sorted(range(len(places)), key=lambda each: -places[each].weight):
        name, (x, y), radius = places[number].name, points[number], radii[number]
        if name in written:  # several workshops of one city: the city is named once
            continue
        wide = LETTER * sum(2 if ord(letter) > 0x2E80 else 1 for letter in name)
        others = [box for each, box in enumerate(taken) if each != number]
        for anchor, start in (("start", x + radius + 3), ("end", x - radius - 3 - wide)):
            box = (start, y - LINE / 2, start + wide, y + LINE / 2)
            if box[0] >= 0 and box[2] <= WIDTH and not any(_meet(box, other) for other in others):
                named[number] = anchor
                written.add(name)
                taken.append(box)
                break
    return named


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _bent(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x0, y0), (x1, y1) = start, end
    x, y = (x0 + x1) / 2 + (y1 - y0) * 0.12, (y0 + y1) / 2 - (x1 - x0) * 0.12
    return f"M{x0:.1f} {y0:.1f} Q{x:.1f} {y:.1f} {x1:.1f} {y1:.1f}"
