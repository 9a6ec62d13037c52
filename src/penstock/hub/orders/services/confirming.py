"""The moment money arrives: the order is confirmed, or, where nothing waits for it, the money goes back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.journal import record
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.orders import events
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.orders.promises import add_working_days, working_days_between
from penstock.hub.orders.states import ORDER

from .telling import about, locked_order


@transaction.atomic
def confirm(*, order_uid: str, payment_uid: str) -> bool:
    """A payment arrived. Confirms the order; False when nothing waited for the money (paid already, cancelled,
    lapsed), which then goes back to where it came from."""
    order = locked_order(Order.objects.across_tenants().values_list("pk", flat=True).get(uid=order_uid))
    if ORDER.allows(order.state, "confirm"):
        confirm_paid(order, SYSTEM)
        return True
    _give_back(order, Payment.objects.across_tenants().get(uid=payment_uid))
    return False


def confirm_paid(order: Order, actor: Actor) -> None:
    """Confirm a placed order whose money is there. The promise counts from now, not from when it was placed."""
    ORDER.move(order, "confirm", confirmed_at=timezone.now(), promised_on=_count_from_today(order))
    record(events.ORDER_CONFIRMED, **about(order, actor), promised_on=str(order.promised_on))


def _count_from_today(order: Order) -> date:
    placed_on, today = timezone.localdate(order.placed_at), timezone.localdate()
    if today <= placed_on:
        return order.promised_on
    lines = list(order.lines.all())
    for line in lines:
        line.due_on = add_working_days(today, line.lead_days)
    OrderLine.objects.across_tenants().bulk_update(lines, ["due_on"])
    return add_working_days(today, working_days_between(placed_on, order.promised_on))


def _give_back(order: Order, payment: Payment) -> None:
    # What a cancellation gave back in between is not given back twice; what a complaint took from the deposit meanwhile
    # is no part of this payment.
    amount = min(payment.amount, ledger.paid(order.uid) - ledger.refunded(order.uid))
    if amount > Decimal(0):
        ledger.refund(
            actor=SYSTEM,
            order_uid=order.uid,
            amount=amount,
            key=f"double:{payment.uid}",
            reason=_("The order was paid already or no longer wanted"),
            payment_uid=payment.uid,
        )
