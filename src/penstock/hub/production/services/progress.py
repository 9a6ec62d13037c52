"""After making: inspection, parcels, losses, remakes. Called by quality and logistics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import OrderLine

from .. import events
from ..models import Job
from ..selectors import current_rules
from ..states import JOB, OPERATION, OperationKind
from . import finishing, pieces, settlement, telling
from .makers import own


def _counts_on_line(job: Job) -> bool:
    """Pieces made again after a complaint were counted on the line when they were made first."""
    return not job.complaint_uid


def _locked(job: Job) -> Job:
    """The job locked after its order, as the house does when the line's counters will move too."""
    pieces.lock_orders(lines=job.line_id)
    return pieces.jobs_for_update(pk=job.pk)[0]


def _finish_step(job: Job, kind: str) -> None:
    """Steps that are paid with the last workshop's work are done by whoever has the pieces."""
    step = job.operations.get(kind=kind)
    OPERATION.move(step, "finish", done_at=timezone.now(), maker_id=step.maker_id or job.holder_id)


@transaction.atomic
def record_inspection(*, actor: Actor, job: Job, passed: int, failed: int) -> Job:
    """What the workshop that has the pieces found: those that passed are ready, the others are made again."""
    job = _locked(job)
    own(actor, job.holder)
    if passed < 0 or failed < 0 or passed + failed != job.quantity:
        raise Invalid("bad_count", _("Passed and failed pieces must add up to %s.") % job.quantity)
    if finishing.open_finish(job) is not None:
        raise Conflict("not_finished", _("These pieces still have to be finished: %s.") % job.finish)
    maker, holder = job.maker, job.holder
    if not JOB.allows(job.state, "pass"):
        raise Conflict("not_made", _("These pieces are not waiting for inspection."), state=job.state)
    if failed:
        bad = pieces.split_off(job, failed) if passed else job
        if _counts_on_line(job):
            orders.record_unmade(actor=actor, line_id=job.line_id, pieces=failed)
        settlement.pay_for_spoiled(bad, by=holder, actor=actor)
        pieces.pool_again(bad, "fail", actor=actor)
        telling.about_job(
            events.JOB_POOLED_AGAIN, actor, bad, organisations=[holder.organisation_id], reason="inspection"
        )
    if passed:
        JOB.move(job, "pass")
        _finish_step(job, OperationKind.INSPECT)
        telling.about_job(events.JOB_READY, actor, job, organisations=[holder.organisation_id])
    _count(maker.pk, holder.pk, passed, failed)
    return job


def _count(maker_id: int, inspector_id: int, passed: int, failed: int) -> None:
    """Pieces inspected elsewhere were good enough to be finished there: what fails then is the finisher's, what passes
    does honour to both."""
    counted = {inspector_id: {"pieces_inspected": passed + failed, "pieces_failed": failed}}
    if maker_id != inspector_id:
        counted[maker_id] = {"pieces_inspected": passed}
    for key in sorted(counted):
        pieces.count(key, **counted[key])


@transaction.atomic
def mark_shipped(*, actor: Actor, job: Job) -> None:
    """The pieces are on their way to the buyer."""
    job = _locked(job)
    JOB.move(job, "ship")
    if _counts_on_line(job):
        orders.record_shipped(actor=actor, line_id=job.line_id, pieces=job.quantity)
    _finish_step(job, OperationKind.SHIP)


@transaction.atomic
def mark_delivered(*, actor: Actor, job: Job) -> None:
    """The buyer has the pieces. Those made again after a complaint are paid for here, by the warranty."""
    job = _locked(job)
    JOB.move(job, "deliver")
    pieces.close_all_files(actor, job)
    if _counts_on_line(job):
        orders.record_delivered(actor=actor, line_id=job.line_id, pieces=job.quantity)
    else:
        settlement.pay_from_warranty(job, _("Made again: %(pieces)s × %(part)s"), actor=actor)


@transaction.atomic
def mark_lost(*, actor: Actor, job: Job) -> Job:
    """The pieces will not arrive. Who made them is paid by the warranty; a new job makes them again."""
    job = _locked(job)
    was_shipped = job.state == "shipped"
    organisations = [job.holder.organisation_id if job.holder else None]
    JOB.move(job, "lose")
    if _counts_on_line(job):
        undo = orders.record_lost if was_shipped else orders.record_unmade
        undo(actor=actor, line_id=job.line_id, pieces=job.quantity)
    settlement.pay_from_warranty(job, _("Lost on the road: %(pieces)s × %(part)s"), actor=actor, only_done=True)
    for step in job.operations.exclude(state="done"):
        pieces.withdraw_offers(step)
        OPERATION.move(step, "cancel")
    pieces.close_all_files(actor, job)
    again = pieces.create_job(
        job.line,
        job.quantity,
        current_rules(),
        due_at=job.due_at,
        split_from=job,
        complaint_uid=job.complaint_uid,
        excluded_maker_ids=job.excluded_maker_ids,
    )
    telling.about_job(events.JOB_POOLED_AGAIN, actor, again, organisations=organisations, reason="lost")
    return again


@transaction.atomic
def remake(
    *,
    actor: Actor,
    line_id: int,
    quantity: int,
    complaint_uid: str,
    reason: str,
    excluded_maker_ids: Iterable[int] = (),
) -> Job:
    """Make pieces of a delivered line again after a complaint. The buyer pays nothing; the warranty pays the maker."""
    actor.require_operator()
    line = OrderLine.objects.across_tenants().select_related("order", "revision").get(pk=line_id)
    if not 0 < quantity <= line.quantity:
        raise Invalid("bad_count", _("Between 1 and %s pieces can be made again.") % line.quantity)
    job = pieces.create_job(
        line,
        quantity,
        current_rules(),
        due_at=timezone.now() + timedelta(days=line.lead_days),
        complaint_uid=complaint_uid,
        excluded_maker_ids=excluded_maker_ids,
    )
    telling.about_job(events.JOB_REMADE, actor, job, complaint_uid=complaint_uid, reason=reason)
    return job
