"""A payment provider for trying things out: no money moves, and it can be told to misbehave.

Its customer answers on a page (`/sandbox/pay/<reference>`), or a program does by `answer`. It signs its notices as a
real one would. `settings.SANDBOX_PAYMENT_FAULT` makes it refuse ("decline") or not answer ("timeout") at the start.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from penstock.hub.core.errors import Forbidden, Invalid, NotFound

from .models import Payment, SandboxCharge
from .providers import Notice, ProviderDeclined, ProviderSilent, Started, Status

SIGNATURE_HEADER = "X-Sandbox-Signature"
# What the customer can answer → (where the charge then stands, how many times it is reported).
ANSWERS: dict[str, tuple[Status, int]] = {
    "approve": ("succeeded", 1),
    "approve_and_report_twice": ("succeeded", 2),
    "approve_without_report": ("succeeded", 0),
    "decline": ("declined", 1),
}


class SandboxProvider:
    """See providers.Provider."""

    def start(self, payment: Payment) -> Started:
        if settings.SANDBOX_PAYMENT_FAULT == "decline":
            raise ProviderDeclined(_("The sandbox is set to decline every payment."))
        # Derived from our number for the payment, so that asking twice is asking once.
        reference = "sbx_" + salted_hmac("sandbox", payment.uid, algorithm="sha256").hexdigest()[:24]
        SandboxCharge.objects.get_or_create(
            reference=reference, defaults={"amount": payment.amount, "currency": payment.currency}
        )
        if settings.SANDBOX_PAYMENT_FAULT == "timeout":
            raise ProviderSilent
        return Started(reference, reverse("sandbox_payment", args=[reference]))

    def look_up(self, reference: str) -> Status:
        if settings.SANDBOX_PAYMENT_FAULT == "timeout":
            raise ProviderSilent
        return _charge(reference).status

    @transaction.atomic
    def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> str:
        if settings.SANDBOX_PAYMENT_FAULT == "timeout":
            raise ProviderSilent
        charge = SandboxCharge.objects.select_for_update().get(reference=reference)
        given = charge.refunds | {key: str(amount)}
        if sum(map(Decimal, given.values())) > charge.amount:
            raise Invalid("refund_too_large", _("The sandbox collected less than it is asked to give back."))
        charge.refunds = given
        charge.save(update_fields=["refunds"])
        return f"sbr_{key}"

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        if not constant_time_compare(headers.get(SIGNATURE_HEADER, ""), signature(body)):
            raise Forbidden("bad_signature", _("This notice is not signed by the payment provider."))
        try:
            told = json.loads(body)
            return Notice(
                id=str(told["id"]),
                reference=str(told["reference"]),
                status=told["status"],
                amount=Decimal(told["amount"]),
                currency=str(told["currency"]),
            )
        except (ValueError, TypeError, KeyError, InvalidOperation) as error:
            raise Invalid("malformed_notice", _("This notice cannot be read.")) from error


def signature(body: bytes) -> str:
    """HMAC-SHA256 over the body, in hexadecimal."""
    secret = settings.PAYMENT_NOTICE_SECRET.encode()
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def answer(reference: str, how: str) -> list[tuple[bytes, dict[str, str]]]:
    """Answer as the provider's customer; returns the notices (body, headers) that the provider would send now."""
    if how not in ANSWERS:
        raise Invalid("unknown_answer", _("The sandbox does not know this answer."), answers=sorted(ANSWERS))
    status, reports = ANSWERS[how]
    charge = _charge(reference)
    # The first answer counts; a second click reports it again.
    SandboxCharge.objects.filter(pk=charge.pk, status="open").update(status=status)
    charge.refresh_from_db()
    body = json.dumps(
        {
            "id": f"{reference}:{charge.status}",
            "reference": reference,
            "status": charge.status,
            "amount": str(charge.amount),
            "currency": charge.currency,
        }
    ).encode()
    return [(body, {SIGNATURE_HEADER: signature(body)})] * reports


def _charge(reference: str) -> SandboxCharge:
    charge = SandboxCharge.objects.filter(reference=reference).first()
    if charge is None:
        raise NotFound("not_found", _("The sandbox knows no such payment."))
    return charge
