"""Builds begin, end, or fail; what came out good goes on, the rest goes back to the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.orders import services as orders

from .. import events
from ..models import Build, Job, Machine, Operation
from ..selectors import current_rules
from ..states import BUILD, JOB, OPERATION, OperationKind
from . import finishing, pieces, telling
from .makers import own

# So long after its report a start can be called a mistake.
START_IS_FRESH = timedelta(minutes=30)


def _build(actor: Actor, uid: str) -> Build:
    build = Build.objects.select_related("maker__organisation", "maker__address", "machine").one(actor, uid)
    own(actor, build.maker)
    return build


def _making(job: Job) -> Operation:
    return job.operations.get(kind=OperationKind.MAKE)


@transaction.atomic
def start_build(*, actor: Actor, build_uid: str) -> Build:
    """The machine runs. From here on the jobs in it can no longer be cancelled or given back."""
    build = _build(actor, build_uid)
    jobs = pieces.jobs_of_build(build.pk)
    for job in jobs:
        JOB.move(job, "start")
        OPERATION.move(_making(job), "start")
    BUILD.move(build, "start", started_at=timezone.now())
    Machine.objects.across_tenants().filter(pk=build.machine_id).update(loaded_material=build.material)
    telling.about_each_order(events.BUILD_STARTED, actor, jobs, build.maker, build=build.uid)
    return build


@transaction.atomic
def take_back_start(*, actor: Actor, build_uid: str) -> Build:
    """The start was reported by mistake. Only within `START_IS_FRESH`, while nothing of the build is out."""
    build = _build(actor, build_uid)
    if build.state != "running":
        raise Conflict("not_running", _("This build is not running."), state=build.state)
    if build.started_at is None or timezone.now() > build.started_at + START_IS_FRESH:
        raise Conflict("too_late", _("This start was reported too long ago to be taken back."))
    jobs = pieces.jobs_of_build(build.pk)
    for job in jobs:
        JOB.move(job, "take_back")
        OPERATION.move(_making(job), "take_back")
    BUILD.move(build, "take_back", started_at=None)
    telling.about_each_order(events.BUILD_START_TAKEN_BACK, actor, jobs, build.maker, build=build.uid)
    return build


@transaction.atomic
def finish_build(*, actor: Actor, build_uid: str, good: Mapping[str, int] | None = None) -> Build:
    """The build is out and clean. `good`: job uid → pieces that came out well; all of a job that is not named."""
    build = _build(actor, build_uid)
    _end(build, "finish", good or {}, None, actor, "")
    return build


@transaction.atomic
def fail_build(*, actor: Actor, build_uid: str, reason: str, good: Mapping[str, int] | None = None) -> Build:
    """The build failed. `good`: job uid → pieces that could be saved; none of a job that is not named."""
    build = _build(actor, build_uid)
    _end(build, "fail", good or {}, 0, actor, reason)
    return build


def _end(build: Build, verb: str, good: Mapping[str, int], otherwise: int | None, actor: Actor, reason: str) -> None:
    # Orders before jobs; with them locked a second report of the same build waits, and then sees that it came second.
    pieces.lock_orders(lines__jobs__build=build)
    build.refresh_from_db(fields=["state"])
    if build.state != "running":
        raise Conflict("not_running", _("This build is not running."), state=build.state)
    jobs = pieces.jobs_of_build(build.pk)
    counts = _checked(jobs, good, otherwise)
    by_line = Counter[int]()
    for job in jobs:
        if not job.complaint_uid:
            by_line[job.line_id] += counts[job.uid]
    for line_id, made in sorted(by_line.items()):
        if made:
            orders.record_made(actor=actor, line_id=line_id, pieces=made)
    now = timezone.now()
    made_jobs, failed_jobs = [], []
    for job in jobs:
        failed = job.quantity - counts[job.uid]
        if failed and counts[job.uid]:
            failed_jobs.append(pieces.split_off(job, failed))
        (made_jobs if counts[job.uid] else failed_jobs).append(job)
    # The record counts before the pieces forget where they were.
    is_late = now > build.ends_at + current_rules().late_grace
    telling.about_each_order(
        events.BUILD_FAILED if verb == "fail" else events.BUILD_FINISHED,
        actor,
        failed_jobs if verb == "fail" and failed_jobs else made_jobs,
        build.maker,
        build=build.uid,
        reason=reason,
    )
    for job in made_jobs:
        JOB.move(job, "make")
        OPERATION.move(_making(job), "finish", done_at=now)
    for job in failed_jobs:
        pieces.pool_again(job, "fail", actor=actor)
        telling.about_job(
            events.JOB_POOLED_AGAIN,
            actor,
            job,
            organisations=[build.maker.organisation_id],
            build=build.uid,
            reason="failed",
        )
    BUILD.move(build, verb, ended_at=now)
    pieces.count(build.maker_id, builds_finished=1, builds_late=int(is_late))
    for job in made_jobs:
        finishing.send_on(job, actor)


def _checked(jobs: list[Job], good: Mapping[str, int], otherwise: int | None) -> dict[str, int]:
    by_uid = {job.uid: job for job in jobs}
    strange = set(good) - set(by_uid)
    if strange:
        raise Invalid("not_in_build", _("These jobs are not in this build: %s") % ", ".join(sorted(strange)))
    counts = {uid: good.get(uid, job.quantity if otherwise is None else otherwise) for uid, job in by_uid.items()}
    wrong = [uid for uid, pieces_ in counts.items() if not 0 <= pieces_ <= by_uid[uid].quantity]
    if wrong:
        raise Invalid("bad_count", _("More pieces than were in the build, or fewer than none: %s") % ", ".join(wrong))
    return counts
