"""Walls, pins, gaps, holes and details that are too fine for a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding, Severity
from .limits import ProcessLimits
from .rays import ROD, STRIP, WALL
from .study import Study
from .thickness import COINCIDENT_MM, Depths

# A place is told when it is at least so large both ways, in multiples of what was measured and of the limit: less is
# an edge or a tip.
SMALLEST_PLACE = (2.0, 0.5)
FEWEST = 3
# A wall of half the limit does not come out at all. Where that is so on more than this share of the surface the part
# cannot be made; else that place is lost or breaks.
GRAVE_SHARE = 0.05
# What is so near the limit is the limit, written with rounding.
CLOSE = 0.98
# Surfaces that meet, but not exactly, are every small distance apart; a wall of that thickness has one.
MEETING, VARIED = 3 * COINCIDENT_MM, 1.3


@dataclass(frozen=True)
class _Fine:
    """Samples below a limit: their 5th percentile (by area) in mm, area in mm², and which they are."""

    least_mm: float
    area_mm2: float
    chosen: NDArray[np.int64]


def fine_features(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """Findings on everything that is thinner or narrower than the process makes."""
    yield from _walls(study, limits)
    yield from _pins(study, limits)
    yield from _gaps(study, limits)
    yield from _holes(study, limits)
    yield from _details(study, limits)


def _below(study: Study, depths: Depths, kind: int, limit: float | None) -> _Fine | None:
    if limit is None:
        return None
    return study.once(("below", id(depths), kind, limit), lambda: _fine(study, depths, kind, limit))


def _fine(study: Study, depths: Depths, kind: int, limit: float) -> _Fine | None:
    chosen = np.flatnonzero((depths.kind == kind) & (depths.distance < CLOSE * limit))
    close = depths.distance[chosen] < MEETING
    if close.any():
        low, high = np.percentile(depths.distance[chosen[close]], (10, 90))
        if high > VARIED * low:
            chosen = chosen[~close]
    areas = study.samples.areas[chosen]
    if len(chosen) < FEWEST:
        return None
    order = np.argsort(depths.distance[chosen])
    reached = np.searchsorted(np.cumsum(areas[order]), 0.05 * areas.sum())
    least = float(depths.distance[chosen[order[reached]]])
    if areas.sum() < max(SMALLEST_PLACE[0] * least, SMALLEST_PLACE[1] * limit) ** 2:
        return None
    return _Fine(least, float(areas.sum()), chosen)


def _walls(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_wall_mm
    fine = _below(study, study.walls, WALL, limit)
    if fine is None or limit is None:
        return
    thin = study.walls.distance[fine.chosen] < limit / 2
    grave = study.samples.areas[fine.chosen[thin]].sum() > GRAVE_SHARE * study.surface.area_mm2
    yield _finding(
        study, limits, "thin_wall", "blocker" if grave else "warning", fine, limit, "min_wall",
        f"Walls are as thin as {fine.least_mm:.2f} mm, over {_area(fine.area_mm2)}; "
        f"this process needs at least {limit:g} mm.",
        f"Thicken them to {limit:g} mm or more, or choose a process that makes thinner walls.",
    )  # fmt: skip


def _pins(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_pin_mm or limits.min_wall_mm
    fine = _below(study, study.walls, ROD, limit)
    if fine is None or limit is None:
        return
    name = "min_pin" if limits.min_pin_mm else "min_wall"
    yield _finding(
        study, limits, "thin_pin", "warning", fine, limit, name,
        f"Pins or bars are only {fine.least_mm:.2f} mm thick; this process needs at least {limit:g} mm.",
        "Make them thicker or shorter, or put a bought pin in a hole.",
    )  # fmt: skip


def _gaps(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_gap_mm
    fine = _below(study, study.gaps, WALL, limit)
    if fine is None or limit is None:
        return
    yield _finding(
        study, limits, "narrow_gap", "warning", fine, limit, "min_gap",
        f"Surfaces are only {fine.least_mm:.2f} mm apart, over {_area(fine.area_mm2)}; "
        f"below {limit:g} mm they may fuse together.",
        f"Widen the gap to {limit:g} mm or more, or close it.",
    )  # fmt: skip


def _holes(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_hole_mm
    fine = _below(study, study.gaps, ROD, limit)
    if fine is None or limit is None:
        return
    yield _finding(
        study, limits, "small_hole", "warning", fine, limit, "min_hole",
        f"Holes are only {fine.least_mm:.2f} mm wide; below {limit:g} mm they may close up.",
        f"Widen them to {limit:g} mm or more, or have them drilled afterwards.",
    )  # fmt: skip


def _details(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_detail_mm
    raised, cut = (_below(study, each, STRIP, limit) for each in (study.walls, study.gaps))
    if limit is None:
        return
    if raised is not None:
        yield _finding(
            study, limits, "fine_detail", "notice", raised, limit, "min_detail",
            f"Raised details are only {raised.least_mm:.2f} mm wide; below {limit:g} mm they may not show.",
            f"Make strokes and ribs {limit:g} mm wide or more.",
        )  # fmt: skip
    if cut is not None:
        yield _finding(
            study, limits, "fine_engraving", "notice", cut, limit, "min_detail",
            f"Grooves or engravings are only {cut.least_mm:.2f} mm wide; below {limit:g} mm they may not show.",
            f"Make strokes and grooves {limit:g} mm wide or more.",
        )  # fmt: skip


def _finding(
    study: Study, limits: ProcessLimits, code: str, severity: Severity, fine: _Fine, limit: float, name: str,
    message: str, advice: str,
) -> Finding:  # fmt: skip
    return Finding(
        code,
        severity,
        message,
        {"least_mm": round(fine.least_mm, 4), "area_mm2": round(fine.area_mm2, 2), "limit_mm": limit},
        limits.process,
        measured=round(fine.least_mm, 4),
        limit=limit,
        unit="mm",
        source=limits.sources.get(name),
        advice=advice,
        place=study.once(("place", id(fine)), lambda: study.places.of_samples(fine.chosen)),
    )


def _area(mm2: float) -> str:
    return f"{mm2 / 100:,.1f} cm²" if mm2 >= 100 else f"{mm2:,.2g} mm²"
