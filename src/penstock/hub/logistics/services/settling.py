"""Who is paid for the way: carriers out of the order's carriage, or by the warranty for pieces made again."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.services import Payee
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.production import services as production
from penstock.hub.production.models import Job

from .. import selectors
from ..models import Shipment


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
            text=_carriage_text(parcel),
        )
        for parcel in parcels
        if parcel.cost and not _is_remedy(jobs_in(parcel))
    ]
    orders.settle_carriage(actor=SYSTEM, order_id=order_id, payees=payees)


def jobs_in(parcel: Shipment) -> list[Job]:
    """By line, then job: the order in which they will be locked."""
    return [item.job for item in parcel.items.select_related("job__line__order").order_by("job__line_id", "job_id")]


def _is_remedy(jobs: list[Job]) -> bool:
    """A parcel of nothing but pieces made again after complaints: the buyer has not paid for its way."""
    return all(job.complaint_uid for job in jobs)


def pay_remedy(parcel: Shipment, jobs: list[Job]) -> None:
    """The carrier of a remedy's parcel is paid by the warranty when it arrives."""
    if parcel.cost and _is_remedy(jobs):
        _pay_from_warranty(parcel)


@transaction.atomic
def settle_cancelled(*, order_id: int) -> None:
    """An order was cancelled and its buyer has the money back: the warranty pays who had carried its pieces between
    workshops before they failed. Remedies' parcels are paid already, and no key pays twice."""
    order = Order.objects.across_tenants().get(pk=order_id)
    for parcel in selectors.shipments_of_order(order).filter(state="delivered").select_related("order"):
        if parcel.cost:
            _pay_from_warranty(parcel)


def _pay_from_warranty(parcel: Shipment) -> None:
    ledger.credit_payee(
        actor=SYSTEM,
        key=f"parcel:{parcel.uid}",
        organisation_id=parcel.carrier_id,
        amount=parcel.cost,
        order_uid=parcel.order.uid,
        subject_uid=parcel.uid,
        text=_carriage_text(parcel),
    )


def _carriage_text(parcel: Shipment) -> str:
    return _("Carriage of parcel %(number)s") % {"number": parcel.tracking_number}
