"""One search over what a person may see: parts, orders, builds, jobs, parcels, by number or name.

Not imported by any room: it reads from all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.logistics import selectors as logistics
from penstock.hub.orders import selectors as orders
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.parts import selectors as parts
from penstock.hub.production import workshop
from penstock.hub.web.doors import page
from penstock.hub.web.places import url_of

MOST = 8
BUYER, MAKER, CARRIER, OPERATOR = (
    OrganisationKind.BUYER,
    OrganisationKind.MAKER,
    OrganisationKind.CARRIER,
    OrganisationKind.OPERATOR,
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of things to search: for whom, how they are read, what a row is called, where the whole list is."""

    title: Any
    kinds: frozenset[str]
    read: Callable[[Actor, str], QuerySet]
    name: Callable[[Any], str]
    list_url: str


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    hits: list[tuple[str, str, str]]  # name, public id, address
    more_url: str


SHELVES = (
    Shelf(_("Parts"), frozenset({BUYER}), lambda actor, q: parts.parts(actor, q), lambda row: row.name, "parts"),
    Shelf(
        _("Orders"),
        frozenset({BUYER, OPERATOR}),
        lambda actor, q: orders.orders(actor, search=q),
        lambda row: row.number,
        "orders",
    ),
    Shelf(
        _("Builds"),
        frozenset({MAKER, OPERATOR}),
        lambda actor, q: workshop.own_builds(actor, search=q),
        lambda row: row.machine.name,
        "builds",
    ),
    Shelf(
        _("Jobs"),
        frozenset({MAKER, OPERATOR}),
        lambda actor, q: workshop.own_jobs(actor, search=q),
        lambda row: f"{row.quantity} × {row.line.part_name}",
        "jobs",
    ),
    Shelf(
        _("Parcels"),
        frozenset({MAKER, CARRIER, OPERATOR}),
        lambda actor, q: logistics.shipments(actor, search=q),
        lambda row: row.tracking_number or row.to_address.get("city", ""),
        "parcels",
    ),
)


def find(actor: Actor, kinds: set[str], query: str) -> list[Found]:
    """The newest few of each kind that fit, and the way to all of them; nothing for an empty query."""
    if not query:
        return []
    found = []
    for shelf in SHELVES:
        if not shelf.kinds & kinds:
            continue
        # First which ones, then those few with all that belongs to them: a word may be in very many.
        keys = list(shelf.read(actor, query).order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
        rows = list(shelf.read(actor, "").filter(pk__in=keys).order_by("-pk")) if keys else []
        hits = [(shelf.name(row), row.uid, url_of(row.uid)) for row in rows[:MOST]]
        if hits:
            more = f"{reverse(shelf.list_url)}?{urlencode({'q': query})}" if len(rows) > MOST else ""
            found.append(Found(str(shelf.title), hits, more))
    return found


@page()
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    kinds = set(request.member.organisation.kinds)
    context = {"query": query, "found": find(request.actor, kinds, query)}
    return render(request, "web/found.html", context)
