"""A small picture of a planned build: the chamber and the boxes of the parts in it, seen from above one corner.

Drawn as SVG shapes from the layout and the parts' measured sizes: no model is opened for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from penstock.engines import knowledge
from penstock.hub.parts.models import Revision

from .models import Build, Job

# More would be grains; the largest are drawn.
MOST_BOXES = 160
COLOURS = 6
WIDTH = 200.0
COS30 = 0.8660254


@dataclass(frozen=True, slots=True)
class Face:
    """A polygon: `points` for SVG, `css` its part's colour and its side."""

    points: str
    css: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`view_box` and faces from back to front; `frame` are the chamber's edges behind the parts."""

    view_box: str
    frame: tuple[str, ...]
    faces: tuple[Face, ...]


Sizes = Mapping[int, Sequence[float] | None]


def sizes_of(jobs: Iterable[Job]) -> Sizes:
    """Measured size by revision, in one statement."""
    keys = {job.line.revision_id for job in jobs}
    return dict(Revision.objects.across_tenants().filter(pk__in=keys).values_list("pk", "measurement__size_mm"))


def draw(build: Build, jobs: Sequence[Job], known: Sizes) -> Picture | None:
    """None where nothing was planned into a chamber, or a model is unknown by now."""
    model = knowledge.default().machines.get(build.machine.model)
    boxes = _boxes(build, jobs, known)
    if model is None or not boxes:
        return None
    x, y, z = model.chamber_mm
    scale = WIDTH / (COS30 * (x + y))

    def at(px: float, py: float, pz: float) -> str:
        return f"{scale * COS30 * (px - py):.1f},{scale * ((px + py) / 2 - pz):.1f}"

    faces: list[Face] = []
    for low, high, number in sorted(boxes, key=lambda box: float(box[0].sum() + box[1].sum())):
        faces += _faces(low, high, f"c{number % COLOURS}", at)
    left, top = -scale * COS30 * y, -scale * z
    height = scale * (z + (x + y) / 2)
    frame = (
        " ".join(at(*corner) for corner in ((0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0), (0, 0, 0))),
        " ".join(at(*corner) for corner in ((0, y, 0), (0, y, z), (0, 0, z), (x, 0, z), (x, 0, 0))),
        " ".join(at(*corner) for corner in ((0, 0, 0), (0, 0, z))),
    )
    return Picture(f"{left - 2:.1f} {top - 2:.1f} {WIDTH + 4:.1f} {height + 4:.1f}", frame, tuple(faces))


def _boxes(build: Build, jobs: Sequence[Job], known: Sizes) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """(lower corner, upper corner, number of the job) in chamber millimetres, the largest first."""
    sizes = {job.uid: known.get(job.line.revision_id) for job in jobs}
    numbers = {job.uid: number for number, job in enumerate(jobs)}
    found = []
    for placed in build.layout:
        size = sizes.get(placed["job"])  # a job may have left the build
        if size is None:
            continue
        origin = np.asarray(placed["origin_mm"], dtype=float)
        matrix = np.asarray(placed["matrix"], dtype=float)
        corners = np.array([origin + np.multiply(side, size) for side in product((0, 1), repeat=3)])
        moved = corners @ matrix[:3, :3].T + matrix[:3, 3]
        found.append((moved.min(axis=0), moved.max(axis=0), numbers[placed["job"]]))
    found.sort(key=lambda box: -float(np.prod(box[1] - box[0])))
    return found[:MOST_BOXES]


def _faces(low: np.ndarray, high: np.ndarray, colour: str, at) -> list[Face]:
    """The three sides of a box that are seen."""
    (a, b, c), (x, y, z) = low, high
    top = ((a, b, z), (x, b, z), (x, y, z), (a, y, z))
    right = ((x, b, c), (x, b, z), (x, y, z), (x, y, c))
    front = ((a, y, c), (a, y, z), (x, y, z), (x, y, c))
    sides = (("right", right), ("front", front), ("top", top))
    return [Face(" ".join(at(*corner) for corner in side), f"{colour} {name}") for name, side in sides]
