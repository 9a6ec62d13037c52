"""The operator's price list: its rates in a form, what a change would do to the last hundred quotes, its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, WORK
from penstock.hub.core.errors import DomainError, Invalid
from penstock.hub.web.doors import page

from . import selectors, services
from .publishing import Change
from .rates import applied, groups

SHOWN_CHANGES = 12
SHOWN_VERSIONS = 10


@page()
def prices(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator(READ)
    return _show(request)


@page(methods=("POST",))
def preview(request: HttpRequest) -> HttpResponse:
    """What the rates in the form would make of the last quotes; for the page around it. Nothing is changed."""
    request.actor.require_operator()
    context: dict[str, Any]
    document, faults, changed = _document(request)
    if faults or not changed:
        context = {"faults": faults, "changed": changed}
    else:
        try:
            found = services.preview_price_book(actor=request.actor, document=document)
        except Invalid as error:
            context = {"faults": error.data.get("problems", [error.message]), "changed": changed}
        else:
            context = {"faults": [], "changed": changed, **_summary(found)}
    return render(request, "quotes/price_preview.html", context)


@page(methods=("POST",))
def publish(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator()
    document, faults, changed = _document(request)
    if not faults and changed:
        try:
            made = services.publish_price_book(
                actor=request.actor, document=document, note=request.POST.get("note", "")
            )
        except DomainError as error:
            faults = error.data.get("problems", [error.message])
        else:
            told = _("Price list %(number)s is in force. Quotes given before keep their prices.")
            messages.success(request, told % {"number": made.number})
            return redirect("desk-prices")
    return _show(request, faults or [_("Nothing was changed.")], typed=request.POST)


@page(methods=("POST",))
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Put an older version in force again, as a new one."""
    old = selectors.price_book(request.actor, number)
    note = _("As version %(number)s") % {"number": old.number}
    made = services.publish_price_book(actor=request.actor, document=old.document, note=note)
    told = _("Price list %(number)s is in force. Quotes given before keep their prices.")
    messages.success(request, told % {"number": made.number})
    return redirect("desk-prices")


def _document(request: HttpRequest) -> tuple[dict[str, Any], list[str], int]:
    current, _book = services.current_book()
    return applied(current.document, request.POST, by=request.actor.name)


def _show(request: HttpRequest, faults: list[str] | None = None, typed: Any = None) -> HttpResponse:
    versions = list(selectors.price_books(request.actor)[:SHOWN_VERSIONS])
    context = {
        "current": versions[0],
        "versions": versions,
        "groups": groups(versions[0].document),
        "typed": typed or {},
        "faults": faults,
        "may_work": WORK in request.actor.rights,
    }
    return render(request, "quotes/price_list.html", context, status=422 if faults else 200)


def _summary(found: list[Change]) -> dict[str, Any]:
    priced = [change for change in found if change.percent is not None]
    percents = [change.percent or 0.0 for change in priced]
    largest = sorted(priced, key=lambda change: -abs(change.percent or 0.0))[:SHOWN_CHANGES]
    return {
        "quotes": len(found),
        "dearer": sum(percent > 0 for percent in percents),
        "cheaper": sum(percent < 0 for percent in percents),
        "lost": [change for change in found if change.new is None],
        "mean_percent": sum(percents) / len(percents) if percents else 0.0,
        "largest": [change for change in largest if change.percent],
    }


urlpatterns = [
    path("desk/prices/", prices, name="desk-prices"),
    path("desk/prices/preview", preview, name="desk-prices-preview"),
    path("desk/prices/publish", publish, name="desk-prices-publish"),
    path("desk/prices/<int:number>/again", take_back, name="desk-prices-again"),
]
