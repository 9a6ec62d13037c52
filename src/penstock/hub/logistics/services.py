"""The verbs of parcels: plan, hand over, track, deliver, lose; and what they settle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import pricing
from penstock.engines.knowledge.places import distance_km
from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM, WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid
from penstock.hub.ledger.services import Payee
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.production import services as production
from penstock.hub.production.models import Job, Maker
from penstock.hub.quotes.selectors import current_book

from . import events, selectors
from .models import Shipment, ShipmentItem, ShippingPlan, TrackingEvent
from .planning import Origin, choose_route
from .states import SHIPMENT, ShipmentPurpose

# What a carrier reports → the verb it means.
TRACKING_VERBS = {
    "picked_up": "move",
    "in_transit": "move",
    "out_for_delivery": "move",
    "delivered": "deliver",
    "lost": "lose",
}


@transaction.atomic
def plan_for_ready_job(*, job_id: int) -> Shipment | None:
    """Put a job that passed inspection into the parcel it leaves with; None when it is no longer waiting."""
    order = Order.objects.across_tenants().select_for_update().get(lines__jobs__pk=job_id)
    job = _waiting_job(job_id)
    if job is None or job.state != "ready":
        return None
    plan = _plan_of(order)
    if plan.is_consolidated and plan.at_maker_id != job.holder_id:
        return _put_into_parcel(order, job, ShipmentPurpose.COLLECTION, to_maker=plan.at_maker)
    return _put_into_parcel(order, job, ShipmentPurpose.DELIVERY)


@transaction.atomic
def plan_transfer(*, job_id: int, to_maker_id: int) -> Shipment | None:
    """Send a job on to the maker of its next operation."""
    order = Order.objects.across_tenants().select_for_update().get(lines__jobs__pk=job_id)
    job = _waiting_job(job_id)
    if job is None or job.holder_id == to_maker_id:
        return None
    to_maker = Maker.objects.across_tenants().select_related("organisation", "address").get(pk=to_maker_id)
    return _put_into_parcel(order, job, ShipmentPurpose.TRANSFER, to_maker=to_maker)


def _waiting_job(job_id: int) -> Job | None:
    """The job, unless it already lies in a parcel that has not arrived (the event may come twice)."""
    job = Job.objects.across_tenants().select_related("holder__organisation", "holder__address", "line").get(pk=job_id)
    in_parcel = ShipmentItem.objects.filter(
        job=job, shipment__state__in=("planned", "handed_over", "in_transit")
    ).exists()
    return None if in_parcel else job


def _plan_of(order: Order) -> ShippingPlan:
    """The order's route; chosen when its first pieces are ready, from where all its jobs are then."""
    plan = ShippingPlan.objects.across_tenants().filter(order=order).select_related("at_maker").first()
    if plan:
        return plan
    jobs = list(
        Job.objects.across_tenants()
        .filter(line__order=order)
        .exclude(state__in=("cancelled", "shipped", "delivered"))
        .select_related("line", "build", "holder__address", "holder__organisation")
    )
    today = timezone.localdate()
    if any(job.holder is None for job in jobs):
        at_maker_id, reasons = None, (_("Some pieces have no workshop yet, so what is ready leaves at once."),)
    else:
        book = current_book()[1]
        place = (order.ship_to["latitude"], order.ship_to["longitude"])
        route = choose_route(
            [_origin(job, today) for job in jobs],
            place,
            order.promised_on,
            partial(pricing.carriage, service=order.service, book=book),
            partial(pricing.carriage_days, service=order.service, book=book),
        )
        at_maker_id, reasons = route.at_maker_id, route.reasons
    plan = ShippingPlan.objects.create(
        order=order, is_consolidated=at_maker_id is not None, at_maker_id=at_maker_id, reasons=list(reasons)
    )
    journal.record(
        events.ROUTE_CHOSEN,
        actor=SYSTEM,
        order=order.uid,
        organisations=[order.organisation_id],
        text=" ".join(reasons),
        consolidated=plan.is_consolidated,
    )
    return plan


def _origin(job: Job, today: date) -> Origin:
    ready_on = today if job.state == "ready" else timezone.localdate(job.build.ends_at if job.build else job.due_at)
    address = job.holder.address
    return Origin(
        maker_id=job.holder_id,
        name=job.holder.organisation.name,
        place=(address.latitude, address.longitude),
        mass_g=job.quantity * job.line.mass_g,
        leaves_on=max(today, ready_on),
    )


def _expected_on(parcel: Shipment) -> date:
    return timezone.localdate() + timedelta(
        pricing.carriage_days(parcel.distance_km, parcel.service, current_book()[1])
    )


def _put_into_parcel(order: Order, job: Job, purpose: str, to_maker: Maker | None = None) -> Shipment:
    """Add the job to the parcel that is being packed for the same way, or open one."""
    parcel = (
        Shipment.objects.across_tenants()
        .select_for_update()
        .filter(order=order, purpose=purpose, from_maker=job.holder, to_maker=to_maker, state="planned")
        .first()
    )
    if parcel is None:
        parcel = _open_parcel(order, job.holder, purpose, to_maker)
    ShipmentItem.objects.create(shipment=parcel, job=job, quantity=job.quantity)
    parcel.mass_g += job.quantity * job.line.mass_g
    parcel.cost = pricing.carriage(parcel.mass_g, parcel.distance_km, parcel.service, current_book()[1])
    parcel.save(update_fields=["mass_g", "cost"])
    return parcel


def _open_parcel(order: Order, from_maker: Maker, purpose: str, to_maker: Maker | None) -> Shipment:
    address = to_maker.address.as_dict() if to_maker else order.ship_to
    here = (from_maker.address.latitude, from_maker.address.longitude)
    kilometres = distance_km(here, (address["latitude"], address["longitude"]))
    parcel = Shipment(
        order=order,
        purpose=purpose,
        from_maker=from_maker,
        to_maker=to_maker,
        receiver_id=None if to_maker else order.organisation_id,
        to_address=address,
        carrier=selectors.carrier(),
        service=order.service,
        mass_g=0,
        distance_km=round(kilometres, 1),
        cost=0,
    )
    parcel.expected_on = _expected_on(parcel)
    parcel.save()
    _record(events.PARCEL_PLANNED, SYSTEM, parcel)
    return parcel


def _record(kind: journal.Kind, actor: Actor, parcel: Shipment, **payload: object) -> None:
    """One event for the order, readable by everybody who touches the parcel."""
    journal.record(
        kind,
        actor=actor,
        order=parcel.order.uid,
        subject=parcel.uid,
        organisations=[
            parcel.order.organisation_id,
            parcel.from_maker.organisation_id,
            parcel.to_maker.organisation_id if parcel.to_maker else None,
            parcel.carrier_id,
        ],
        shipment_uid=parcel.uid,
        purpose=parcel.purpose,
        **payload,
    )


def _locked(actor: Actor, uid: str) -> Shipment:
    """The parcel with its order's row locked first (the house's lock order)."""
    parcel = selectors.shipment(actor, uid)
    Order.objects.across_tenants().select_for_update().get(pk=parcel.order_id)
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
        expected_on=_expected_on(parcel),
    )
    if parcel.purpose == ShipmentPurpose.DELIVERY:
        for job in _jobs(parcel):
            production.mark_shipped(actor=actor, job=job)
    _record(
        events.PARCEL_HANDED_OVER,
        actor,
        parcel,
        carrier=parcel.carrier.name,
        tracking_number=number,
        expected_on=str(parcel.expected_on),
    )
    return parcel


def _jobs(parcel: Shipment) -> list[Job]:
    return [item.job for item in parcel.items.select_related("job__line__order").order_by("job_id")]


@transaction.atomic
def take_tracking(
    *, actor: Actor, shipment_uid: str, reference: str, status: str, place: str = "", at: datetime | None = None
) -> Shipment:
    """Take what the carrier reports. The same report (`reference`) twice changes nothing the second time."""
    parcel = _locked(actor, shipment_uid)
    _only(actor, parcel.carrier_id, _("Only the carrier of the parcel reports where it is."))
    if status not in TRACKING_VERBS:
        raise Invalid("unknown_status", _("A report says one of: %s.") % ", ".join(TRACKING_VERBS))
    try:
        with transaction.atomic():
            TrackingEvent.objects.create(
                shipment=parcel, reference=reference, status=status, place=place, at=at or timezone.now()
            )
    except IntegrityError:
        return parcel
    verb = TRACKING_VERBS[status]
    if verb == "move":
        SHIPMENT.move(parcel, "move")
        _record(events.PARCEL_MOVED, actor, parcel, place=place or _("on the road"), status=status)
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
    jobs = _jobs(parcel)
    if parcel.purpose == ShipmentPurpose.DELIVERY:
        for job in jobs:
            production.mark_delivered(actor=actor, job=job)
        _record(events.PARCEL_DELIVERED, actor, parcel)
        return
    for job in jobs:
        if parcel.purpose == ShipmentPurpose.TRANSFER:
            production.arrive_for_finishing(actor=actor, job=job, maker=parcel.to_maker)
        else:
            production.move_to(actor=actor, job=job, maker=parcel.to_maker)
    _record(events.PARCEL_ARRIVED, actor, parcel)
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
    for job in _jobs(parcel):
        production.mark_lost(actor=actor, job=job)
    _record(events.PARCEL_LOST, actor, parcel)


@transaction.atomic
def settle_line(*, line_id: int) -> None:
    """Credit the makers of a delivered line out of what the buyer's deposit holds for it."""
    orders.settle_line(actor=SYSTEM, line_id=line_id, payees=production.job_payees(line_id=line_id))


@transaction.atomic
def settle_carriage(*, order_id: int) -> None:
    """Credit the carriers of a delivered order; what the buyer paid for carriage beyond that is the network's."""
    order = Order.objects.across_tenants().get(pk=order_id)
    parcels = selectors.shipments_of_order(order).filter(state="delivered")
    if not OrderLine.objects.across_tenants().filter(order=order).exclude(state="cancelled").exists():
        raise Conflict("nothing_delivered", _("Nothing of this order was delivered."))
    payees = [
        Payee(
            organisation_id=parcel.carrier_id,
            amount=parcel.cost,
            subject_uid=parcel.uid,
            text=_("Carriage of parcel %(number)s") % {"number": parcel.tracking_number},
        )
        for parcel in parcels
        if parcel.cost
    ]
    orders.settle_carriage(actor=SYSTEM, order_id=order_id, payees=payees)
