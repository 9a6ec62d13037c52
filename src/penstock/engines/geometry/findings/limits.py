"""What one process can do, in the numbers that findings are judged by."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.engines.knowledge import Knowledge

from ..facts import Triple


@dataclass(frozen=True)
class ProcessLimits:
    """What one process can do. Lengths in mm; None means the process sets no such limit or it is unknown.

    process:       process code, copied into every finding
    family:        process family, e.g. 'PBF', 'VPP', 'MEX', or 'milling' and 'turning' where nothing is added
    max_part_mm:   largest part any machine takes, sides in descending order
    chambers_mm:   the build volume of each machine, for the pose in which a large part fits
    min_wall_mm:   thinnest wall that comes out whole
    min_detail_mm: smallest feature that shows
    min_pin_mm, min_gap_mm: thinnest free-standing pin; narrowest gap that stays open
    min_hole_mm, escape_hole_mm: smallest hole; smallest opening through which feedstock can be emptied
    max_overhang_deg: steepest lean from the vertical that holds without support
    max_bridge_mm: longest span between two sides that holds without support
    max_massive_mm: thickest section that cools without sinking
    max_flat_mm, flat_thickness_mm: a flat longer than the first and thinner than the second is likely to warp
    tool_radius_mm: radius a milling cutter leaves in an inner corner
    hole_depth_ratio: deepest hole over its diameter that a drill makes well
    pocket_depth_ratio: deepest pocket over the diameter of the tool that its corners admit
    max_setups: times a part is clamped before it becomes dear
    traps_material: powder or resin stays in a closed void, as in PBF, VPP, MJT, BJT
    sources:       where each limit was read, by its name in the knowledge base (min_wall, …)
    """

    process: str
    family: str
    max_part_mm: Triple | None = None
    min_wall_mm: float | None = None
    min_detail_mm: float | None = None
    min_hole_mm: float | None = None
    escape_hole_mm: float | None = None
    traps_material: bool = False
    min_pin_mm: float | None = None
    min_gap_mm: float | None = None
    max_overhang_deg: float | None = None
    max_bridge_mm: float | None = None
    max_massive_mm: float | None = None
    max_flat_mm: float | None = None
    flat_thickness_mm: float | None = None
    tool_radius_mm: float | None = None
    hole_depth_ratio: float | None = None
    pocket_depth_ratio: float | None = None
    max_setups: float | None = None
    chambers_mm: tuple[Triple, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types only; `from_dict` is its inverse, also after a trip through JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ProcessLimits:
        largest = values.get("max_part_mm")
        return cls(
            **values
            | {
                "max_part_mm": tuple(largest) if largest else None,
                "chambers_mm": tuple(tuple(sides) for sides in values.get("chambers_mm", ())),
            }
        )


# The name of each limit in the knowledge base, and of its field here.
_FIELDS = {
    "min_wall": "min_wall_mm",
    "min_detail": "min_detail_mm",
    "min_hole": "min_hole_mm",
    "min_escape_hole": "escape_hole_mm",
    "min_pin": "min_pin_mm",
    "min_gap": "min_gap_mm",
    "max_overhang": "max_overhang_deg",
    "max_bridge": "max_bridge_mm",
    "max_massive_section": "max_massive_mm",
    "max_flat": "max_flat_mm",
    "flat_thickness": "flat_thickness_mm",
    "tool_radius": "tool_radius_mm",
    "hole_depth_ratio": "hole_depth_ratio",
    "pocket_depth_ratio": "pocket_depth_ratio",
    "max_setups": "max_setups",
}


def limits_of(knowledge: Knowledge, process: str) -> ProcessLimits:
    """The limits of one process of the catalogue. Raises KeyError for one that is not in it."""
    known = knowledge.process(process)
    numbers: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for limit in knowledge.limits(process):
        if limit.code in _FIELDS:
            numbers[_FIELDS[limit.code]] = limit.fact.number
            sources[limit.code] = knowledge.sources[limit.fact.source].title
    chambers = tuple(dict.fromkeys(machine.chamber_mm for machine in knowledge.machines_for(process)))
    largest = knowledge.largest_chamber(process)
    return ProcessLimits(
        process=process,
        family=known.iso.split("-")[0] or known.shape_rule,
        max_part_mm=_descending(largest) if largest else None,
        traps_material=known.traps_material,
        chambers_mm=chambers,
        sources=sources,
        **numbers,
    )


def _descending(sides: Triple) -> Triple:
    a, b, c = sorted(sides, reverse=True)
    return a, b, c
