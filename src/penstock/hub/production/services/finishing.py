"""Finishing at another workshop: who is asked, when the pieces go there, and when it is done."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines.knowledge.places import distance_km
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import Conflict, NotFound
from penstock.hub.core.money import network_currency

from .. import events
from ..models import TAKES_WORK, Job, Maker, Offer, Operation
from ..policy import Rules
from ..selectors import current_rules
from ..states import OFFER, OPERATION, OperationKind
from . import pieces, telling
from .makers import own

# A job in one of these has a maker from whom the way to a finisher is counted.
WITH_MAKER = ("offered", "accepted", "making", "made")
HOLDER_STEPS = (OperationKind.FINISH, OperationKind.INSPECT, OperationKind.SHIP)


def open_finish(job: Job) -> Operation | None:
    """The finishing still to be done, if any."""
    return job.operations.filter(kind=OperationKind.FINISH).exclude(state__in=("done", "cancelled")).first()


def ask(job: Job, rules: Rules, *, actor: Actor, first: int | None = None) -> Offer | None:
    """Offer a finishing that nobody has taken on to the workshop the plan chose (`first`), else to the nearest able
    one that has not refused it. None when the maker does it itself or nobody can; the latter is noted on the job.
    The caller counts the offer in the finisher's record."""
    operation = open_finish(job)
    origin = job.maker
    if operation is None or operation.maker_id is not None or origin is None:
        return None
    refused = set(Offer.objects.across_tenants().filter(operation=operation).values_list("maker_id", flat=True))
    able = (
        Maker.objects.across_tenants()
        .filter(**TAKES_WORK, finishes__contains=[job.finish])
        .exclude(pk__in=refused)
        .select_related("organisation", "address")
    )
    by_distance = sorted(
        (maker.pk != first, distance_km(_place(origin), _place(maker)), maker.pk, maker) for maker in able
    )
    if not by_distance:
        job.obstacle = _("No workshop that takes work can do the finish %s.") % job.finish
        job.save(update_fields=["obstacle"])
        return None
    _not_planned, kilometres, _key, finisher = by_distance[0]
    reasons = [
        _("Finishing %(finish)s for pieces made %(km).0f km away.") % {"finish": job.finish, "km": kilometres},
        _("Chosen with the whole plan.") if finisher.pk == first else _("The nearest able workshop not asked before."),
    ]
    return _offer(job, operation, finisher, rules, reasons, actor)


def _offer(job: Job, operation: Operation, finisher: Maker, rules: Rules, reasons: list[str], actor: Actor) -> Offer:
    """Ask this workshop to finish, inspect and pack the pieces."""
    OPERATION.move(operation, "offer", maker=finisher)
    job.operations.filter(kind__in=HOLDER_STEPS).update(maker=finisher)
    if job.obstacle:
        job.obstacle = ""
        job.save(update_fields=["obstacle"])
    offer = Offer.objects.create(
        maker=finisher,
        operation=operation,
        payout=pieces.payout_of([job], finisher.pk),
        currency=network_currency(),
        reasons=reasons,
        deadline=timezone.now() + rules.offer_time,
    )
    pieces.open_files(actor, job, finisher)
    telling.offer_made(offer, actor)
    return offer


def find_finishers() -> int:
    """Look again for workshops to finish what nobody has agreed to, in one transaction each. How many were asked."""
    waiting = Operation.objects.across_tenants().filter(
        kind=OperationKind.FINISH, state="todo", maker=None, job__state__in=WITH_MAKER
    )
    return sum(_ask_again(job_id) for job_id in list(waiting.order_by("job_id").values_list("job_id", flat=True)))


@transaction.atomic
def _ask_again(job_id: int) -> bool:
    job = pieces.jobs_for_update(pk=job_id)[0]
    offer = ask(job, current_rules(), actor=SYSTEM) if job.state in WITH_MAKER else None
    if offer:
        pieces.count(offer.maker_id, offers_made=1)
    return offer is not None


@transaction.atomic
def offer_finishing(*, actor: Actor, job_uid: str, organisation_uid: str) -> Offer:
    """The operator asks a workshop of its choice, even one that refused before, to finish what nobody has taken on."""
    actor.require_operator()
    job = pieces.jobs_for_update(pk=Job.objects.one(actor, job_uid).pk)[0]
    finisher = (
        Maker.objects.across_tenants()
        .filter(organisation__uid=organisation_uid, finishes__contains=[job.finish])
        .select_related("organisation", "address")
        .first()
    )
    if finisher is None:
        raise NotFound("no_such_finisher", _("This workshop does not do the finish %s.") % job.finish)
    operation = open_finish(job)
    if operation is None or operation.maker_id is not None or job.maker is None:
        raise Conflict("nothing_to_finish", _("Nobody has to be found to finish these pieces."))
    offer = _offer(job, operation, finisher, current_rules(), [_("The operator's choice.")], actor)
    pieces.count(finisher.pk, offers_made=1)
    return offer


def _place(maker: Maker) -> tuple[float, float]:
    return (maker.address.latitude, maker.address.longitude)


def accept(offer: Offer, actor: Actor) -> None:
    """The finisher takes it on; pieces already made go there."""
    job = _locked_job(offer)
    OPERATION.move(offer.operation, "accept")
    OFFER.move(offer, "accept", answered_at=timezone.now())
    telling.about_each_order(
        events.OFFER_ACCEPTED, actor, [job], offer.maker, subject=offer.uid, offer_uid=offer.uid, finishing=True
    )
    send_on(job, actor)


def refuse(offer: Offer, verb: str, actor: Actor, rules: Rules, reason: str) -> Offer | None:
    """The finisher will not do it (`verb` of the offer): the next nearest is asked, with the offer returned."""
    job = _locked_job(offer)
    operation = offer.operation
    if job.holder_id == offer.maker_id != job.maker_id:
        raise Conflict("pieces_are_here", _("The pieces have arrived already: finish them, or call the operator."))
    if operation.state in ("doing", "done"):
        raise Conflict("already_finished", _("The finishing has begun: it can no longer be given back."))
    if operation.state == "offered":
        OPERATION.move(operation, "release", maker=None)
    OFFER.move(offer, verb, answered_at=timezone.now(), answer_reason=reason)
    job.operations.filter(kind__in=HOLDER_STEPS).exclude(state="done").update(maker=None)
    pieces.close_files(actor, job, [offer.maker])
    return ask(job, rules, actor=actor)


def _locked_job(offer: Offer) -> Job:
    found = pieces.jobs_for_update(pk=offer.operation.job_id)[0]
    offer.operation.refresh_from_db()
    return found


def send_on(job: Job, actor: Actor) -> None:
    """Pieces that are made and wait for a finisher who has agreed go there; the news makes logistics act."""
    operation = open_finish(job)
    if job.state != "made" or operation is None or operation.state != "todo":
        return
    if operation.maker_id is None or operation.maker_id == job.holder_id:
        return
    finisher = Maker.objects.across_tenants().select_related("organisation").get(pk=operation.maker_id)
    telling.about_job(
        events.JOB_NEEDS_TRANSFER,
        actor,
        job,
        organisations=[job.holder.organisation_id if job.holder else None, finisher.organisation_id],
        maker=finisher.organisation.name,
        to_maker_uid=finisher.organisation.uid,
    )


@transaction.atomic
def arrive_for_finishing(*, actor: Actor, job: Job, maker: Maker) -> None:
    """Logistics says that the pieces have arrived where they are finished.

    The workshop may have given the work back while they were on their way: they lie there all the same, and go on
    to whoever takes it on.
    """
    job = pieces.jobs_for_update(pk=job.pk)[0]
    operation = open_finish(job)
    if operation is None or job.state != "made":
        raise Conflict("not_expected", _("These pieces are not expected at this workshop."))
    _arrived(job, maker, actor)
    if operation.maker_id == maker.pk and operation.state == "todo":
        OPERATION.move(operation, "start")
    else:
        send_on(job, actor)


def _arrived(job: Job, maker: Maker, actor: Actor) -> None:
    sender = job.holder.organisation_id if job.holder else None
    job.holder = maker
    job.save(update_fields=["holder"])
    telling.about_job(
        events.JOB_ARRIVED,
        actor,
        job,
        organisations=[sender, maker.organisation_id],
        maker=maker.organisation.name,
    )


@transaction.atomic
def move_to(*, actor: Actor, job: Job, maker: Maker) -> None:
    """Logistics says that ready pieces now lie at this workshop, where the order is brought together."""
    job = pieces.jobs_for_update(pk=job.pk)[0]
    if job.state != "ready":
        raise Conflict("not_ready", _("These pieces have not passed inspection."))
    _arrived(job, maker, actor)


@transaction.atomic
def finish_operation(*, actor: Actor, operation_uid: str) -> Operation:
    """The finishing is done; inspection is next. The pieces must be made and lie at the finisher."""
    operation = Operation.objects.select_related("maker").one(actor, operation_uid)
    own(actor, operation.maker)
    job = pieces.jobs_for_update(pk=operation.job_id)[0]
    if operation.kind != OperationKind.FINISH:
        raise Conflict("not_a_finish", _("This step is reported with its build, its inspection or its parcel."))
    if job.state != "made" or job.holder_id != operation.maker_id:
        raise Conflict("pieces_not_here", _("The pieces are not here yet."))
    OPERATION.move(operation, "finish", done_at=timezone.now())
    telling.about_job(
        events.JOB_FINISHED_STEP,
        actor,
        job,
        organisations=[operation.maker.organisation_id],
        operation_uid=operation.uid,
        finish=operation.finish,
    )
    return operation
