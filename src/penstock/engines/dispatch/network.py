"""The network as the planner looks at it: who has what, how far, and what is asked again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from penstock.engines.dispatch.clock import OpenHours
from penstock.engines.dispatch.model import (
    DispatchError,
    JobSpec,
    MachineSpec,
    MakerSpec,
    Policy,
    Position,
    WorkCalendar,
)
from penstock.engines.packing import Chamber, Item, Poses, Prepared, poses_of, prepare

EARTH_KM = 6371.0
ROAD_FACTOR = 1.3
"""Road kilometres per kilometre as the crow flies; an estimate, usual in location planning."""


def road_km(one: Position, other: Position) -> float:
    lat1, lon1, lat2, lon2 = (radians(degrees) for degrees in (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return ROAD_FACTOR * 2 * EARTH_KM * asin(sqrt(min(half, 1.0)))


@dataclass(frozen=True, eq=False)
class Seat:
    """A machine at its maker."""

    maker: MakerSpec
    machine: MachineSpec

    @property
    def key(self) -> tuple[str, str]:
        return (self.maker.id, self.machine.id)


class Network:
    """Makers and policy at one moment, with measured poses, open hours and distances kept."""

    def __init__(self, makers: Sequence[MakerSpec], policy: Policy, now: datetime) -> None:
        if now.tzinfo is None:
            raise DispatchError("now has no time zone")
        self.policy = policy
        self.now = now
        self.makers = {maker.id: maker for maker in makers}
        if len(self.makers) != len(makers):
            raise DispatchError("two makers have one id")
        self.seats = [Seat(maker, machine) for maker in makers for machine in maker.machines]
        if len({seat.key for seat in self.seats}) != len(self.seats):
            raise DispatchError("a maker has two machines with one id")
        self._open: dict[WorkCalendar, OpenHours] = {}
        self._poses: dict[str, Poses] = {}
        self._prepared: dict[tuple[str, Chamber], Prepared] = {}
        self._km: dict[tuple[Position, Position], float] = {}

    def open_hours(self, calendar: WorkCalendar) -> OpenHours:
        if calendar not in self._open:
            self._open[calendar] = OpenHours(calendar, self.now)
        return self._open[calendar]

    def km(self, one: Position, other: Position) -> float:
        key = (one, other)
        if key not in self._km:
            self._km[key] = road_km(one, other)
        return self._km[key]

    def prepared(self, job: JobSpec, chamber: Chamber) -> Prepared:
        """The job's part measured for a chamber; without poses when it does not fit."""
        key = (job.id, chamber)
        if key not in self._prepared:
            item = item_of(job)
            if job.id not in self._poses:
                self._poses[job.id] = poses_of(item)
            self._prepared[key] = prepare(item, chamber, self._poses[job.id])
        return self._prepared[key]

    def finishers(self, job: JobSpec, finish: str) -> Iterator[MakerSpec]:
        """Makers that do a finish and may work on this job."""
        for maker in self.makers.values():
            offered = any(offer.finish == finish for offer in maker.finishes)
            if offered and maker.id not in job.excluded_makers and job.required_tags <= maker.tags:
                yield maker


def item_of(job: JobSpec) -> Item:
    """A job's part as packing knows it."""
    return Item(
        job.id,
        job.size_mm,
        copies=job.quantity,
        volume_mm3=job.volume_mm3,
        value=job.value / job.quantity,
        due=job.due,
        orientation=job.orientation,
        mass_g=job.mass_g,
    )
