"""Pieces on their way from the machine to the buyer's door, counted on each line under its lock."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.orders import events
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.orders.states import LINE, ORDER

from .telling import about, about_line, locked_line, locked_order


@transaction.atomic
def start_production(*, order: Order, actor: Actor = SYSTEM) -> bool:
    """Work begins; False when a cancellation came first (or it has begun already)."""
    current = locked_order(order.pk)
    if not ORDER.allows(current.state, "start"):
        return False
    ORDER.move(current, "start")
    order.state = current.state
    record(events.PRODUCTION_STARTED, **about(current, actor))
    return True


@transaction.atomic
def record_made(*, actor: Actor, line_id: int, pieces: int) -> OrderLine:
    """Good pieces came off a machine."""
    return _count(events.PIECES_MADE, actor, line_id, pieces, made=pieces)


@transaction.atomic
def record_unmade(*, actor: Actor, line_id: int, pieces: int) -> OrderLine:
    """Pieces that counted as made failed inspection: they are made again."""
    return _count(events.PIECES_UNMADE, actor, line_id, pieces, made=-pieces)


@transaction.atomic
def record_shipped(*, actor: Actor, line_id: int, pieces: int) -> OrderLine:
    return _count(events.PIECES_SHIPPED, actor, line_id, pieces, shipped=pieces)


@transaction.atomic
def record_lost(*, actor: Actor, line_id: int, pieces: int) -> OrderLine:
    """Pieces under way will not arrive: they are neither shipped nor made any more."""
    return _count(events.PIECES_LOST, actor, line_id, pieces, made=-pieces, shipped=-pieces)


@transaction.atomic
def record_delivered(*, actor: Actor, line_id: int, pieces: int) -> OrderLine:
    """Pieces are at the buyer's door. The last one delivers the line, the last line the order."""
    line = _count(events.PIECES_DELIVERED, actor, line_id, pieces, delivered=pieces)
    if line.delivered == line.quantity and line.state == "open":
        LINE.move(line, "deliver")
        order = locked_order(line.order_id)
        record(events.LINE_DELIVERED, **about_line(order, line, actor))
        deliver_order_if_done(order, actor)
    return line


def deliver_order_if_done(order: Order, actor: Actor) -> bool:
    """Every line delivered or cancelled: so is the order. The caller holds the order's lock."""
    states = set(order.lines.values_list("state", flat=True))
    if order.state != "in_production" or "open" in states or states == {"cancelled"}:
        return False
    ORDER.move(order, "deliver", delivered_at=timezone.now())
    record(events.ORDER_DELIVERED, **about(order, actor))
    return True


def _count(kind: Kind, actor: Actor, line_id: int, pieces: int, **steps: int) -> OrderLine:
    """Add to the line's counters; refused where fewer pieces would be made than shipped, or more than ordered."""
    if pieces < 1:
        raise Invalid("bad_pieces", _("Name a number of pieces above zero."))
    # The order before its line: two last lines delivered at once must see each other.
    order, line = locked_line(line_id)
    counted = {name: getattr(line, name) + step for name, step in steps.items()}
    for name, value in counted.items():
        setattr(line, name, value)
    if not 0 <= line.delivered <= line.shipped <= line.made <= line.quantity or line.state != "open":
        raise Conflict(
            "pieces_out_of_order",
            _("This does not add up: made %(made)s, shipped %(shipped)s, delivered %(delivered)s of %(quantity)s.")
            % {
                "made": line.made,
                "shipped": line.shipped,
                "delivered": line.delivered,
                "quantity": line.quantity,
            },
            line_uid=line.uid,
        )
    line.save(update_fields=list(counted))
    record(kind, **about_line(order, line, actor), pieces=pieces, done=next(iter(counted.values())))
    return line
