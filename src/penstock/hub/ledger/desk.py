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
from penstock.hub.core.errors import NotFound
from penstock.hub.core.money import network_currency
from penstock.hub.parties import selectors as parties
from penstock.hub.web.doors import is_htmx, page
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page

from . import selectors, services
from .accounts import CHART, PAYABLES
from .models import Posting
from .selectors import Balance

# Of those who are owed something or have an account: the largest. Others are found by name.
MOST_OWED = 12
MOST_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the chart: what is kept for one purpose, and how many organisations have a part of it (0: it is the
    network's own, or nobody has)."""

    purpose: str
    title: str
    total: Decimal
    organisations: int


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
    """Balances by purpose, what is owed to whom, and payouts under way; then the page asks for the check."""
    request.actor.require_operator(READ)
    balances = selectors.balances()
    owed = _largest(each for each in balances if each.purpose == PAYABLES.name and each.amount > 0)
    context = _paying(request) | {
        "chart": _chart(balances),
        "owed": owed[:MOST_OWED],
        "owed_to_others": max(len(owed) - MOST_OWED, 0),
        "payables": PAYABLES.name,
    }
    return render(request, "ledger/desk.html", context)


def _paying(request: HttpRequest) -> dict[str, Any]:
    payouts = selectors.payouts(request.actor).filter(state="prepared").order_by("pk")
    return {
        "payouts": payouts,
        "under_way": {payout.organisation.uid for payout in payouts},
        "currency": network_currency(),
        "may_pay": PAY in request.actor.rights,
    }


@page()
def books(request: HttpRequest) -> HttpResponse:
    """Every entry checked by every rule: the longer the books, the longer it takes, so no page waits for it."""
    request.actor.require_operator(READ)
    template = "ledger/checked.html" if is_htmx(request) else "ledger/books.html"
    return render(request, template, {"faults": selectors.check()})


@page()
def accounts(request: HttpRequest, purpose: str) -> HttpResponse:
    """What is kept for one purpose, by organisation: the largest amounts, or those of a name."""
    request.actor.require_operator(READ)
    if purpose not in CHART:
        raise NotFound("not_found", _("The chart has no such account."))
    query = request.GET.get("q", "").strip()
    own = [each for each in selectors.balances() if each.purpose == purpose and each.organisation_uid and each.amount]
    found = _largest(each for each in own if query.casefold() in (each.organisation_name or "").casefold())
    context = _paying(request) | {
        "title": CHART[purpose].title,
        "accounts": found[:MOST_ACCOUNTS],
        "hidden": max(len(found) - MOST_ACCOUNTS, 0),
        "total": sum((each.amount for each in found), Decimal(0)),
        "query": query,
        "is_owed": purpose == PAYABLES.name,
    }
    return render(request, "ledger/accounts.html", context)


def _largest(balances: Iterable[Balance]) -> list[Balance]:
    return sorted(balances, key=lambda each: (-abs(each.amount), each.organisation_name or ""))


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
        Kept(
            purpose,
            str(CHART[purpose].title),
            sum((each.amount for each in own), Decimal(0)),
            sum(each.organisation_uid is not None and bool(each.amount) for each in own),
        )
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
    path("desk/ledger/books", books, name="desk-books"),
    path("desk/ledger/accounts/<slug:purpose>", accounts, name="desk-accounts"),
    path("desk/ledger/organisations/<str:uid>/payout", prepare, name="desk-payout-prepare"),
    path("desk/ledger/payouts/<str:uid>/sent", sent, name="desk-payout-sent"),
    path("desk/ledger/payouts/<str:uid>/cancel", cancel, name="desk-payout-cancel"),
]
