"""Passing the deposit on, line by line, then the carriage; afterwards nothing of the order is held any more."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.core.journal import record
from penstock.hub.ledger import services as ledger
from penstock.hub.orders import events
from penstock.hub.orders.models import Order
from penstock.hub.orders.states import LINE, ORDER

from .telling import about, about_line, locked_line, locked_order


@transaction.atomic
def settle_line(*, actor: Actor, line_id: int, payees: Sequence[ledger.Payee]) -> None:
    """Credit those who made a delivered line out of what was paid for it; once, however often it is asked."""
    order, line = locked_line(line_id)
    if line.state == "settled":
        return
    LINE.move(line, "settle")
    ledger.settle(
        actor=actor,
        key=f"line:{line.uid}",
        order_uid=order.uid,
        gross=line.net + line.tax,
        tax=line.tax,
        payees=payees,
    )
    record(events.LINE_SETTLED, **about_line(order, line, actor))
    _settle_order_if_done(order, actor)


@transaction.atomic
def settle_carriage(*, actor: Actor, order_id: int, payees: Sequence[ledger.Payee]) -> None:
    """Credit the carriers of a delivered order out of the carriage that was paid; once, however often it is asked."""
    order = locked_order(order_id)
    if order.carriage_settled_at is not None:
        return
    if order.state != "delivered":
        raise Conflict("not_delivered", _("This order is not delivered in full."), state=order.state)
    tax = order.tax - sum(line.tax for line in order.lines.all())
    if order.carriage > 0:
        ledger.settle(
            actor=actor,
            key=f"carriage:{order.uid}",
            order_uid=order.uid,
            gross=order.carriage + tax,
            tax=tax,
            payees=payees,
            margin=ledger.CARRIAGE_MARGIN,
        )
    order.carriage_settled_at = timezone.now()
    order.save(update_fields=["carriage_settled_at"])
    _settle_order_if_done(order, actor)


def _settle_order_if_done(order: Order, actor: Actor) -> None:
    """Lines and carriage are settled in either order; the last one closes the order. Its lock is held."""
    if order.state != "delivered" or order.carriage_settled_at is None:
        return
    if order.lines.exclude(state__in=("settled", "cancelled")).exists():
        return
    ORDER.move(order, "settle", settled_at=timezone.now())
    record(events.ORDER_SETTLED, **about(order, actor))
