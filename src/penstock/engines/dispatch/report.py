"""From solved units to the plan that is handed out: builds, assignments with their costs, and the reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from penstock.engines.dispatch.clock import moment_at
from penstock.engines.dispatch.network import Floats, Ints, Network
from penstock.engines.dispatch.postpone import fill_of
from penstock.engines.dispatch.reasons import alternatives_of, marginal_of, reasons_of, waiting_of
from penstock.engines.dispatch.result import (
    Assignment,
    BuildLine,
    CostItems,
    PlannedBuild,
    PlannedOperation,
    Shipment,
    Waiting,
)
from penstock.engines.dispatch.routing import Stops, travel_hours
from penstock.engines.dispatch.shipping import Ready, ship
from penstock.engines.dispatch.tables import Tables
from penstock.engines.dispatch.unit import Unit

NOT_LATE_HOURS = 1e-6


@dataclass(frozen=True, eq=False)
class Journey:
    """One line with its times after the print. `steps`: (stop, place in its table, start, end)."""

    unit: Unit
    line: int
    ready: Ready
    steps: tuple[tuple[Stops, int, int, float, float], ...]


@dataclass(frozen=True, eq=False)
class Told:
    """What `report` answers."""

    builds: list[PlannedBuild]
    assignments: list[Assignment]
    waiting: list[Waiting]
    shipments: list[Shipment]


def report(
    network: Network, units: Sequence[Unit], names: Mapping[tuple[int, int], str], total: Mapping[str, int]
) -> Told:
    """`names`: (unit number, build) → id, for the builds to tell of; `total`: pieces wanted of each job."""
    journeys: list[Journey] = []
    for number, unit in enumerate(units):
        mine = [line for line in unit.lines() if (number, int(unit.state.line["build"][line])) in names]
        journeys += _journeys(network, unit, mine, {b: name for (u, b), name in names.items() if u == number})
    shipments = ship(network, [journey.ready for journey in journeys])
    builds = [_planned_build(network, units[number], build, name) for (number, build), name in names.items()]
    boxes = {id(unit): _box_per_build(unit) for unit in units}
    assignments = [_assignment(network, journey, boxes[id(journey.unit)], total) for journey in journeys]
    waiting = [waiting_of(network, unit, held) for unit in units for held in unit.held]
    return Told(builds, assignments, _merged(waiting), shipments)


def _journeys(network: Network, unit: Unit, lines: Sequence[int], names: Mapping[int, str]) -> list[Journey]:
    """Times of every operation after the print, worked out for all lines of one routing at once."""
    tables, state = unit.tables, unit.state
    by_route: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        by_route[int(tables.route[state.line["job"][line]])].append(line)
    found = []
    for route, members in by_route.items():
        way = tables.ways[route]
        jobs, ks = state.line["job"][members], state.line["k"][members]
        rows = tables.row[jobs]
        share = state.line["pieces"][members] / tables.problem.job["quantity"][jobs]
        moment = state.build["end"][state.line["build"][members]].copy()
        times: list[tuple[Floats, Floats]] = []
        for stop in way.stops[:-1]:
            moment = moment + travel_hours(network, stop.km[rows, ks], stop.moved[rows, ks]) + stop.lead_hours[rows, ks]
            start, moment = _work(network, stop.maker[rows, ks], moment, stop.hours[rows, 0] * share)
            times.append((start, moment))
        for place, line in enumerate(members):
            job = tables.jobs[int(jobs[place])]
            row, k = int(rows[place]), int(ks[place])
            ready = Ready(
                key=(job.id, names[int(state.line["build"][line])]),
                order=job.order,
                shipper=int(way.shipper[row, k]),
                ready=float(moment[place]),
                due=float(tables.due[jobs[place]]),
                kilograms=job.mass_g * int(state.line["pieces"][line]) / 1000.0,
                door=job.destination,
                km=float(way.stops[-1].km[row, k]),
            )
            steps = tuple(
                (stop, row, k, float(start[place]), float(end[place]))
                for stop, (start, end) in zip(way.stops[:-1], times, strict=True)
            )
            found.append(Journey(unit, line, ready, (*steps, (way.stops[-1], row, k, 0.0, 0.0))))
    return found


def _work(network: Network, makers: Ints, moment: Floats, hours: Floats) -> tuple[Floats, Floats]:
    start, end = np.empty_like(moment), np.empty_like(moment)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in np.unique(makers).tolist():
        groups[id(network.open_hours(network.makers[number].calendar))].append(number)
    for members in groups.values():
        open_hours = network.open_hours(network.makers[members[0]].calendar)
        mine = np.isin(makers, members)
        start[mine] = open_hours.next_open(moment[mine])
        end[mine] = open_hours.after_work(start[mine], hours[mine])
    return start, end


def _planned_build(network: Network, unit: Unit, build: int, name: str) -> PlannedBuild:
    state, problem = unit.state, unit.tables.problem
    m = int(state.build["seat"][build])
    seat = unit.tables.seats[m]
    packing = unit.packings.get(build)
    lines = sorted(unit.lines_of(build), key=lambda line: int(state.line["job"][line]))
    changes = bool(state.build["change"][build])
    change_hours = float(problem.machine["change_hours"][m]) if changes else 0.0
    work = float(state.build["work"][build])
    fill = fill_of(unit, build)
    height = packing.height_mm if packing else 0.0 if problem.machine["serial"][m] else estimated_height(unit, build)
    rate = unit.rates(network, m)[0]
    change = change_hours * rate + float(problem.machine["change_cost"][m]) if changes else 0.0
    return PlannedBuild(
        id=name,
        maker_id=seat.maker.id,
        machine_id=seat.machine.id,
        process=seat.machine.process,
        material=unit.tables.jobs[int(state.line["job"][lines[0]])].material,
        lines=tuple(
            BuildLine(unit.tables.jobs[int(state.line["job"][n])].id, int(state.line["pieces"][n])) for n in lines
        ),
        start=moment_at(network.now, float(state.build["start"][build])),
        end=moment_at(network.now, float(state.build["end"][build])),
        hours=work + change_hours,
        changeover_hours=change_hours,
        height_mm=height,
        fill=fill,
        density=packing.density if packing else 0.0,
        cost=work * rate + change,
        packing=packing,
        estimated=packing is None and not problem.machine["serial"][m],
        auto_accept=seat.maker.auto_accept,
    )


def estimated_height(unit: Unit, build: int) -> float:
    state, problem = unit.state, unit.tables.problem
    m = state.build["seat"][build]
    tall = float(state.build["tall"][build])
    return (
        max(tall, float(state.build["fill"][build] * problem.machine["depth_mm"][m]))
        if problem.machine["stacks"][m]
        else tall
    )


def _box_per_build(unit: Unit) -> dict[int, float]:
    state, lines = unit.state, unit.lines()
    boxes = unit.tables.problem.job["box_mm3"][state.line["job"][lines]] * state.line["pieces"][lines]
    sums = np.bincount(state.line["build"][lines], weights=boxes)
    return dict(enumerate(sums.tolist()))


def _assignment(network: Network, journey: Journey, boxes: Mapping[int, float], total: Mapping[str, int]) -> Assignment:
    unit, line, ready = journey.unit, journey.line, journey.ready
    tables, state, problem = unit.tables, unit.state, unit.tables.problem
    j, k, pieces = int(state.line["job"][line]), int(state.line["k"][line]), int(state.line["pieces"][line])
    build = int(state.line["build"][line])
    m = int(state.build["seat"][build])
    job, seat = tables.jobs[j], tables.seats[m]
    share = pieces / job.quantity
    part = float(problem.job["box_mm3"][j]) * pieces / boxes[build]
    rate, _, power = unit.rates(network, m)
    change_hours = float(problem.machine["change_hours"][m]) if state.build["change"][build] else 0.0
    hours = float(state.build["work"][build]) + change_hours
    late = ready.arrives - ready.due
    late = late if late > NOT_LATE_HOURS else 0.0
    machine = part * float(state.build["work"][build]) * rate
    cost = cost_of_way(network, tables, j, k, share, ready) + CostItems(
        machine=machine,
        changeover=part * (change_hours * rate + float(problem.machine["change_cost"][m]))
        if state.build["change"][build]
        else 0.0,
        lateness=late * float(problem.job["late_rate"][j]) * share,
        load=network.policy.load_share * seat.maker.load * machine,
        carbon=part * hours * power,
    )
    policy = network.policy
    way = tables.ways[int(tables.route[j])]
    tonne_km = float(way.tonne_km[int(tables.row[j]), k]) * share
    carbon = tonne_km * policy.carbon_kg_per_tonne_km + part * hours * seat.machine.power_kw * policy.carbon_kg_per_kwh
    alternatives = alternatives_of(network, unit, line)
    return Assignment(
        job_id=job.id,
        quantity=pieces,
        maker_id=seat.maker.id,
        machine_id=seat.machine.id,
        build_id=ready.key[1],
        cost=cost,
        reasons=tuple(reasons_of(network, unit, line, ready, late, total[job.id] - pieces, alternatives)),
        alternatives=alternatives,
        operations=_operations(network, journey, cost),
        arrives=moment_at(network.now, ready.arrives),
        late_hours=late,
        marginal=CostItems() if line not in unit.explained else marginal_of(network, unit, line),
        carbon_kg=carbon,
    )


def cost_of_way(network: Network, tables: Tables, j: int, k: int, share: float, ready: Ready | None) -> CostItems:
    """Transport, finishing, risk and carbon of the way; with `ready` the last leg as it really travels."""
    way, row = tables.ways[int(tables.route[j])], int(tables.row[j])
    policy, job = network.policy, tables.jobs[j]
    kilograms = job.mass_g * job.quantity / 1000.0
    finishing = share * sum(float(stop.work_cost[row, k]) for stop in way.stops)
    legs = sum(float(stop.km[row, k]) for stop in way.stops[:-1])
    transport = float(way.fixed[row, k]) + share * policy.cost_per_kg_km * kilograms * legs
    if ready is not None:
        transport += ready.cost
    carbon = share * float(way.tonne_km[row, k]) * policy.carbon_kg_per_tonne_km * policy.carbon_price_per_kg
    return CostItems(transport=transport, finishing=finishing, quality=share * float(way.risk[row, k]), carbon=carbon)


def _operations(network: Network, journey: Journey, cost: CostItems) -> tuple[PlannedOperation, ...]:
    unit, line, ready = journey.unit, journey.line, journey.ready
    state, now = unit.state, network.now
    build = int(state.line["build"][line])
    seat = unit.tables.seats[int(state.build["seat"][build])]
    j, k = int(state.line["job"][line]), int(state.line["k"][line])
    share = int(state.line["pieces"][line]) / unit.tables.jobs[j].quantity
    made = [
        PlannedOperation(
            sequence=1,
            kind="print",
            code=seat.machine.process,
            maker_id=seat.maker.id,
            start=moment_at(now, float(state.build["start"][build])),
            end=moment_at(now, float(state.build["end"][build])),
            machine_id=seat.machine.id,
            build_id=ready.key[1],
            cost=cost.machine + cost.changeover,
        )
    ]
    row = int(unit.tables.row[j])
    for number, (stop, _, _, start, end) in enumerate(journey.steps, start=2):
        is_last = number == len(journey.steps) + 1
        made.append(
            PlannedOperation(
                sequence=number,
                kind="ship" if is_last else "finish" if stop.kind == "finish" else "inspect",
                code=stop.code,
                maker_id=network.makers[int(stop.maker[row, k])].id,
                start=moment_at(now, ready.leaves if is_last else start),
                end=moment_at(now, ready.arrives if is_last else end),
                km=float(stop.km[row, k]),
                cost=ready.cost if is_last else share * float(stop.work_cost[row, k]),
            )
        )
    return tuple(made)


def _merged(waiting: Sequence[Waiting]) -> list[Waiting]:
    """One entry per job: all its pieces, until the first of them has to go."""
    merged: dict[str, Waiting] = {}
    for each in waiting:
        known = merged.get(each.job_id)
        if known is None:
            merged[each.job_id] = each
        else:
            first = min(known, each, key=lambda one: one.until)
            merged[each.job_id] = replace(first, quantity=known.quantity + each.quantity)
    return list(merged.values())
