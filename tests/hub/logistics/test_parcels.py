"""Parcels between the founded network's workshops, carrier and buyer: who does what, and what is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

import founding
from buyers import client_of, firm
from founding import ANODISED, NYLON, People
from paper import text_of
from penstock.demo import journey
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.logistics import selectors, services
from penstock.hub.logistics.models import Shipment, ShippingPlan
from penstock.hub.logistics.schemas import ParcelLabelOut
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import Organisation
from penstock.hub.production import services as production
from penstock.hub.production.models import Job, Maker, Operation
from workshops import browser_of


@pytest.fixture
def order(people: People) -> Order:
    """Three pieces, inspected: one parcel is planned."""
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    founding.inspected(order)
    return order


@pytest.fixture
def parcel(order: Order) -> Shipment:
    (parcel,) = journey.parcels_in("planned", [order])
    return parcel


@pytest.fixture
def on_the_road(parcel: Shipment) -> Shipment:
    journey.hand_over(parcel)
    parcel.refresh_from_db()
    return parcel


def state(parcel: Shipment) -> str:
    parcel.refresh_from_db()
    return parcel.state


def test_a_parcel_knows_its_way_weight_and_price(people: People, order: Order, parcel: Shipment) -> None:
    line = founding.lines_of(order)[0]
    assert parcel.mass_g == pytest.approx(3 * line.mass_g)
    assert parcel.to_address == order.ship_to
    assert parcel.receiver_id == order.organisation_id
    assert parcel.carrier_id == people.carrier.organisation_id
    assert 0 < parcel.cost <= order.carriage
    assert parcel.distance_km > 0
    plan = ShippingPlan.objects.across_tenants().get(order=order)
    assert (plan.is_consolidated, plan.reasons) == (False, ["Everything leaves from one workshop."])
    assert Event.objects.filter(kind="logistics.route_chosen", order_uid=order.uid).count() == 1


def test_the_same_news_twice_packs_once(order: Order, parcel: Shipment) -> None:
    (job,) = founding.jobs_of(order)
    assert services.plan_for_ready_job(job_id=job.pk) is None
    assert Shipment.objects.across_tenants().filter(order=order).count() == 1


def test_handing_over_counts_the_pieces_as_shipped_once(order: Order, parcel: Shipment) -> None:
    sender = founding.acting_for(parcel.from_maker)
    services.hand_over(actor=sender, shipment_uid=parcel.uid, tracking_number=" SH 77 ")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.tracking_number) == ("handed_over", "SH 77")
    assert parcel.handed_over_at is not None
    with pytest.raises(Conflict):
        services.hand_over(actor=sender, shipment_uid=parcel.uid)
    assert founding.lines_of(order)[0].shipped == 3


def test_a_parcel_that_has_not_left_does_not_arrive(people: People, parcel: Shipment) -> None:
    for verb in (services.deliver, services.lose):
        with pytest.raises(Conflict):
            verb(actor=people.carrier, shipment_uid=parcel.uid)
    with pytest.raises(Conflict):
        services.take_tracking(actor=people.carrier, shipment_uid=parcel.uid, reference="1", status="in_transit")
    assert parcel.tracking.count() == 0


def test_reports_move_the_parcel_and_a_repeat_does_nothing(order: Order, on_the_road: Shipment) -> None:
    for _time in range(2):
        journey.report(on_the_road, "picked_up", "e1", "Shanghai")
        journey.report(on_the_road, "out_for_delivery", "e2", "Suzhou")
    assert state(on_the_road) == "in_transit"
    assert [each.status for each in on_the_road.tracking.all()] == ["picked_up", "out_for_delivery"]
    for _time in range(2):
        journey.report(on_the_road, "delivered", "e3", "Suzhou")
    assert state(on_the_road) == "delivered"
    assert founding.lines_of(order)[0].delivered == 3
    moved = Event.objects.filter(kind="logistics.parcel_moved", order_uid=order.uid)
    assert [event.payload["place"] for event in moved.order_by("pk")] == ["Shanghai", "Suzhou"]


def test_a_report_that_comes_late_is_kept_and_changes_nothing(on_the_road: Shipment) -> None:
    journey.report(on_the_road, "delivered", "e3")
    journey.report(on_the_road, "in_transit", "e2", "Wuxi")
    assert state(on_the_road) == "delivered"
    assert on_the_road.tracking.count() == 2
    with pytest.raises(Conflict):
        journey.report(on_the_road, "lost", "e4")
    assert on_the_road.tracking.count() == 2


def test_an_unknown_report_is_refused(people: People, on_the_road: Shipment) -> None:
    with pytest.raises(Invalid):
        services.take_tracking(actor=people.carrier, shipment_uid=on_the_road.uid, reference="1", status="eaten")


def test_the_receiver_may_confirm_what_arrived(people: People, order: Order, on_the_road: Shipment) -> None:
    services.deliver(actor=people.buyer, shipment_uid=on_the_road.uid)
    journey.drain()
    assert founding.at_state(order) == "settled"


def test_each_side_does_its_own_and_strangers_see_nothing(people: People, on_the_road: Shipment) -> None:
    sender = founding.acting_for(on_the_road.from_maker)
    other_maker = founding.acting_for(Maker.objects.across_tenants().exclude(pk=on_the_road.from_maker_id).first())
    for stranger in (people.other_buyer, other_maker):
        assert not selectors.shipments(stranger).exists()
        for verb in (services.hand_over, services.deliver, services.lose):
            with pytest.raises(NotFound):
                verb(actor=stranger, shipment_uid=on_the_road.uid)
    for actor, verb in (
        (people.buyer, services.hand_over),
        (people.carrier, services.hand_over),
        (sender, services.deliver),
        (sender, services.lose),
        (people.buyer, services.lose),
    ):
        with pytest.raises(Forbidden):
            verb(actor=actor, shipment_uid=on_the_road.uid)
    for actor in (people.buyer, sender):
        with pytest.raises(Forbidden):
            services.take_tracking(actor=actor, shipment_uid=on_the_road.uid, reference="1", status="delivered")
    assert state(on_the_road) == "handed_over"


def test_a_carrier_with_less_on_the_road_takes_the_next(people: People, on_the_road: Shipment) -> None:
    rival = Organisation.objects.create(name="Quick Crane", country="CN", kinds=["carrier"])
    assert selectors.carrier() == rival


def test_without_a_carrier_the_operator_carries(people: People) -> None:
    Organisation.objects.filter(kinds__contains=["carrier"]).update(is_active=False)
    assert selectors.carrier().pk == people.operator.organisation_id


def test_the_list_costs_the_same_for_many(people: People, order: Order, django_assert_max_num_queries) -> None:
    def read(actor: Actor) -> int:
        found = list(selectors.shipments(actor))
        for each in found:
            assert each.order.number
            assert each.from_maker.organisation.name
            assert [item.job.line.part_name for item in each.items.all()]
            assert list(each.tracking.all()) == []
        return len(found)

    with django_assert_max_num_queries(6):
        assert read(people.operator) == 1
    for _more in range(2):
        founding.inspected(founding.order(people.buyer, (people.cube, 1, NYLON)))
    with django_assert_max_num_queries(6):
        assert read(people.operator) == 3


# --- to the finishing shop -----------------------------------------------------------------------------------------


@pytest.fixture
def to_finish(people: People) -> Job:
    """Two milled cubes whose anodising two workshops could do; their transfer to the first is planned."""
    rival = Maker.objects.across_tenants().get(organisation__name="Ningbo Five Axis")
    rival.finishes = [*rival.finishes, "anodising"]
    rival.save()
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    for offer in founding.distribute(order):
        if offer.build_id and offer.maker_id == rival.pk:
            journey.decline(offer)
    founding.accept_all(order)
    founding.make(order)
    (job,) = founding.jobs_of(order)
    if job.maker_id == rival.pk:
        pytest.fail("the rival should not have milled them")
    return job


def give_back(job: Job) -> None:
    finish = Operation.objects.across_tenants().select_related("maker").get(job=job, kind="finish")
    offer = finish.offers.get(state="accepted")
    production.give_back(actor=founding.acting_for(finish.maker), offer_uid=offer.uid, reason="The bath is down.")
    journey.drain()


def test_a_transfer_planned_for_a_finisher_that_gave_back_goes_to_the_next(to_finish: Job) -> None:
    order = to_finish.line.order
    (first,) = journey.parcels_in("planned", [order])
    give_back(to_finish)
    founding.accept_all(order)
    assert state(first) == "cancelled"
    (second,) = journey.parcels_in("planned", [order])
    assert second.to_maker_id != first.to_maker_id
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_pieces_that_arrive_at_a_finisher_that_gave_back_go_on_from_there(to_finish: Job) -> None:
    order = to_finish.line.order
    (first,) = journey.parcels_in("planned", [order])
    journey.hand_over(first)
    give_back(to_finish)
    founding.accept_all(order)
    journey.report(first, "delivered", "there")
    (second,) = journey.parcels_in("planned", [order])
    assert (second.purpose, second.from_maker_id) == ("transfer", first.to_maker_id)
    assert second.to_maker_id != first.to_maker_id
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_pieces_finished_where_they_lie_leave_from_there(people: People, to_finish: Job) -> None:
    order = to_finish.line.order
    (transfer,) = journey.parcels_in("planned", [order])
    give_back(to_finish)
    to_finish.maker.finishes = [*to_finish.maker.finishes, "anodising"]
    to_finish.maker.save()
    for offer in journey.open_offers([order]):
        journey.decline(offer)
    founding_uid = to_finish.maker.organisation.uid
    if not Operation.objects.across_tenants().filter(job=to_finish, kind="finish", maker=to_finish.maker).exists():
        production.offer_finishing(actor=people.operator, job_uid=to_finish.uid, organisation_uid=founding_uid)
    for offer in journey.open_offers([order]):
        assert offer.maker_id == to_finish.maker_id
        journey.accept(offer)
    journey.finish_surfaces([order])
    to_finish.refresh_from_db()
    journey.inspect(to_finish)
    assert state(transfer) == "cancelled"
    assert [each.purpose for each in journey.parcels_in("planned", [order])] == ["delivery"]
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_a_report_from_the_future_is_refused(people: People, on_the_road: Shipment) -> None:
    report = {"actor": people.carrier, "shipment_uid": on_the_road.uid, "reference": "early", "status": "in_transit"}
    with pytest.raises(Invalid, match="in_the_future"):
        services.take_tracking(**report, at=timezone.now() + timedelta(days=1))
    services.take_tracking(**report, at=timezone.now() + timedelta(minutes=1))  # clocks differ
    assert on_the_road.tracking.filter(reference="early").count() == 1


def test_what_the_carrier_is_paid_is_for_the_carrier_and_the_operator(people: People, on_the_road: Shipment) -> None:
    for actor, sees in ((people.buyer, False), (people.carrier, True), (people.operator, True)):
        request = RequestFactory().get("/")
        request.actor = actor
        label = ParcelLabelOut.from_orm(selectors.shipment(actor, on_the_road.uid), context={"request": request})
        assert (label.cost is not None) == sees


def test_a_parcel_to_a_buyer_has_its_delivery_note(people: People, order: Order, parcel: Shipment) -> None:
    Order.objects.across_tenants().filter(pk=order.pk).update(purchase_order="PO 77")
    sender = browser_of(parcel.from_maker.organisation, "Mei")
    here = f"/parcels/{parcel.uid}/note"
    assert here in sender.get(f"/parcels/{parcel.uid}").content.decode()
    assert "Tracking number" not in text_of(sender.get(here).content)
    services.hand_over(actor=founding.acting_for(parcel.from_maker), shipment_uid=parcel.uid, tracking_number="SH 77")
    buyer = browser_of(order.organisation, "Anna")
    assert here in buyer.get(f"/orders/{order.uid}").content.decode()
    paper = buyer.get(here)
    assert (paper["Content-Type"], paper["Cache-Control"]) == ("application/pdf", "private, no-store")
    text = text_of(paper.content)
    for said in (
        f"Delivery note {parcel.uid}", f"Order: {order.number}", "Your number: PO 77", "Tracking number: SH 77",
        parcel.from_maker.organisation.name, parcel.carrier.name, order.ship_to["recipient"], order.ship_to["street"],
        founding.lines_of(order)[0].part_name,
    ):  # fmt: skip
        assert said in text
    assert "\n3" in text
    assert str(order.net) not in text
    stranger = firm("Else")
    assert browser_of(stranger, "Eve").get(here).status_code == 404
    assert client_of(stranger).get(f"/api/v1/shipments/{parcel.uid}/note").status_code == 404
    assert client_of(order.organisation).get(f"/api/v1/shipments/{parcel.uid}/note").content.startswith(b"%PDF")


def test_only_parcels_to_buyers_have_a_note(order: Order, parcel: Shipment) -> None:
    browser, here = browser_of(parcel.from_maker.organisation, "Mei"), f"/parcels/{parcel.uid}/note"
    for changed in ({"purpose": "transfer"}, {"purpose": "delivery", "state": "cancelled"}):
        Shipment.objects.across_tenants().update(**changed)
        assert browser.get(here).status_code == 409
        assert here not in browser.get(f"/parcels/{parcel.uid}").content.decode()
