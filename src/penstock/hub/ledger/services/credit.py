"""Buying on account: how much an organisation may owe, and what it pays back."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from hordak.models import Leg

from penstock.hub.core.actors import PAY, Actor
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.core.journal import record
from penstock.hub.core.money import cents, network_currency
from penstock.hub.ledger import accounts, events
from penstock.hub.ledger.models import CreditLimit
from penstock.hub.ledger.posting import credit, debit, post
from penstock.hub.parties.models import Organisation


@transaction.atomic
def set_credit_limit(*, actor: Actor, organisation_uid: str, amount: Decimal, days: int = 30) -> CreditLimit:
    """Allow an organisation to owe up to `amount`, payable after `days`; zero ends buying on account."""
    actor.require_operator(PAY)
    organisation = Organisation.objects.filter(uid=organisation_uid).first()
    if organisation is None:
        raise NotFound("not_found", _("There is no such organisation."))
    amount = cents(amount)
    if amount < 0:
        raise Invalid("bad_amount", _("A limit is not negative."))
    limit, _created = CreditLimit.objects.across_tenants().update_or_create(
        organisation=organisation, defaults={"amount": amount, "days": days}
    )
    record(
        events.CREDIT_LIMIT_SET,
        actor=actor,
        subject=organisation.uid,
        organisations=[organisation.pk],
        organisation_uid=organisation.uid,
        amount=str(amount),
        currency=network_currency(),
        days=days,
    )
    return limit


@transaction.atomic
def receive_on_account(*, actor: Actor, organisation_id: int, amount: Decimal, reference: str) -> None:
    """An organisation has paid what it owes (a bank transfer). The same reference counts once;
    with another amount it is refused (Conflict "reference_used")."""
    actor.require_operator(PAY)
    organisation = Organisation.objects.get(pk=organisation_id)
    amount = cents(amount)
    if amount <= 0 or not reference.strip():
        raise Invalid("bad_amount", _("Name the amount received and the bank's reference."))
    key = f"received:{organisation.uid}:{reference.strip()[:80]}"
    posting = post(
        key=key,
        kind="received",
        subject_uid=organisation.uid,
        legs=[debit(accounts.CASH, amount), credit(accounts.RECEIVABLES, amount, organisation_id)],
        text=_("Payment received, reference %(reference)s") % {"reference": reference.strip()[:80]},
    )
    if posting is None:
        booked = Leg.objects.filter(transaction__posting__key=key).exclude(credit=None).get().credit.amount
        if booked != amount:
            raise Conflict(
                "reference_used",
                _("This reference is in the books with another amount: %(booked)s.") % {"booked": booked},
                booked=str(booked),
            )
        return
    record(
        events.RECEIVED_ON_ACCOUNT,
        actor=actor,
        subject=organisation.uid,
        organisations=[organisation_id],
        organisation_uid=organisation.uid,
        amount=str(amount),
        currency=network_currency(),
        reference=reference,
    )
