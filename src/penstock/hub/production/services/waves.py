"""A wave: everything pooled is planned at once and handed out as builds with offers.

Processes share no machine, so each can be planned by itself, by any worker. A wave holds the lock of every process
it plans until it is applied, all of it or nothing: no process is planned twice at once. The plan is computed from a
snapshot in which no row is locked, and applied job by job with the lifecycle's compare-and-set: a job cancelled
meanwhile is skipped, and even without the locks two waves could not hand out one job twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import dispatch
from penstock.hub.core import journal
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.core.locks import exclusive
from penstock.hub.core.money import network_currency

from .. import events, snapshot
from ..models import Build, Job, Machine, Maker, Offer, Operation, Wave
from ..policy import Rules
from ..selectors import current_rules
from ..states import JOB, WAVE, OperationKind
from . import finishing, offers, pieces, telling

# Codes of reasons that name other workshops.
ABOUT_OTHERS = frozenset({"finish_elsewhere", "via"})
OBSTACLE_LENGTH = Job._meta.get_field("obstacle").max_length


def pooled_processes() -> list[str]:
    """Processes with work in the pool, in the order their locks are taken."""
    pooled = Job.objects.across_tenants().filter(state="pooled")
    return sorted(set(pooled.values_list("process", flat=True)))


@transaction.atomic
def run_wave(*, actor: Actor, hold_back: bool = False, process: str = "") -> Wave:
    """Distribute what is pooled now, of one process or (empty) of all. With `hold_back`, work that can wait does, for
    fuller builds.

    Raises Conflict 'wave_running' while another wave plans one of the processes.
    """
    actor.require_operator()
    processes = [process] if process else pooled_processes()
    if not all(exclusive(f"wave {each}", wait=False) for each in processes):
        raise Conflict("wave_running", _("A wave is running already. Its result appears in a moment."))
    wave = Wave.objects.create(started_by=actor.name, process=process)
    rules = current_rules()
    now = timezone.now()
    seen = snapshot.take(now, rules, processes)
    plan = dispatch.plan(
        seen.jobs, seen.makers, now=now, policy=rules.engine_policy(hold_back=hold_back), forecast=seen.expected
    )
    result = _apply(wave, plan, seen, rules, now, actor)
    WAVE.move(wave, "finish", ended_at=timezone.now(), result=result)
    journal.record(
        events.WAVE_DONE,
        actor=actor,
        subject=wave.uid,
        wave_uid=wave.uid,
        jobs=len(result["assigned"]),
        builds=len(result["builds"]),
        waiting=len(result["waiting"]),
        unassigned=len(result["unassigned"]),
    )
    return wave


def _apply(
    wave: Wave, plan: dispatch.Plan, seen: snapshot.Snapshot, rules: Rules, now: datetime, actor: Actor
) -> dict[str, Any]:
    """Claim the jobs, make the builds and offers, note why; returns what the wave remembers."""
    by_job: dict[str, list[dispatch.Assignment]] = defaultdict(list)
    for assignment in plan.assignments:
        by_job[assignment.job_id].append(assignment)
    claimed = _claim(by_job, seen)
    makers = {str(maker.pk): maker for maker in _makers_in(plan)}
    machines = {machine.uid: machine for machine in Machine.objects.across_tenants().filter(uid__in=_machines_in(plan))}
    placed: dict[str, list[tuple[Job, dispatch.Assignment]]] = defaultdict(list)
    for uid, job in claimed.items():
        for part, assignment in _divide(job, by_job[uid]):
            placed[assignment.build_id].append((part, assignment))
    builds = []
    asked: Counter[int] = Counter()
    names = {each.id: each.name for each in seen.makers}
    for planned in plan.builds:
        if placed[planned.id]:
            maker, machine = makers[planned.maker_id], machines[planned.machine_id]
            builds.append(
                _make_build(wave, planned, placed[planned.id], maker, machine, rules, now, actor, asked, names)
            )
    for maker_id in sorted(asked):
        pieces.count(maker_id, offers_made=asked[maker_id])
    obstacles = seen.unready | {each.job_id: _words(each.reasons) for each in plan.unassigned}
    _note_obstacles(seen, obstacles)
    return {
        "assigned": [_told(part, assignment) for parts in placed.values() for part, assignment in parts],
        "builds": [build.uid for build in builds],
        "skipped": sorted(set(by_job) - set(claimed)),
        "waiting": [
            {
                "job": each.job_id,
                "pieces": each.quantity,
                "until": each.until.isoformat(),
                "why": _words(each.reasons),
                "fill": round(each.fill, 3),
            }
            for each in plan.waiting
        ],
        "unassigned": [{"job": uid, "why": why} for uid, why in obstacles.items()],
        "cost": plan.cost.as_dict(),
        "seconds": round(plan.seconds, 3),
    }


def _claim(by_job: dict[str, list[dispatch.Assignment]], seen: snapshot.Snapshot) -> dict[str, Job]:
    """Take the planned jobs out of the pool, in key order; those that left it meanwhile are not in the answer."""
    claimed = {}
    for uid, job in sorted(seen.rows.items(), key=lambda item: item[1].pk):
        if uid not in by_job:
            continue
        try:
            JOB.move(job, "offer", obstacle="")
        except Conflict:
            continue
        claimed[uid] = job
    return claimed


def _divide(job: Job, assignments: list[dispatch.Assignment]) -> list[tuple[Job, dispatch.Assignment]]:
    """The job's pieces as the plan divides them; what it leaves out goes back to the pool as a job of its own."""
    rest = job.quantity - sum(assignment.quantity for assignment in assignments)
    if rest > 0:
        pieces.split_off(job, rest, state="pooled")
    others = [(pieces.split_off(job, each.quantity), each) for each in assignments[1:]]
    return [(job, assignments[0]), *others]


def _make_build(
    wave: Wave,
    planned: dispatch.PlannedBuild,
    placed: list[tuple[Job, dispatch.Assignment]],
    maker: Maker,
    machine: Machine,
    rules: Rules,
    now: datetime,
    actor: Actor,
    asked: Counter[int],
    names: dict[str, str],
) -> Build:
    """The build with its jobs, the offer to its maker and to finishers; `asked` counts offers by maker, `names` are
    the makers' by key."""
    renamed = {assignment.job_id: part.uid for part, assignment in placed}
    build = Build.objects.create(
        wave=wave,
        maker=maker,
        machine=machine,
        process=planned.process,
        material=planned.material,
        starts_at=planned.start,
        ends_at=planned.end,
        height_mm=planned.height_mm,
        fill=planned.fill,
        layout=_layout(planned, renamed),
    )
    jobs = []
    for job, assignment in placed:
        job.maker, job.build = maker, build
        job.reasons = [str(reason) for reason in assignment.reasons]
        job.alternatives = [_alternative(each, names) for each in assignment.alternatives]
        job.save(update_fields=["maker", "build", "reasons", "alternatives"])
        _assign_steps(job, assignment, maker)
        pieces.open_files(actor, job, maker)
        jobs.append(job)
    offer = Offer.objects.create(
        maker=maker,
        build=build,
        payout=pieces.payout_of(jobs, maker.pk),
        currency=network_currency(),
        reasons=_build_reasons(planned, placed),
        deadline=now + rules.offer_time,
    )
    asked[maker.pk] += 1
    telling.offer_made(offer, actor)
    if planned.auto_accept:
        offers.take_on(offer, actor)
    for job, assignment in placed:
        planned_finisher = next((op.maker_id for op in assignment.operations if op.kind == "finish"), None)
        finish_offer = finishing.ask(job, rules, actor=actor, first=int(planned_finisher) if planned_finisher else None)
        if finish_offer:
            asked[finish_offer.maker_id] += 1
    return build


def _assign_steps(job: Job, assignment: dispatch.Assignment, maker: Maker) -> None:
    """The making is the build's maker's; so is the rest, unless another has to finish the pieces."""
    elsewhere = any(op.kind == "finish" and op.maker_id != assignment.maker_id for op in assignment.operations)
    steps = Operation.objects.across_tenants().filter(job=job)
    if elsewhere or (job.finish and job.finish not in maker.finishes):
        steps = steps.filter(kind=OperationKind.MAKE)
    steps.update(maker=maker)


def _layout(planned: dispatch.PlannedBuild, renamed: dict[str, str]) -> list[dict[str, Any]]:
    """Where each copy lies; copies of jobs that were cancelled meanwhile leave a gap."""
    if planned.packing is None:
        return []
    origins = planned.packing.origins_mm
    return [
        {
            "job": renamed[placement.item_id],
            "copy": placement.copy,
            "matrix": np.round(placement.matrix, 6).tolist(),
            "origin_mm": list(origins.get(placement.item_id, (0.0, 0.0, 0.0))),
        }
        for placement in planned.packing.placements
        if placement.item_id in renamed
    ]


def _alternative(each: dispatch.Alternative, names: dict[str, str]) -> dict[str, Any]:
    return {
        "maker_id": int(each.maker_id),
        "maker": names.get(each.maker_id, ""),
        "machine": each.machine_id,
        "cost": round(each.cost, 2),
        "why_not": str(each.why_not),
        "parts": {name: round(value, 2) for name, value in each.parts.as_dict().items() if value},
    }


def _build_reasons(planned: dispatch.PlannedBuild, placed: list[tuple[Job, dispatch.Assignment]]) -> list[str]:
    """Why the build came to this maker, for the maker to read: what it is, then what is said of its jobs, each sentence
    once. Who else could have made it, and for how much more, stays with the operator."""
    about: dict[str, float | str] = {
        "jobs": len(placed),
        "process": planned.process,
        "material": planned.material,
        "fill": planned.fill,
        "hours": planned.hours,
    }
    told = (_to_maker(reason) for _job, assignment in placed for reason in assignment.reasons)
    return list(dict.fromkeys([str(dispatch.Reason("build", about)), *filter(None, told)]))[:20]


def _to_maker(reason: dispatch.Reason) -> str:
    """The reason without what it says of other makers; nothing where that is all it says."""
    if reason.code in ("least_cost", "not_least_cost"):
        return str(dispatch.Reason("least_of", {name: reason.data[name] for name in ("able", "km")}))
    return "" if reason.code in ABOUT_OTHERS else str(reason)


def _told(job: Job, assignment: dispatch.Assignment) -> dict[str, Any]:
    return {
        "job": job.uid,
        "pieces": job.quantity,
        "maker_id": job.maker_id,
        "maker": job.maker.organisation.name if job.maker else "",
        "build": job.build.uid if job.build else "",
        "cost": assignment.cost.as_dict(),
        "marginal": {name: round(value, 2) for name, value in assignment.marginal.as_dict().items() if value},
        "reasons": job.reasons,
        "alternatives": job.alternatives,
        "late_hours": assignment.late_hours,
    }


def _words(reasons: tuple[dispatch.Reason, ...]) -> str:
    return " ".join(str(reason) for reason in reasons)


def _note_obstacles(seen: snapshot.Snapshot, obstacles: dict[str, str]) -> None:
    """Why a job could not be placed stays on it until it is; only where it says something new."""
    for uid, job in sorted(seen.rows.items(), key=lambda item: item[1].pk):
        why = obstacles.get(uid, "")[:OBSTACLE_LENGTH]
        if job.state == "pooled" and job.obstacle != why:
            Job.objects.across_tenants().filter(pk=job.pk, state="pooled").update(obstacle=why)


def _makers_in(plan: dispatch.Plan) -> list[Maker]:
    keys = {int(build.maker_id) for build in plan.builds}
    return list(Maker.objects.across_tenants().filter(pk__in=keys).select_related("organisation", "address"))


def _machines_in(plan: dispatch.Plan) -> set[str]:
    return {build.machine_id for build in plan.builds}
