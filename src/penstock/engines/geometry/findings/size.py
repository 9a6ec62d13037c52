"""Parts too large for any machine of a process, or only in one pose, or smaller than anything it makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Finding, Measurement, Triple
from .limits import ProcessLimits

if TYPE_CHECKING:
    from .study import Study


def size_findings(measurement: Measurement, limits: ProcessLimits, study: Study | None = None) -> Iterator[Finding]:
    """By the box as it stands and the smallest box; with the mesh at hand also by every pose that can be tried."""
    part = measurement.min_box_mm
    rooms = tuple(_descending(room) for room in limits.chambers_mm)
    if limits.max_part_mm is not None:
        rooms = (_descending(limits.max_part_mm), *rooms)
    straight = _descending(measurement.size_mm)
    if limits.family == "sheet":
        return
    if rooms and not any(_fits(box, room) for room in rooms for box in (straight, part)):
        posed = None if study is None else study.pose_for(rooms)
        if posed is None:
            room = rooms[0]
            yield Finding(
                "too_large_for_process",
                "blocker",
                f"The part ({_sides(part)}) is larger than the largest chamber ({_sides(room)}); "
                "it would have to be split or made with another process.",
                {"part_mm": list(part), "limit_mm": list(room)},
                limits.process,
                measured=part[0],
                limit=room[0],
                unit="mm",
                advice="Split it into pieces that are joined afterwards, or choose a process with larger machines.",
            )
        else:
            room, turn = posed
            yield Finding(
                "fits_turned_only",
                "notice",
                f"The part ({_sides(straight)}) fits the chamber ({_sides(room)}) only when it is turned askew.",
                {"part_mm": list(straight), "limit_mm": list(room), "pose": turn},
                limits.process,
                measured=straight[0],
                limit=room[0],
                unit="mm",
                advice="It can be made in that pose; splitting it would leave more choice of machines.",
            )
    if limits.min_detail_mm is not None and part[0] < limits.min_detail_mm:
        yield Finding(
            "too_small_for_process",
            "blocker",
            f"The whole part ({_sides(part)}) is smaller than the finest detail the process can make "
            f"({limits.min_detail_mm:g} mm).",
            {"part_mm": list(part), "limit_mm": limits.min_detail_mm},
            limits.process,
            measured=part[0],
            limit=limits.min_detail_mm,
            unit="mm",
            source=limits.sources.get("min_detail"),
            advice="Check the unit it was drawn in.",
        )


def _fits(part: Triple, room: Triple) -> bool:
    return all(side <= space for side, space in zip(part, room, strict=True))


def _descending(sides: Triple) -> Triple:
    a, b, c = sorted(sides, reverse=True)
    return a, b, c


def _sides(sides: Triple) -> str:
    return " × ".join(f"{side:.4g}" for side in sides) + " mm"
