"""A complaint about one of three lines: each remedy to its end, the other lines untouched."""

from __future__ import annotations

from decimal import Decimal

import pytest

import founding
from founding import MILLED, NYLON, RESIN, People
from penstock.demo import journey
from penstock.hub.core.errors import Conflict
from penstock.hub.core.money import cents
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger.reading import held, owed_by, owed_to, refunded
from penstock.hub.logistics.models import Shipment, ShippingPlan
from penstock.hub.orders.models import Order
from penstock.hub.quality import services as quality
from penstock.hub.quality.models import Complaint


@pytest.fixture
def order(people: People) -> Order:
    """Settled, paid on account."""
    order = founding.order(people.buyer, (people.bracket, 4, NYLON), (people.cube, 2, MILLED), (people.cube, 3, RESIN))
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    return order


@pytest.fixture
def complaint(people: People, order: Order) -> Complaint:
    """About one of the two milled cubes."""
    line = founding.lines_of(order)[1]
    return quality.complain(actor=people.buyer, line_uid=line.uid, quantity=1, text="A corner is broken off.")


def decide(people: People, complaint: Complaint, remedy: str, cause: str = "platform", **more: object) -> Complaint:
    quality.decide(
        actor=people.operator, complaint_uid=complaint.uid, remedy=remedy, cause=cause, answer="Sorry.", **more
    )
    journey.drain()
    complaint.refresh_from_db()
    return complaint


def value(complaint: Complaint) -> Decimal:
    """Of one of the two cubes."""
    return cents((complaint.line.net + complaint.line.tax) / 2)


def test_pieces_are_made_again_and_the_complaint_closes_when_they_arrive(
    people: People, order: Order, complaint: Complaint
) -> None:
    (culprit,) = founding.jobs_of(order, line=complaint.line)
    before = {job.pk for job in founding.jobs_of(order)}
    owed = owed_to(culprit.maker.organisation_id)
    decide(people, complaint, "reprint", "maker")
    assert complaint.state == "in_remedy"
    assert owed_to(culprit.maker.organisation_id) == owed - culprit.payout / 2, "it bears what it was paid for it"

    journey.work_off([order])
    complaint.refresh_from_db()
    assert complaint.state == "closed"
    (remade,) = (job for job in founding.jobs_of(order) if job.pk not in before)
    assert (remade.quantity, remade.state, remade.line_id) == (1, "delivered", complaint.line_id)
    assert remade.maker_id != culprit.maker_id, "another workshop makes it again"
    assert owed_to(remade.maker.organisation_id) >= remade.payout
    line = founding.lines_of(order)[1]
    assert (line.state, line.made, line.delivered) == ("settled", 2, 2), "remade pieces do not count again"
    assert founding.at_state(order) == "settled"
    assert refunded(order.uid) == 0
    parcel = Shipment.objects.across_tenants().filter(order=order).latest("pk")
    assert parcel.purpose == "delivery"
    assert founding.balance("warranty") == parcel.cost, "the maker bears the piece, the network its carriage"


def test_a_remade_piece_that_is_lost_is_made_once_more(people: People, order: Order, complaint: Complaint) -> None:
    decide(people, complaint, "reprint")
    founding.inspected(order)
    (parcel,) = journey.parcels_in("planned", [order])
    journey.hand_over(parcel)
    journey.report(parcel, "lost", "gone")
    complaint.refresh_from_db()
    assert complaint.state == "in_remedy"
    journey.work_off([order])
    complaint.refresh_from_db()
    assert complaint.state == "closed"
    assert founding.lines_of(order)[1].delivered == 2


def test_a_remade_piece_can_be_complained_about_again(people: People, order: Order, complaint: Complaint) -> None:
    quality.complain(actor=people.buyer, line_uid=complaint.line.uid, quantity=1, text="The other one as well.")
    with pytest.raises(Conflict):
        quality.complain(actor=people.buyer, line_uid=complaint.line.uid, quantity=1, text="There is no third.")
    decide(people, complaint, "reprint")
    journey.work_off([order])
    again = quality.complain(actor=people.buyer, line_uid=complaint.line.uid, quantity=1, text="Broken again.")
    assert again.state == "open"


def test_a_refund_goes_back_to_where_the_money_came_from(people: People, order: Order, complaint: Complaint) -> None:
    owed = owed_by(people.buyer.organisation_id)
    decide(people, complaint, "refund")
    assert complaint.state == "closed"
    assert complaint.amount == refunded(order.uid) == value(complaint)
    assert owed_by(people.buyer.organisation_id) == owed - value(complaint)
    assert founding.balance("warranty") == value(complaint)
    assert len(founding.jobs_of(order)) == 3, "nothing is made again"


def test_a_refund_of_a_card_payment_is_sent_by_the_provider(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON), method="sandbox")
    journey.pay(people.buyer, order)
    journey.work_off([order])
    (line,) = founding.lines_of(order)
    complaint = quality.complain(actor=people.buyer, line_uid=line.uid, quantity=2, text="Both are bent.")
    decide(people, complaint, "refund")
    assert founding.balance("cash") == order.total - line.net - line.tax
    assert refunded(order.uid) == line.net + line.tax


def test_a_credit_stands_on_the_account(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON), method="sandbox")
    journey.pay(people.buyer, order)
    journey.work_off([order])
    (line,) = founding.lines_of(order)
    complaint = quality.complain(actor=people.buyer, line_uid=line.uid, quantity=1, text="The colour is off.")
    decide(people, complaint, "credit", amount=Decimal("5.00"))
    assert (complaint.state, complaint.amount) == ("closed", Decimal("5.00"))
    assert owed_by(people.buyer.organisation_id) == Decimal("-5.00")
    assert founding.balance("cash") == order.total


def test_a_rejected_complaint_moves_no_money(people: People, order: Order, complaint: Complaint) -> None:
    quality.reject(actor=people.operator, complaint_uid=complaint.uid, answer="The drawing shows this chamfer.")
    complaint.refresh_from_db()
    assert complaint.state == "rejected"
    assert refunded(order.uid) == 0
    assert founding.balance("warranty") == 0
    told = {entry.kind for entry in timeline(people.buyer, order=order.uid)}
    assert {"quality.complaint_opened", "quality.complaint_rejected"} <= told


@pytest.mark.parametrize("second", ["refund", "reprint", "credit"])
def test_one_complaint_has_one_remedy(people: People, order: Order, complaint: Complaint, second: str) -> None:
    decide(people, complaint, "reprint")
    with pytest.raises(Conflict):
        decide(people, complaint, second)
    assert refunded(order.uid) == 0
    assert len(founding.jobs_of(order)) == 4


def test_a_refund_before_the_rest_arrives_comes_out_of_the_deposit(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 4, NYLON), (people.cube, 2, MILLED))
    founding.accept_all(order)
    ShippingPlan.objects.create(order=order, is_consolidated=False, reasons=["Cheaper."])
    (nylon,) = founding.jobs_of(order, line__position=1)
    journey.start(nylon.build)
    journey.finish(nylon.build)
    (job,) = journey.jobs_to_inspect([order])
    journey.inspect(job)
    for parcel in journey.parcels_in("planned", [order]):
        journey.hand_over(parcel)
        journey.report(parcel, "delivered", "there")
    line = founding.lines_of(order)[0]
    complaint = quality.complain(actor=people.buyer, line_uid=line.uid, quantity=1, text="One is bent.")
    decide(people, complaint, "refund")
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert held(order.uid) == 0
    assert refunded(order.uid) == complaint.amount
    assert founding.balance("warranty") == complaint.amount
