"""When a machine's next run can start and when it ends: open hours, times taken, hours offered in a week; compiled."""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.state import Problem

WEEK_HOURS = 168.0
EPS = 1e-9


@compiled
def next_open(p: Problem, calendar: int, moment: float) -> float:
    window = np.searchsorted(p.closes[calendar], moment, side="right")
    if window == p.closes.shape[1]:
        return np.inf
    return max(moment, float(p.opens[calendar, window]))


@compiled
def after_work(p: Problem, calendar: int, start: float, hours: float) -> float:
    left, moment = hours, start
    window = np.searchsorted(p.closes[calendar], moment, side="right")
    while window < p.closes.shape[1]:
        moment = max(moment, p.opens[calendar, window])
        if moment + left <= p.closes[calendar, window] + EPS:
            return moment + left
        left -= p.closes[calendar, window] - moment
        window += 1
    return np.inf


@compiled
def slot(p: Problem, m: int, ready: float, hours: float, week: float, used: float) -> tuple[float, float, float]:
    """(start, end, hours of its week used then) of the next run of so many hours on a machine."""
    calendar = p.machine[m].calendar
    start = next_open(p, calendar, max(ready, 0.0))
    while start < np.inf:
        end = after_work(p, calendar, start, hours) if p.machine[m].attended else start + hours
        clash = -1.0
        for number in range(p.machine[m].busy_first, p.machine[m].busy_last):
            if p.busy[number, 0] < end - EPS and p.busy[number, 1] > start + EPS:
                clash = p.busy[number, 1]
                break
        if clash >= 0.0:
            start = next_open(p, calendar, clash)
            continue
        this = np.floor(start / WEEK_HOURS)
        before = used if this == week else 0.0
        if before > 0.0 and before + hours > p.machine[m].week_hours + EPS:
            start = next_open(p, calendar, (this + 1.0) * WEEK_HOURS)
            continue
        return start, end, before + hours
    return np.inf, np.inf, 0.0
