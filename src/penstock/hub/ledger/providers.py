"""The seam to payment providers: five verbs. A provider is one class and one line in `PROVIDERS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.errors import Invalid

from .models import Payment

Status = Literal["open", "succeeded", "declined"]

PROVIDERS = {"sandbox": "penstock.hub.ledger.sandbox.SandboxProvider"}


class ProviderSilent(Exception):
    """No answer, or none that can be understood: nothing is known about the payment. It is asked for again later."""


class ProviderDeclined(Exception):
    """The provider refuses this payment; the message says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """The provider's number for the payment, and where the payer goes on."""

    reference: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider reports by itself, after its signature was checked. `id` is the same when it reports again."""

    id: str
    reference: str
    status: Status
    amount: Decimal
    currency: str
    reason: str = ""


class Provider(Protocol):
    """Every call may raise ProviderSilent and may be repeated: the payment's or refund's public id is its key."""

    def start(self, payment: Payment) -> Started:
        """Ask the provider to collect; raises ProviderDeclined when it refuses at once."""

    def look_up(self, reference: str) -> Status:
        """Where the payment stands at the provider."""

    def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> str:
        """Give back a part; returns the provider's number for it."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """The notice in a request; raises Forbidden when it was not signed by the provider, Invalid when malformed."""


def provider(name: str) -> Provider:
    """The provider in use under this name; raises Invalid when it is not the one this network is set up with."""
    if name != settings.PAYMENT_PROVIDER or name not in PROVIDERS:
        raise Invalid("unknown_payment_method", _("This network does not take payments that way."), method=name)
    return import_string(PROVIDERS[name])()
