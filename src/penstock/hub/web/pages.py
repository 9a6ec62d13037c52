"""The front door for strangers, and where a member's day begins."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from penstock.engines import knowledge
from penstock.hub.parties import services as party_services
from penstock.hub.parts.pages import drop
from penstock.hub.web import network_pages
from penstock.hub.web.doors import is_htmx, page, page_of
from penstock.hub.web.first_order import DISMISSED_SESSION_KEY
from penstock.hub.web.reference import api_reference
from penstock.hub.web.search import search
from penstock.hub.web.today import sections


@page(public=True)
def home(request: HttpRequest) -> HttpResponse:
    """Strangers see what this is; buyers go to their parts; others to what waits for them today."""
    if not request.user.is_authenticated:
        return render(request, "web/front.html", _front() | drop(request))
    if request.member is None:
        return redirect("organisation-new")
    kinds = set(request.member.organisation.kinds)
    if kinds == {"buyer"}:
        return redirect("parts")
    found = sections(request.actor, kinds)
    context = {
        "kinds": kinds,
        "sections": found,
        "late": sum(each.late for each in found),
        "waiting": sum(len(each.rows) for each in found if each.counts),
    }
    return render(request, "web/today.html", context)


def _front() -> dict[str, object]:
    known = knowledge.default()
    return {
        "processes": sorted(known.processes.values(), key=lambda each: each.trade_name),
        "materials": len(known.materials),
        "is_open": settings.VISITOR_FILES_AN_HOUR > 0,
    }


@page(methods=("POST",), public=True)
def dismiss_first_order(request: HttpRequest) -> HttpResponse:
    """For good: of a person in every browser, of a stranger in this one."""
    request.session[DISMISSED_SESSION_KEY] = True
    if request.user.is_authenticated:
        party_services.dismiss_first_order(user=request.user)
    return HttpResponse() if is_htmx(request) else redirect(page_of(request) or "home")


urlpatterns = [
    path("first-order/dismiss", dismiss_first_order, name="first-order-dismiss"),
    *network_pages.urlpatterns,
    path("", home, name="home"),
    path("api/", api_reference, name="api-reference"),
    path("search", search, name="search"),
]
