"""One plate machine whose parts arrive over time: what is known of a part, what the shop pays, what a plan earns.

The rules are those of Wu and Yu (2026), Dynamic Single Additive Manufacturing Machine Scheduling Considering
Postponement Decisions.  Time is cut into slots of one hour.  In slot k a batch of parts that have arrived by hour k
may be started, at hour k or, when the machine becomes free within the slot, at that moment.  All hours count from
the start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.engines.dispatch.model import DispatchError

CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class ArrivingPart:
    """A part with its box in mm, its volumes in mm³, when it arrives and is due in hours, and what it pays."""

    id: str
    arrival_h: float
    length_mm: float
    width_mm: float
    height_mm: float
    volume_mm3: float
    support_mm3: float
    due_h: float
    price: float


@dataclass(frozen=True, slots=True)
class PlateShop:
    """The machine and its money; the values are the published ones (plate in mm, rates per hour, money in CNY)."""

    plate_mm: tuple[float, float, float] = (200.0, 200.0, 200.0)
    before_h: float = 0.5
    after_h: float = 0.5
    mm3_per_h: float = 15.0 * 3600
    support_mm3_per_h: float = 30.0 * 3600
    h_per_mm: float = 200.0 / 3600
    batch_cost: float = 300.0
    hour_cost: float = 11.6
    mm3_cost: float = 0.001
    late_cost_per_h: float = 30.0

    def melt_h(self, part: ArrivingPart) -> float:
        """Hours the part adds to a build by its volume."""
        return part.volume_mm3 / self.mm3_per_h + part.support_mm3 / self.support_mm3_per_h

    def build_h(self, parts: Sequence[ArrivingPart]) -> float:
        """Hours of the build itself, without preparation before and after."""
        return sum(map(self.melt_h, parts)) + self.h_per_mm * max(part.height_mm for part in parts)

    @property
    def around_h(self) -> float:
        return self.before_h + self.after_h


@dataclass(frozen=True, slots=True)
class Lying:
    """Where a part lies: its corner on the plate in mm, and whether its length runs along y."""

    part: str
    x_mm: float
    y_mm: float
    turned: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """One build: when its preparation begins, when its parts are ready, and what lies where."""

    start_h: float
    end_h: float
    parts: tuple[Lying, ...]


def profit(parts: Sequence[ArrivingPart], batches: Sequence[Batch], horizon_h: int, shop: PlateShop) -> float:
    """What the batches earn, from the parts and starts alone: prices − costs − lateness up to the horizon.

    Parts never made are late too, from their due date to the horizon.
    """
    named = {part.id: part for part in parts}
    total = 0.0
    ready: dict[str, float] = {}
    for batch in batches:
        inside = [named[lying.part] for lying in batch.parts]
        hours = shop.build_h(inside)
        total -= shop.batch_cost + shop.hour_cost * hours
        total += sum(part.price - shop.mm3_cost * (part.volume_mm3 + part.support_mm3) for part in inside)
        for part in inside:
            ready[part.id] = batch.start_h + shop.around_h + hours
    for part in parts:
        late = max(0.0, min(ready.get(part.id, math.inf), horizon_h) - part.due_h)
        total -= shop.late_cost_per_h * late
    return total


def violations(parts: Sequence[ArrivingPart], batches: Sequence[Batch], horizon_h: int, shop: PlateShop) -> list[str]:
    """What in a list of batches breaks the rules; nothing of the solver is trusted."""
    named = {part.id: part for part in parts}
    wrong = []
    made: set[str] = set()
    free = 0.0
    slot = -1
    for number, batch in enumerate(batches, start=1):
        here = f"batch {number}"
        if not batch.parts:
            wrong.append(f"{here} is empty")
            continue
        if any(lying.part not in named for lying in batch.parts):
            wrong.append(f"{here} has a part nobody ordered")
            continue
        inside = [named[lying.part] for lying in batch.parts]
        if batch.start_h < free - CLOSE:
            wrong.append(f"{here} starts before the machine is free")
        if not 0 <= batch.start_h < horizon_h:
            wrong.append(f"{here} starts outside the horizon")
        if abs(batch.start_h - round(batch.start_h)) > CLOSE and abs(batch.start_h - free) > CLOSE:
            wrong.append(f"{here} starts neither on the hour nor when the machine becomes free")
        here_slot = math.floor(batch.start_h + CLOSE)
        if here_slot <= slot:
            wrong.append(f"{here} is the second decision of one hour")
        slot = here_slot
        if any(part.arrival_h > here_slot + CLOSE for part in inside):
            wrong.append(f"{here} has a part that had not arrived by hour {here_slot}")
        again = {lying.part for lying in batch.parts}
        if again & made or len(again) != len(batch.parts):
            wrong.append(f"{here} makes a part twice")
        made |= again
        end = batch.start_h + shop.around_h + shop.build_h(inside)
        if abs(end - batch.end_h) > CLOSE:
            wrong.append(f"{here} ends at {end:.3f} h, not {batch.end_h:.3f} h")
        free = end
        wrong += [f"{here}: {fault}" for fault in _lying_faults(named, batch, shop)]
    return wrong


def _lying_faults(named: Mapping[str, ArrivingPart], batch: Batch, shop: PlateShop) -> list[str]:
    spans = []
    faults = []
    for lying in batch.parts:
        part = named[lying.part]
        along_x, along_y = (part.width_mm, part.length_mm) if lying.turned else (part.length_mm, part.width_mm)
        spans.append((lying.x_mm, lying.y_mm, lying.x_mm + along_x, lying.y_mm + along_y))
        x0, y0, x1, y1 = spans[-1]
        if min(x0, y0) < -CLOSE or x1 > shop.plate_mm[0] + CLOSE or y1 > shop.plate_mm[1] + CLOSE:
            faults.append(f"{part.id} is off the plate")
        if part.height_mm > shop.plate_mm[2] + CLOSE:
            faults.append(f"{part.id} is too tall")
    for i, a in enumerate(spans):
        for j, b in enumerate(spans[:i]):
            if min(a[2], b[2]) - max(a[0], b[0]) > CLOSE and min(a[3], b[3]) - max(a[1], b[1]) > CLOSE:
                faults.append(f"{batch.parts[j].part} and {batch.parts[i].part} overlap")
    return faults


def checked(parts: Sequence[ArrivingPart], shop: PlateShop) -> None:
    """Raises DispatchError for a part that can never be made or is no part."""
    seen = set()
    for part in parts:
        sizes = (part.length_mm, part.width_mm, part.height_mm)
        numbers = (*sizes, part.arrival_h, part.due_h, part.volume_mm3, part.support_mm3, part.price)
        if not all(map(math.isfinite, numbers)) or min(sizes) <= 0 or min(part.volume_mm3, part.support_mm3) < 0:
            raise DispatchError(f"Part {part.id}: sizes must be above 0 and all values numbers.")
        if part.id in seen:
            raise DispatchError(f"Part {part.id} is there twice.")
        seen.add(part.id)
        flat = sorted(sizes[:2])
        plate = sorted(shop.plate_mm[:2])
        if flat[0] > plate[0] or flat[1] > plate[1] or part.height_mm > shop.plate_mm[2]:
            raise DispatchError(
                f"Part {part.id} of {part.length_mm:g} × {part.width_mm:g} × {part.height_mm:g} mm does not fit the "
                f"plate of {' × '.join(f'{side:g}' for side in shop.plate_mm)} mm."
            )
