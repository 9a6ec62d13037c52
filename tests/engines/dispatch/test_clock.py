"""Open hours agree with walking through the calendar minute by minute."""

from __future__ import annotations

from datetime import date, timedelta

from dispatch_networks import MONDAY
from hypothesis import given
from hypothesis import strategies as st

from penstock.engines.dispatch import WorkCalendar
from penstock.engines.dispatch.clock import OpenHours, moment_at

CALENDAR = WorkCalendar(
    open_hour=8.0, close_hour=17.5, weekdays=frozenset({0, 1, 2, 4, 5}), holidays=frozenset({date(2026, 3, 6)})
)
QUARTER = 0.25


def naive_open(hours: float) -> bool:
    local = MONDAY + timedelta(hours=hours + CALENDAR.utc_offset_hours)
    hour = local.hour + local.minute / 60
    closed_day = local.date() in CALENDAR.holidays or local.weekday() not in CALENDAR.weekdays
    return not closed_day and CALENDAR.open_hour <= hour < CALENDAR.close_hour


@given(quarters=st.integers(0, 2000), work=st.integers(1, 200))
def test_next_open_and_work_match_a_naive_walk(quarters, work):
    open_hours = OpenHours(CALENDAR, MONDAY)
    moment = quarters * QUARTER
    while not naive_open(moment):
        moment += QUARTER
    assert open_hours.next_open(quarters * QUARTER) == moment
    left = work
    while left:
        left -= naive_open(moment)
        moment += QUARTER
    assert open_hours.after_work(quarters * QUARTER, work * QUARTER) == moment


def test_moments_are_never_early():
    assert moment_at(MONDAY, 1.0) == MONDAY + timedelta(hours=1)
    assert moment_at(MONDAY, 1.0001) == MONDAY + timedelta(hours=1, seconds=1)
