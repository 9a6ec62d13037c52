"""A guided first order: on the buyer's pages of a demo a sentence says what the page is for, until it is dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from penstock.hub.parties.states import OrganisationKind

DISMISSED_SESSION_KEY = "first-order-dismissed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step and the pages (names of addresses) it is taken on."""

    pages: frozenset[str]
    title: Any
    text: Any


STEPS = (
    Step(
        frozenset({"home", "parts"}),
        _("Upload a model"),
        _("Drop a file on the field, or take our bracket: it is measured at once, and priced in every process."),
    ),
    Step(
        frozenset({"part", "quote"}),
        _("Choose how it is made"),
        _(
            "The first row is recommended, and says why. Click any price to see how it comes about, "
            "then put it into the basket."
        ),
    ),
    Step(
        frozenset({"basket"}),
        _("Look at the basket"),
        _("Several parts and processes make one order. Change a quantity, add more parts, or go to the check-out."),
    ),
    Step(
        frozenset({"checkout", "checkout-address"}),
        _("Say where to, how fast, how paid"),
        _("The total never changes behind your back: what you see here is what you pay."),
    ),
    Step(
        frozenset({"sandbox_payment"}),
        _("Pay with play money"),
        _("This stands for the payment provider. Pay, or see what happens when a payment is declined or comes late."),
    ),
    Step(
        frozenset({"order"}),
        _("Watch it being made"),
        _(
            "The order moves by itself as makers report. To be the maker log in as maker@demo.penstock; "
            "the operator is operator@demo.penstock."
        ),
    ),
)


def is_shown(request: HttpRequest) -> bool:
    """To buyers and to who has not signed up, in a demo, until they dismiss it."""
    if not settings.DEMO or request.session.get(DISMISSED_SESSION_KEY):
        return False
    if not request.user.is_authenticated:
        return True
    member = request.member
    return (
        member is not None
        and OrganisationKind.BUYER in member.organisation.kinds
        and not request.user.first_order_dismissed
    )


def step_of(request: HttpRequest) -> dict[str, Any] | None:
    """The step this page is, with its number; None where there is none."""
    match = getattr(request, "resolver_match", None)
    if match is None or not is_shown(request):
        return None
    for number, step in enumerate(STEPS, start=1):
        if match.url_name in step.pages:
            return {"step": step, "number": number, "of": len(STEPS), "has_sample": match.url_name == "parts"}
    return None
