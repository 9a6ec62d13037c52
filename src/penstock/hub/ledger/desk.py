"""The operator's view of the money: balances, entries by order, payouts, and the check of the books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from penstock.hub.core.actors import PAY, READ
from penstock.hub.core.money import network_currency
from penstock.hub.parties import selectors as parties
from penstock.hub.web.doors import page
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page

from . import selectors, services
from .accounts import CHART, PAYABLES
from .models import Posting
from .selectors import Balance


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the chart with its accounts."""

    title: str
    total: Decimal
    accounts: list[Balance]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an entry: which account, whose, and the amount debited or credited."""

    account: str
    organisation: str
    debit: Decimal | None
    credit: Decimal | None


@dataclass(frozen=True, slots=True)
class Entry:
    posting: Posting
    text: str
    sides: list[Side]


@page()
def money(request: HttpRequest) -> HttpResponse:
    """Balances by purpose, what is owed to whom, payouts under way, and whether the books are in order."""
    request.actor.require_operator(READ)
    balances = selectors.balances()
    payouts = selectors.payouts(request.actor).filter(state="prepared").order_by("pk")
    under_way = {payout.organisation.uid for payout in payouts}
    context = {
        "chart": _chart(balances),
        "owed": [each for each in balances if each.purpose == PAYABLES.name and each.amount > 0],
        "under_way": under_way,
        "payouts": payouts,
        "faults": selectors.check(),
        "currency": network_currency(),
        "may_pay": PAY in request.actor.rights,
    }
    return render(request, "ledger/desk.html", context)


@page()
def entries(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    found = list_page(request, selectors.entries(request.actor, query))
    context = {
        "page": found,
        "entries": [_entry(posting) for posting in found],
        "query": query,
        "currency": network_currency(),
    }
    return render(request, "ledger/entries.html", context)


@page(methods=("POST",))
def prepare(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(PAY)
    organisation = parties.organisation(request.actor, uid)
    payout = services.prepare_payout(actor=request.actor, organisation_id=organisation.pk)
    told = _("Payout for %(name)s prepared.") % {"name": organisation.name}
    done(request, told, undo=reverse("desk-payout-cancel", args=[payout.uid]))
    return redirect("desk-ledger")


@page(methods=("POST",))
def sent(request: HttpRequest, uid: str) -> HttpResponse:
    services.pay_payout(actor=request.actor, payout_uid=uid, reference=request.POST.get("reference", ""))
    done(request, _("The payout is in the books."))
    return redirect("desk-ledger")


@page(methods=("POST",))
def cancel(request: HttpRequest, uid: str) -> HttpResponse:
    services.cancel_payout(actor=request.actor, payout_uid=uid)
    done(request, _("The payout is cancelled. The amount is owed as before."))
    return redirect("desk-ledger")


def _chart(balances: Iterable[Balance]) -> list[Kept]:
    return [
        Kept(str(CHART[purpose].title), sum((each.amount for each in own), Decimal(0)), own)
        for purpose, group in groupby(balances, key=lambda each: each.purpose)
        for own in [list(group)]
    ]


def _entry(posting: Posting) -> Entry:
    return Entry(posting, posting.transaction.description, [_side(leg) for leg in posting.transaction.legs.all()])


def _side(leg: Any) -> Side:
    kept = leg.account.kept_for
    organisation = kept.organisation.name if kept.organisation else ""
    debit, credit = (None if side is None else side.amount for side in (leg.debit, leg.credit))
    return Side(str(CHART[kept.purpose].title), organisation, debit, credit)


urlpatterns = [
    path("desk/ledger/", money, name="desk-ledger"),
    path("desk/ledger/entries", entries, name="desk-entries"),
    path("desk/ledger/organisations/<str:uid>/payout", prepare, name="desk-payout-prepare"),
    path("desk/ledger/payouts/<str:uid>/sent", sent, name="desk-payout-sent"),
    path("desk/ledger/payouts/<str:uid>/cancel", cancel, name="desk-payout-cancel"),
]
