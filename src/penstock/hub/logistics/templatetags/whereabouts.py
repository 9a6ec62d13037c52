"""Maps on pages of rooms that know nothing of parcels."""

from __future__ import annotations

from typing import Any

from django import template

from penstock.hub.logistics import whereabouts
from penstock.hub.orders.models import Order

register = template.Library()


@register.inclusion_tag("logistics/order_map.html", takes_context=True)
def map_of_order(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """The ways of an order's parcels with their states; nothing before there is a parcel."""
    drawn, parcels = whereabouts.way_of_order(context["request"].actor, order)
    return {"map": drawn, "parcels": parcels, "says": whereabouts.cities(parcels)}


@register.inclusion_tag("logistics/network_map.html", takes_context=True)
def map_of_network(context: dict[str, Any]) -> dict[str, Any]:
    """The operator's workshops and the parcels under way."""
    return {"map": whereabouts.network_map(context["request"].actor)}
