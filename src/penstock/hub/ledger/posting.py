"""The one door into the double entry: a business fact becomes one balanced transaction, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from hordak.models import Leg, Transaction

from penstock.hub.core.money import cents, money

from .accounts import Purpose, book
from .models import LegSubject, Posting


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a transaction. `amount` is positive for a credit, negative for a debit."""

    purpose: Purpose
    amount: Decimal
    organisation_id: int | None = None
    subject_uid: str = ""
    text: str = ""


def credit(purpose: Purpose, amount: Decimal, organisation_id: int | None = None, **words: str) -> Entry:
    return Entry(purpose, cents(amount), organisation_id, **words)


def debit(purpose: Purpose, amount: Decimal, organisation_id: int | None = None, **words: str) -> Entry:
    return Entry(purpose, -cents(amount), organisation_id, **words)


def is_posted(key: str) -> bool:
    """Whether this fact is in the books."""
    return Posting.objects.filter(key=key).exists()


@transaction.atomic
def post(
    *, key: str, kind: str, legs: Sequence[Entry], text: str, order_uid: str = "", subject_uid: str = ""
) -> Posting | None:
    """Write one transaction for the fact `key`; None when it is in the books already or moves nothing.

    Sides of nothing are left out. The database refuses a transaction whose sides differ (hordak's deferred
    trigger, at the commit); here it is a ValueError at once.
    """
    legs = [leg for leg in legs if leg.amount]
    if sum(leg.amount for leg in legs) != 0:
        raise ValueError(f"{key}: debits and credits differ by {sum(leg.amount for leg in legs)}")
    if not legs or is_posted(key):
        return None
    accounts = [book(leg.purpose, leg.organisation_id).account_id for leg in legs]
    try:
        with transaction.atomic():
            written = Transaction.objects.create(description=text, date=timezone.localdate())
            posting = Posting.objects.create(
                key=key, transaction=written, kind=kind, order_uid=order_uid, subject_uid=subject_uid
            )
    except IntegrityError:
        return None  # somebody else posted it in this moment
    rows = Leg.objects.bulk_create(
        Leg(
            transaction=written,
            account_id=account_id,
            credit=money(leg.amount) if leg.amount > 0 else None,
            debit=money(-leg.amount) if leg.amount < 0 else None,
            description=leg.text or text,
        )
        for leg, account_id in zip(legs, accounts, strict=True)
    )
    LegSubject.objects.bulk_create(
        LegSubject(leg=row, subject_uid=leg.subject_uid) for leg, row in zip(legs, rows, strict=True) if leg.subject_uid
    )
    return posting
