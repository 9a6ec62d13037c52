"""A parcel on its way: handed over, tracked, delivered or lost; and what that does to the pieces in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Forbidden, Invalid
from penstock.hub.orders.models import Order
from penstock.hub.production import services as production

from .. import events, selectors
from ..models import Shipment, TrackingEvent
from ..states import SHIPMENT, ShipmentPurpose
from .packing import expected_on, plan_for_ready_job, record
from .settling import jobs_in, pay_remedy

# How far a carrier's clock may go before ours.
CLOCKS_DIFFER = timedelta(minutes=15)
# What a carrier reports → the verb it means.
TRACKING_VERBS = {
    "picked_up": "move",
    "in_transit": "move",
    "out_for_delivery": "move",
    "delivered": "deliver",
    "lost": "lose",
}


def _locked(actor: Actor, uid: str) -> Shipment:
    """The parcel with its order's row locked first (the house's lock order)."""
    parcel = selectors.shipment(actor, uid)
    Order.objects.across_tenants().select_for_update(no_key=True).get(pk=parcel.order_id)
    parcel.refresh_from_db(fields=["state"])
    return parcel


def _only(actor: Actor, organisation_id: int, message: str) -> None:
    actor.require(WORK)
    if not actor.is_operator and actor.organisation_id != organisation_id:
        raise Forbidden("not_yours", message)


@transaction.atomic
def hand_over(*, actor: Actor, shipment_uid: str, tracking_number: str = "") -> Shipment:
    """The sender gives the parcel to the carrier; its pieces count as shipped when it goes to the buyer."""
    parcel = _locked(actor, shipment_uid)
    _only(actor, parcel.from_maker.organisation_id, _("Only the workshop that sends the parcel hands it over."))
    number = tracking_number.strip() or parcel.uid.removeprefix("shp_")
    SHIPMENT.move(
        parcel,
        "hand_over",
        tracking_number=number,
        handed_over_at=timezone.now(),
        expected_on=expected_on(parcel),
    )
    if parcel.purpose == ShipmentPurpose.DELIVERY:
        for job in jobs_in(parcel):
            production.mark_shipped(actor=actor, job=job)
    record(
        events.PARCEL_HANDED_OVER,
        actor,
        parcel,
        carrier=parcel.carrier.name,
        tracking_number=number,
        expected_on=str(parcel.expected_on),
    )
    return parcel


@transaction.atomic
def take_tracking(
    *, actor: Actor, shipment_uid: str, reference: str, status: str, place: str = "", at: datetime | None = None
) -> Shipment:
    """Take what the carrier reports. The same report (`reference`) twice changes nothing the second time."""
    parcel = _locked(actor, shipment_uid)
    _only(actor, parcel.carrier_id, _("Only the carrier of the parcel reports where it is."))
    if status not in TRACKING_VERBS:
        raise Invalid("unknown_status", _("A report says one of: %s.") % ", ".join(TRACKING_VERBS))
    if at is not None and at > timezone.now() + CLOCKS_DIFFER:
        raise Invalid("in_the_future", _("A report tells what has happened: its time lies in the future."), field="at")
    try:
        with transaction.atomic():
            TrackingEvent.objects.create(
                shipment=parcel, reference=reference, status=status, place=place, at=at or timezone.now()
            )
    except IntegrityError:
        return parcel
    verb = TRACKING_VERBS[status]
    if verb == "move" and SHIPMENT.is_final(parcel.state):
        return parcel  # reports arrive out of order; this one is kept as history
    if verb == "move":
        SHIPMENT.move(parcel, "move")
        record(events.PARCEL_MOVED, actor, parcel, place=place or _("on the road"), status=status)
    elif verb == "deliver":
        _deliver(actor, parcel)
    else:
        _lose(actor, parcel)
    return parcel


@transaction.atomic
def deliver(*, actor: Actor, shipment_uid: str) -> Shipment:
    """The parcel has arrived: confirmed by the carrier, by whoever receives it, or by the operator."""
    parcel = _locked(actor, shipment_uid)
    actor.require(WORK)
    receivers = {
        parcel.carrier_id,
        parcel.receiver_id,
        parcel.to_maker.organisation_id if parcel.to_maker else None,
    }
    if not actor.is_operator and actor.organisation_id not in receivers:
        raise Forbidden("not_yours", _("Only the carrier or the receiver confirms a delivery."))
    _deliver(actor, parcel)
    return parcel


def _deliver(actor: Actor, parcel: Shipment) -> None:
    SHIPMENT.move(parcel, "deliver", delivered_at=timezone.now())
    jobs = jobs_in(parcel)
    if parcel.purpose == ShipmentPurpose.DELIVERY:
        for job in jobs:
            production.mark_delivered(actor=actor, job=job)
        pay_remedy(parcel, jobs)
        record(events.PARCEL_DELIVERED, actor, parcel)
        return
    for job in jobs:
        if parcel.purpose == ShipmentPurpose.TRANSFER:
            production.arrive_for_finishing(actor=actor, job=job, maker=parcel.to_maker)
        else:
            production.move_to(actor=actor, job=job, maker=parcel.to_maker)
    pay_remedy(parcel, jobs)
    record(events.PARCEL_ARRIVED, actor, parcel)
    if parcel.purpose == ShipmentPurpose.COLLECTION:
        for job in jobs:
            plan_for_ready_job(job_id=job.pk)


@transaction.atomic
def lose(*, actor: Actor, shipment_uid: str) -> Shipment:
    """The parcel will not arrive: its pieces go back to the pool and are made again."""
    parcel = _locked(actor, shipment_uid)
    _only(actor, parcel.carrier_id, _("Only the carrier or the operator declares a parcel lost."))
    _lose(actor, parcel)
    return parcel


def _lose(actor: Actor, parcel: Shipment) -> None:
    SHIPMENT.move(parcel, "lose")
    for job in jobs_in(parcel):
        production.mark_lost(actor=actor, job=job)
    record(events.PARCEL_LOST, actor, parcel)
