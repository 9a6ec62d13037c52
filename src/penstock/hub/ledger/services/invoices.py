"""Invoices: one for an order, numbered without a gap, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from penstock.hub.core.actors import Actor
from penstock.hub.core.journal import record
from penstock.hub.core.locks import exclusive
from penstock.hub.ledger import events
from penstock.hub.ledger.models import Invoice


@transaction.atomic
def issue_invoice(
    *,
    actor: Actor,
    organisation_id: int,
    order_uid: str,
    currency: str,
    amounts: Mapping[str, Decimal],
    tax_percent: Decimal,
    document: Mapping[str, Any],
) -> Invoice:
    """The invoice of an order; asked again it is the one that was issued, whatever is given.

    A sequence of the database would leave a gap where a transaction is undone, so the next number is counted while
    the others wait. `amounts`: net, carriage, tax, total.
    """
    exclusive("invoice numbers")
    issued = Invoice.objects.across_tenants().filter(order_uid=order_uid).first()
    if issued is not None:
        return issued
    serial = _last_serial() + 1
    invoice = Invoice.objects.create(
        organisation_id=organisation_id,
        order_uid=order_uid,
        serial=serial,
        number=f"I-{timezone.localdate().year}-{serial:06d}",
        currency=currency,
        tax_percent=tax_percent,
        document=dict(document),
        **amounts,
    )
    record(
        events.INVOICE_ISSUED,
        actor=actor,
        order=order_uid,
        subject=invoice.uid,
        organisations=[organisation_id],
        number=invoice.number,
        total=str(invoice.total),
        currency=currency,
    )
    return invoice


def _last_serial() -> int:
    return Invoice.objects.across_tenants().aggregate(last=Max("serial"))["last"] or 0
