"""One wave: every job placed at the least total cost, builds formed first-fit, the thin ones held back.

Jobs are taken by urgency. Each goes where it adds the least cost: transport, its share of the build, changeover,
lateness (its own and that of the builds it would push back), quality risk and load. Large quantities spill into
further builds. Then builds that are far from full and can wait are held for the next wave, and each machine's
sequence is tidied. Greedy, and deterministic for a seed (which orders jobs of equal urgency) unless `deadline_s`
cuts the comparison short.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

import numpy as np

from penstock.engines.dispatch.able import why_nobody
from penstock.engines.dispatch.choose import Choice, Desk, place, pool_volumes
from penstock.engines.dispatch.forming import Chain, Line
from penstock.engines.dispatch.model import DispatchError, JobSpec, MakerSpec, Policy
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.postpone import postpone
from penstock.engines.dispatch.report import Released, assignment, planned_build, waiting
from penstock.engines.dispatch.result import CostItems, Plan, PlannedBuild, Unassigned
from penstock.engines.dispatch.routing import operations_of

DEFAULT_POLICY = Policy()


def plan(
    jobs: Sequence[JobSpec],
    makers: Sequence[MakerSpec],
    *,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
    seed: int = 0,
    deadline_s: float = 30.0,
    locked: Sequence[PlannedBuild] = (),
) -> Plan:
    """Decide one wave. `locked` builds (accepted or running) are returned as they are: their machines are taken
    until they end, and the pieces in them count as placed. After `deadline_s` the jobs left are given to the
    first able machine in rank instead of the best of several. Raises DispatchError on contradictory input.
    """
    began = perf_counter()
    _check(jobs)
    network = Network(makers, policy, now)
    open_jobs = _without_locked(jobs, locked)
    chains = _chains(network, locked)
    by_process: dict[str, list[Seat]] = defaultdict(list)
    for seat in network.seats:
        by_process[seat.machine.process].append(seat)
    desk = Desk(network, chains, by_process, pool_volumes(open_jobs))

    choices: dict[Line, Choice] = {}
    unassigned = []
    for job in _by_urgency(desk, open_jobs, seed):
        made, left = place(desk, job, lambda: perf_counter() - began > deadline_s)
        choices |= {choice.option.line: choice for choice in made}
        if left:
            unassigned.append(Unassigned(job.id, left, why_nobody(network, job)))
    held = [line for chain in chains.values() for line in postpone(network, chain)]
    for chain in chains.values():
        chain.tidy()
    released = _name(network, chains, locked)
    quantity = {job.id: job.quantity for job in open_jobs}
    assignments = [
        assignment(network, build, line, choices[line], quantity[line.job.id] - line.quantity)
        for build in released
        for line in build.draft.lines
    ]
    return Plan(
        assignments=tuple(assignments),
        builds=(
            *(replace(build, locked=True) for build in locked),
            *(planned_build(network, build) for build in released),
        ),
        waiting=tuple(waiting(network, line) for line in held),
        unassigned=tuple(unassigned),
        cost=sum((given.cost for given in assignments), CostItems()),
        offers_until=now + timedelta(hours=policy.offer_hours),
        seconds=perf_counter() - began,
        seed=seed,
    )


def _check(jobs: Sequence[JobSpec]) -> None:
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


def _without_locked(jobs: Sequence[JobSpec], locked: Sequence[PlannedBuild]) -> list[JobSpec]:
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
            share = quantity / job.quantity
            steps = tuple(replace(step, hours=step.hours * share) for step in job.operations)
            left.append(replace(job, quantity=quantity, value=job.value * share, operations=steps))
    return left


def _chains(network: Network, locked: Sequence[PlannedBuild]) -> dict[tuple[str, str], Chain]:
    reserved: dict[tuple[str, str], list[PlannedBuild]] = defaultdict(list)
    for build in locked:
        reserved[build.maker_id, build.machine_id].append(build)
    return {seat.key: Chain(network, seat, reserved[seat.key]) for seat in network.seats}


def _by_urgency(desk: Desk, jobs: Sequence[JobSpec], seed: int) -> list[JobSpec]:
    dice = np.random.default_rng(seed).permutation(len(jobs))
    keyed = [(desk.urgency(job), int(dice[number]), job) for number, job in enumerate(jobs)]
    return [job for _, _, job in sorted(keyed, key=lambda entry: entry[:2])]


def _name(network: Network, chains: dict[tuple[str, str], Chain], locked: Sequence[PlannedBuild]) -> list[Released]:
    """Number the builds in the order they start; ids tell waves apart by their time."""
    drafts = [draft for chain in chains.values() for draft in chain.drafts]
    drafts.sort(key=lambda draft: (draft.start, draft.seat.key))
    taken = {build.id for build in locked}
    ids = (f"{network.now:%Y%m%d%H%M%S}-{number}" for number in range(1, len(drafts) + len(taken) + 1))
    free = (build_id for build_id in ids if build_id not in taken)
    return [Released(build_id, draft) for build_id, draft in zip(free, drafts, strict=False)]
