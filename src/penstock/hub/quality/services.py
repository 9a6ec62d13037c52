"""The verbs of quality: inspect, complain, decide, attribute, close."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM, WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid
from penstock.hub.core.money import cents
from penstock.hub.ledger import services as ledger
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parts import services as parts
from penstock.hub.production import services as production
from penstock.hub.production.models import Job, Maker, Operation

from . import events, selectors
from .models import Complaint, ComplaintPicture, Inspection
from .pictures import clean_pictures, require_room
from .states import COMPLAINT, Cause, Remedy


@transaction.atomic
def inspect(*, actor: Actor, job_uid: str, passed: int, failed: int, note: str = "") -> Inspection:
    """The maker that holds the pieces says how many are good; the others are made again.

    passed + failed must be the job's pieces. Raises Conflict when the job is not waiting for inspection.
    """
    actor.require(WORK)
    job = Job.objects.one(actor, job_uid)
    if job.holder is None:
        raise Conflict("not_made", _("These pieces are not waiting for inspection."), state=job.state)
    if not actor.is_operator and job.holder.organisation_id != actor.organisation_id:
        raise Forbidden("not_yours", _("Only the workshop that holds the pieces inspects them."))
    if passed < 0 or failed < 0 or passed + failed != job.quantity:
        raise Invalid(
            "pieces_do_not_add_up",
            _("Good and failed pieces must add up to %(pieces)d.") % {"pieces": job.quantity},
            pieces=job.quantity,
        )
    inspection = Inspection.objects.create(
        job=job, maker=job.holder, passed=passed, failed=failed, note=note.strip(), inspected_by_id=actor.member_id
    )
    order = job.line.order
    journal.record(
        events.INSPECTED,
        actor=actor,
        order=order.uid,
        subject=job.uid,
        build=job.build.uid if job.build else "",
        organisations=[order.organisation_id, job.holder.organisation_id],
        job_uid=job.uid,
        passed=passed,
        failed=failed,
    )
    production.record_inspection(actor=actor, job=job, passed=passed, failed=failed)
    return inspection


@transaction.atomic
def complain(
    *, actor: Actor, line_uid: str, quantity: int, text: str, pictures: Sequence[UploadedFile] = ()
) -> Complaint:
    """The buyer says what is wrong with delivered pieces of one line."""
    actor.require(WORK)
    line = OrderLine.objects.one(actor, line_uid)
    cleaned = clean_pictures(pictures)  # seconds of work: before anything is locked
    order = Order.objects.across_tenants().select_for_update(no_key=True).get(pk=line.order_id)
    line.refresh_from_db()
    if not text.strip():
        raise Invalid("text_missing", _("Say what is wrong."))
    left = line.delivered - selectors.complained_pieces(line)
    if not 1 <= quantity <= left:
        raise Conflict(
            "pieces_not_delivered",
            _("%(left)d delivered pieces of this line are without a complaint.") % {"left": max(left, 0)},
            left=max(left, 0),
        )
    complaint = Complaint.objects.create(
        organisation_id=order.organisation_id,
        line=line,
        quantity=quantity,
        text=text.strip(),
        created_by_id=actor.member_id,
    )
    _keep_pictures(complaint, cleaned)
    _record(events.COMPLAINT_OPENED, actor, complaint, quantity=quantity, part_name=line.part_name)
    return complaint


@transaction.atomic
def add_pictures(*, actor: Actor, complaint_uid: str, pictures: Sequence[UploadedFile]) -> Complaint:
    """More evidence for a complaint that is not closed."""
    actor.require(WORK)
    complaint = selectors.complaint(actor, complaint_uid)
    cleaned = clean_pictures(pictures)
    _lock(complaint)
    if COMPLAINT.is_final(complaint.state):
        raise Conflict("closed", _("This complaint is closed."))
    _keep_pictures(complaint, cleaned)
    _record(events.PICTURES_ADDED, actor, complaint, pictures=len(pictures))
    return complaint


def _lock(complaint: Complaint) -> None:
    """Hold the complaint's order, so that what is read of the complaint stays true."""
    Order.objects.across_tenants().select_for_update(no_key=True).get(pk=complaint.line.order_id)
    complaint.refresh_from_db(fields=["state"])


def _keep_pictures(complaint: Complaint, cleaned: Sequence[tuple[str, bytes]]) -> None:
    require_room(ComplaintPicture.objects.filter(complaint=complaint).count() + len(cleaned))
    for name, jpeg in cleaned:
        ComplaintPicture.objects.create(
            complaint=complaint,
            blob=parts.store_blob(io.BytesIO(jpeg)),
            filename=name[:255],
            content_type="image/jpeg",
        )


def _record(kind: journal.Kind, actor: Actor, complaint: Complaint, **payload: object) -> None:
    order = complaint.line.order
    journal.record(
        kind,
        actor=actor,
        order=order.uid,
        subject=complaint.uid,
        organisations=[order.organisation_id],
        complaint_uid=complaint.uid,
        line_uid=complaint.line.uid,
        **payload,
    )


def _for_operator(actor: Actor, uid: str) -> Complaint:
    actor.require_operator()
    complaint = selectors.complaint(actor, uid)
    _lock(complaint)
    return complaint


@transaction.atomic
def take_on(*, actor: Actor, complaint_uid: str) -> Complaint:
    """A member of the operator owns the complaint from now on."""
    complaint = _for_operator(actor, complaint_uid)
    complaint.owner_id = actor.member_id
    complaint.save(update_fields=["owner"])
    _record(events.COMPLAINT_TAKEN_ON, actor, complaint, owner=actor.name)
    return complaint


@transaction.atomic
def decide(
    *,
    actor: Actor,
    complaint_uid: str,
    remedy: str,
    cause: str,
    answer: str,
    amount: Decimal | None = None,
    cause_job_uid: str = "",
) -> Complaint:
    """The operator answers: make again, refund or credit; and names the cause.

    A refund or credit without an amount is the pieces' price with its tax. Where the maker is the cause, the maker's
    record counts the pieces and bears what it was paid for them.
    """
    complaint = _for_operator(actor, complaint_uid)
    if not COMPLAINT.allows(complaint.state, "settle"):
        raise Conflict("wrong_state", _("This complaint has been decided already."), state=complaint.state)
    if remedy not in Remedy.values or cause not in Cause.values:
        raise Invalid("unknown_choice", _("Choose one of the remedies and causes on offer."))
    culprit = _cause_job(complaint, cause, cause_job_uid)
    due = _value(complaint) if amount is None else cents(amount)
    if remedy != Remedy.REPRINT and not 0 < due <= _value(complaint):
        raise Invalid(
            "amount_out_of_range",
            _("The amount must be above zero and at most %(value)s.") % {"value": _value(complaint)},
        )
    fields = {
        "remedy": remedy,
        "cause": cause,
        "cause_job": culprit,
        "answer": answer.strip(),
        "amount": None if remedy == Remedy.REPRINT else due,
    }
    if remedy == Remedy.REPRINT:
        COMPLAINT.move(complaint, "remedy", **fields)
        production.remake(
            actor=actor,
            line_id=complaint.line_id,
            quantity=complaint.quantity,
            complaint_uid=complaint.uid,
            reason=complaint.text[:300],
            excluded_maker_ids=[culprit.build.maker_id] if culprit and culprit.build and cause == Cause.MAKER else [],
        )
    else:
        COMPLAINT.move(complaint, "settle", closed_at=timezone.now(), **fields)
        ledger.refund(
            actor=actor,
            order_uid=complaint.line.order.uid,
            amount=due,
            key=f"complaint:{complaint.uid}",
            reason=_("complaint about %(quantity)s × %(part_name)s")
            % {"quantity": complaint.quantity, "part_name": complaint.line.part_name},
            to="account" if remedy == Remedy.CREDIT else "source",
        )
    _attribute(actor, complaint, culprit)
    _record(events.COMPLAINT_DECIDED, actor, complaint, remedy=str(Remedy(remedy).label), cause=cause)
    return complaint


def _cause_job(complaint: Complaint, cause: str, job_uid: str) -> Job | None:
    """The job the cause lies in: named, or the only one there is."""
    jobs = Job.objects.across_tenants().filter(line=complaint.line, state="delivered").select_related("build__maker")
    if job_uid:
        job = jobs.filter(uid=job_uid).first()
        if job is None:
            raise Invalid("unknown_job", _("This job did not make pieces of the line complained about."))
        return job
    candidates = list(jobs[:2])
    if cause in (Cause.MAKER, Cause.MACHINE, Cause.MATERIAL) and len(candidates) != 1:
        raise Invalid("job_needed", _("Several jobs made this line: name the one the cause lies in."))
    return candidates[0] if len(candidates) == 1 else None


def _value(complaint: Complaint) -> Decimal:
    """Price with tax of the pieces complained about; of several complaints together never more than the line's."""
    line = complaint.line
    total = line.net + line.tax
    given = Complaint.objects.across_tenants().filter(line=line).aggregate(given=Sum("amount"))["given"]
    return min(cents(total * complaint.quantity / line.quantity), total - (given or Decimal(0)))


def _attribute(actor: Actor, complaint: Complaint, culprit: Job | None) -> None:
    if culprit is None or culprit.build is None or complaint.cause not in (Cause.MAKER, Cause.MACHINE, Cause.MATERIAL):
        return
    maker: Maker = culprit.build.maker
    production.record_complaint(maker=maker, pieces=complaint.quantity)
    if complaint.cause == Cause.MAKER:
        ledger.charge_back(
            actor=actor,
            key=f"complaint:{complaint.uid}",
            organisation_id=maker.organisation_id,
            amount=_to_bear(culprit, complaint),
            order_uid=complaint.line.order.uid,
            subject_uid=culprit.uid,
            text=_("Complaint %(uid)s: %(pieces)d pieces") % {"uid": complaint.uid, "pieces": complaint.quantity},
        )


def _to_bear(job: Job, complaint: Complaint) -> Decimal:
    """What the maker of a job was paid for the pieces complained about; others' steps are not its fault.

    Counted on from the complaints it bore before, so that it never gives back more than it was paid for the job.
    """
    own = Operation.objects.across_tenants().filter(job=job, maker_id=job.build.maker_id)
    payout = own.aggregate(total=Sum("payout"))["total"] or Decimal(0)
    earlier = Complaint.objects.across_tenants().filter(cause_job=job, cause=Cause.MAKER).exclude(pk=complaint.pk)
    before = earlier.aggregate(pieces=Sum("quantity"))["pieces"] or 0

    def earned(pieces: int) -> Decimal:
        return cents(payout * min(pieces, job.quantity) / job.quantity)

    return earned(before + complaint.quantity) - earned(before)


@transaction.atomic
def reject(*, actor: Actor, complaint_uid: str, answer: str) -> Complaint:
    """No remedy, with the reason the buyer reads."""
    complaint = _for_operator(actor, complaint_uid)
    if not answer.strip():
        raise Invalid("answer_missing", _("Say why there is no remedy."))
    COMPLAINT.move(complaint, "reject", answer=answer.strip(), closed_at=timezone.now())
    _record(events.COMPLAINT_REJECTED, actor, complaint, answer=answer.strip())
    return complaint


@transaction.atomic
def withdraw(*, actor: Actor, complaint_uid: str) -> Complaint:
    """The buyer takes an open complaint back."""
    actor.require(WORK)
    complaint = selectors.complaint(actor, complaint_uid)
    COMPLAINT.move(complaint, "withdraw", closed_at=timezone.now())
    _record(events.COMPLAINT_WITHDRAWN, actor, complaint)
    return complaint


@transaction.atomic
def close_when_remade(*, complaint_uid: str) -> bool:
    """Close a complaint whose replacement pieces have all arrived; False while some are under way."""
    complaint = Complaint.objects.across_tenants().select_related("line__order").get(uid=complaint_uid)
    _lock(complaint)
    under_way = (
        Job.objects.across_tenants()
        .filter(complaint_uid=complaint_uid)
        .exclude(state__in=("delivered", "lost", "cancelled"))
    )
    if complaint.state != "in_remedy" or under_way.exists():
        return False
    COMPLAINT.move(complaint, "close", closed_at=timezone.now())
    _record(events.COMPLAINT_CLOSED, SYSTEM, complaint)
    return True
