"""Parcels that are lost on any leg, and orders brought together before they leave."""

from __future__ import annotations

from decimal import Decimal

import founding
from founding import ANODISED, MILLED, NYLON, People
from penstock.demo import journey
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger.reading import held, owed_to
from penstock.hub.logistics.models import Shipment, ShippingPlan
from penstock.hub.orders.models import Order
from penstock.hub.production import services as production
from penstock.hub.production.models import Job, Operation


def parcels(order: Order, **lookups: object) -> list[Shipment]:
    found = Shipment.objects.across_tenants().filter(order=order, **lookups)
    return list(found.select_related("from_maker", "to_maker", "carrier").order_by("pk"))


def settled(order: Order) -> None:
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert held(order.uid) == 0
    for line in founding.lines_of(order):
        assert (line.made, line.shipped, line.delivered) == (line.quantity,) * 3


def lost_on_the_way(order: Order) -> Shipment:
    founding.inspected(order)
    (parcel,) = journey.parcels_in("planned", [order])
    journey.hand_over(parcel)
    journey.report(parcel, "in_transit", "hub-1", "Wuxi")
    journey.report(parcel, "lost", "hub-2")
    parcel.refresh_from_db()
    return parcel


def test_a_lost_parcel_is_made_again_and_the_buyer_pays_once(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 5, NYLON))
    parcel = lost_on_the_way(order)
    assert parcel.state == "lost"
    (line,) = founding.lines_of(order)
    assert (line.made, line.shipped, line.delivered) == (0, 0, 0)
    assert sorted(job.state for job in founding.jobs_of(order)) == ["lost", "pooled"]

    settled(order)
    payout = line.maker_unit_payout * 5
    assert founding.balance("warranty") == payout, "the network bears the loss"
    carriage = sum((each.cost for each in parcels(order, state="delivered")), Decimal(0))
    assert founding.balance("payables") == 2 * payout + carriage, "each workshop that made them is paid"
    assert founding.balance("receivables") == order.total
    assert "logistics.parcel_lost" in [entry.kind for entry in timeline(people.buyer, order=order.uid)]


def test_the_replacement_can_be_lost_as_well(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    lost_on_the_way(order)
    lost_on_the_way(order)
    settled(order)
    (line,) = founding.lines_of(order)
    assert founding.balance("warranty") == 2 * line.maker_unit_payout * 2


def test_pieces_lost_between_workshops_are_made_again(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    founding.accept_all(order)
    founding.make(order)
    (parcel,) = journey.parcels_in("planned", [order])
    assert parcel.purpose == "transfer"
    assert parcel.receiver is None, "the buyer does not receive it"
    journey.hand_over(parcel)
    journey.report(parcel, "lost", "hub-1")
    (line,) = founding.lines_of(order)
    assert line.made == 0
    settled(order)
    finisher = owed_to(parcel.to_maker.organisation_id)
    assert 0 < finisher < line.maker_unit_payout * 2, "paid for what it finished once"
    assert founding.balance("warranty") < line.maker_unit_payout * 2, "what was never finished is not paid for"


def test_who_carried_pieces_of_a_cancelled_order_is_paid(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    founding.accept_all(order)
    founding.make(order)
    (parcel,) = journey.parcels_in("planned", [order])
    journey.hand_over(parcel)
    journey.report(parcel, "delivered", "there")
    journey.finish_surfaces([order])
    (job,) = founding.jobs_of(order)
    journey.inspect(job, failed=2, note="Patchy.")
    production.cancel_order(actor=people.buyer, order_uid=order.uid)
    journey.drain()
    assert (founding.at_state(order), held(order.uid), founding.balance("receivables")) == ("cancelled", 0, 0)
    assert parcel.cost > 0
    made = Operation.objects.across_tenants().get(job=job, kind="make").payout
    assert owed_to(parcel.carrier_id) == parcel.cost
    assert owed_to(parcel.from_maker.organisation_id) == made > 0, "the finishing shop spoiled them"
    assert founding.balance("warranty") == parcel.cost + made


def together(people: People, at_maker: str = "") -> Order:
    """An order of two makers whose route is fixed to be together at the first one."""
    order = founding.order(people.buyer, (people.bracket, 3, NYLON), (people.cube, 2, MILLED))
    founding.accept_all(order)
    nylon, _milled = founding.jobs_of(order)
    ShippingPlan.objects.create(order=order, is_consolidated=True, at_maker=nylon.maker, reasons=["Cheaper."])
    founding.make(order)
    return order


def inspect(order: Order, position: int) -> Job:
    (job,) = founding.jobs_of(order, line__position=position, state="made")
    journey.inspect(job)
    return job


def test_an_order_brought_together_leaves_in_one_parcel(people: People) -> None:
    order = together(people)
    first = inspect(order, 1)
    assert parcels(order) == [], "it waits for the rest"
    inspect(order, 2)
    (collection,) = parcels(order)
    assert (collection.purpose, collection.to_maker_id) == ("collection", first.maker_id)
    journey.hand_over(collection)
    assert {line.shipped for line in founding.lines_of(order)} == {0}, "it has not left for the buyer yet"
    journey.report(collection, "delivered", "there")
    _collection, delivery = parcels(order)
    assert (delivery.purpose, delivery.from_maker_id) == ("delivery", first.maker_id)
    assert delivery.items.count() == 2
    assert delivery.mass_g > collection.mass_g
    settled(order)
    assert len(parcels(order)) == 2


def test_what_was_lost_on_the_way_together_is_not_waited_for(people: People) -> None:
    order = together(people)
    inspect(order, 1)
    inspect(order, 2)
    (collection,) = parcels(order)
    journey.hand_over(collection)
    journey.report(collection, "lost", "gone")
    (delivery,) = parcels(order, purpose="delivery")
    assert delivery.items.count() == 1
    settled(order)
    last = parcels(order)[-1]
    assert last.purpose == "delivery", "the remade pieces go straight to the buyer"
    assert founding.balance("warranty") > 0


def test_what_failed_inspection_is_not_waited_for(people: People) -> None:
    order = together(people)
    inspect(order, 1)
    (milled,) = founding.jobs_of(order, line__position=2)
    journey.inspect(milled, failed=2, note="Out of size.")
    (delivery,) = parcels(order)
    assert (delivery.purpose, delivery.items.count()) == ("delivery", 1)
    settled(order)
    assert founding.balance("warranty") == 0
