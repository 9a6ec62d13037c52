"""Which builds wait for company: those far from full whose every job can still be made later and be in time.

With a forecast of what arrives, waiting also has to pay: more of the build's set-up must be carried by what comes than
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from penstock.engines.dispatch.changes import remove
from penstock.engines.dispatch.clock import hours_between
from penstock.engines.dispatch.costs import change_money
from penstock.engines.dispatch.unit import Held, Unit

Forecast = Mapping[tuple[str, str], float]
"""Box volume in mm³ an hour that is expected to arrive in each (process, material) pool."""
SOMETHING = 0.01
"""Fill that has to be expected for waiting to be worth it."""


def postpone(unit: Unit, forecast: Forecast) -> None:
    """Take builds that can wait out of their chains into `unit.held`; the ones left move up."""
    problem, state = unit.tables.problem, unit.state
    thin = [b for b in unit.builds() if _is_thin(unit, b)]
    for build in thin:
        lines = unit.lines_of(build)
        wave = unit.tables.network.policy.wave_hours
        slack = [_until(unit, build, line) for line in lines]
        if min(slack) < wave:
            continue
        saved = _saved(unit, build, min(slack), forecast)
        if saved is not None and saved <= 0.0:
            continue
        seat, fill = int(state.build["seat"][build]), fill_of(unit, build)
        end = float(state.build["end"][build])
        for line, until in zip(lines, slack, strict=True):
            job, k = int(state.line["job"][line]), int(state.line["k"][line])
            spare = float(problem.place["latest"][job, k]) - end
            held = Held(job, int(state.line["pieces"][line]), fill, needed_fill(unit, build), until, seat, spare, saved)
            unit.held.append(held)
            remove(problem, state, line)


def needed_fill(unit: Unit, build: int) -> float:
    own = unit.tables.seats[int(unit.state.build["seat"][build])].machine.min_fill
    return unit.tables.network.policy.min_fill if own is None else own


def fill_of(unit: Unit, build: int) -> float:
    """0..1 of what the chamber can be expected to hold; a serial run is always full."""
    if unit.tables.problem.machine["serial"][unit.state.build["seat"][build]]:
        return 1.0
    return min(float(unit.state.build["fill"][build]), 1.0)


def _is_thin(unit: Unit, build: int) -> bool:
    return fill_of(unit, build) < needed_fill(unit, build)


def _until(unit: Unit, build: int, line: int) -> float:
    """Hours from now by which this line has to be released: patience, or time to be printed and delivered."""
    network, state = unit.tables.network, unit.state
    job = unit.tables.jobs[int(state.line["job"][line])]
    since = hours_between(network.now, job.release) if job.release else 0.0
    latest = float(unit.tables.problem.place["latest"][state.line["job"][line], state.line["k"][line]])
    in_time = latest - float(state.build["end"][build]) - network.policy.safety_hours
    return min(network.policy.max_wait_hours + since, in_time)


def _saved(unit: Unit, build: int, hours: float, forecast: Forecast) -> float | None:
    """Of this build's set-up and changeover, what those carry that are expected to join; None without a forecast."""
    state, problem = unit.state, unit.tables.problem
    seat = int(state.build["seat"][build])
    job = unit.tables.jobs[int(state.line["job"][state.build["first"][build]])]
    arriving = forecast.get((job.process, job.material))
    if arriving is None:
        return None
    box = sum(
        problem.job["box_mm3"][state.line["job"][line]] * state.line["pieces"][line] for line in unit.lines_of(build)
    )
    fill = float(state.build["fill"][build])
    more = min(arriving * hours * fill / max(float(box), 1e-9), max(1.0 - fill, 0.0))
    if more < SOMETHING:
        return 0.0
    money = float(problem.machine["setup"][seat] * problem.machine["rate"][seat])
    money += float(change_money(problem, seat)) if state.build["change"][build] else 0.0
    return money * more / (fill + more)
