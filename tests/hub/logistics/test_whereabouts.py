"""The maps: an order's parcels for whoever may see them, and the operator's network."""

from __future__ import annotations

import founding
from founding import ANODISED, NYLON, People
from penstock.demo import journey
from penstock.hub.core.actors import SYSTEM
from penstock.hub.logistics import whereabouts
from penstock.hub.production.models import Maker


def test_an_order_has_no_map_before_a_parcel_and_its_reader_sees_only_own_ones(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    assert whereabouts.way_of_order(people.buyer, order) == (None, [])
    founding.accept_all(order)
    founding.make(order)
    (between,) = journey.parcels_in("planned", [order])
    assert between.to_maker is not None
    assert whereabouts.way_of_order(people.buyer, order) == (None, []), "a way between workshops is theirs"
    drawn, _parcels = whereabouts.way_of_order(SYSTEM, order)
    assert [dot.place.kind for dot in drawn.dots] == ["maker", "maker"]
    journey.work_off([order])
    _drawn, (home,) = whereabouts.way_of_order(people.buyer, order)
    assert home.state == "delivered"


def test_the_map_of_an_order_leads_from_the_workshop_to_the_buyer(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    journey.work_off([order])
    drawn, parcels = whereabouts.way_of_order(people.buyer, order)
    (home,) = parcels
    assert [line.way.kind for line in drawn.lines] == [home.state] == ["delivered"]
    assert [dot.place.name for dot in drawn.dots] == [home.from_maker.address.city, order.ship_to["city"]]
    assert whereabouts.cities(parcels) == f"{home.from_maker.address.city} → {order.ship_to['city']}"


def test_the_network_shows_every_workshop_and_what_is_under_way(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    founding.accept_all(order)
    founding.make(order)
    (job,) = founding.jobs_of(order)
    busiest = max(whereabouts.network_map(SYSTEM).dots, key=lambda dot: dot.radius)
    assert job.maker.organisation.name in busiest.place.note
    notes = " ".join(dot.place.note for dot in whereabouts.network_map(SYSTEM).dots)
    for maker in Maker.objects.across_tenants().select_related("organisation"):
        assert maker.organisation.name in notes, "also where several are in one town"
    assert not whereabouts.network_map(SYSTEM).lines
    journey.inspect(job)
    (parcel,) = journey.parcels_in("planned", [order])
    journey.hand_over(parcel)
    (line,) = whereabouts.network_map(SYSTEM).lines
    assert (line.way.kind, line.way.note[: len(parcel.uid)]) == ("handed_over", parcel.uid)
