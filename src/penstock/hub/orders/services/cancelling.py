"""Ending orders and lines that will not be made; their share of the deposit goes back in the same transaction."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import network
from penstock.hub.core.actors import SYSTEM, WORK, Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.core.journal import record
from penstock.hub.ledger import services as ledger
from penstock.hub.orders import events
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.orders.states import LINE, ORDER

from .delivering import deliver_order_if_done
from .telling import about, about_line, locked_line, locked_order

logger = logging.getLogger(__name__)


@transaction.atomic
def cancel(*, actor: Actor, order_uid: str) -> Order:
    """Cancel an order nobody works on yet and give the money back. Raises Conflict once production has started."""
    actor.require(WORK)
    order = locked_order(Order.objects.one(actor, order_uid).pk)
    if order.state == "in_production":
        raise Conflict("in_production", _("Production has started; cancel from there."), state=order.state)
    _end(actor, order, "cancel", _("cancelled before production"))
    return order


@transaction.atomic
def cancel_in_production(*, actor: Actor, order: Order) -> Order:
    """Cancel an order of which production has withdrawn every job, in the same transaction."""
    order = locked_order(order.pk)
    if order.lines.exclude(state__in=("open", "cancelled")).exists():
        raise Conflict("already_delivered", _("A part of this order was delivered; cancel the rest line by line."))
    if order.state != "in_production":
        raise Conflict("wrong_state", _("This order is not in production."), state=order.state)
    _end(actor, order, "cancel", _("cancelled before anything was made"))
    return order


@transaction.atomic
def cancel_line(*, actor: Actor, line: OrderLine) -> OrderLine:
    """Cancel one line of a paid order and give its money back with its tax; production has withdrawn its jobs.

    The carriage stays due as long as anything is delivered: when the last line goes, the whole order does.
    """
    order, line = locked_line(line.pk)
    if order.state not in ("confirmed", "in_production"):
        raise Conflict("wrong_state", _("Lines of this order cannot be cancelled."), state=order.state)
    if line.shipped:
        raise Conflict("already_shipped", _("Pieces of this line are on their way."), line_uid=line.uid)
    if not order.lines.filter(state__in=("open", "delivered", "settled")).exclude(pk=line.pk).exists():
        _end(actor, order, "cancel", _("the last line was cancelled"))
        line.refresh_from_db()
        return line
    LINE.move(line, "cancel")
    record(events.LINE_CANCELLED, **about_line(order, line, actor))
    _refund(actor, order, line.net + line.tax, f"cancel:{line.uid}", _("%(part)s cancelled") % {"part": line.part_name})
    if order.state == "in_production":
        deliver_order_if_done(order, actor)
    return line


def lapse_unpaid() -> int:
    """End orders that waited for their money for too long; one transaction each. Returns how many."""
    since = timezone.now() - timedelta(days=network.current().unpaid_days)
    waiting = Order.objects.across_tenants().filter(state="placed", placed_at__lt=since)
    return sum(_lapse(order_id) for order_id in waiting.values_list("pk", flat=True))


@transaction.atomic
def _lapse(order_id: int) -> bool:
    order = locked_order(order_id)
    # Money that has arrived is about to confirm it.
    if order.state != "placed" or ledger.held(order.uid) > 0:
        return False
    _end(SYSTEM, order, "lapse", _("not paid in time"))
    return True


def _end(actor: Actor, order: Order, verb: str, reason: str) -> None:
    """Cancel the order and its open lines; everything still held for it goes back."""
    ORDER.move(order, verb, cancelled_at=timezone.now())
    for line in order.lines.select_for_update().filter(state="open").order_by("pk"):
        LINE.move(line, "cancel")
    _refund(actor, order, ledger.held(order.uid), f"cancel:{order.uid}", reason)
    record(events.ORDER_CANCELLED, **about(order, actor), reason=reason)


def _refund(actor: Actor, order: Order, amount: Decimal, key: str, reason: str) -> None:
    if amount > Decimal(0):
        ledger.refund(actor=actor, order_uid=order.uid, amount=amount, key=key, reason=reason)
