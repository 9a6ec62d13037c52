"""From solved units to the plan that is handed out: builds, assignments with their costs, and the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from penstock.engines.dispatch.clock import moment_at
from penstock.engines.dispatch.journeys import Journey, journeys_of
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.postpone import fill_of
from penstock.engines.dispatch.reasons import alternatives_of, marginal_of, reasons_of, waiting_of, why_this_build
from penstock.engines.dispatch.result import (
    Assignment,
    BuildLine,
    CostItems,
    PlannedBuild,
    PlannedOperation,
    Reason,
    Shipment,
    Waiting,
)
from penstock.engines.dispatch.shipping import ship
from penstock.engines.dispatch.tables import Tables
from penstock.engines.dispatch.unit import Unit

NOT_LATE_HOURS = 1e-6


@dataclass(frozen=True, eq=False)
class Run:
    """What all lines of a build have in common: its machine, hours, box volume, and why it is as it is."""

    seat: Seat
    start: datetime
    end: datetime
    work: float
    hours: float
    change_cost: float
    boxes: float
    rate: float
    power: float
    reasons: list[Reason]


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
        journeys += journeys_of(network, unit, mine, {b: name for (u, b), name in names.items() if u == number})
    shipments = ship(network, [journey.ready for journey in journeys])
    builds = [_planned_build(network, units[number], build, name) for (number, build), name in names.items()]
    runs = {id(unit): _runs(network, unit) for unit in units}
    assignments = [_assignment(network, journey, runs[id(journey.unit)][journey.build], total) for journey in journeys]
    waiting = [waiting_of(network, unit, held) for unit in units for held in unit.held]
    return Told(builds, assignments, _merged(waiting), shipments)


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


def _runs(network: Network, unit: Unit) -> dict[int, Run]:
    """Build → what its lines have in common."""
    state, problem, lines = unit.state, unit.tables.problem, unit.lines()
    boxes = problem.job["box_mm3"][state.line["job"][lines]] * state.line["pieces"][lines]
    sums = np.bincount(state.line["build"][lines], weights=boxes)
    found = {}
    for build in unit.builds():
        m = int(state.build["seat"][build])
        changes = bool(state.build["change"][build])
        change_hours = float(problem.machine["change_hours"][m]) if changes else 0.0
        rate, _, power = unit.rates(network, m)
        work = float(state.build["work"][build])
        found[build] = Run(
            seat=unit.tables.seats[m],
            start=moment_at(network.now, float(state.build["start"][build])),
            end=moment_at(network.now, float(state.build["end"][build])),
            work=work,
            hours=work + change_hours,
            change_cost=change_hours * rate + float(problem.machine["change_cost"][m]) if changes else 0.0,
            boxes=float(sums[build]),
            rate=rate,
            power=power,
            reasons=why_this_build(unit, build),
        )
    return found


def _assignment(network: Network, journey: Journey, run: Run, total: Mapping[str, int]) -> Assignment:
    unit, line, ready = journey.unit, journey.line, journey.ready
    tables, problem, policy = unit.tables, unit.tables.problem, network.policy
    j, k, pieces = journey.j, journey.k, journey.pieces
    job, seat = tables.jobs[j], run.seat
    share = pieces / job.quantity
    part = float(problem.job["box_mm3"][j]) * pieces / run.boxes
    late = ready.arrives - ready.due
    late = late if late > NOT_LATE_HOURS else 0.0
    machine = part * run.work * run.rate
    transport, finishing, quality, carbon = parts_of_way(network, tables, j, k, share)
    cost = CostItems(
        transport=transport + ready.cost,
        machine=machine,
        changeover=part * run.change_cost,
        finishing=finishing,
        lateness=late * float(problem.job["late_rate"][j]) * share,
        quality=quality,
        load=policy.load_share * seat.maker.load * machine,
        carbon=carbon + part * run.hours * run.power,
    )
    tonne_km = float(tables.ways[int(tables.route[j])].tonne_km[int(tables.row[j]), k]) * share
    kwh = part * run.hours * seat.machine.power_kw
    own = marginal_of(unit, line)
    alternatives = alternatives_of(network, unit, line, own)
    elsewhere = total[job.id] - pieces
    why = reasons_of(network, unit, journey, late, elsewhere, alternatives, own, run.reasons)
    return Assignment(
        job_id=job.id,
        quantity=pieces,
        maker_id=seat.maker.id,
        machine_id=seat.machine.id,
        build_id=ready.key[1],
        cost=cost,
        reasons=tuple(why),
        alternatives=alternatives,
        operations=_operations(network, journey, run, cost),
        arrives=moment_at(network.now, ready.arrives),
        late_hours=late,
        marginal=own,
        carbon_kg=tonne_km * policy.carbon_kg_per_tonne_km + kwh * policy.carbon_kg_per_kwh,
    )


def parts_of_way(network: Network, tables: Tables, j: int, k: int, share: float) -> tuple[float, float, float, float]:
    """Transport without the last leg, finishing, risk and carbon of the way."""
    way, row = tables.ways[int(tables.route[j])], int(tables.row[j])
    policy, job = network.policy, tables.jobs[j]
    kilograms = job.mass_g * job.quantity / 1000.0
    finishing = share * sum(float(stop.work_cost[row, k]) for stop in way.stops)
    legs = sum(float(stop.km[row, k]) for stop in way.stops[:-1])
    transport = float(way.fixed[row, k]) + share * policy.cost_per_kg_km * kilograms * legs
    carbon = share * float(way.tonne_km[row, k]) * policy.carbon_kg_per_tonne_km * policy.carbon_price_per_kg
    return transport, finishing, share * float(way.risk[row, k]), carbon


def _operations(network: Network, journey: Journey, run: Run, cost: CostItems) -> tuple[PlannedOperation, ...]:
    unit, ready, now = journey.unit, journey.ready, network.now
    seat, j, k = run.seat, journey.j, journey.k
    share = journey.pieces / unit.tables.jobs[j].quantity
    made = [
        PlannedOperation(
            sequence=1,
            kind="print",
            code=seat.machine.process,
            maker_id=seat.maker.id,
            start=run.start,
            end=run.end,
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
