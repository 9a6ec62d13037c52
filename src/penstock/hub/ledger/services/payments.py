"""Money in: on account within a limit, or by a provider that may decline, fall silent, or report twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import PAY, SYSTEM, Actor
from penstock.hub.core.errors import Invalid, NotFound, PaymentFailed
from penstock.hub.core.journal import Kind, record
from penstock.hub.core.money import cents, network_currency
from penstock.hub.ledger import accounts, events, providers, sandbox
from penstock.hub.ledger.models import CreditLimit, Payment, PaymentNotice
from penstock.hub.ledger.posting import credit, debit, post
from penstock.hub.ledger.providers import ProviderDeclined, ProviderSilent, Status
from penstock.hub.ledger.reading import owed_by
from penstock.hub.ledger.states import PAYMENT

logger = logging.getLogger(__name__)

ACCOUNT = "account"
WAIT_FOR_MONEY = timedelta(days=7)
# What a provider's answer does to a payment, and what is told.
OUTCOMES = {
    "succeeded": ("succeed", events.PAYMENT_SUCCEEDED),
    "declined": ("decline", events.PAYMENT_DECLINED),
    "expired": ("expire", events.PAYMENT_EXPIRED),
}


@transaction.atomic
def open_payment(
    *, actor: Actor, organisation_id: int, order_uid: str, amount: Decimal, currency: str, method: str
) -> Payment:
    """Ask for the money of an order, in the transaction that places it.

    "account" is charged at once; a provider's payment stays pending until `begin_payment` and a notice.
    Raises PaymentFailed "credit_limit" when the account does not cover it, Invalid for an unknown method.
    """
    actor.require(PAY)
    if not actor.is_operator and organisation_id != actor.organisation_id:
        raise NotFound("not_found", _("There is no such organisation."))
    amount = cents(amount)
    if amount <= 0 or currency != network_currency():
        raise Invalid("bad_amount", _("This amount cannot be paid here."), amount=str(amount), currency=currency)
    if method == ACCOUNT:
        _require_credit(organisation_id, amount)
    else:
        providers.provider(method)
    payment = Payment.objects.create(
        organisation_id=organisation_id, order_uid=order_uid, amount=amount, currency=currency, method=method
    )
    if method == ACCOUNT:
        _move(payment, "succeed")
        _post_in(payment)
    _tell(events.CHARGED_TO_ACCOUNT if method == ACCOUNT else events.PAYMENT_OPENED, actor, payment)
    return payment


def begin_payment(*, actor: Actor, payment_uid: str) -> Payment:
    """Ask the provider to collect; the payer goes on at `next_url`. Call it outside a transaction.

    A second click, or two at once, gets the same reference. When the provider does not answer the payment stays
    pending without a `next_url` and is asked for again in the background.
    """
    actor.require(PAY)
    payment = Payment.objects.one(actor, payment_uid)
    return _start(actor, payment)


def ask_provider(*, payment_uid: str) -> Payment:
    """Ask where a pending payment stands, or ask for it again when the provider never confirmed it; background work."""
    payment = Payment.objects.one(SYSTEM, payment_uid)
    if payment.method == ACCOUNT:
        return payment
    payment = _start(SYSTEM, payment)
    if not payment.provider_reference:
        return _give_up_in_time(payment)
    try:
        status = providers.provider(payment.method).look_up(payment.provider_reference)
    except ProviderSilent:
        return payment
    _conclude(payment.pk, status)
    payment.refresh_from_db()
    return _give_up_in_time(payment)


@transaction.atomic
def take_notice(*, provider: str, body: bytes, headers: Mapping[str, str]) -> None:
    """A provider reports by itself. The same notice twice, or two at once, has one effect.

    Raises Forbidden when the signature is wrong, NotFound when the payment is not known (yet): the provider then
    reports again.
    """
    notice = providers.provider(provider).verify(body, headers)
    if not _first_time(provider, notice.id, asdict(notice)):
        return
    payment = Payment.objects.across_tenants().filter(method=provider, provider_reference=notice.reference).first()
    if payment is None:
        raise NotFound("not_found", _("There is no payment with this reference."))
    if (notice.amount, notice.currency) != (payment.amount, payment.currency):
        logger.error("notice %s is about another amount than payment %s", notice.id, payment.uid)
        raise Invalid("other_amount", _("The notice is about another amount than the payment."))
    _conclude(payment.pk, notice.status, notice.reason)


def answer_in_sandbox(*, actor: Actor, reference: str, how: str) -> None:
    """Answer a sandbox payment as the payer would on its page; its notices arrive like a real provider's."""
    providers.provider("sandbox")
    payment = Payment.objects.visible_to(actor).filter(method="sandbox", provider_reference=reference).first()
    if payment is None:
        raise NotFound("not_found", _("The sandbox knows no such payment."))
    actor.require(PAY)
    for body, headers in sandbox.answer(reference, how):
        take_notice(provider="sandbox", body=body, headers=headers)


def pay_now(*, actor: Actor, payment_uid: str, how: str = "approve") -> Payment:
    """Begin a sandbox payment and answer it in one go: the demo, the road command and journeys."""
    payment = begin_payment(actor=actor, payment_uid=payment_uid)
    answer_in_sandbox(actor=actor, reference=payment.provider_reference, how=how)
    payment.refresh_from_db()
    return payment


def _require_credit(organisation_id: int, amount: Decimal) -> None:
    accounts.lock(accounts.RECEIVABLES, organisation_id)  # until the charge is posted and committed
    available = credit_available(organisation_id)
    if amount > available:
        raise PaymentFailed(
            "credit_limit",
            _("Your account does not cover this: %(available)s are left. Pay another way, or ask for a higher limit.")
            % {"available": available},
            available=str(available),
            amount=str(amount),
        )


def credit_available(organisation_id: int) -> Decimal:
    """What can still be bought on account: the limit, less what is owed, plus credit that stands there."""
    limit = CreditLimit.objects.across_tenants().filter(organisation_id=organisation_id).first()
    return (limit.amount if limit else Decimal("0.00")) - owed_by(organisation_id)


def _start(actor: Actor, payment: Payment) -> Payment:
    if payment.state != "pending" or payment.provider_reference:
        return payment
    try:
        started = providers.provider(payment.method).start(payment)
    except ProviderSilent:
        logger.warning("provider %s did not answer for payment %s", payment.method, payment.uid)
        return payment
    except ProviderDeclined as error:
        _conclude(payment.pk, "declined", str(error))
    else:
        Payment.objects.across_tenants().filter(pk=payment.pk, provider_reference="").update(
            provider_reference=started.reference, next_url=started.next_url
        )
    payment.refresh_from_db()
    return payment


@transaction.atomic
def _conclude(payment_id: int, status: Status | str, reason: str = "") -> bool:
    """Bring a payment to where the provider says it stands; False when it stands there already."""
    if status not in OUTCOMES:
        return False
    payment = _locked(payment_id)
    verb, kind = OUTCOMES[status]
    if not PAYMENT.allows(payment.state, verb):
        return False
    _move(payment, verb, reason)
    if status == "succeeded":
        _post_in(payment)
    _tell(kind, SYSTEM, payment)
    return True


def _first_time(provider_name: str, notice_id: str, payload: dict) -> bool:
    """Keep the notice; False when it is here already. A second one at the same moment waits for the first."""
    payload = {name: str(value) for name, value in payload.items()}
    _notice, created = PaymentNotice.objects.get_or_create(
        provider=provider_name, notice_id=notice_id, defaults={"payload": payload}
    )
    return created


def _locked(payment_id: int) -> Payment:
    return Payment.objects.across_tenants().select_for_update().get(pk=payment_id)


def _move(payment: Payment, verb: str, reason: str = "") -> None:
    PAYMENT.move(payment, verb, settled_at=timezone.now() if verb == "succeed" else None, reason=reason[:300])


def _post_in(payment: Payment) -> None:
    came_from = (
        debit(accounts.RECEIVABLES, payment.amount, payment.organisation_id)
        if payment.method == ACCOUNT
        else debit(accounts.CASH, payment.amount)
    )
    post(
        key=f"payment:{payment.uid}",
        kind="payment",
        order_uid=payment.order_uid,
        subject_uid=payment.uid,
        legs=[came_from, credit(accounts.HELD, payment.amount, payment.organisation_id)],
        text=_("Payment for order %(order)s") % {"order": payment.order_uid},
    )


def _tell(kind: Kind, actor: Actor, payment: Payment) -> None:
    record(
        kind,
        actor=actor,
        order=payment.order_uid,
        subject=payment.uid,
        organisations=[payment.organisation_id],
        payment_uid=payment.uid,
        amount=str(payment.amount),
        currency=payment.currency,
        method=payment.method,
        reason=payment.reason,
    )


def _give_up_in_time(payment: Payment) -> Payment:
    if payment.state == "pending" and timezone.now() - payment.created_at > WAIT_FOR_MONEY:
        _conclude(payment.pk, "expired")
        payment.refresh_from_db()
    return payment
