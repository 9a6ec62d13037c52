"""Which parcel ready pieces leave in: apart or brought together, to the buyer or to the next workshop."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import pricing
from penstock.engines.knowledge.places import distance_km
from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.orders.models import Order
from penstock.hub.orders.states import Parcels
from penstock.hub.production.models import Job, Maker
from penstock.hub.quotes.selectors import current_book

from .. import events, selectors
from ..models import Shipment, ShipmentItem, ShippingPlan
from ..planning import Origin, choose_route
from ..states import SHIPMENT, ShipmentPurpose

# Parcels whose pieces have not arrived, and pieces that an order brought together waits for.
UNDER_WAY = ("planned", "handed_over", "in_transit")
GATHERED = ("accepted", "making", "made", "ready")


@transaction.atomic
def plan_for_ready_job(*, job_id: int) -> Shipment | None:
    """Put a job that passed inspection into the parcel it leaves with.

    None when it is in one already, does not wait any more, or stays until the rest of its order has come to it.
    """
    order = _order_of(job_id)
    job = _job(job_id)
    if job.state != "ready":
        return None
    for parcel in _parcels_with(job):
        if parcel.state != "planned" or parcel.purpose != ShipmentPurpose.TRANSFER:
            return None
        _take_out(parcel, job)  # it was packed for a workshop that gave the finishing back; it was done where it lies
    plan = _plan_of(order)
    if plan.is_consolidated and not job.complaint_uid:
        if job.holder_id == plan.at_maker_id:
            return _send_gathered(order, plan)
        if _gathered(order).exclude(pk=job.pk).exists():
            return _put_into_parcel(order, job, ShipmentPurpose.COLLECTION, to_maker=plan.at_maker)
    return _put_into_parcel(order, job, ShipmentPurpose.DELIVERY)


@transaction.atomic
def send_gathered(*, order_id: int) -> Shipment | None:
    """Where an order is brought together nothing more may be coming (pieces failed, were lost or withdrawn): what
    waits there leaves. None when something is still on its way, or nothing waits."""
    order = Order.objects.across_tenants().select_for_update(no_key=True).get(pk=order_id)
    plan = ShippingPlan.objects.across_tenants().filter(order=order, is_consolidated=True).first()
    return _send_gathered(order, plan) if plan else None


@transaction.atomic
def plan_transfer(*, job_id: int, to_maker_id: int) -> Shipment | None:
    """Send a job on to the maker of its next operation; None when that is no longer so, or done already."""
    order = _order_of(job_id)
    job = _job(job_id)
    expected = job.operations.filter(kind="finish", maker_id=to_maker_id, state="todo").exists()
    if job.state != "made" or job.holder_id == to_maker_id or not expected:
        return None
    for parcel in _parcels_with(job):
        if parcel.state != "planned" or parcel.to_maker_id == to_maker_id:
            return None
        _take_out(parcel, job)  # it was packed for a workshop that gave the work back
    to_maker = Maker.objects.across_tenants().select_related("organisation", "address").get(pk=to_maker_id)
    return _put_into_parcel(order, job, ShipmentPurpose.TRANSFER, to_maker=to_maker)


def _order_of(job_id: int) -> Order:
    """The job's order, locked."""
    return Order.objects.across_tenants().select_for_update(no_key=True, of=("self",)).get(lines__jobs__pk=job_id)


def _job(job_id: int) -> Job:
    related = ("holder__organisation", "holder__address", "line")
    return Job.objects.across_tenants().select_related(*related).get(pk=job_id)


def _parcels_with(job: Job) -> list[Shipment]:
    """Parcels that hold the job and have not arrived (the news that it is ready may come twice)."""
    return list(Shipment.objects.across_tenants().filter(items__job=job, state__in=UNDER_WAY))


def _gathered(order: Order) -> QuerySet[Job]:
    """The pieces that travel together. Pieces that nobody has taken on yet are not waited for."""
    return Job.objects.across_tenants().filter(line__order=order, complaint_uid="", state__in=GATHERED)


def _send_gathered(order: Order, plan: ShippingPlan) -> Shipment | None:
    """Everything that waits at the place of collection leaves, once nothing more is to come there."""
    if _gathered(order).exclude(state="ready", holder_id=plan.at_maker_id).exists():
        return None
    parcel = None
    waiting = _gathered(order).select_related("holder__organisation", "holder__address", "line").order_by("pk")
    for job in waiting:
        if not _parcels_with(job):
            parcel = _put_into_parcel(order, job, ShipmentPurpose.DELIVERY)
    return parcel


def _plan_of(order: Order) -> ShippingPlan:
    """The order's route; chosen when its first pieces are ready, from where all its jobs are then."""
    plan = ShippingPlan.objects.across_tenants().filter(order=order).select_related("at_maker").first()
    if plan:
        return plan
    jobs = list(
        Job.objects.across_tenants()
        .filter(line__order=order)
        .exclude(state__in=("cancelled", "shipped", "delivered", "lost"))
        .select_related("line", "build", "holder__address", "holder__organisation")
        .prefetch_related("operations__maker__address", "operations__maker__organisation")
    )
    today = timezone.localdate()
    if order.parcels == Parcels.EARLIER:
        at_maker_id, reasons = None, (_("The buyer chose to have each part as soon as it is ready."),)
    elif any(job.holder is None for job in jobs):
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
            fewer=order.parcels == Parcels.FEWER,
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
    # Pieces that will be finished elsewhere leave from there.
    leaves_from = next((step.maker for step in job.operations.all() if step.kind == "ship" and step.maker), job.holder)
    return Origin(
        maker_id=leaves_from.pk,
        name=leaves_from.organisation.name,
        place=(leaves_from.address.latitude, leaves_from.address.longitude),
        mass_g=job.quantity * job.line.mass_g,
        leaves_on=max(today, ready_on),
    )


def _put_into_parcel(order: Order, job: Job, purpose: str, to_maker: Maker | None = None) -> Shipment:
    """Add the job to the parcel that is being packed for the same way, or open one."""
    parcel = (
        Shipment.objects.across_tenants()
        .select_for_update(no_key=True)
        .filter(order=order, purpose=purpose, from_maker=job.holder, to_maker=to_maker, state="planned")
        .first()
    )
    if parcel is None:
        parcel = _open_parcel(order, job.holder, purpose, to_maker)
    ShipmentItem.objects.create(shipment=parcel, job=job, quantity=job.quantity)
    _weigh(parcel)
    return parcel


def _take_out(parcel: Shipment, job: Job) -> None:
    """Unpack a job from a parcel that has not left; an empty parcel is none."""
    parcel.items.filter(job=job).delete()
    if parcel.items.exists():
        _weigh(parcel)
    else:
        SHIPMENT.move(parcel, "cancel")


def _weigh(parcel: Shipment) -> None:
    items = parcel.items.select_related("job__line")
    parcel.mass_g = sum(item.quantity * item.job.line.mass_g for item in items)
    parcel.cost = pricing.carriage(parcel.mass_g, parcel.distance_km, parcel.service, current_book()[1])
    parcel.save(update_fields=["mass_g", "cost"])


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
    parcel.expected_on = expected_on(parcel)
    parcel.save()
    record(events.PARCEL_PLANNED, SYSTEM, parcel)
    return parcel


def expected_on(parcel: Shipment) -> date:
    """When the parcel arrives if it leaves now."""
    return timezone.localdate() + timedelta(
        pricing.carriage_days(parcel.distance_km, parcel.service, current_book()[1])
    )


def record(kind: journal.Kind, actor: Actor, parcel: Shipment, **payload: object) -> None:
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
