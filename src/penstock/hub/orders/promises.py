"""When things will be there: working days of makers and carriers added up. Pure arithmetic.

Working days are Monday to Friday; public holidays differ between the makers' countries and are not counted in.
"""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5


def add_working_days(start: date, days: int) -> date:
    """The date `days` working days after `start`; work asked for at a weekend begins on Monday."""
    day = start
    while day.weekday() >= SATURDAY:
        day += timedelta(1)
    for _step in range(days):
        day += timedelta(1)
        while day.weekday() >= SATURDAY:
            day += timedelta(1)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lead from `start` to `end`: the inverse of `add_working_days`."""
    days, day = 0, add_working_days(start, 0)
    while day < end:
        day = add_working_days(day, 1)
        days += 1
    return days
