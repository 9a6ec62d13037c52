"""From the file to the settled order: several parts, processes, makers, a finishing shop, one payment."""

from __future__ import annotations

from decimal import Decimal

import founding
from founding import ANODISED, MILLED, NYLON, RESIN, People
from penstock.demo import journey
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger.reading import held, owed_to, paid
from penstock.hub.logistics.models import Shipment
from penstock.hub.parts.models import Grant
from penstock.hub.production.models import Operation


def test_three_lines_at_several_makers_are_made_finished_delivered_and_settled(people: People) -> None:
    order = founding.order(
        people.buyer, (people.bracket, 4, NYLON), (people.cube, 2, ANODISED), (people.cube, 3, RESIN), method="sandbox"
    )
    assert order.state == "placed"
    assert journey.pay(people.buyer, order).state == "succeeded"
    assert held(order.uid) == paid(order.uid) == order.total

    journey.work_off([order])

    assert founding.at_state(order) == "settled", founding.where(order)
    for line in founding.lines_of(order):
        assert (line.state, line.made, line.shipped, line.delivered) == ("settled", *[line.quantity] * 3)
    assert held(order.uid) == 0
    makers = {job.maker_id for job in founding.jobs_of(order, state="delivered")}
    assert len(makers) >= 2
    finish = Operation.objects.across_tenants().get(job__line__order=order, kind="finish")
    assert finish.state == "done"
    assert finish.maker.organisation.name == "Colour & Coat", "nobody who mills also anodises"
    assert finish.job.maker_id != finish.maker_id
    transfers = Shipment.objects.across_tenants().filter(order=order, purpose="transfer")
    assert [each.state for each in transfers] == ["delivered"]


def test_everybody_is_paid_what_the_order_pays_them(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 4, NYLON), (people.cube, 2, ANODISED))
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)

    lines = founding.lines_of(order)
    to_makers = sum(line.maker_unit_payout * line.quantity for line in lines)
    parcels = Shipment.objects.across_tenants().filter(order=order, state="delivered")
    to_carrier = sum((parcel.cost for parcel in parcels), Decimal(0))
    assert founding.balance("payables") == to_makers + to_carrier
    assert owed_to(people.carrier.organisation_id) == to_carrier > 0
    finisher = Operation.objects.across_tenants().get(job__line=lines[1], kind="finish").maker
    assert 0 < owed_to(finisher.organisation_id) < lines[1].maker_unit_payout * 2
    assert founding.balance("tax") == order.tax
    assert founding.balance("platform_margin") == order.net - to_makers
    assert founding.balance("carriage_margin") == order.carriage - to_carrier
    assert founding.balance("receivables") == order.total
    assert founding.balance("warranty") == 0


def test_the_timeline_tells_the_road_in_order_and_keeps_what_is_not_the_buyers(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON), method="sandbox")
    journey.pay(people.buyer, order)
    journey.work_off([order])

    told = timeline(people.buyer, order=order.uid)
    kinds = [entry.kind for entry in told]
    road = [
        "orders.placed",
        "ledger.payment_succeeded",
        "orders.confirmed",
        "orders.production_started",
        "production.jobs_created",
        "production.offer_accepted",
        "production.build_started",
        "orders.pieces_made",
        "quality.inspected",
        "logistics.parcel_handed_over",
        "orders.pieces_delivered",
        "orders.delivered",
        "orders.settled",
    ]
    assert [kind for kind in kinds if kind in road] == road
    assert "%" not in " ".join(entry.sentence for entry in told)
    assert all(entry.sentence.strip() for entry in told)
    assert {entry.by for entry in told} <= {people.buyer.name, "Penstock", ""}, "no other firm's people are named"
    assert all(entry.by for entry in timeline(people.operator, order=order.uid))
    assert not any("payout" in key for entry in told for key in entry.payload)
    assert timeline(people.other_buyer, order=order.uid) == []


def test_a_maker_sees_the_file_from_the_offer_on_and_others_do_not(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    grants = Grant.objects.across_tenants().filter(revision=people.bracket)
    assert not grants.exists()
    (offer,) = founding.distribute(order)
    assert [grant.organisation_id for grant in grants] == [offer.maker.organisation_id]


def test_lines_of_several_orders_share_a_build_when_they_are_of_one_material(people: People) -> None:
    first = founding.order(people.buyer, (people.bracket, 2, NYLON))
    second = founding.order(people.buyer, (people.cube, 2, NYLON), (people.cube, 1, MILLED))
    journey.run_wave()
    nylon = [*founding.jobs_of(first), *founding.jobs_of(second, process="sls")]
    assert len({job.build_id for job in nylon}) == 1
    journey.work_off([first, second])
    assert {founding.at_state(first), founding.at_state(second)} == {"settled"}
