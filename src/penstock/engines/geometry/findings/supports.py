"""Surface that needs support when the part is built, and how much of it, in the pose in which it was drawn."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Finding
from .limits import ProcessLimits
from .study import Study

LEAST_MM2 = 4.0


def support_findings(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """What a process that holds leaning faces only so far must support; others need none and say nothing."""
    if limits.max_overhang_deg is None:
        return
    asked = (limits.max_overhang_deg, limits.max_bridge_mm or 0.0)
    found = study.once(("overhangs", *asked), lambda: study.stand.overhangs(*asked))
    if found.area_mm2 < LEAST_MM2 or not found.triangles.any():
        return
    area, volume = found.area_mm2 / 100, found.support_mm3 / 1000
    yield Finding(
        "needs_support",
        "notice",
        f"Standing as drawn, {area:.1f} cm² lean more than {limits.max_overhang_deg:g}° from the vertical and need "
        f"support, {volume:.1f} cm³ down to what is below."
        if study.turn is None
        else f"In the pose chosen, {area:.1f} cm² lean more than {limits.max_overhang_deg:g}° from the vertical and "
        f"need support, {volume:.1f} cm³ down to what is below.",
        {
            "area_mm2": round(found.area_mm2, 1),
            "support_mm3": round(found.support_mm3, 1),
            "limit_deg": limits.max_overhang_deg,
        },
        limits.process,
        measured=round(found.area_mm2, 1),
        limit=0.0,
        unit="mm²",
        source=limits.sources.get("max_overhang"),
        advice="Another pose may need less; slopes of the underside and chamfers instead of flats need none.",
        place=study.once(("supported", *asked), lambda: study.places.of_triangles(found.triangles)),
    )
