"""Sections so thick that they sink or crack, and flats so large and thin that they warp."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding, Place
from .limits import ProcessLimits
from .rays import EITHER, first_hits
from .study import Study

FELT = 400
SIDES = 8
# Normals and distances of one flat agree so far.
TURNS, APART_MM = 50, 0.2
# One number for a normal in steps (three of them within ± TURNS) and a distance.
KEY = np.array([1, 128, 128**2, 128**3])
# A flat is wide too, and fills its rectangle: a bar or a ring warps less.
NARROWEST, FULL = 0.3, 0.4
GRAVE = 2.0


def massive_section(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """Where the material is thicker than the limit in every direction."""
    limit = limits.max_massive_mm
    if limit is None or min(study.measurement.size_mm) <= limit:
        return
    thick = study.massive_mm
    chosen = np.flatnonzero(thick > limit)
    if len(chosen) == 0:
        return
    most = float(thick.max())
    yield Finding(
        "massive_section",
        "notice",
        f"The material is up to {most:.0f} mm thick; sections over {limit:g} mm may sink, warp or crack.",
        {"thickest_mm": round(most, 1), "limit_mm": limit},
        limits.process,
        measured=round(most, 1),
        limit=limit,
        unit="mm",
        source=limits.sources.get("max_massive_section"),
        advice="Hollow it out with openings to empty it, or lighten it with ribs.",
        place=study.once(("massive", limit), lambda: study.places.of_samples(study.felt[chosen])),
    )


def felt_thickness(study: Study) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(which samples, mm): of some samples, the least way through the material around the middle below each."""
    thick = np.flatnonzero(np.isfinite(study.walls.distance))
    every = thick[:: max(1, len(thick) // FELT)]
    normals = study.surface.normals[study.samples.triangle[every]]
    distance = study.walls.distance[every]
    middles = study.samples.points[every] - normals * distance[:, None] / 2
    across = np.cross(normals, np.eye(3)[np.abs(normals).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(normals, across)
    least = distance.copy()
    for n in range(SIDES // 2):
        angle = np.pi * n / (SIDES // 2)
        way = np.cos(angle) * across + np.sin(angle) * other
        ahead, _ = first_hits(study.tree, middles, way, None, 0.0, np.inf, EITHER)
        back, _ = first_hits(study.tree, middles, -way, None, 0.0, np.inf, EITHER)
        least = np.minimum(least, ahead + back)
    return every, np.where(np.isfinite(least), least, 0.0)


def large_flat(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """A flat plate, longer than the one limit and thinner than the other."""
    longest, thinnest = limits.max_flat_mm, limits.flat_thickness_mm
    if longest is None or thinnest is None or max(study.measurement.size_mm) < longest:
        return
    found = study.once(("flat", longest, thinnest), lambda: _flat(study, longest, thinnest))
    if found is None:
        return
    long, wide, thickness, place = found
    yield Finding(
        "large_flat",
        "notice",
        f"A flat of {long:.0f} × {wide:.0f} mm is only {thickness:.1f} mm thick and may warp.",
        {"long_mm": round(long, 1), "wide_mm": round(wide, 1), "thickness_mm": round(thickness, 2)},
        limits.process,
        measured=round(long, 1),
        limit=longest,
        unit="mm",
        source=limits.sources.get("max_flat"),
        advice="Thicken it, break it up, or choose another process; ribs on one side may make it worse.",
        place=place,
    )


def _flat(study: Study, longest: float, thinnest: float) -> tuple[float, float, float, Place] | None:
    """(long, wide, thick in mm, where) of the largest flat plate that is longer and thinner than this."""
    thin = np.flatnonzero(study.walls.distance < thinnest)
    if study.samples.areas[thin].sum() < FULL * NARROWEST * longest**2:
        return None
    normals = study.surface.normals[study.samples.triangle[thin]]
    points = study.samples.points[thin]
    offset = np.einsum("ij,ij->i", normals, points)
    steps = np.column_stack([normals * TURNS, offset / APART_MM])
    _, flat = np.unique(np.rint(steps).astype(np.int64) @ KEY, return_inverse=True)
    areas = np.bincount(flat, study.samples.areas[thin])
    for number in np.argsort(-areas)[:6]:
        if areas[number] < FULL * NARROWEST * longest**2:
            return None
        chosen = thin[flat == number]
        around = study.samples.points[chosen] - study.samples.points[chosen].mean(axis=0)
        # Its own axes: the eigenvectors of the spread, least first.
        _, axes = np.linalg.eigh(around.T @ around)
        long, wide = float(np.ptp(around @ axes[:, 2])), float(np.ptp(around @ axes[:, 1]))
        if long >= longest and wide >= NARROWEST * long and areas[number] >= FULL * long * wide:
            thickness = float(np.median(study.walls.distance[chosen]))
            return long, wide, thickness, study.places.of_samples(chosen)
    return None
