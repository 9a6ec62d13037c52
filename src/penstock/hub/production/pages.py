"""The pages of production: the workshop's in modules of their own, and the buyer's cancelling, which must ask what has
begun."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from penstock.hub.web.doors import page

from . import (
    build_pages,
    control_pages,
    firm_pages,
    job_pages,
    machine_pages,
    offer_pages,
    services,
    workshop_pages,
)


@page(methods=("POST",))
def cancel(request: HttpRequest, uid: str) -> HttpResponse:
    services.cancel_order(actor=request.actor, order_uid=uid)
    messages.success(request, _("The order has been cancelled. What was paid goes back to where it came from."))
    return redirect("order", uid)


@page(methods=("POST",))
def cancel_line(request: HttpRequest, uid: str) -> HttpResponse:
    line = services.cancel_line(actor=request.actor, line_uid=uid)
    messages.success(request, _("%(part)s has been cancelled.") % {"part": line.part_name})
    return redirect("order", line.order.uid)


urlpatterns = [
    *control_pages.urlpatterns,
    *firm_pages.urlpatterns,
    *offer_pages.urlpatterns,
    *job_pages.urlpatterns,
    *machine_pages.urlpatterns,
    *workshop_pages.urlpatterns,
    *build_pages.urlpatterns,
    path("orders/<str:uid>/cancel", cancel, name="order-cancel"),
    path("orders/lines/<str:uid>/cancel", cancel_line, name="order-line-cancel"),
]
