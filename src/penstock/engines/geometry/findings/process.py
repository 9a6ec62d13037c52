"""Whether a part can be made with a given process: findings from limits, each with value, limit and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from ..facts import Finding, Measurement, Severity
from ..threads import beside
from .cutting import cutting_findings
from .limits import ProcessLimits
from .sharing import Overtime
from .size import size_findings

if TYPE_CHECKING:
    from .study import Study

    Rule = Callable[[Study, ProcessLimits], Iterator[Finding]]

ORDER = ("blocker", "warning", "notice")


def check_process(measurement: Measurement, limits: ProcessLimits) -> tuple[Finding, ...]:
    """Findings for one process from the stored measurement alone, blockers first.

    A part that is not printable at all gets only that finding. Size is compared with the smallest box around the
    part; walls by the measurement's 5th percentile; hollows by the closed voids. What needs the mesh (places, gaps,
    holes, open cavities, overhangs) is found by `inspect`.
    """
    if not measurement.printable:
        return (_not_printable(measurement, limits),)
    return _sorted(
        [
            *size_findings(measurement, limits),
            *_wall(measurement, limits),
            *_void(measurement, limits),
            *cutting_findings(measurement.machining, limits, lambda triangles: None),
        ]
    )


def judge(study: Study, processes: Sequence[ProcessLimits]) -> tuple[Finding, ...]:
    """All findings on a part whose mesh is at hand, for one process after the other, of each blockers first, with
    their places.

    What takes longer than is allowed for the part is told as `not_judged`.
    """
    if not study.measurement.printable:
        return tuple(_not_printable(study.measurement, limits) for limits in processes)

    def told(rule: Rule, unjudged: str) -> list[list[Finding]]:
        return [_told(rule, unjudged, study, limits) for limits in processes]

    # What all of them look at is made by one.
    with suppress(Overtime):
        _ = study.tree, study.places
    along_rays, on_grids = _rules()
    with beside() as other_core:
        started = [other_core.submit(told, *each) for each in on_grids]
        found = [told(*each) for each in along_rays] + [each.result() for each in started]
    return tuple(
        finding
        for n, limits in enumerate(processes)
        for finding in _sorted([*size_findings(study.measurement, limits, study), *chain(*(each[n] for each in found))])
    )


def _told(rule: Rule, unjudged: str, study: Study, limits: ProcessLimits) -> list[Finding]:
    try:
        return list(rule(study, limits))
    except Overtime:
        return [Finding("not_judged", "warning", unjudged, {"rule": rule.__name__}, limits.process)]


@cache
def _rules() -> tuple[tuple[tuple[Rule, str], ...], tuple[tuple[Rule, str], ...]]:
    """Each rule that looks at the mesh, and what is said where it takes too long: those that need the rays from every
    sample, and the others, which are followed beside them."""
    # Loaded when first needed: what only reads stored measurements needs none of it.
    from .milling import milling_findings
    from .sections import large_flat, massive_section
    from .supports import support_findings
    from .trapped import trapped_material
    from .walls import fine_features

    def features(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
        # Places only for what there is: most parts have no faces to look at.
        return cutting_findings(study.measurement.machining, limits, lambda ranges: study.places.of_ranges(ranges))

    return (
        (fine_features, "Walls, gaps, holes and details were not judged: the model is too intricate."),
        (massive_section, "Massive sections were not judged: the model is too intricate."),
        (large_flat, "Large flats were not judged: the model is too intricate."),
    ), (
        (trapped_material, "Hollows that powder or resin cannot leave were not judged: the model is too intricate."),
        (support_findings, "The need for support was not judged: the model is too intricate."),
        (features, "What the machine tool has trouble with was not judged: the model is too intricate."),
        (milling_findings, "What a milling tool reaches was not judged: the model is too intricate."),
    )


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
