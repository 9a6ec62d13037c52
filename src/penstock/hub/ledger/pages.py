"""Statements, each amount with what it is for; and the page where the payer of a sandbox payment answers, in place of a
real provider's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.http import actor_of
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.paging import list_page

from . import desk, selectors, services

PAYOUTS = 12
LINES = 100
# In the order of the buttons.
ANSWERS = {
    "approve": _("Pay"),
    "decline": _("Decline"),
    "approve_without_report": _("Pay, but tell the hub later"),
    "approve_and_report_twice": _("Pay, and tell the hub twice"),
}


@page(methods=("GET", "POST"))
def sandbox_payment(request: HttpRequest, reference: str) -> HttpResponse:
    """Shows the payment; a POST with `answer` answers it and goes back to the order."""
    payment = selectors.sandbox_payment(actor_of(request), reference)
    if request.method == "POST":
        how = request.POST.get("answer", "")
        services.answer_in_sandbox(actor=actor_of(request), reference=reference, how=how)
        return redirect(f"/orders/{payment.order_uid}")
    return render(request, "ledger/sandbox.html", {"payment": payment, "answers": ANSWERS.items()})


@page()
def statements(request: HttpRequest) -> HttpResponse:
    """How the organisation stands, its statements, and the money sent to it."""
    actor = request.actor
    own = {"organisation_id": actor.organisation_id}
    context = {
        "tab": "statements",
        "page": list_page(request, selectors.statements(actor).filter(**own)),
        "account": selectors.account(actor.organisation_id),
        "payouts": selectors.payouts(actor).filter(**own).order_by("-pk")[:PAYOUTS],
        "is_maker": OrganisationKind.MAKER in request.member.organisation.kinds,
    }
    return render(request, "ledger/statements.html", context)


@page()
def statement(request: HttpRequest, uid: str) -> HttpResponse:
    found = selectors.statement(request.actor, uid)
    context = {
        "tab": "statements",
        "statement": found,
        "page": list_page(request, selectors.statement_lines(request.actor, uid), limit=LINES),
        "is_maker": OrganisationKind.MAKER in request.member.organisation.kinds,
    }
    return render(request, "ledger/statement.html", context)


urlpatterns = [
    *desk.urlpatterns,
    path("statements/", statements, name="statements"),
    path("statements/<str:uid>", statement, name="statement"),
    path("sandbox/pay/<str:reference>", sandbox_payment, name="sandbox_payment"),
]
