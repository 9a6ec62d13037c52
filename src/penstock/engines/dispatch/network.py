"""The network as the planner looks at it: who has what, where, open when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.clock import OpenHours
from penstock.engines.dispatch.model import DispatchError, JobSpec, MachineSpec, MakerSpec, Policy, WorkCalendar
from penstock.engines.packing import Item

EARTH_KM = 6371.0
ROAD_FACTOR = 1.3
"""Road kilometres per kilometre as the crow flies; an estimate, usual in location planning."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def road_km(one: Any, other: Any) -> Any:
    """Road kilometres between positions in degrees, (…, 2) each."""
    lat1, lon1 = np.radians(np.asarray(one, dtype=np.float64)).T[:2]
    lat2, lon2 = np.radians(np.asarray(other, dtype=np.float64)).T[:2]
    return _km(lat1.T, lon1.T, lat2.T, lon2.T)


def km_table(ones: Floats, others: Floats) -> Floats:
    """Road kilometres from each of (n, 2) to each of (m, 2), as (n, m)."""
    one, other = np.radians(ones), np.radians(others)
    table: Floats = _km(one[:, 0:1], one[:, 1:2], other[None, :, 0], other[None, :, 1])
    return table


def _km(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return ROAD_FACTOR * 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


@dataclass(frozen=True, eq=False)
class Seat:
    """A machine at its maker; `maker_number` counts in `Network.makers`."""

    maker: MakerSpec
    machine: MachineSpec
    maker_number: int

    @property
    def key(self) -> tuple[str, str]:
        return (self.maker.id, self.machine.id)


class Network:
    """Makers and policy at one moment, with positions, finishes and open hours kept."""

    def __init__(self, makers: Sequence[MakerSpec], policy: Policy, now: datetime) -> None:
        if now.tzinfo is None:
            raise DispatchError("now has no time zone")
        self.policy = policy
        self.now = now
        self.makers = list(makers)
        self.number = {maker.id: number for number, maker in enumerate(makers)}
        if len(self.number) != len(makers):
            raise DispatchError("two makers have one id")
        self.seats = [Seat(maker, machine, n) for n, maker in enumerate(makers) for machine in maker.machines]
        if len({seat.key for seat in self.seats}) != len(self.seats):
            raise DispatchError("a maker has two machines with one id")
        self.positions: Floats = np.array([maker.position for maker in makers], dtype=np.float64).reshape(-1, 2)
        self.quality: Floats = np.array([maker.quality for maker in makers])
        self._open: dict[WorkCalendar, OpenHours] = {}
        for maker in makers:
            self.open_hours(maker.calendar)
        self._finishers: dict[str, Ints] = {}

    def open_hours(self, calendar: WorkCalendar) -> OpenHours:
        if calendar not in self._open:
            self._open[calendar] = OpenHours(calendar, self.now)
        return self._open[calendar]

    def finishers(self, finish: str) -> Ints:
        """Numbers of the makers that do a finish."""
        if finish not in self._finishers:
            has = [n for n, maker in enumerate(self.makers) if any(o.finish == finish for o in maker.finishes)]
            self._finishers[finish] = np.array(has, dtype=np.int64)
        return self._finishers[finish]


def item_of(job: JobSpec, copies: int | None = None) -> Item:
    """A job's part as packing knows it."""
    return Item(
        job.id,
        job.size_mm,
        copies=job.quantity if copies is None else copies,
        volume_mm3=job.volume_mm3,
        value=job.value / job.quantity,
        due=job.due,
        orientation=job.orientation,
        mass_g=job.mass_g,
    )
