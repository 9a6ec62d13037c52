"""One wave: every job placed at the least total cost, the thin builds held back, real layouts for what goes out.

Jobs and machines of one process are a unit, solved by itself (`unit.py`): jobs are placed by urgency where they add
least to the cost, then the plan is improved by taking work out and putting it back. Then builds that are far from full
and can wait are held for the next wave, the others get layouts, parcels are formed, and the reasons are collected.
Deterministic for a seed unless `deadline_s` cuts the search or the layouts short.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from penstock.engines.dispatch.able import hindrance, why_nobody
from penstock.engines.dispatch.layouts import lay_out
from penstock.engines.dispatch.model import DispatchError, JobSpec, MakerSpec, Policy
from penstock.engines.dispatch.network import Network, Seat, road_km
from penstock.engines.dispatch.postpone import Forecast, postpone
from penstock.engines.dispatch.report import report
from penstock.engines.dispatch.result import CostItems, Plan, PlannedBuild, Unassigned
from penstock.engines.dispatch.routing import missing_finishes, operations_of
from penstock.engines.dispatch.tables import build_tables
from penstock.engines.dispatch.unit import Unit, solve

DEFAULT_POLICY = Policy()
MANY_JOBS = 5000
"""From so many on, two units are solved side by side and the collector of garbage is kept out of the way."""


def plan(
    jobs: Sequence[JobSpec],
    makers: Sequence[MakerSpec],
    *,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
    seed: int = 0,
    deadline_s: float = 30.0,
    locked: Sequence[PlannedBuild] = (),
    forecast: Forecast | None = None,
    layouts: bool = True,
    effort: float = 1.0,
) -> Plan:
    """Decide one wave. `locked` builds (accepted or running) are returned as they are: their machines are taken
    until they end, and the pieces in them count as placed. `forecast`: box volume in mm³ an hour expected in each
    (process, material) pool; where it is given, waiting has to pay. After `deadline_s` the search stops; after as long
    again, builds without a layout stay `estimated`; without `layouts` all do. `effort` scales the rounds of
    improvement. Raises DispatchError on contradictory
    input.
    """
    began = perf_counter()
    check(jobs)
    network = Network(makers, policy, now)
    open_jobs = without_locked(jobs, locked)
    reserved = by_machine(locked)
    homes, homeless = _keep_together(network, open_jobs)
    unassigned = [Unassigned(job.id, job.quantity, why_nobody(network, job, group=size)) for job, size in homeless]
    known = {job.id: job for job in jobs}
    parcels = frozenset(
        (known[line.job_id].order, build.maker_id)
        for build in locked
        for line in build.lines
        if line.job_id in known and known[line.job_id].order
    )
    lost = {each.job_id for each in unassigned}
    pools: dict[str, list[JobSpec]] = defaultdict(list)
    for job in open_jobs:
        if job.id not in lost:
            pools[job.process].append(job)
    seats: dict[str, list[Seat]] = defaultdict(list)
    for seat in network.seats:
        seats[seat.machine.process].append(seat)

    def one(process: str, share_s: float) -> Unit | None:
        mine = [job for job in pools[process] if not missing_finishes(network, job)]
        if not mine or not seats[process]:
            return None
        started = perf_counter()
        tables = build_tables(network, mine, seats[process], reserved, only_makers=homes, parcels=parcels)
        unit = solve(tables, seed=seed, effort=effort, out_of_time=lambda: perf_counter() - started > share_s)
        unit.merge_lines()
        postpone(unit, forecast or {})
        return unit

    with collector_away(len(open_jobs) >= MANY_JOBS):
        units = _solve_all(sorted(pools), pools, one, deadline_s)
        if layouts:
            solved = perf_counter()
            for unit in sorted(units, key=lambda each: len(each.tables.jobs)):
                lay_out(unit, lambda: perf_counter() - solved > deadline_s)
                unit.merge_lines()
        for unit in units if policy.alternatives else ():
            unit.explain(policy.alternatives)
        unassigned += _unassigned(network, units, pools)
        told = report(network, units, _names(network, units, locked), {job.id: job.quantity for job in open_jobs})
    return Plan(
        assignments=tuple(told.assignments),
        builds=(*(replace(build, locked=True) for build in locked), *told.builds),
        waiting=tuple(told.waiting),
        unassigned=tuple(unassigned),
        cost=total_cost(given.cost for given in told.assignments),
        offers_until=now + timedelta(hours=policy.offer_hours),
        seconds=perf_counter() - began,
        seed=seed,
        shipments=tuple(told.shipments),
    )


def _solve_all(
    processes: Sequence[str],
    pools: Mapping[str, Sequence[JobSpec]],
    one: Callable[[str, float], Unit | None],
    deadline_s: float,
) -> list[Unit]:
    """Solve the units, two at a time when they are large; each may take its share of the time by its jobs."""
    total = sum(len(pools[process]) for process in processes)
    workers = 2 if total >= MANY_JOBS and len(processes) > 1 else 1
    shares = {process: 0.6 * deadline_s * workers * len(pools[process]) / total for process in processes}
    if workers == 1:
        found = [one(process, shares[process]) for process in processes]
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(lambda process: one(process, shares[process]), processes))
    return [unit for unit in found if unit is not None]


def total_cost(costs: Iterable[CostItems]) -> CostItems:
    return sum(costs, CostItems())


def check(jobs: Sequence[JobSpec]) -> None:
    """Raise DispatchError with the first job that contradicts itself."""
    seen: set[str] = set()
    for job in jobs:
        if job.id in seen:
            raise DispatchError(f"two jobs have the id {job.id}")
        seen.add(job.id)
        if job.quantity < 1 or min(job.size_mm) <= 0 or job.volume_mm3 <= 0:
            raise DispatchError(f"{job.id}: quantity, size and volume must be positive")
        if job.due.tzinfo is None or (job.release is not None and job.release.tzinfo is None):
            raise DispatchError(f"{job.id}: a moment has no time zone")
        operations_of(job)


def without_locked(jobs: Sequence[JobSpec], locked: Sequence[PlannedBuild]) -> list[JobSpec]:
    """What is still to be placed of each job; its value shrinks with its quantity."""
    placed: Counter[str] = Counter()
    for build in locked:
        for line in build.lines:
            placed[line.job_id] += line.quantity
    left = []
    for job in jobs:
        quantity = job.quantity - placed[job.id]
        if quantity < 0:
            raise DispatchError(f"{job.id}: {placed[job.id]} pieces are locked but only {job.quantity} wanted")
        if quantity == job.quantity:
            left.append(job)
        elif quantity:
            left.append(some_of(job, quantity))
    return left


def some_of(job: JobSpec, quantity: int) -> JobSpec:
    """A job of so many of the pieces."""
    share = quantity / job.quantity
    steps = tuple(replace(step, hours=step.hours * share) for step in job.operations)
    return replace(job, quantity=quantity, value=job.value * share, operations=steps)


def by_machine(locked: Sequence[PlannedBuild]) -> dict[tuple[str, str], list[PlannedBuild]]:
    reserved: dict[tuple[str, str], list[PlannedBuild]] = defaultdict(list)
    for build in locked:
        reserved[build.maker_id, build.machine_id].append(build)
    return reserved


def _keep_together(network: Network, jobs: Sequence[JobSpec]) -> tuple[dict[str, str], list[tuple[JobSpec, int]]]:
    """(job → maker of its group, jobs of groups that no maker can make as a whole with the group's size).

    Of the makers able to make all, the one nearest to the buyer with the best record."""
    groups: dict[str, list[JobSpec]] = defaultdict(list)
    for job in jobs:
        if job.keep_together:
            groups[job.keep_together].append(job)
    homes: dict[str, str] = {}
    homeless: list[tuple[JobSpec, int]] = []
    for members in groups.values():
        able = set.intersection(
            *({seat.maker.id for seat in network.seats if not hindrance(job, seat)} for job in members)
        )
        if not able or any(missing_finishes(network, job) for job in members):
            homeless += [(job, len(members)) for job in members]
            continue

        def cost(maker_id: str, members: Sequence[JobSpec] = members) -> tuple[float, str]:
            maker = network.makers[network.number[maker_id]]
            km = sum(float(road_km(maker.position, job.destination)) for job in members)
            value = sum(job.value for job in members)
            risk = network.policy.quality_risk * (1.0 - maker.quality) * value
            rates = min(machine.hour_rate for machine in maker.machines) * maker.cost_factor
            return network.policy.cost_per_km * km + risk + rates, maker_id

        homes |= {job.id: min(able, key=cost) for job in members}
    return homes, homeless


def _unassigned(
    network: Network, units: Sequence[Unit], pools: Mapping[str, Sequence[JobSpec]]
) -> Iterator[Unassigned]:
    placed = {job.id for unit in units for job in unit.tables.jobs}
    for unit in units:
        for j in unit.left.nonzero()[0].tolist():
            job = unit.tables.jobs[j]
            yield Unassigned(job.id, int(unit.left[j]), why_nobody(network, job))
    for jobs in pools.values():
        for job in jobs:
            if job.id not in placed:
                yield Unassigned(job.id, job.quantity, why_nobody(network, job))


def _names(network: Network, units: Sequence[Unit], locked: Sequence[PlannedBuild]) -> dict[tuple[int, int], str]:
    """Number the builds in the order they start; ids tell waves apart by their time."""
    found = [
        (
            float(unit.state.build["start"][build]),
            unit.tables.seats[int(unit.state.build["seat"][build])].key,
            number,
            build,
        )
        for number, unit in enumerate(units)
        for build in unit.builds()
    ]
    taken = {build.id for build in locked}
    ids = (f"{network.now:%Y%m%d%H%M%S}-{number}" for number in range(1, len(found) + len(taken) + 1))
    free = (build_id for build_id in ids if build_id not in taken)
    return {(number, build): name for name, (_, _, number, build) in zip(free, sorted(found), strict=False)}


@contextmanager
def collector_away(away: bool) -> Iterator[None]:
    """A plan of a hundred thousand jobs is millions of objects without a cycle: looking for some takes minutes."""
    was_on = gc.isenabled()
    if away:
        gc.disable()
    try:
        yield
    finally:
        if away and was_on:
            gc.enable()
