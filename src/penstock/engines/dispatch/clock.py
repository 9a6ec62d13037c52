"""Working time as plain hours: when a machine can be started, when attended work ends, when it has to begin.

Inside the planner every moment is a float, hours since the plan's `now`; this module is the only place where
calendars turn into such hours and back. All functions of `OpenHours` take scalars and arrays alike.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.model import DispatchError, WorkCalendar

HORIZON_HOURS = 3650 * 24.0
DAYS_AT_A_TIME = 120
ROUNDING_SECONDS = 1e-4
TINY_HOURS = 1e-6
NEVER = -1.0

Hours = float | NDArray[np.float64]


def hours_between(now: datetime, moment: datetime) -> float:
    return (moment - now).total_seconds() / 3600.0


def moment_at(now: datetime, hours: float) -> datetime:
    """The moment, to the second (rounded up, so that nothing starts before it may)."""
    return now + timedelta(seconds=ceil(hours * 3600.0 - ROUNDING_SECONDS))


class OpenHours:
    """The open windows of one calendar from the day before `now` on, worked out as far as anyone asks."""

    def __init__(self, calendar: WorkCalendar, now: datetime) -> None:
        if not calendar.weekdays or calendar.close_hour <= calendar.open_hour:
            raise DispatchError("a calendar without open hours can never start a build")
        self._calendar = calendar
        local = now.astimezone(UTC) + timedelta(hours=calendar.utc_offset_hours)
        self._midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self._midnight_hours = (self._midnight - local).total_seconds() / 3600.0
        self._days = -1
        self.starts = np.zeros(0)
        self.ends = np.zeros(0)
        self._done = np.zeros(1)
        """Open hours before each window, and after the last one."""

    def next_open(self, hours: Any) -> Any:
        """The first open moment at or after `hours`."""
        self.reach(float(np.max(hours, initial=0.0)))
        return np.maximum(hours, self.starts[np.searchsorted(self.ends, hours, side="right")])

    def after_work(self, start: Any, hours: Any) -> Any:
        """When `hours` of attended work begun at `start` are done, pausing while closed."""
        begin = self.next_open(start)
        window = np.searchsorted(self.ends, begin, side="right")
        done = self._done[window] + (begin - self.starts[window]) + hours
        while np.max(done, initial=0.0) > self._done[-1]:
            self._extend()
        last = np.maximum(np.searchsorted(self._done[1:], done - TINY_HOURS / 1000, side="left"), window)
        return self.starts[last] + (done - self._done[last])

    def latest_start(self, end: Any, hours: Any = 0.0) -> Any:
        """The latest moment from which `hours` of attended work are done by `end`; NEVER when there is none.

        With no work: the latest moment from which an open hour is reached by `end`."""
        end = np.minimum(np.asarray(end, dtype=np.float64), HORIZON_HOURS / 2)
        self.reach(float(np.max(end, initial=0.0)))
        window = np.searchsorted(self.starts, end, side="right") - 1
        known = window >= 0
        window = np.maximum(window, 0)
        within = np.minimum(end, self.ends[window] - TINY_HOURS)
        target = self._done[window] + np.minimum(end, self.ends[window]) - self.starts[window] - hours
        begun = np.maximum(np.searchsorted(self._done[:-1], target, side="right") - 1, 0)
        worked = self.starts[begun] + (target - self._done[begun])
        found = np.where(np.asarray(hours) > 0, np.where(target >= 0, worked, NEVER), within)
        return np.where(known, found, NEVER)

    def reach(self, hours: float) -> None:
        """Make sure that the windows go beyond `hours`."""
        while not len(self.ends) or self.ends[-1] <= hours:
            self._extend()

    def _extend(self) -> None:
        if self._days * 24.0 > HORIZON_HOURS:
            raise DispatchError("a calendar is closed for ten years")
        calendar = self._calendar
        days = np.arange(self._days, self._days + max(DAYS_AT_A_TIME, self._days))
        self._days = int(days[-1]) + 1
        weekdays = (self._midnight.weekday() + days) % 7
        works = np.isin(weekdays, sorted(calendar.weekdays))
        if calendar.holidays:
            first = self._midnight.date()
            works &= ~np.isin(days, [(holiday - first).days for holiday in calendar.holidays])
        midnights = self._midnight_hours + 24.0 * days[works]
        self.starts = np.concatenate([self.starts, midnights + calendar.open_hour])
        self.ends = np.concatenate([self.ends, midnights + calendar.close_hour])
        self._done = np.concatenate([[0.0], np.cumsum(self.ends - self.starts)])
