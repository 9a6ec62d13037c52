"""Whether a measured part can be made with a given process: findings from limits, each with value and limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .facts import Finding, Measurement, Severity, Triple


@dataclass(frozen=True)
class ProcessLimits:
    """What one process can do. Lengths in mm; None means the process sets no such limit or it is unknown.

    process:       process code, copied into every finding
    family:        process family, e.g. 'PBF', 'VPP', 'MEX', 'CNC'
    max_part_mm:   largest part any machine takes, sides in descending order
    min_wall_mm:   thinnest wall that comes out whole
    min_detail_mm: smallest feature that shows
    min_hole_mm, escape_hole_mm: smallest hole; smallest opening through which feedstock can be emptied
    traps_material: powder or resin stays in a closed void, as in PBF, VPP, MJT, BJT
    """

    process: str
    family: str
    max_part_mm: Triple | None = None
    min_wall_mm: float | None = None
    min_detail_mm: float | None = None
    min_hole_mm: float | None = None
    escape_hole_mm: float | None = None
    traps_material: bool = False


def check_process(measurement: Measurement, limits: ProcessLimits) -> tuple[Finding, ...]:
    """Findings for one process, blockers first. A part that is not printable at all gets only that finding.

    Size is compared with the smallest box around the part in its best axis permutation. Wall thickness is
    the measurement's sampled 5th percentile. Hole sizes and open cavities are not judged from a measurement;
    `min_hole_mm` is carried for the buyer's information.
    """
    if not measurement.printable:
        return (_not_printable(measurement, limits),)
    found = [*_size(measurement, limits), *_wall(measurement, limits), *_void(measurement, limits)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "blocker"))


def _not_printable(measurement: Measurement, limits: ProcessLimits) -> Finding:
    reasons = [finding.code for finding in measurement.findings if finding.severity == "blocker"]
    why = measurement.volume_note or "The model has faults that must be repaired first."
    return Finding("not_printable", "blocker", why, {"because": reasons}, limits.process)


def _size(measurement: Measurement, limits: ProcessLimits) -> Iterator[Finding]:
    part = measurement.min_box_mm
    if limits.max_part_mm is not None:
        room = tuple(sorted(limits.max_part_mm, reverse=True))
        straight = tuple(sorted(measurement.size_mm, reverse=True))
        if not (_fits(part, room) or _fits(straight, room)):
            yield Finding(
                "too_large_for_process",
                "blocker",
                f"The part ({_sides(part)}) is larger than the largest chamber ({_sides(room)}); "
                "it would have to be split or made with another process.",
                {"part_mm": list(part), "limit_mm": list(room)},
                limits.process,
            )
    if limits.min_detail_mm is not None and part[0] < limits.min_detail_mm:
        yield Finding(
            "too_small_for_process",
            "blocker",
            f"The whole part ({_sides(part)}) is smaller than the finest detail the process can make "
            f"({limits.min_detail_mm:g} mm).",
            {"part_mm": list(part), "limit_mm": limits.min_detail_mm},
            limits.process,
        )


def _fits(part: tuple[float, ...], room: tuple[float, ...]) -> bool:
    return all(side <= space for side, space in zip(part, room, strict=True))


def _wall(measurement: Measurement, limits: ProcessLimits) -> Iterator[Finding]:
    limit = limits.min_wall_mm
    if limit is None:
        return
    # The thinnest side of the box bounds every wall, so this is certain where the sampled value is not.
    thinnest = measurement.min_box_mm[2]
    if thinnest < limit:
        yield _thin("blocker", thinnest, limit, limits.process, "The part is nowhere thicker than")
        return
    wall = measurement.thin_wall_mm
    if wall is not None and wall < limit:
        # At half the limit a wall does not come out at all; between, it may break or warp.
        severity: Severity = "blocker" if wall < limit / 2 else "warning"
        yield _thin(severity, wall, limit, limits.process, "Walls are as thin as")


def _thin(severity: Severity, wall: float, limit: float, process: str, words: str) -> Finding:
    message = f"{words} {wall:.2f} mm; this process needs at least {limit:g} mm. Please thicken them."
    return Finding("thin_wall", severity, message, {"wall_mm": wall, "limit_mm": limit}, process)


def _void(measurement: Measurement, limits: ProcessLimits) -> Iterator[Finding]:
    void = measurement.void_volume_mm3
    if not limits.traps_material or not void:
        return
    hole = f" of at least {limits.escape_hole_mm:g} mm" if limits.escape_hole_mm else ""
    yield Finding(
        "trapped_material",
        "warning",
        f"Powder or resin stays trapped in closed hollows ({void:,.0f} mm³); please add two openings{hole}.",
        {"void_volume_mm3": void, "escape_hole_mm": limits.escape_hole_mm},
        limits.process,
    )


def _sides(sides: tuple[float, ...]) -> str:
    return " × ".join(f"{side:.4g}" for side in sides) + " mm"
