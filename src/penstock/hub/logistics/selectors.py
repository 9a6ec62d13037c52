"""Reads: parcels, as each side of them may see them."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from penstock.hub.core.actors import Actor
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import Organisation
from penstock.hub.parties.selectors import operator_organisation

from .models import Shipment, ShipmentItem

# JSON that nobody asks a parcel for.
UNREAD = ("job__reasons", "job__alternatives", "job__line__breakdown")


def shipments(
    actor: Actor, state: str | None = None, order_uid: str | None = None, *, search: str = ""
) -> QuerySet[Shipment]:
    """Parcels the actor sends, carries or receives; all of them for the operator."""
    found = Shipment.objects.visible_to(actor).select_related(
        "order", "carrier", "from_maker__organisation", "to_maker__organisation"
    )
    if state:
        found = found.filter(state=state)
    if order_uid:
        found = found.filter(order__uid=order_uid)
    if search:
        named = ShipmentItem.objects.filter(job__line__part_name__icontains=search).values("shipment")
        orders = Order.objects.across_tenants().filter(number__icontains=search).values("pk")
        number = Q(uid=search) | Q(tracking_number__icontains=search) | Q(order__in=orders)
        found = found.filter(number | Q(pk__in=named))
    inside = ShipmentItem.objects.select_related("job__line").defer(*UNREAD)
    return found.prefetch_related(Prefetch("items", inside), "tracking")


def shipment(actor: Actor, uid: str) -> Shipment:
    return shipments(actor).one(actor, uid)


def shipments_of_order(order: Order) -> QuerySet[Shipment]:
    """Every parcel of an order, also those between makers."""
    return Shipment.objects.across_tenants().filter(order=order).order_by("id")


def carrier() -> Organisation:
    """Who carries: the network's carrier with the fewest parcels under way, or the operator by its own means."""
    carriers = Organisation.objects.filter(kinds__contains=["carrier"], is_active=True).order_by("id")
    under_way = {
        c.pk: Shipment.objects.across_tenants().filter(carrier=c, state__in=("handed_over", "in_transit")).count()
        for c in carriers
    }
    return min(carriers, key=lambda c: under_way[c.pk], default=None) or operator_organisation()
