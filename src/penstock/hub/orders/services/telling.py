"""What every verb of the room needs: the order held by its lock, and whom to tell about it."""

from __future__ import annotations

from typing import Any

from penstock.hub.core.actors import Actor
from penstock.hub.orders.models import Order, OrderLine


def locked_order(order_id: int) -> Order:
    """The order as it is now, held until the transaction ends. Always before its lines (core.locks)."""
    return Order.objects.across_tenants().select_for_update().get(pk=order_id)


def locked_line(line_id: int) -> tuple[Order, OrderLine]:
    """A line and, first, its order."""
    order_id = OrderLine.objects.across_tenants().values_list("order_id", flat=True).get(pk=line_id)
    order = locked_order(order_id)
    return order, OrderLine.objects.across_tenants().select_for_update().get(pk=line_id)


def about(order: Order, actor: Actor) -> dict[str, Any]:
    """The arguments of an event about an order."""
    return {"actor": actor, "order": order.uid, "organisations": [order.organisation_id], "number": order.number}


def about_line(order: Order, line: OrderLine, actor: Actor) -> dict[str, Any]:
    """The arguments of an event about one of its lines."""
    return {
        **about(order, actor),
        "subject": line.uid,
        "line_uid": line.uid,
        "part_name": line.part_name,
        "quantity": line.quantity,
    }
