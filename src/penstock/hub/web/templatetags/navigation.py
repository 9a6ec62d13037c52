"""The top bar: where the person can go, what waits there, and for whom they act.

Not imported by any page's code: it reads from rooms that some of them may not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.inbox import selectors as inbox
from penstock.hub.orders.models import BasketLine
from penstock.hub.parties import selectors as parties
from penstock.hub.parties.states import OrganisationKind

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the top bar, for organisations of these kinds."""

    label: Any
    url_name: str
    icon: str
    kinds: frozenset[str]
    # Further addresses whose pages belong to it.
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        url = reverse(self.url_name)
        return path == url or any(start != "/" and path.startswith(start) for start in (url, *self.also))


BUYER = frozenset({OrganisationKind.BUYER})
MAKER = frozenset({OrganisationKind.MAKER})
OPERATOR = frozenset({OrganisationKind.OPERATOR})
# With more places than these the bar shows words only.
FEW = 5
# Further ones are folded.
MOST_PLACES = 6
FOR_VISITORS = ("parts",)
EVERYONE = frozenset(OrganisationKind.values)
PLACES = (
    Place(_("Today"), "home", "home", EVERYONE - BUYER),
    Place(_("Parts"), "parts", "part", BUYER),
    Place(_("Quotes"), "quotes", "quote", BUYER),
    Place(_("Requests"), "requests", "request", BUYER),
    Place(_("Orders"), "orders", "order", BUYER),
    Place(_("Questions"), "questions", "help", BUYER),
    Place(_("Offers"), "offers", "bell", MAKER),
    Place(_("Builds"), "builds", "cube", MAKER),
    Place(_("Jobs"), "jobs", "list", MAKER),
    Place(_("Parcels"), "parcels", "truck", MAKER | {OrganisationKind.CARRIER}),
    Place(_("Control room"), "control-room", "bolt", OPERATOR),
    Place(_("Quotations"), "desk-requests", "request", OPERATOR),
    Place(_("Complaints"), "desk-complaints", "alert", OPERATOR),
    Place(_("Questions"), "desk-questions", "help", OPERATOR),
    Place(_("Prices"), "desk-prices", "quote", OPERATOR),
    Place(_("Ledger"), "desk-ledger", "coin", OPERATOR),
    Place(_("Firms"), "desk-firms", "organisation", OPERATOR),
    Place(_("Settings"), "network", "gear", OPERATOR),
    Place(_("Machines"), "machines", "machine", MAKER),
    Place(_("Workshop"), "workshop", "workshop", MAKER, ("/statements/",)),
    Place(_("Questions"), "questions", "help", MAKER),
    Place(_("Statements"), "statements", "coin", frozenset({OrganisationKind.CARRIER})),
)


@register.inclusion_tag("web/top_bar.html", takes_context=True)
def top_bar(context: dict[str, Any]) -> dict[str, Any]:
    """What the bar shows; also on error pages, where request or member may be missing."""
    request = context.get("request")
    user = getattr(request, "user", None)
    member = getattr(request, "member", None)
    network = context.get("network")
    shown: dict[str, Any] = {
        "request": request,
        "network": network,
        "user": user,
        "member": member,
        "places": [],
        "others": [],
    }
    if request is not None and getattr(request, "actor", None) and request.actor.is_visitor:
        return shown | _for_visitor(request)
    if member is None:
        return shown
    kinds = set(member.organisation.kinds)
    buys = OrganisationKind.BUYER in kinds
    is_only_buyer = kinds <= BUYER
    for place in PLACES:
        if kinds & place.kinds and not (is_only_buyer and place.url_name == "home"):
            shown["places"].append(_entry(place, request))
    shown["many"] = len(shown["places"]) > FEW
    # A bar that is full: the places of every day stay, the others are one click away.
    if len(shown["places"]) > MOST_PLACES:
        shown["more"] = shown["places"][MOST_PLACES - 1 :]
        shown["more_here"] = any(each["here"] for each in shown["more"])
        shown["places"] = shown["places"][: MOST_PLACES - 1]
    shown["others"] = [each for each in parties.memberships(user) if each.pk != member.pk]
    shown["unread"], shown["many_unread"] = inbox.unread(request.actor, member), inbox.MANY
    shown["buys"] = buys
    if buys:
        shown["basket"] = _in_basket(request.actor)
    return shown


def _entry(place: Place, request: Any) -> dict[str, Any]:
    return {"place": place, "url": reverse(place.url_name), "here": place.holds(request.path)}


def _in_basket(actor: Actor) -> int:
    return BasketLine.objects.visible_to(actor).filter(organisation_id=actor.organisation_id).count()


def _for_visitor(request: Any) -> dict[str, Any]:
    """Who has not signed up finds what they left here, and comes back to it from the log-in."""
    places = [_entry(place, request) for place in PLACES if place.url_name in FOR_VISITORS]
    return {"places": places, "buys": True, "basket": _in_basket(request.actor), "visits": True}


@register.simple_tag(takes_context=True)
def live_position(context: dict[str, Any]) -> str:
    """Where the journal stood when this page was made; empty where nobody is told of what happens."""
    request = context.get("request")
    return inbox.position(request.actor) if getattr(request, "member", None) else ""


ICONS = {
    "home": "M4 11l8-7 8 7v9h-5v-6h-6v6H4z",
    "part": "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
    "quote": "M7 4h10a2 2 0 0 1 2 2v14l-3-2-2 2-2-2-2 2-2-2-3 2V6a2 2 0 0 1 2-2zM9 9h6M9 13h4",
    "request": "M4 5h16v11H9l-5 4zM8 9h8M8 12h5",
    "order": "M5 7h14l-1 13H6zM9 10V6a3 3 0 0 1 6 0v4",
    "organisation": "M4 20V6l8-3v17M12 9l8 3v8M3 20h18M8 8v.01M8 12v.01M8 16v.01M16 14v.01M16 17v.01",
    "basket": "M3 5h2l2.5 11h10L20 8H6M9 20a1 1 0 1 0 0-.01M17 20a1 1 0 1 0 0-.01",
    "inbox": "M4 5h16v14H4zM4 13h5a3 3 0 0 0 6 0h5",
    "bell": "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 20a2 2 0 0 0 4 0",
    "cube": "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
    "list": "M9 6h11M9 12h11M9 18h11M5 6v.01M5 12v.01M5 18v.01",
    "machine": "M4 20V6h10v14M14 12h6v8M2 20h20M7 9h4v4H7z",
    "workshop": "M3 20V9l6 3V9l6 3V5h5v15zM8 20v-4h4v4",
    "upload": "M12 16V5M7 10l5-5 5 5M5 19h14",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1M12 20v1M3 12h1M20 12h1"
    "M5.6 5.6l.7.7M17.7 17.7l.7.7M5.6 18.4l.7-.7M17.7 6.3l.7-.7",
    "moon": "M12 4a8 8 0 1 0 8 8 6 6 0 0 1-8-8z",
    "search": "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM20 20l-5.6-5.6",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20c0-4 3-6 7-6s7 2 7 6",
    "check": "M5 12l5 5L20 7",
    "alert": "M12 4l9 16H3zM12 10v4M12 17v.01",
    "file": "M14 3v5h5M7 3h7l5 5v13H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z",
    "gear": "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2"
    "M5.6 18.4l2.2-2.2M16.2 7.8l2.2-2.2",
    "help": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9.5 10a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01",
    "lock": "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
    "share": "M6 12a2 2 0 1 0 0-.01M18 6a2 2 0 1 0 0-.01M18 18a2 2 0 1 0 0-.01M8 11l8-4M8 13l8 4",
    "download": "M12 4v11M7 11l5 5 5-5M5 20h14",
    "clock": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
    "truck": "M3 6h11v10H3zM14 9h4l3 3v4h-7M7 18a2 2 0 1 0 0-.01M17 18a2 2 0 1 0 0-.01",
    "bolt": "M13 3v7h6l-8 11v-7H5z",
    "cut": "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 12l8 4 8-4",
    "ruler": "M4 15L15 4l5 5L9 20zM8 11l2 2M11 8l2 2M14 5l2 2",
    "layers": "M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4",
    "plate": "M4 18h16M7 18V9l5-3 5 3v9M7 9l5 3 5-3M12 12v6",
    "fit": "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    "wrench": "M15 4a5 5 0 0 0-4.6 7L4 17.4 6.6 20l6.4-6.4A5 5 0 0 0 20 9l-3 3-3-3 3-3a5 5 0 0 0-2-2z",
    "coin": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9 8l3 4 3-4M12 12v4M9.5 13h5",
}


@register.inclusion_tag("web/icon.html")
def icon(name: str, size: int = 20) -> dict[str, Any]:
    """A line icon, hidden from screen readers: the words beside it say the same."""
    return {"path": ICONS[name], "size": size}
