"""Sums over the books. Every figure is added up from the legs; nothing is kept beside them that could differ."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import DecimalField, QuerySet, Sum
from django.db.models.functions import Coalesce
from hordak.models import Leg

from penstock.hub.core.money import cents

from .accounts import HELD, PAYABLES, RECEIVABLES, WARRANTY, Purpose
from .models import Payment, Payout, Refund


def total(legs: QuerySet[Leg]) -> Decimal:
    """Credits minus debits."""
    nought = Decimal(0)
    amount = DecimalField(max_digits=20, decimal_places=2)
    sums = legs.aggregate(
        credits=Coalesce(Sum("credit"), nought, output_field=amount),
        debits=Coalesce(Sum("debit"), nought, output_field=amount),
    )
    return cents(sums["credits"] - sums["debits"])


def legs_of(purpose: Purpose, **conditions: object) -> QuerySet[Leg]:
    """The legs on the accounts kept for a purpose; conditions on the leg, its account or posting."""
    return Leg.objects.filter(account__kept_for__purpose=purpose.name, **conditions)


def held(order_uid: str) -> Decimal:
    """What of the order's money is still held: paid in, neither settled nor given back."""
    return total(legs_of(HELD, transaction__posting__order_uid=order_uid))


def paid(order_uid: str) -> Decimal:
    """What the buyer has paid for the order, before refunds."""
    return _sum(Payment.objects.across_tenants().filter(order_uid=order_uid, state="succeeded"))


def refunded(order_uid: str) -> Decimal:
    """What of it has been given back."""
    return _sum(Refund.objects.across_tenants().filter(order_uid=order_uid))


def settled(order_uid: str) -> Decimal:
    """What the order's settlements were for: what they took from the deposit and what warranty cost had to add."""
    of_settlements = {"transaction__posting__order_uid": order_uid, "transaction__posting__kind": "settlement"}
    return -total(legs_of(HELD, **of_settlements)) - total(legs_of(WARRANTY, **of_settlements))


def owed_by(organisation_id: int) -> Decimal:
    """What the organisation owes the network on account; negative when it has credit there."""
    return -total(legs_of(RECEIVABLES, account__kept_for__organisation_id=organisation_id))


def owed_to(organisation_id: int) -> Decimal:
    """What the network owes the organisation for work done, before payouts that are prepared but not sent."""
    return total(legs_of(PAYABLES, account__kept_for__organisation_id=organisation_id))


def on_its_way(organisation_id: int) -> Decimal:
    """Payouts prepared and not yet sent."""
    return _sum(Payout.objects.across_tenants().filter(organisation_id=organisation_id, state="prepared"))


def _sum(rows: QuerySet) -> Decimal:
    return cents(rows.aggregate(total=Sum("amount"))["total"] or 0)
