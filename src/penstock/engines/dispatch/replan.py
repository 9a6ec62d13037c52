"""One change in a standing plan: a refused build or a new job is placed anew, everything else stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter

from penstock.engines.dispatch.model import DispatchError, JobSpec, MakerSpec, Policy
from penstock.engines.dispatch.planner import DEFAULT_POLICY, MANY_JOBS, collector_away, plan, some_of
from penstock.engines.dispatch.result import Plan

DEADLINE_S = 1.0
EFFORT = 0.5
"""Of the improvement of a whole wave: there is little to decide, and somebody waits for it."""


def replan(
    before: Plan,
    jobs: Sequence[JobSpec],
    makers: Sequence[MakerSpec],
    *,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
    declined: Collection[str] = (),
    added: Collection[str] = (),
    layouts: bool = False,
    seed: int = 0,
) -> Plan:
    """The plan with the `declined` builds (ids) dissolved, their makers not asked again for what was in them, and the
    `added` jobs (ids among `jobs`) placed. Only machines of the processes concerned are looked at; all other builds
    keep their machine and time, and what is placed anew comes after them. Raises DispatchError for an unknown id."""
    with collector_away(len(before.assignments) >= MANY_JOBS):
        return _replan(before, jobs, makers, now, policy, declined, added, layouts, seed)


def _replan(
    before: Plan,
    jobs: Sequence[JobSpec],
    makers: Sequence[MakerSpec],
    now: datetime,
    policy: Policy,
    declined: Collection[str],
    added: Collection[str],
    layouts: bool,
    seed: int,
) -> Plan:
    began = perf_counter()
    known = {job.id: job for job in jobs}
    standing = {build.id: build for build in before.builds}
    for build_id in declined:
        if build_id not in standing:
            raise DispatchError(f"{build_id} is no build of the plan")
    for job_id in added:
        if job_id not in known:
            raise DispatchError(f"{job_id} is none of the jobs")
    loose: dict[str, JobSpec] = {job_id: known[job_id] for job_id in added}
    for build_id in declined:
        build = standing[build_id]
        for line in build.lines:
            job = known[line.job_id]
            pieces = line.quantity + (loose[job.id].quantity if job.id in loose else 0)
            refused = (loose.get(job.id) or job).excluded_makers | {build.maker_id}
            loose[job.id] = replace(some_of(job, pieces), excluded_makers=refused)
    processes = {job.process for job in loose.values()}
    near = [
        replace(maker, machines=tuple(each for each in maker.machines if each.process in processes)) for maker in makers
    ]
    gone = set(declined)
    kept = [build for build in before.builds if build.id not in gone]
    reserved = [replace(build, lines=()) for build in kept if build.process in processes]
    made = plan(
        list(loose.values()),
        near,
        now=now,
        policy=policy,
        locked=reserved,
        layouts=layouts,
        seed=seed,
        deadline_s=DEADLINE_S,
        effort=EFFORT,
    )
    names = _new_names(made, set(standing), now)
    builds = [replace(build, id=names[build.id]) for build in made.builds if build.id in names]
    assignments = tuple(
        replace(
            given,
            build_id=names[given.build_id],
            operations=tuple(replace(step, build_id=names.get(step.build_id, "")) for step in given.operations),
        )
        for given in made.assignments
    )
    shipments = [
        replace(each, jobs=tuple((job_id, names[build_id]) for job_id, build_id in each.jobs))
        for each in made.shipments
    ]
    dropped = [given for given in before.assignments if given.build_id in gone]
    cost = before.cost + made.cost
    for given in dropped:
        cost = cost - given.cost
    return Plan(
        assignments=(*(given for given in before.assignments if given.build_id not in gone), *assignments),
        builds=(*kept, *builds),
        waiting=(*before.waiting, *made.waiting),
        unassigned=(*before.unassigned, *made.unassigned),
        cost=cost,
        offers_until=made.offers_until,
        seconds=perf_counter() - began,
        seed=seed,
        shipments=(*(each for each in before.shipments if not gone & {b for _, b in each.jobs}), *shipments),
    )


def _new_names(made: Plan, taken: set[str], now: datetime) -> dict[str, str]:
    new = [build.id for build in made.builds if not build.locked]
    ids = (f"{now:%Y%m%d%H%M%S}-r{number}" for number in range(1, len(new) + len(taken) + 1))
    free = (each for each in ids if each not in taken)
    return dict(zip(new, free, strict=False))
