"""From the machine to the door: which maker does each further operation, what the ways cost, when it must be printed.

Worked out for many jobs and many printers at once: arrays are (n jobs, k printers). A finish stays with the maker
that has the parts if it offers it, otherwise it goes where way there, work, risk and way on are cheapest among
shops near the printer and near the buyer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.clock import NEVER
from penstock.engines.dispatch.model import DispatchError, JobSpec, OperationSpec
from penstock.engines.dispatch.network import Floats, Ints, Network, km_table, road_km

SHOPS_NEAR = 4
"""Finishing shops looked at near the printer, and as many near the buyer."""


def operations_of(job: JobSpec) -> tuple[OperationSpec, ...]:
    """The routing as given, or print, the finish, inspect, ship; always ends at the buyer's door."""
    steps = job.operations
    if not steps:
        finish = (OperationSpec("finish", job.finish),) if job.finish else ()
        return (OperationSpec("print", job.process), *finish, OperationSpec("inspect"), OperationSpec("ship"))
    kinds = [step.kind for step in steps]
    if kinds[0] != "print" or kinds.count("print") != 1 or "ship" in kinds[:-1]:
        raise DispatchError(f"{job.id}: a routing starts with its one print and ships at the end, not {kinds}")
    return steps if kinds[-1] == "ship" else (*steps, OperationSpec("ship"))


def finishes_of(job: JobSpec) -> tuple[str, ...]:
    if not job.operations:
        return (job.finish,) if job.finish else ()
    return tuple(step.code for step in job.operations if step.kind == "finish")


@dataclass(frozen=True, eq=False)
class Stops:
    """One operation after the print, for all pairs: at which maker, how far from the last one, how long."""

    kind: str
    code: str
    maker: Ints
    km: Floats
    moved: NDArray[np.bool_]
    lead_hours: Floats
    hours: Floats
    """(n, 1): work on the whole job."""
    work_cost: Floats


@dataclass(frozen=True, eq=False)
class Ways:
    """The routes of n jobs of one routing from k printers each. Money is for the whole job."""

    stops: tuple[Stops, ...]
    fixed: Floats
    """Parcels to finishing shops: the same for any share of the job."""
    parcel: Floats
    """The last parcel, shared by what goes with it."""
    variable: Floats
    risk: Floats
    latest: Floats
    """Latest end of the print with which the whole job is in time; NEVER when none is."""
    shipper: Ints
    tonne_km: Floats


def ways_of(network: Network, jobs: Sequence[JobSpec], printers: Ints, due: Floats) -> Ways:
    """Routes of jobs with the same kinds and codes of operations, from printers (n, k; negative: none)."""
    policy = network.policy
    steps = [operations_of(job)[1:] for job in jobs]
    kilograms = np.array([[job.mass_g * job.quantity / 1000.0] for job in jobs])
    doors = np.array([job.destination for job in jobs], dtype=np.float64)
    value = np.array([[job.value] for job in jobs])
    here = np.maximum(printers, 0)
    shape = here.shape
    fixed, variable, tonne_km = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    parcel = np.zeros(shape)
    good = network.quality[here]
    stops: list[Stops] = []
    for number, step in enumerate(steps[0]):
        hours = np.array([[row[number].hours] for row in steps])
        km, lead, work = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        moved = np.zeros(shape, dtype=np.bool_)
        there = here
        if step.kind == "finish":
            there, lead, rate = _finish_at(network, jobs, step.code, here, doors, kilograms, hours, value)
            moved = there != here
            km = np.where(moved, road_km(network.positions[here], network.positions[there]), 0.0)
            fixed += np.where(moved, policy.shipment_cost + policy.cost_per_km * km, 0.0)
            work = hours * rate * policy.price_weight
            good = good * np.where(moved, network.quality[there], 1.0)
        elif step.kind == "ship":
            moved = np.ones(shape, dtype=np.bool_)
            km = road_km(network.positions[here], doors[:, None, :])
            parcel = policy.shipment_cost + policy.cost_per_km * km
        variable = variable + policy.cost_per_kg_km * kilograms * km + work
        tonne_km = tonne_km + kilograms / 1000.0 * km
        stops.append(Stops(step.kind, step.code, there, km, moved, lead, hours, work))
        here = there
    risk = policy.quality_risk * (1.0 - good) * value
    carbon = tonne_km * policy.carbon_kg_per_tonne_km * policy.carbon_price_per_kg
    latest = _latest(network, stops, due)
    return Ways(tuple(stops), fixed, parcel, variable + carbon, risk, latest, here, tonne_km)


def travel_hours(network: Network, km: Floats, moved: NDArray[np.bool_]) -> Floats:
    policy = network.policy
    hours: Floats = np.where(moved, policy.handling_hours + km / policy.km_per_day * 24.0, 0.0)
    return hours


def _latest(network: Network, stops: Sequence[Stops], due: Floats) -> Floats:
    """Backwards from the door: each step leaves a latest start, which is the latest end of the one before."""
    moment = np.broadcast_to(due[:, None], stops[0].km.shape).astype(np.float64)
    impossible = np.zeros(moment.shape, dtype=np.bool_)
    for stop in reversed(stops):
        if stop.kind != "ship":
            moment = _by_calendar(network, stop.maker, moment, np.broadcast_to(stop.hours, moment.shape))
            impossible |= moment < 0
        moment = moment - stop.lead_hours - travel_hours(network, stop.km, stop.moved)
    return np.where(impossible | (moment < 0), NEVER, moment)


def _by_calendar(network: Network, makers: Ints, moment: Floats, hours: Floats) -> Floats:
    found = np.empty_like(moment)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in np.unique(makers).tolist():
        groups[id(network.open_hours(network.makers[number].calendar))].append(number)
    for members in groups.values():
        open_hours = network.open_hours(network.makers[members[0]].calendar)
        if len(groups) == 1:
            return np.asarray(open_hours.latest_start(moment, hours))
        chosen = np.isin(makers, members)
        found[chosen] = open_hours.latest_start(moment[chosen], hours[chosen])
    return found


def _finish_at(
    network: Network,
    jobs: Sequence[JobSpec],
    finish: str,
    here: Ints,
    doors: Floats,
    kilograms: Floats,
    hours: Floats,
    value: Floats,
) -> tuple[Ints, Floats, Floats]:
    """(maker, hours until its turn, money per hour) for one finish of parts that lie at `here` (n, k)."""
    policy = network.policy
    shops = network.finishers(finish)
    rates, leads = np.zeros(len(network.makers)), np.zeros(len(network.makers))
    offers = np.zeros(len(network.makers), dtype=np.bool_)
    for number in shops.tolist():
        maker = network.makers[number]
        offer = next(offer for offer in maker.finishes if offer.finish == finish)
        rates[number] = offer.hour_rate * maker.cost_factor
        leads[number], offers[number] = offer.lead_hours, True
    allowed = np.ones((len(jobs), len(shops)), dtype=np.bool_)
    for row, job in enumerate(jobs):
        if job.excluded_makers or job.required_tags:
            allowed[row] = [_may(network, job, number) for number in shops.tolist()]
    near_door = _nearest(np.where(allowed, km_table(doors, network.positions[shops]), np.inf))
    printers, inverse = np.unique(here, return_inverse=True)
    near_printer = _nearest(km_table(network.positions[printers], network.positions[shops]))[
        inverse.reshape(here.shape)
    ]
    tried = np.concatenate([near_printer, np.broadcast_to(near_door[:, None, :], (*here.shape, near_door.shape[1]))], 2)
    makers = shops[tried]
    km = road_km(network.positions[here][:, :, None, :], network.positions[makers])
    km = km + road_km(network.positions[makers], doors[:, None, None, :])
    cost = 2 * policy.shipment_cost + (policy.cost_per_km + policy.cost_per_kg_km * kilograms[:, :, None]) * km
    cost = cost + hours[:, :, None] * rates[makers] * policy.price_weight
    cost = cost + policy.quality_risk * (1.0 - network.quality[makers]) * value[:, :, None]
    cost = np.where(np.take_along_axis(allowed[:, None, :], tried, axis=2), cost, np.inf)
    best = np.take_along_axis(makers, cost.argmin(axis=2)[:, :, None], axis=2)[:, :, 0]
    there = np.where(offers[here], here, best)
    return there, leads[there], rates[there]


def _nearest(km: Floats) -> Ints:
    count = min(SHOPS_NEAR, km.shape[1])
    return np.argpartition(km, count - 1, axis=1)[:, :count].astype(np.int64)


def _may(network: Network, job: JobSpec, number: int) -> bool:
    maker = network.makers[number]
    return maker.id not in job.excluded_makers and job.required_tags <= maker.tags


def missing_finishes(network: Network, job: JobSpec) -> list[str]:
    """Finishes of the job that no maker open to it does."""
    return [
        finish
        for finish in finishes_of(job)
        if not any(_may(network, job, number) for number in network.finishers(finish).tolist())
    ]
