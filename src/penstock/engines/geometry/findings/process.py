"""Whether a part can be made with a given process: findings from limits, each with value, limit and place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Finding, Measurement, Severity
from .limits import ProcessLimits
from .size import size_findings

if TYPE_CHECKING:
    from .study import Study

ORDER = ("blocker", "warning", "notice")


def check_process(measurement: Measurement, limits: ProcessLimits) -> tuple[Finding, ...]:
    """Findings for one process from the stored measurement alone, blockers first.

    A part that is not printable at all gets only that finding. Size is compared with the smallest box around the
    part; walls by the measurement's 5th percentile; hollows by the closed voids. What needs the mesh (places, gaps,
    holes, open cavities, overhangs) is found by `inspect`.
    """
    if not measurement.printable:
        return (_not_printable(measurement, limits),)
    return _sorted([*size_findings(measurement, limits), *_wall(measurement, limits), *_void(measurement, limits)])


def judge(study: Study, limits: ProcessLimits) -> tuple[Finding, ...]:
    """All findings for one process on a part whose mesh is at hand, blockers first, each with its place."""
    from .milling import milling_findings
    from .sections import large_flat, massive_section
    from .supports import support_findings
    from .trapped import trapped_material
    from .walls import fine_features

    if not study.measurement.printable:
        return (_not_printable(study.measurement, limits),)
    found = [*size_findings(study.measurement, limits, study)]
    for rule in (
        fine_features, trapped_material, support_findings, massive_section, large_flat, milling_findings,
    ):  # fmt: skip
        found += rule(study, limits)
    return _sorted(found)


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: ORDER.index(finding.severity)))


def _not_printable(measurement: Measurement, limits: ProcessLimits) -> Finding:
    reasons = [finding.code for finding in measurement.findings if finding.severity == "blocker"]
    why = measurement.volume_note or "The model has faults that must be repaired first."
    return Finding("not_printable", "blocker", why, {"because": reasons}, limits.process)


def _wall(measurement: Measurement, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_wall_mm
    if limit is None:
        return
    # The thinnest side of the box bounds every wall, so this is certain where the sampled value is not.
    thinnest = measurement.min_box_mm[2]
    wall = measurement.thin_wall_mm
    if thinnest < limit:
        yield _thin("blocker", thinnest, limits, f"The part is nowhere thicker than {thinnest:.2f} mm")
    elif wall is not None and wall < limit:
        # At half the limit a wall does not come out at all; between, it may break or warp.
        yield _thin("blocker" if wall < limit / 2 else "warning", wall, limits, f"Walls are as thin as {wall:.2f} mm")


def _thin(severity: Severity, wall: float, limits: ProcessLimits, words: str) -> Finding:
    limit = limits.min_wall_mm
    return Finding(
        "thin_wall",
        severity,
        f"{words}; this process needs at least {limit:g} mm.",
        {"wall_mm": wall, "limit_mm": limit},
        limits.process,
        measured=wall,
        limit=limit,
        unit="mm",
        source=limits.sources.get("min_wall"),
        advice=f"Thicken them to {limit:g} mm or more, or choose a process that makes thinner walls.",
    )


def _void(measurement: Measurement, limits: ProcessLimits) -> Iterator[Finding]:
    void = measurement.void_volume_mm3
    if limits.traps_material and void:
        yield trapped(void, limits)


def trapped(void: float, limits: ProcessLimits) -> Finding:
    """Feedstock that no opening lets out."""
    hole = f" of at least {limits.escape_hole_mm:g} mm" if limits.escape_hole_mm else ""
    return Finding(
        "trapped_material",
        "warning",
        f"Powder or resin stays trapped in closed hollows ({void:,.0f} mm³).",
        {"void_volume_mm3": void, "escape_hole_mm": limits.escape_hole_mm},
        limits.process,
        measured=void,
        unit="mm³",
        source=limits.sources.get("min_escape_hole"),
        advice=f"Add two openings{hole} to each hollow, or fill it.",
    )
