"""The invoice of an order: what was sold to whom for how much, kept as it is when it is first asked for."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import network
from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.ledger import selectors as ledger_reads
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Invoice
from penstock.hub.orders.models import Order, OrderLine


def is_invoiced(order: Order) -> bool:
    """Once it is confirmed, also when it is cancelled afterwards: what goes back then is credited."""
    return order.confirmed_at is not None


def invoice(*, actor: Actor, order_uid: str) -> Invoice:
    """The invoice of a confirmed order, issued at the first asking. Raises Conflict "no_invoice"."""
    actor.require(READ)
    order = Order.objects.select_related("organisation").one(actor, order_uid)
    if not is_invoiced(order):
        raise Conflict("no_invoice", _("This order is not confirmed, so there is no invoice for it."))
    return ledger.issue_invoice(
        actor=actor,
        organisation_id=order.organisation_id,
        order_uid=order.uid,
        currency=order.currency,
        amounts={"net": order.net, "carriage": order.carriage, "tax": order.tax, "total": order.total},
        tax_percent=order.tax_percent,
        document=_document(order),
    )


def _document(order: Order) -> dict[str, Any]:
    """Days as ISO dates, amounts as decimal strings. Lines that were cancelled later are there too: their money was
    paid, and is credited."""
    settings = network.current()
    return {
        "seller": {
            "name": settings.seller,
            "address": settings.seller_address,
            "tax_number": settings.seller_tax_number,
            "footer": settings.invoice_footer,
        },
        "buyer": {
            "name": order.organisation.name,
            "tax_number": order.organisation.tax_number,
            "address": order.bill_to,
        },
        "order": order.number,
        "purchase_order": order.purchase_order,
        "delivered_on": _day(order.delivered_at),
        "promised_on": str(order.promised_on),
        "payment": _payment(order),
        "lines": [line_facts(line) for line in order.lines.order_by("position")],
    }


def line_facts(line: OrderLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "part_name": line.part_name,
        "process": line.process,
        "material": line.material,
        "finish": line.finish,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "net": str(line.net),
    }


def _payment(order: Order) -> dict[str, Any]:
    if order.payment_method == ledger.ACCOUNT:
        return {"method": order.payment_method, "days": ledger_reads.account(order.organisation_id).days_to_pay}
    return {"method": order.payment_method, "paid_on": _day(order.confirmed_at)}


def _day(at: Any) -> str:
    return str(timezone.localdate(at)) if at else ""
