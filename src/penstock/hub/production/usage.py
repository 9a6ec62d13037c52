"""How much machines ran and how full their builds were, week by week, beside the network's median.

Utilisation is the share of a week's 168 hours in which a build ran (from its reported start to its reported end).
Fill is the mean share of the chamber over the builds that ended in the week. The median is over the machines of the
same process that are in service anywhere in the network, and is not told of fewer than `FEWEST`: it would tell of
somebody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean, median

from django.db.models import Q
from django.utils import timezone

from .models import Build, Machine
from .states import MachineState

WEEKS = 6
WEEK = timedelta(days=7)
FEWEST = 3


@dataclass(frozen=True, slots=True)
class WeekUsage:
    """One week of one machine; shares from 0 to 1, None where nothing is known."""

    starts_on: date
    utilisation: float
    fill: float | None
    median_utilisation: float | None
    median_fill: float | None


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def of_machines(machines: Sequence[Machine], *, now: datetime, weeks: int = WEEKS) -> dict[int, list[WeekUsage]]:
    """The last `weeks` whole weeks of each machine (by key), oldest first."""
    this_week = monday(timezone.localtime(now).date())
    starts = [this_week - back * WEEK for back in range(weeks, 0, -1)]
    ran, fills = _measured({machine.process for machine in machines}, starts, now)
    peers = _peers(machine.process for machine in machines)
    found = {}
    for machine in machines:
        others = peers[machine.process]
        found[machine.pk] = [
            WeekUsage(
                start,
                ran[machine.pk, start],
                _mean(fills[machine.pk, start]),
                _median([ran[other, start] for other in others]),
                _median([fmean(fills[other, start]) for other in others if fills[other, start]]),
            )
            for start in starts
        ]
    return found


def _measured(
    processes: set[str], starts: Sequence[date], now: datetime
) -> tuple[dict[tuple[int, date], float], dict[tuple[int, date], list[float]]]:
    """(machine, week) → share of it that builds ran; and the fills of the builds that ended in it."""
    begin = midnight(starts[0])
    builds = (
        Build.objects.across_tenants()
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=begin), process__in=processes, started_at__isnull=False)
        .values_list("machine_id", "started_at", "ended_at", "fill")
    )
    ran: dict[tuple[int, date], float] = defaultdict(float)
    fills: dict[tuple[int, date], list[float]] = defaultdict(list)
    for machine_id, started_at, ended_at, fill in builds:
        end = ended_at or now
        for start in starts:
            low, high = midnight(start), midnight(start + WEEK)
            overlap = min(end, high) - max(started_at, low)
            if overlap > timedelta(0):
                ran[machine_id, start] = min(ran[machine_id, start] + overlap / WEEK, 1.0)
            if ended_at and low <= ended_at < high:
                fills[machine_id, start].append(fill)
    return ran, fills


def _peers(processes: Iterable[str]) -> dict[str, list[int]]:
    """Keys of the network's machines in service, by process."""
    rows = Machine.objects.across_tenants().filter(state=MachineState.IN_SERVICE, process__in=set(processes))
    found: dict[str, list[int]] = defaultdict(list)
    for key, process in rows.values_list("pk", "process"):
        found[process].append(key)
    return found


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if len(values) >= FEWEST else None
