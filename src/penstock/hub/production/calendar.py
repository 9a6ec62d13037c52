"""A machine's week as its page shows it: builds and blocked time by day, and when people are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils import timezone

from .models import Build, CalendarBlock, Machine
from .services.makers import work_calendar
from .usage import WEEK, midnight, monday

DAY = timedelta(days=1)
# Builds that hold or held the machine.
SHOWN = ("offered", "accepted", "running", "finished", "failed")


@dataclass(frozen=True, slots=True)
class Bar:
    """The part of a build or block that falls on one day; `top` and `height` in percent of the day."""

    kind: Literal["build", "block"]
    uid: str
    state: str
    text: str
    begins: datetime
    ends: datetime
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    """`open_top` and `open_height`: when people are there, in percent of the day; none on a closed day."""

    on: date
    is_today: bool
    open_top: float | None
    open_height: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday, and the Mondays before and after."""

    starts_on: date
    before: date
    after: date
    days: tuple[Day, ...]

    @property
    def blocks(self) -> list[Bar]:
        """Each block of the week once."""
        found = {bar.uid: bar for day in self.days for bar in day.bars if bar.kind == "block"}
        return list(found.values())


def week_of(machine: Machine, day: date, *, now: datetime) -> Week:
    start = monday(day)
    begin, end = midnight(start), midnight(start + WEEK)
    spans = [*_builds(machine, begin, end, now), *_blocks(machine, begin, end)]
    calendar = work_calendar(machine.maker.working_hours)
    today = timezone.localtime(now).date()
    days = []
    for number in range(7):
        on = start + number * DAY
        is_open = on.weekday() in calendar.weekdays and on not in calendar.holidays
        days.append(
            Day(
                on,
                on == today,
                100 * calendar.open_hour / 24 if is_open else None,
                100 * (calendar.close_hour - calendar.open_hour) / 24,
                tuple(_on_day(spans, on)),
            )
        )
    return Week(start, start - WEEK, start + WEEK, tuple(days))


Span = tuple[Literal["build", "block"], str, str, str, datetime, datetime]


def _builds(machine: Machine, begin: datetime, end: datetime, now: datetime) -> list[Span]:
    """As they ran or run, and as they are planned."""
    rows = (
        Build.objects.across_tenants()
        .filter(machine=machine, state__in=SHOWN)
        .only("uid", "state", "material", "starts_at", "ends_at", "started_at", "ended_at")
    )
    found: list[Span] = []
    for build in rows.filter(starts_at__lt=end + WEEK, ends_at__gt=begin - WEEK):
        starts = build.started_at or build.starts_at
        ends = build.ended_at or (max(build.ends_at, now) if build.state == "running" else build.ends_at)
        if starts < end and ends > begin:
            found.append(("build", build.uid, build.state, build.material, starts, ends))
    return found


def _blocks(machine: Machine, begin: datetime, end: datetime) -> list[Span]:
    rows = CalendarBlock.objects.across_tenants().filter(machine=machine, starts_at__lt=end, ends_at__gt=begin)
    return [("block", row.uid, "blocked", row.reason, row.starts_at, row.ends_at) for row in rows]


def _on_day(spans: list[Span], on: date) -> list[Bar]:
    low, high = midnight(on), midnight(on + DAY)
    bars = []
    for kind, uid, state, text, starts, ends in sorted(spans, key=lambda span: span[4]):
        top, bottom = max(starts, low), min(ends, high)
        if bottom > top:
            bars.append(
                Bar(kind, uid, state, text, starts, ends, 100 * ((top - low) / DAY), 100 * ((bottom - top) / DAY))
            )
    return bars
