"""Whether a process can make a part at all, and whether a rule can price it, judged from measurements.

What a rule cannot judge is said with a code, so that the part goes to a person instead of a dead end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing.facts import Obstacle, PartFacts
from penstock.engines.pricing.formulas import round_axis

# A mesh approximates curves and shadows are sampled to about 1 %: what should be equal may differ this much.
_NEARLY = 0.03
_SMALLEST_STOCK_SHARE = 0.06
_MOST_INTRICATE = 6.0
_SMALLEST_CAST_SHARE = 0.05


def check(part: PartFacts, process: str, knowledge: Knowledge) -> tuple[Obstacle, ...]:
    """What stands against pricing this part by rule with this process; empty when nothing does. Raises
    KeyError for a process that is not known."""
    rule = knowledge.process(process).shape_rule
    if not part.solid or not part.volume_mm3 > 0 or not min(part.size_mm) > 0:
        return (_obstacle("not_solid", "The model encloses no volume, so it cannot be made as it is"),)
    return (*_SHAPES[rule](part), *_size(part, process, knowledge))


def warnings(part: PartFacts, process: str, knowledge: Knowledge) -> tuple[Obstacle, ...]:
    """What does not stand against a price but may go wrong when this process makes the part."""
    return tuple(_risks(part, process, knowledge))


def _risks(part: PartFacts, process: str, knowledge: Knowledge) -> Iterator[Obstacle]:
    needed, thin = knowledge.limit(process, "min_wall"), part.thin_wall_mm
    if needed is not None and thin is not None and thin < needed:
        yield _obstacle(
            "thin_wall",
            f"Walls of about {thin:.2f} mm; below {needed:g} mm they may not form or may break",
            wall_mm=round(thin, 3),
            limit_mm=needed,
        )
    if part.void_volume_mm3 > 0 and knowledge.process(process).traps_material:
        opening = knowledge.limit(process, "min_escape_hole")
        yield _obstacle(
            "trapped_material",
            f"Feedstock stays in a closed cavity of {part.void_volume_mm3 / 1000:.2f} cm3"
            + (f"; openings of {opening:g} mm let it out" if opening else ""),
            void_mm3=round(part.void_volume_mm3, 1),
            opening_mm=opening,
        )


def _size(part: PartFacts, process: str, knowledge: Knowledge) -> Iterator[Obstacle]:
    machines = knowledge.machines_for(process)
    sides = sorted(part.size_mm)
    if machines and not any(
        _goes_in(box, machine.chamber_mm) for machine in machines for box in (part.size_mm, part.min_box_mm) if box
    ):
        largest = knowledge.largest_chamber(process) or (0.0, 0.0, 0.0)
        yield _obstacle(
            "too_large",
            f"{_sizes(part.size_mm)} mm is larger than any machine of this process; the largest takes "
            f"{_sizes(largest)} mm",
            size_mm=list(part.size_mm),
            largest_mm=list(largest),
        )
    for limit in knowledge.limits(process):
        value = limit.fact.number
        if limit.code == "max_size" and sides[-1] > value:
            yield _obstacle(
                "too_long",
                f"{sides[-1]:.1f} mm is longer than {value:g} mm: {limit.message}",
                longest_mm=sides[-1],
                limit_mm=value,
                source=limit.fact.source,
            )
        if limit.code == "min_size" and sides[-1] < value:
            yield _obstacle(
                "too_small",
                f"{sides[-1]:.2f} mm is smaller than {value:g} mm: {limit.message}",
                longest_mm=sides[-1],
                limit_mm=value,
                source=limit.fact.source,
            )
        if limit.code == "max_thickness" and sides[0] > value:
            yield _obstacle(
                "too_thick",
                f"{sides[0]:.1f} mm is thicker than {value:g} mm: {limit.message}",
                thickness_mm=sides[0],
                limit_mm=value,
                source=limit.fact.source,
            )


def _goes_in(box_mm: tuple[float, float, float], chamber_mm: tuple[float, float, float]) -> bool:
    return all(side <= room for side, room in zip(sorted(box_mm), sorted(chamber_mm), strict=True))


def _any_shape(part: PartFacts) -> Iterator[Obstacle]:
    return iter(())


def _one_open_body(part: PartFacts) -> Iterator[Obstacle]:
    if part.void_volume_mm3 > 0:
        yield _obstacle(
            "closed_cavity",
            "It has a closed cavity inside, which only a layer process can make",
            void_mm3=round(part.void_volume_mm3, 1),
        )
    if part.bodies > 1:
        yield _obstacle(
            "several_bodies",
            f"The file holds {part.bodies} bodies; this process makes them one by one, so upload them apart",
            bodies=part.bodies,
        )


def _millable(part: PartFacts) -> Iterator[Obstacle]:
    yield from _one_open_body(part)
    box = math.prod(part.size_mm)
    if part.volume_mm3 < _SMALLEST_STOCK_SHARE * box:
        yield _obstacle(
            "mostly_removed",
            f"Only {part.volume_mm3 / box:.1%} of the block would remain; a person must look at how to hold it",
            share=round(part.volume_mm3 / box, 4),
        )
    x, y, z = part.size_mm
    intricacy = part.area_mm2 / (2 * (x * y + y * z + z * x))
    if intricacy > _MOST_INTRICATE:
        yield _obstacle(
            "too_intricate",
            f"It has {intricacy:.1f} times the surface of its box; a tool probably cannot reach all of it",
            ratio=round(intricacy, 2),
        )


def _turnable(part: PartFacts) -> Iterator[Obstacle]:
    yield from _one_open_body(part)
    diameter, length = round_axis(part.size_mm)
    narrow = min(part.size_mm) if length == max(part.size_mm) else sorted(part.size_mm)[1]
    disc = math.pi / 4 * diameter**2
    straight = abs(part.hull_volume_mm3 / (disc * length) - 1) <= _NEARLY
    if narrow < (1 - _NEARLY) * diameter or not (straight or _round_shadows(part, length, disc)):
        yield _obstacle(
            "not_round",
            "It is not surely round about one axis from its measurements, so no price for turning it from bar",
        )


def _round_shadows(part: PartFacts, length: float, disc: float) -> bool:
    """Whether the shadow along the axis is a full disc and the two across it are alike. A stepped part with a
    bore through it is round too, but cannot be told from one that is not: that one goes to a person."""
    if part.projected_area_mm2 is None:
        return False
    axis = min(range(3), key=lambda each: abs(part.size_mm[each] - length))
    one, other = (part.projected_area_mm2[each] for each in range(3) if each != axis)
    along = part.projected_area_mm2[axis]
    return abs(along / disc - 1) <= _NEARLY and abs(one - other) <= _NEARLY * max(one, other)


def _flat(part: PartFacts) -> Iterator[Obstacle]:
    yield from _one_open_body(part)
    thickness = min(part.size_mm)
    if part.projected_area_mm2 is None:
        yield _obstacle("not_flat", "Whether it is a flat plate was not measured")
        return
    shadow = part.projected_area_mm2[part.size_mm.index(thickness)]
    if (
        abs(shadow * thickness - part.volume_mm3) > _NEARLY * part.volume_mm3
        or thickness > 0.5 * sorted(part.size_mm)[1]
    ):
        yield _obstacle("not_flat", "It is not a plate of one thickness, so it cannot be cut from sheet")


def _castable(part: PartFacts) -> Iterator[Obstacle]:
    yield from _one_open_body(part)
    share = part.volume_mm3 / max(part.hull_volume_mm3, part.volume_mm3)
    if share < _SMALLEST_CAST_SHARE:
        yield _obstacle(
            "too_open",
            f"It fills only {share:.1%} of its outline; a mould of it could not be taken apart",
            share=round(share, 4),
        )


_SHAPES: Mapping[str, Callable[[PartFacts], Iterator[Obstacle]]] = {
    "additive": _any_shape,
    "milling": _millable,
    "turning": _turnable,
    "sheet": _flat,
    "casting": _castable,
}


def _obstacle(code: str, message: str, **data: Any) -> Obstacle:
    return Obstacle(code, message, data)


def _sizes(size_mm: tuple[float, float, float]) -> str:
    return " x ".join(f"{side:.0f}" if side >= 10 else f"{side:.1f}" for side in size_mm)
