"""The page where the payer of a sandbox payment answers, in place of a real provider's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.http import actor_of
from penstock.hub.web.doors import page

from . import desk, selectors, services

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


urlpatterns = [*desk.urlpatterns, path("sandbox/pay/<str:reference>", sandbox_payment, name="sandbox_payment")]
