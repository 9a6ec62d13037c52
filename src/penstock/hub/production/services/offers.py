"""Makers answer: accept, decline, give back; and what happens when they do not.

Rows are moved in the house's order: jobs by key, then the build, then the offer. Each move is a compare-and-set,
so of two clicks on *accept*, or of an acceptance and a lapse, exactly one happens.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import Conflict

from .. import events
from ..models import Job, Offer
from ..selectors import current_rules
from ..states import BUILD, JOB, OFFER
from . import finishing, pieces, telling
from .makers import own

REASON_LENGTH = Offer._meta.get_field("answer_reason").max_length


def _asked(actor: Actor, uid: str) -> Offer:
    found = Offer.objects.select_related("maker__organisation", "maker__address", "build", "operation__job").one(
        actor, uid
    )
    own(actor, found.maker)
    return found


@transaction.atomic
def accept_offer(*, actor: Actor, offer_uid: str) -> Offer:
    """The maker takes it on. Raises Conflict when the deadline has passed, or somebody was faster."""
    offer = _asked(actor, offer_uid)
    if timezone.now() > offer.deadline:
        raise Conflict("offer_lapsed", _("The time to answer is over; another workshop is being asked."))
    if offer.build is None:
        finishing.accept(offer, actor)
    else:
        take_on(offer, actor)
    return offer


def take_on(offer: Offer, actor: Actor) -> None:
    """The build is its maker's: it said so, or has agreed to everything beforehand."""
    jobs = pieces.jobs_of_build(offer.build_id)
    for job in jobs:
        JOB.move(job, "accept", holder=offer.maker)
    BUILD.move(offer.build, "accept")
    OFFER.move(offer, "accept", answered_at=timezone.now())
    telling.about_each_order(
        events.OFFER_ACCEPTED,
        actor,
        jobs,
        offer.maker,
        build=offer.build.uid,
        subject=offer.uid,
        offer_uid=offer.uid,
        finishing=False,
    )
    _nest_later(offer)


def _nest_later(offer: Offer) -> None:
    """The plan laid boxes; the parts are nested by their shapes before the machine runs."""
    from ..jobs import nest  # jobs stand on the services

    if offer.build.layout:
        nest.defer(build_uid=offer.build.uid)


@transaction.atomic
def decline_offer(*, actor: Actor, offer_uid: str, reason: str = "") -> Offer:
    """The maker does not take it on; it is not asked again for these pieces."""
    offer = _asked(actor, offer_uid)
    _refuse(offer, "decline", actor, reason)
    return offer


@transaction.atomic
def give_back(*, actor: Actor, offer_uid: str, reason: str) -> Offer:
    """The maker took it on but cannot do it. Only before the build has begun."""
    offer = _asked(actor, offer_uid)
    _refuse(offer, "give_back", actor, reason)
    return offer


def _refuse(offer: Offer, verb: str, actor: Actor, reason: str) -> None:
    """Take the work from the maker: jobs to the pool without it, build dissolved, files closed, record told."""
    reason = reason.strip()[:REASON_LENGTH]
    next_offer = None
    if offer.operation is not None:
        next_offer = finishing.refuse(offer, verb, actor, current_rules(), reason)
    else:
        for job in pieces.jobs_of_build(offer.build_id):
            pieces.pool_again(job, "release", actor=actor, exclude=[offer.maker_id])
        BUILD.move(offer.build, "dissolve")
        OFFER.move(offer, verb, answered_at=timezone.now(), answer_reason=reason)
    counted = {offer.maker_id: {"offers_refused": 1}}
    if next_offer:
        counted[next_offer.maker_id] = {"offers_made": 1}
    for maker_id in sorted(counted):
        pieces.count(maker_id, **counted[maker_id])
    journal.record(
        events.OFFER_LAPSED if verb == "lapse" else events.OFFER_DECLINED,
        actor=actor,
        build=offer.build.uid if offer.build else "",
        subject=offer.uid,
        organisations=[offer.maker.organisation_id],
        offer_uid=offer.uid,
        maker=offer.maker.organisation.name,
        reason=reason,
    )


@transaction.atomic
def ask_everybody(*, actor: Actor, job_uid: str) -> Job:
    """The next wave may ask those again who refused these pieces or did not answer: the operator has spoken to them."""
    actor.require_operator()
    job = pieces.jobs_for_update(pk=Job.objects.one(actor, job_uid).pk)[0]
    if job.state != "pooled":
        raise Conflict("not_pooled", _("These pieces do not wait for a workshop."), state=job.state)
    job.excluded_maker_ids = pieces.own_workshops(job.line.order)
    job.save(update_fields=["excluded_maker_ids"])
    telling.about_job(events.JOB_OPENED_TO_ALL, actor, job)
    return job


def lapse_offers() -> int:
    """Take back what was not answered in time, and what was accepted but not begun long after its planned start.

    Each in a transaction of its own: an answer at the same moment wins or loses as a whole. Returns how many lapsed.
    """
    now = timezone.now()
    vanished_before = now - current_rules().vanish_time
    overdue = Offer.objects.across_tenants().filter(
        Q(state="open", deadline__lt=now)
        | Q(state="accepted", build__state="accepted", build__starts_at__lt=vanished_before)
    )
    return sum(_lapse(key) for key in list(overdue.order_by("pk").values_list("pk", flat=True)))


def _lapse(key: int) -> bool:
    try:
        with transaction.atomic():
            offer = (
                Offer.objects.across_tenants()
                .select_related("maker__organisation", "build", "operation__job")
                .get(pk=key)
            )
            late = _("not answered in time") if offer.state == "open" else _("accepted, but not begun in time")
            _refuse(offer, "lapse", SYSTEM, late)
    except Conflict:
        return False
    return True
