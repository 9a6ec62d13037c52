"""Working time as plain hours: when a machine can be started, and when attended work ends.

Inside the planner every moment is a float, hours since the plan's `now`; this module is the only place where
calendars turn into such hours and back.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from math import ceil

from penstock.engines.dispatch.model import DispatchError, WorkCalendar

HORIZON_DAYS = 3650
DAYS_AT_A_TIME = 60
ROUNDING_SECONDS = 1e-4


def hours_between(now: datetime, moment: datetime) -> float:
    return (moment - now).total_seconds() / 3600.0


def moment_at(now: datetime, hours: float) -> datetime:
    """The moment, to the second (rounded up, so that nothing starts before it may)."""
    return now + timedelta(seconds=ceil(hours * 3600.0 - ROUNDING_SECONDS))


class OpenHours:
    """The open windows of one calendar from `now` on, worked out as far as anyone asks."""

    def __init__(self, calendar: WorkCalendar, now: datetime) -> None:
        if not calendar.weekdays or calendar.close_hour <= calendar.open_hour:
            raise DispatchError("a calendar without open hours can never start a build")
        self._calendar = calendar
        self._now = now
        local = now.astimezone(UTC) + timedelta(hours=calendar.utc_offset_hours)
        self._midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self._midnight_hours = (self._midnight - local).total_seconds() / 3600.0
        self._days = -1
        self._starts: list[float] = []
        self._ends: list[float] = []

    def next_open(self, hours: float) -> float:
        """The first open moment at or after `hours`."""
        self._reach(hours)
        window = bisect_right(self._ends, hours)
        return max(hours, self._starts[window])

    def after_work(self, start: float, hours: float) -> float:
        """When `hours` of attended work begun at `start` are done, pausing while closed."""
        left = hours
        moment = self.next_open(start)
        while True:
            self._reach(moment)
            end = self._ends[bisect_right(self._ends, moment)]
            if moment + left <= end + 1e-9:
                return moment + left
            left -= end - moment
            moment = self.next_open(end)

    def _reach(self, hours: float) -> None:
        while not self._ends or self._ends[-1] <= hours:
            self._extend()

    def _extend(self) -> None:
        if self._days > HORIZON_DAYS:
            raise DispatchError("a calendar is closed for ten years")
        calendar = self._calendar
        for day in range(self._days, self._days + DAYS_AT_A_TIME):
            date = (self._midnight + timedelta(days=day)).date()
            if date.weekday() in calendar.weekdays and date not in calendar.holidays:
                midnight = self._midnight_hours + 24.0 * day
                self._starts.append(midnight + calendar.open_hour)
                self._ends.append(midnight + calendar.close_hour)
        self._days += DAYS_AT_A_TIME
