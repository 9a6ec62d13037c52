"""Passing a deposit on to those who did the work, and the remedies that move money between them and the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.core.money import cents, network_currency
from penstock.hub.ledger import accounts, events
from penstock.hub.ledger.accounts import PLATFORM_MARGIN, Purpose
from penstock.hub.ledger.models import Payment
from penstock.hub.ledger.posting import credit, debit, is_posted, post
from penstock.hub.ledger.reading import held, paid, settled
from penstock.hub.parties.models import Organisation


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is credited how much for which job or shipment."""

    organisation_id: int
    amount: Decimal
    subject_uid: str
    text: str


@transaction.atomic
def settle(
    *,
    actor: Actor,
    key: str,
    order_uid: str,
    gross: Decimal,
    tax: Decimal,
    payees: Sequence[Payee],
    margin: Purpose = PLATFORM_MARGIN,
) -> None:
    """Pass `gross` of an order's deposit on: to the payees, `tax` to the tax account, the rest to `margin`.

    Once per `key`. Where a refund has already taken a part of the deposit, warranty cost fills it up: the payees
    are not touched by what was promised to the buyer. Raises Conflict "not_paid" beyond what was paid.
    """
    actor.require_operator()
    gross, tax = cents(gross), cents(tax)
    payments = list(
        Payment.objects.across_tenants()
        .filter(order_uid=order_uid, state="succeeded")
        .order_by("pk")
        .select_for_update()
    )
    if is_posted(f"settle:{key}"):
        return
    if gross <= 0 or tax < 0 or any(payee.amount < 0 for payee in payees):
        raise Invalid("bad_amount", _("A settlement cannot be negative."))
    if settled(order_uid) + gross > paid(order_uid):
        raise Conflict("not_paid", _("More would be settled than was paid for this order."), gross=str(gross))
    buyer_id = payments[0].organisation_id
    from_deposit = min(gross, max(held(order_uid), Decimal(0)))
    shares = [
        credit(accounts.PAYABLES, p.amount, p.organisation_id, subject_uid=p.subject_uid, text=p.text) for p in payees
    ]
    rest = gross - tax - sum(share.amount for share in shares)
    post(
        key=f"settle:{key}",
        kind="settlement",
        order_uid=order_uid,
        legs=[
            debit(accounts.HELD, from_deposit, buyer_id),
            debit(accounts.WARRANTY, gross - from_deposit),
            *shares,
            credit(accounts.TAX, tax),
            credit(margin, rest),  # a loss is the same entry on its other side
        ],
        text=_("Settlement for order %(order)s") % {"order": order_uid},
    )
    record(
        events.SETTLED,
        actor=actor,
        order=order_uid,
        amount=str(gross),
        currency=network_currency(),
        payees=len(payees),
    )


@transaction.atomic
def credit_payee(
    *, actor: Actor, key: str, organisation_id: int, amount: Decimal, order_uid: str, subject_uid: str, text: str
) -> None:
    """Owe a payee for work no buyer pays for (a remake, a transfer): warranty cost. Once per `key`."""
    _remedy(events.PAYEE_CREDITED, 1, actor, f"credit:{key}", organisation_id, amount, order_uid, subject_uid, text)


@transaction.atomic
def charge_back(
    *, actor: Actor, key: str, organisation_id: int, amount: Decimal, order_uid: str, subject_uid: str, text: str
) -> None:
    """Take from a payee what its mistake cost the network. Once per `key`."""
    _remedy(events.CHARGED_BACK, -1, actor, f"charge:{key}", organisation_id, amount, order_uid, subject_uid, text)


def _remedy(
    kind: Kind,
    sign: int,
    actor: Actor,
    key: str,
    organisation_id: int,
    amount: Decimal,
    order_uid: str,
    subject_uid: str,
    text: str,
) -> None:
    """Between warranty cost and a payee's account: to the payee with sign 1, from it with -1."""
    actor.require_operator()
    amount = cents(amount)
    if amount < 0:
        raise Invalid("bad_amount", _("The amount of a remedy is not negative."))
    posting = post(
        key=key,
        kind="remedy",
        order_uid=order_uid,
        subject_uid=subject_uid,
        legs=[
            debit(accounts.WARRANTY, sign * amount),
            credit(accounts.PAYABLES, sign * amount, organisation_id, subject_uid=subject_uid, text=text),
        ],
        text=text,
    )
    if posting is not None:
        uid = Organisation.objects.values_list("uid", flat=True).get(pk=organisation_id)
        record(
            kind,
            actor=actor,
            order=order_uid,
            subject=subject_uid,
            organisations=[organisation_id],
            organisation_uid=uid,
            amount=str(amount),
            currency=network_currency(),
            text=text,
        )
