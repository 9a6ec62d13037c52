"""Where things are: the parcels of one order, and the network with what is under way, as maps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from penstock.hub.core.actors import READ, Actor
from penstock.hub.orders.models import Order
from penstock.hub.production.models import Job, Maker
from penstock.hub.web.labels import state_label
from penstock.hub.web.maps import Map, Place, Way, drawn

from . import selectors
from .models import Shipment

UNDER_WAY = ("handed_over", "in_transit")
AT_WORK = ("accepted", "making", "made", "ready")
NEVER_WENT = ("cancelled",)
MOST_PARCELS = 100


def way_of_order(actor: Actor, order: Order) -> tuple[Map | None, list[Shipment]]:
    """The parcels of an order that its reader may see, and the map of their ways; no map where all is in
    one town."""
    found = selectors.shipments(actor, order_uid=order.uid).exclude(state__in=NEVER_WENT)
    parcels = list(found.select_related("from_maker__address").prefetch_related(None).order_by("pk"))
    places = _Places()
    ways = [_way(places, parcel) for parcel in parcels]
    return drawn(places.found, filter(None, ways)) if len(places.found) > 1 else None, parcels


def network_map(actor: Actor) -> Map | None:
    """The operator's: every workshop by the work it has, and the parcels under way."""
    actor.require_operator(READ)
    places = _Places()
    live = Job.objects.across_tenants().filter(state__in=AT_WORK).order_by()
    at_work = dict(live.values_list("maker").annotate(jobs=Count("pk")))
    most = max(at_work.values(), default=1)
    for maker in Maker.objects.across_tenants().select_related("address", "organisation").order_by("pk"):
        jobs = at_work.get(maker.pk, 0)
        note = ngettext("%(name)s, %(n)s job at work", "%(name)s, %(n)s jobs at work", jobs)
        note %= {"name": maker.organisation.name, "n": jobs}
        places.add(maker.address.as_dict(), "maker", note, jobs / most)
    under_way = selectors.shipments(actor).filter(state__in=UNDER_WAY).prefetch_related(None)
    parcels = under_way.select_related("from_maker__address").order_by("-pk")[:MOST_PARCELS]
    ways = [_way(places, parcel) for parcel in parcels]
    return drawn(places.found, filter(None, ways))


class _Places:
    """Places once each, numbered in the order in which they are named first."""

    def __init__(self) -> None:
        self.found: list[Place] = []
        self._numbers: dict[tuple[float, float], int] = {}

    def add(self, address: dict, kind: str, note: str = "", weight: float = 0.0) -> int | None:
        """Its number, or None for an address that no city was found for."""
        latitude, longitude = address.get("latitude"), address.get("longitude")
        if latitude is None or longitude is None:
            return None
        key = (latitude, longitude)
        if key not in self._numbers:
            self._numbers[key] = len(self.found)
            self.found.append(Place(address["city"], latitude, longitude, kind, note, weight))
        number = self._numbers[key]
        known = self.found[number]
        if note and note not in known.note:  # another workshop of the same town
            self.found[number] = replace(known, note=f"{known.note}; {note}", weight=max(known.weight, weight))
        return number


def _way(places: _Places, parcel: Shipment) -> Way | None:
    start = places.add(parcel.from_maker.address.as_dict(), "maker", parcel.from_maker.organisation.name)
    end = places.add(parcel.to_address, "maker" if parcel.to_maker_id else "buyer")
    if start is None or end is None:
        return None
    label = state_label("shipment", parcel.state)[0]
    return Way(start, end, parcel.state, _("%(uid)s: %(state)s") % {"uid": parcel.uid, "state": label})


def cities(parcels: Iterable[Shipment]) -> str:
    """From where to where, in words, for those who do not see the map."""
    ways = dict.fromkeys(f"{each.from_maker.address.city} → {each.to_address['city']}" for each in parcels)
    return ", ".join(ways)
