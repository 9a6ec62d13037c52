"""Powder or resin that cannot get out of a part: closed hollows, and hollows whose mouths are too narrow."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from ..facts import Finding, Place
from .cavities import Cavity
from .limits import ProcessLimits
from .process import trapped
from .study import Study

# Less stays in crevices anyway.
LEAST_MM3 = 20.0
# A mouth of so many escape holes' area lets feedstock out, whatever its shape: a slit, a grid.
ENOUGH = 1.0
CLOSE = 0.97


def trapped_material(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """Findings for a process whose feedstock fills every hollow."""
    if not limits.traps_material:
        return
    void = study.measurement.void_volume_mm3
    if void:
        yield dataclasses.replace(trapped(void, limits), place=study.void_place)
    escape = limits.escape_hole_mm
    if escape is None:
        return
    hole = np.pi / 4 * escape**2
    narrow = [
        each
        for each in study.cavities or ()
        if each.mouth_mm < CLOSE * escape and each.volume_mm3 > LEAST_MM3 and each.opening_mm2 < ENOUGH * hole
    ]
    if not narrow:
        return
    volume = sum(each.volume_mm3 for each in narrow)
    first = narrow[0]
    mouth = first.mouth_mm
    yield Finding(
        "narrow_opening",
        "warning",
        f"Powder or resin hardly leaves hollows ({volume:,.0f} mm³): their openings are narrower than {mouth:.1f} mm; "
        f"this process needs at least {escape:g} mm."
        if first.is_bound
        else f"Powder or resin hardly leaves hollows ({volume:,.0f} mm³): their openings are only {mouth:.1f} mm wide; "
        f"this process needs at least {escape:g} mm.",
        {"volume_mm3": round(volume, 1), "mouth_mm": round(mouth, 2), "limit_mm": escape, "hollows": len(narrow)},
        limits.process,
        measured=round(mouth, 2),
        limit=escape,
        unit="mm",
        source=limits.sources.get("min_escape_hole"),
        advice=f"Widen the openings to {escape:g} mm, or add a second one on the other side.",
        place=study.once(("hollows", *map(id, narrow)), lambda: _place(study, first, narrow)),
    )


def _place(study: Study, first: Cavity, every: list[Cavity]) -> Place | None:
    """The walls of the hollows, seen from outside through the mouth."""
    points = study.samples.points
    near = np.zeros(len(points), dtype=bool)
    for each in every:
        # Cubes within one and a half of a hollow's.
        around = ndimage.binary_dilation(np.pad(each.cubes, 1), ndimage.generate_binary_structure(3, 2))
        cube = np.rint((points - each.low) / each.side).astype(np.int32) + 1
        within = ((cube >= 0) & (cube < around.shape)).all(axis=1)
        near[within] |= around[tuple(cube[within].T)]
    if not near.any():
        return None
    place = study.places.of_samples(np.flatnonzero(near))
    if first.neck is None:
        return place
    outwards = first.neck - first.middle
    length = float(np.linalg.norm(outwards))
    if length == 0:
        return place
    x, y, z = (round(float(value), 4) for value in first.neck)
    a, b, c = (round(float(value), 4) + 0.0 for value in outwards / length)
    return dataclasses.replace(place, target_mm=(x, y, z), direction=(a, b, c))
