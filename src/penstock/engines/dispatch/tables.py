"""From jobs and machines of one process to the arrays the compiled planner works on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.able import able_mask
from penstock.engines.dispatch.clock import OpenHours, hours_between
from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import Floats, Ints, Network, Seat, km_table
from penstock.engines.dispatch.result import PlannedBuild
from penstock.engines.dispatch.room import room_in
from penstock.engines.dispatch.routing import Ways, finishes_of, operations_of, ways_of
from penstock.engines.dispatch.state import JOB, MACHINE, PLACE, Problem, Records
from penstock.engines.packing import Chamber

CANDIDATES = 32
"""Machines compared per job: those with the least estimate."""
WINDOW_HOURS = 1500 * 24.0
Columns = dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Tables:
    """A unit as arrays, with the way of each (job, candidate): `ways[route[j]]`, row `row[j]`."""

    network: Network
    jobs: Sequence[JobSpec]
    seats: Sequence[Seat]
    problem: Problem
    ways: tuple[Ways, ...]
    route: Ints
    row: Ints
    due: Floats
    able: NDArray[np.bool_]
    """(n, m): machines able to make each job, whether among the candidates or not."""


def build_tables(
    network: Network,
    jobs: Sequence[JobSpec],
    seats: Sequence[Seat],
    locked: Mapping[tuple[str, str], Sequence[PlannedBuild]],
    *,
    only_makers: Mapping[str, str],
    parcels: frozenset[tuple[str, str]] = frozenset(),
    only_seats: Mapping[str, tuple[str, str]] | None = None,
) -> Tables:
    """`only_makers`: job → the maker it must go to; `only_seats`: job → the one machine to look at. `parcels`: (order,
    maker) that a parcel leaves from anyway."""
    columns = _job_columns(network, jobs)
    share, tall, able = _rooms(network, jobs, seats, columns, only_makers)
    if only_seats:
        place = {seat.key: number for number, seat in enumerate(seats)}
        for number, job in enumerate(jobs):
            if job.id in only_seats:
                keep = place[only_seats[job.id]]
                able[number, np.arange(len(seats)) != keep] = False
    machines, timetable = _machines(network, seats, locked)
    found = _candidates(network, jobs, seats, columns, machines, share, able)
    makers = np.array([seat.maker_number for seat in seats], dtype=np.int64)
    route, row, ways = _routes(network, jobs, np.where(found >= 0, makers[found], -1), columns["due"])
    shape = found.shape
    rows = np.arange(len(jobs))[:, None]
    chosen = np.maximum(found, 0)
    fixed, parcel, variable, risk = (np.zeros(shape) for _ in range(4))
    latest, shipper = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for number, way in enumerate(ways):
        mine = np.flatnonzero(route == number)
        fixed[mine], parcel[mine], variable[mine] = way.fixed, way.parcel, way.variable
        risk[mine], latest[mine], shipper[mine] = way.risk, way.latest, way.shipper
    fixed = fixed + _moving(network, jobs, seats, found)
    quantity = columns["quantity"][:, None]
    orders: dict[str, int] = {}
    order = [orders.setdefault(job.order or f"\0{job.id}", len(orders)) for job in jobs]
    paid = np.zeros(shape, dtype=np.bool_)
    if parcels:
        known: dict[str, list[int]] = defaultdict(list)
        for name, maker_id in parcels:
            known[name].append(network.number.get(maker_id, -1))
        for number, job in enumerate(jobs):
            if job.order in known:
                paid[number] = np.isin(shipper[number], known[job.order])
    materials = _numbers([job.material for job in jobs], seats, locked)
    job_rows: Records = np.zeros(len(jobs), dtype=JOB)
    for name in ("release", "late_rate", "box_mm3", "cm3", "mass_g", "own_hours", "quantity"):
        job_rows[name] = columns[name]
    job_rows["material"] = [materials[each.material] for each in jobs]
    job_rows["order"] = order
    job_rows["splittable"] = [each.splittable for each in jobs]
    places: Records = np.zeros(shape, dtype=PLACE)
    places["seat"], places["shipper"], places["parcel_paid"] = found, shipper, paid
    places["fixed"], places["parcel"], places["piece"] = fixed, parcel, (variable + risk) / quantity
    places["latest"], places["share"], places["tall"] = latest, share[rows, chosen], tall[rows, chosen]
    machines["loaded"] = np.array([materials[_loaded(seat, locked)] for seat in seats], dtype=np.int64)
    problem = Problem(
        job=job_rows,
        place=places,
        machine=machines,
        **timetable,
        promised=_promised(network, seats, columns, machines, share, able),
        share_weight=network.policy.share_weight,
    )
    return Tables(network, jobs, seats, problem, ways, route, row, columns["due"], able)


def _job_columns(network: Network, jobs: Sequence[JobSpec]) -> Columns:
    now, policy = network.now, network.policy
    size = np.array([job.size_mm for job in jobs], dtype=np.float64).reshape(-1, 3)
    value = np.array([job.value for job in jobs])
    release = np.array([hours_between(now, job.release) if job.release else 0.0 for job in jobs])
    return {
        "size": size,
        "quantity": np.array([float(job.quantity) for job in jobs]),
        "release": np.maximum(release, 0.0),
        "due": np.array([hours_between(now, job.due) for job in jobs]),
        "late_rate": (policy.late_share_per_day * value + policy.late_cost_per_day) / 24.0,
        "box_mm3": np.prod(size, axis=1),
        "cm3": np.array([job.volume_mm3 for job in jobs]) / 1000.0,
        "mass_g": np.array([job.mass_g for job in jobs]),
        "own_hours": np.array([job.machine_hours for job in jobs]),
        "value": value,
        "door": np.array([job.destination for job in jobs], dtype=np.float64).reshape(-1, 2),
    }


def _rooms(
    network: Network, jobs: Sequence[JobSpec], seats: Sequence[Seat], columns: Columns, only_makers: Mapping[str, str]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Share and height of each job's piece on each machine, and whether it can be made there."""
    able = able_mask(jobs, seats)
    for number, job in enumerate(jobs):
        if job.id in only_makers:
            able[number] &= np.array([seat.maker.id == only_makers[job.id] for seat in seats])
    share = np.full((len(jobs), len(seats)), np.inf)
    tall = np.zeros((len(jobs), len(seats)))
    kinds: dict[Chamber, list[int]] = defaultdict(list)
    for column, seat in enumerate(seats):
        kinds[seat.machine.chamber].append(column)
    turns = np.array([job.orientation for job in jobs])
    for chamber, columns_of in kinds.items():
        for turn in set(turns.tolist()):
            mine = np.flatnonzero(turns == turn)
            room, height = room_in(columns["size"][mine], turn, chamber)
            block = np.ix_(mine, np.array(columns_of))
            share[block] = room[:, None]
            tall[block] = np.where(np.isinf(height), 0.0, height + chamber.wall_clearance_mm)[:, None]
    able &= np.isfinite(share)
    return np.where(able, share, 1.0), tall, able


def _candidates(
    network: Network,
    jobs: Sequence[JobSpec],
    seats: Sequence[Seat],
    columns: Columns,
    machines: Records,
    share: Floats,
    able: NDArray[np.bool_],
) -> Ints:
    """(n, k) machines per job by what its pieces would cost in a full build there, cheapest first."""
    policy = network.policy
    positions = network.positions[[seat.maker_number for seat in seats]]
    kilograms = (columns["mass_g"] * columns["quantity"] / 1000.0)[:, None]
    rate = policy.cost_per_km + policy.cost_per_kg_km * kilograms
    km = km_table(columns["door"], positions)
    cost = rate * km
    pieces = columns["quantity"][:, None]
    full = machines["setup"] + np.where(machines["stacks"], machines["hours_per_mm"] * machines["depth_mm"], 0.0)
    hours = np.where(machines["serial"], machines["setup"], share * pieces * full)
    hours = hours + pieces * (machines["hours_per_cm3"] * columns["cm3"][:, None] + machines["hours_per_piece"])
    hours = hours + np.where(machines["serial"], pieces * columns["own_hours"][:, None], 0.0)
    cost = cost + hours * machines["rate"]
    begin = np.maximum(machines["free_from"], columns["release"][:, None])
    arrival = begin + machines["setup"] + hours + policy.handling_hours + km / policy.km_per_day * 24.0
    cost = cost + np.maximum(arrival - columns["due"][:, None], 0.0) * columns["late_rate"][:, None]
    quality = network.quality[[seat.maker_number for seat in seats]]
    cost = cost + policy.quality_risk * (1.0 - quality) * columns["value"][:, None]
    for finish in {finish for job in jobs for finish in finishes_of(job)}:
        offers = np.isin([seat.maker_number for seat in seats], network.finishers(finish))
        mine = np.array([finish in finishes_of(job) for job in jobs])
        cost[mine] += np.where(offers, 0.0, policy.shipment_cost)
    keys = {seat.key: number for number, seat in enumerate(seats)}
    for number, job in enumerate(jobs):
        if job.planned_on in keys:
            cost[number, keys[job.planned_on]] -= policy.stability_cost
    cost = np.where(able, cost, np.inf)
    count = max(min(CANDIDATES, len(seats), int(able.sum(axis=1).max(initial=1))), 1)
    found = np.argpartition(cost, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(found, np.take_along_axis(cost, found, axis=1).argsort(axis=1, kind="stable"), axis=1)
    return np.where(np.isfinite(np.take_along_axis(cost, found, axis=1)), found, -1)


def _routes(
    network: Network, jobs: Sequence[JobSpec], printers: Ints, due: Floats
) -> tuple[Ints, Ints, tuple[Ways, ...]]:
    groups: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for number, job in enumerate(jobs):
        groups[tuple((step.kind, step.code) for step in operations_of(job)[1:])].append(number)
    route, row = np.zeros(len(jobs), dtype=np.int64), np.zeros(len(jobs), dtype=np.int64)
    ways = []
    for number, members in enumerate(groups.values()):
        route[members], row[members] = number, np.arange(len(members))
        ways.append(ways_of(network, [jobs[j] for j in members], printers[members], due[members]))
    return route, row, tuple(ways)


def _moving(network: Network, jobs: Sequence[JobSpec], seats: Sequence[Seat], found: Ints) -> Floats:
    """The price of another machine than the last wave planned."""
    extra = np.zeros(found.shape)
    keys = {seat.key: number for number, seat in enumerate(seats)}
    for number, job in enumerate(jobs):
        if job.planned_on in keys:
            extra[number] = np.where(found[number] == keys[job.planned_on], 0.0, network.policy.stability_cost)
    return extra


def rates_of(network: Network, seats: Sequence[Seat]) -> tuple[Floats, Floats, Floats]:
    """(money an hour, load on top, carbon on top) of each machine."""
    policy = network.policy
    plain = np.array([seat.machine.hour_rate * seat.maker.cost_factor * policy.price_weight for seat in seats])
    load = plain * policy.load_share * np.array([seat.maker.load for seat in seats])
    power = np.array([seat.machine.power_kw for seat in seats])
    return plain, load, power * policy.carbon_kg_per_kwh * policy.carbon_price_per_kg


def _machines(
    network: Network, seats: Sequence[Seat], locked: Mapping[tuple[str, str], Sequence[PlannedBuild]]
) -> tuple[Records, dict[str, Floats]]:
    """The machines, and when they are open and taken."""
    now = network.now
    calendars: dict[int, int] = {}
    opens: list[OpenHours] = []
    calendar = []
    busy: list[tuple[float, float]] = []
    busy_first = [0]
    free, used_week, used_hours = [], [], []
    for seat in seats:
        hours = network.open_hours(seat.machine.calendar or seat.maker.calendar)
        if id(hours) not in calendars:
            calendars[id(hours)] = len(opens)
            hours.reach(WINDOW_HOURS)
            opens.append(hours)
        calendar.append(calendars[id(hours)])
        taken = locked.get(seat.key, ())
        ends = [hours_between(now, build.end) for build in taken]
        free.append(max([network.policy.prepare_hours, *ends]))
        starts = sorted((hours_between(now, build.start), build.hours) for build in taken)
        week = starts[-1][0] // 168.0 if starts else -1.0
        used_week.append(week)
        used_hours.append(sum(length for start, length in starts if start // 168.0 == week))
        times = ((hours_between(now, each.start), hours_between(now, each.end)) for each in seat.machine.busy)
        busy += sorted(each for each in times if each[1] > free[-1])
        busy_first.append(len(busy))
    width = max((len(each.ends) for each in opens), default=1)
    windows = [[np.pad(getattr(each, name), (0, width - len(each.ends)), constant_values=np.inf) for each in opens]
               for name in ("starts", "ends")]  # fmt: skip
    chambers = [seat.machine.chamber for seat in seats]
    build_times = [seat.machine.build_time for seat in seats]
    weekly = [seat.machine.offered_hours_per_week for seat in seats]
    columns = {
        "rate": sum(rates_of(network, seats), start=np.zeros(len(seats))),
        "setup": np.array([time.setup_hours for time in build_times]),
        "hours_per_mm": np.array([time.hours_per_mm for time in build_times]),
        "hours_per_cm3": np.array([time.hours_per_cm3 for time in build_times]),
        "hours_per_piece": np.array([time.hours_per_piece for time in build_times]),
        "change_hours": np.array([seat.machine.changeover_hours for seat in seats]),
        "change_cost": np.array([seat.machine.changeover_cost for seat in seats]) * network.policy.price_weight,
        "free_from": np.array(free),
        "serial": np.array([seat.machine.serial for seat in seats], dtype=np.bool_),
        "attended": np.array([not seat.machine.unattended for seat in seats], dtype=np.bool_),
        "stacks": np.array([not c.single_layer and not s.machine.serial for c, s in zip(chambers, seats, strict=True)]),
        "depth_mm": np.array([chamber.size_mm[2] for chamber in chambers]),
        "max_mass_g": np.array([np.inf if c.max_mass_g is None else c.max_mass_g for c in chambers]),
        "calendar": np.array(calendar, dtype=np.int64),
        "busy_first": np.array(busy_first[:-1], dtype=np.int64),
        "busy_last": np.array(busy_first[1:], dtype=np.int64),
        "maker": np.array([seat.maker_number for seat in seats], dtype=np.int64),
        "week_hours": np.array([np.inf if each is None else each for each in weekly]),
        "used_week": np.array(used_week),
        "used_hours": np.array(used_hours),
    }
    machines = np.zeros(len(seats), dtype=MACHINE)
    for name, column in columns.items():
        machines[name] = column
    timetable = {
        "busy": np.array(busy, dtype=np.float64).reshape(-1, 2),
        "opens": np.array(windows[0]).reshape(len(opens), width),
        "closes": np.array(windows[1]).reshape(len(opens), width),
    }
    return machines, timetable


def _loaded(seat: Seat, locked: Mapping[tuple[str, str], Sequence[PlannedBuild]]) -> str:
    last = max(locked.get(seat.key, ()), key=lambda build: build.end, default=None)
    return last.material if last else seat.machine.loaded_material


def _numbers(
    wanted: Sequence[str], seats: Sequence[Seat], locked: Mapping[tuple[str, str], Sequence[PlannedBuild]]
) -> dict[str, int]:
    names = {*wanted, *(_loaded(seat, locked) for seat in seats)}
    return {name: number for number, name in enumerate(sorted(names))}


def _promised(
    network: Network, seats: Sequence[Seat], columns: Columns, machines: Records, share: Floats, able: NDArray[np.bool_]
) -> Floats:
    """Machine money each maker was promised of this unit: its share of what the work would cost in full builds."""
    promised = np.array([maker.guaranteed_share for maker in network.makers])
    if not promised.any():
        return promised
    full = machines["setup"] + machines["hours_per_mm"] * machines["depth_mm"]
    pieces = columns["quantity"][:, None]
    hours = np.where(
        machines["serial"], machines["setup"] + pieces * columns["own_hours"][:, None], share * pieces * full
    )
    hours = hours + pieces * (machines["hours_per_cm3"] * columns["cm3"][:, None] + machines["hours_per_piece"])
    cheapest = np.where(able, hours * machines["rate"], np.inf).min(axis=1, initial=np.inf)
    mine: Floats = promised * cheapest[np.isfinite(cheapest)].sum()
    here = np.zeros(len(network.makers), dtype=np.bool_)
    here[[seat.maker_number for seat in seats]] = True
    return np.where(here, mine, 0.0)
