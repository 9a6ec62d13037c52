"""Reads of money: balances, payments, statements, and whether the books are in order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from hordak.models import Leg

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import NotFound
from penstock.hub.core.money import cents, network_currency

from .accounts import CHART
from .checking import Fault, check
from .models import BookAccount, CreditLimit, Payment, Payout, Posting, Refund, Statement, StatementLine
from .reading import held, on_its_way, owed_by, owed_to, paid, refunded

__all__ = [
    "AccountView",
    "Balance",
    "Fault",
    "account",
    "balances",
    "check",
    "credit_limits",
    "entries",
    "held",
    "paid",
    "payments",
    "payouts",
    "refunded",
    "refunds",
    "sandbox_payment",
    "statement",
    "statement_lines",
    "statements",
]


@dataclass(frozen=True, slots=True)
class Balance:
    """One account. `amount` is on the account's natural side: what cash is there, what is owed, what was earned."""

    purpose: str
    title: str
    organisation_uid: str | None
    organisation_name: str | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AccountView:
    """How an organisation stands with the network."""

    currency: str
    owed_by_you: Decimal
    owed_to_you: Decimal
    payouts_on_their_way: Decimal
    credit_limit: Decimal
    credit_available: Decimal
    days_to_pay: int


def balances() -> tuple[Balance, ...]:
    """Every account of the network that is open, in the order of the chart. For the operator."""
    # Summed by the account's number alone, then named: a join would group by every column of three tables.
    sums = Leg.objects.order_by().values_list("account_id").annotate(Sum("credit"), Sum("debit"))
    moved = {account_id: (credits or 0) - (debits or 0) for account_id, credits, debits in sums}
    rows = BookAccount.objects.select_related("organisation", "account").order_by("account__full_code")
    return tuple(
        Balance(
            purpose=row.purpose,
            title=str(CHART[row.purpose].title),
            organisation_uid=row.organisation.uid if row.organisation else None,
            organisation_name=row.organisation.name if row.organisation else None,
            amount=cents(moved.get(row.account_id, Decimal(0)) * row.account.sign),
        )
        for row in rows
    )


def entries(actor: Actor, search: str = "") -> QuerySet[Posting]:
    """What was posted, newest first, each with its sides: all of it, or what belongs to an order or is called so.
    For the operator."""
    actor.require_operator(READ)
    sides = Leg.objects.select_related("account__kept_for__organisation").order_by("pk")
    found = Posting.objects.select_related("transaction").prefetch_related(Prefetch("transaction__legs", sides))
    if search:
        found = found.filter(Q(order_uid=search) | Q(subject_uid=search) | Q(key__icontains=search))
    return found.order_by("-pk")


def account(organisation_id: int) -> AccountView:
    """What an organisation owes, is owed, and may still buy on account."""
    limit = CreditLimit.objects.across_tenants().filter(organisation_id=organisation_id).first()
    amount = limit.amount if limit else Decimal("0.00")
    owes = owed_by(organisation_id)
    return AccountView(
        currency=network_currency(),
        owed_by_you=owes,
        owed_to_you=owed_to(organisation_id),
        payouts_on_their_way=on_its_way(organisation_id),
        credit_limit=amount,
        credit_available=amount - owes,
        days_to_pay=limit.days if limit else 0,
    )


def payments(actor: Actor, order_uid: str | None = None) -> QuerySet[Payment]:
    found = Payment.objects.visible_to(actor).select_related("organisation")
    return found if order_uid is None else found.filter(order_uid=order_uid)


def refunds(actor: Actor, order_uid: str | None = None) -> QuerySet[Refund]:
    found = Refund.objects.visible_to(actor).select_related("organisation", "payment")
    return found if order_uid is None else found.filter(order_uid=order_uid)


def statements(actor: Actor) -> QuerySet[Statement]:
    return Statement.objects.visible_to(actor).select_related("organisation")


def statement(actor: Actor, uid: str) -> Statement:
    actor.require(READ)
    found = statements(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound("not_found", _("There is no such statement."))
    return found


def statement_lines(actor: Actor, uid: str) -> QuerySet[StatementLine]:
    return statement(actor, uid).lines.all()


def payouts(actor: Actor) -> QuerySet[Payout]:
    return Payout.objects.visible_to(actor).select_related("organisation")


def credit_limits(actor: Actor) -> QuerySet[CreditLimit]:
    return CreditLimit.objects.visible_to(actor).select_related("organisation")


def sandbox_payment(actor: Actor, reference: str) -> Payment:
    """The sandbox payment with this reference, for those who may see it."""
    found = payments(actor).filter(method="sandbox", provider_reference=reference).first()
    if found is None:
        raise NotFound("not_found", _("The sandbox knows no such payment."))
    return found
