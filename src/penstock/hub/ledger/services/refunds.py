"""Money back to a buyer: never more than was paid, to where it came from or onto the account."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Literal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.core.journal import Kind, record
from penstock.hub.core.money import cents
from penstock.hub.ledger import accounts, events
from penstock.hub.ledger.models import Payment, Refund
from penstock.hub.ledger.posting import credit, debit, post
from penstock.hub.ledger.providers import provider
from penstock.hub.ledger.reading import held

from .payments import ACCOUNT

logger = logging.getLogger(__name__)


@transaction.atomic
def refund(
    *,
    actor: Actor,
    order_uid: str,
    amount: Decimal,
    key: str,
    reason: str,
    to: Literal["source", "account"] = "source",
    payment_uid: str = "",
) -> Refund:
    """Give back `amount` of what was paid for an order, once per `key`; returns the (first) refund.

    It is taken from the deposit as long as that lasts, and is warranty cost beyond it: the tax of what was
    already settled stays due. "source" is where each payment came from; "account" leaves it as credit there.
    `payment_uid` names the payment to give back first (one that came twice). An amount no single payment covers
    is given back in several refunds, keyed `key`, `key/2` …
    Raises Conflict "refund_too_large" when more would be given back than was paid.
    """
    amount = cents(amount)
    if amount <= 0 or to not in ("source", "account"):
        raise Invalid("bad_amount", _("There is nothing to give back."))
    payments = _lock_payments(order_uid)
    done = Refund.objects.across_tenants().filter(key=key).first()
    if done is not None:
        return done
    if not payments:
        raise Conflict("not_paid", _("Nothing was paid for this order, so nothing can be given back."))
    if not actor.is_operator and actor.organisation_id != payments[0].organisation_id:
        raise NotFound("not_found", _("There is no such order."))
    left = _left(payments)
    if amount > sum(left.values()):
        raise Conflict(
            "refund_too_large",
            _("Only %(left)s of this order can still be given back.") % {"left": sum(left.values())},
            left=str(sum(left.values())),
            amount=str(amount),
        )
    # The named payment, then one that covers the whole amount, then the newest.
    payments.sort(key=lambda p: (p.uid == payment_uid, left[p.pk] >= amount, p.pk), reverse=True)
    refunds = []
    for payment in payments:
        part = min(amount, left[payment.pk])
        if part > 0:
            part_key = key if not refunds else f"{key}/{len(refunds) + 1}"
            refunds.append(_give_back(actor, payment, part, part_key, reason, to))
            amount -= part
    return refunds[0]


def send_refund(*, refund_uid: str) -> None:
    """Have the provider give the money back; background work, safe to repeat. Raises ProviderSilent to be retried."""
    given = Refund.objects.across_tenants().select_related("payment").get(uid=refund_uid)
    payment = given.payment
    if given.provider_reference or given.to_account or payment is None:
        return
    reference = provider(payment.method).refund(payment.provider_reference, given.amount, given.currency, key=given.uid)
    with transaction.atomic():
        mine = Refund.objects.across_tenants().filter(pk=given.pk, provider_reference="")
        if mine.update(provider_reference=reference):
            _tell(events.REFUND_SENT, SYSTEM, given, "source")


def _lock_payments(order_uid: str) -> list[Payment]:
    """What came in for the order, held so that two refunds cannot both see the same money left."""
    rows = Payment.objects.across_tenants().filter(order_uid=order_uid, state="succeeded")
    return list(rows.order_by("pk").select_for_update())


def _left(payments: list[Payment]) -> dict[int, Decimal]:
    """What of each payment has not been given back, by its key."""
    given = (
        Refund.objects.across_tenants()
        .filter(payment__in=[payment.pk for payment in payments])
        .values_list("payment_id")
        .annotate(total=Sum("amount"))
    )
    back = dict(given)
    return {payment.pk: payment.amount - back.get(payment.pk, Decimal(0)) for payment in payments}


def _give_back(actor: Actor, payment: Payment, amount: Decimal, key: str, reason: str, to: str) -> Refund:
    onto_account = to == "account" or payment.method == ACCOUNT
    given = Refund.objects.create(
        organisation_id=payment.organisation_id,
        payment=payment,
        order_uid=payment.order_uid,
        key=key,
        amount=amount,
        currency=payment.currency,
        reason=reason[:300],
        to_account=onto_account,
    )
    from_deposit = min(amount, max(held(payment.order_uid), Decimal(0)))
    goes_to = (
        credit(accounts.RECEIVABLES, amount, payment.organisation_id) if onto_account else credit(accounts.CASH, amount)
    )
    post(
        key=f"refund:{given.uid}",
        kind="refund",
        order_uid=payment.order_uid,
        subject_uid=given.uid,
        legs=[
            debit(accounts.HELD, from_deposit, payment.organisation_id),
            debit(accounts.WARRANTY, amount - from_deposit),
            goes_to,
        ],
        text=_("Refund for order %(order)s: %(reason)s") % {"order": payment.order_uid, "reason": reason},
    )
    _tell(events.REFUNDED, actor, given, to)
    return given


def _tell(kind: Kind, actor: Actor, given: Refund, to: str) -> None:
    record(
        kind,
        actor=actor,
        order=given.order_uid,
        subject=given.uid,
        organisations=[given.organisation_id],
        refund_uid=given.uid,
        payment_uid=given.payment.uid,
        amount=str(given.amount),
        currency=given.currency,
        reason=given.reason,
        to=to,
        to_account=given.to_account,
    )
