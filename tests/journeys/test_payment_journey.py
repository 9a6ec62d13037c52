"""Money that does not come, comes late, or comes twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

import founding
from founding import NYLON, People
from penstock.demo import journey
from penstock.demo.clock import at
from penstock.hub.core.errors import Conflict, PaymentFailed
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment, Refund
from penstock.hub.ledger.reading import held, paid, refunded
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import BasketLine, Order
from penstock.hub.production import services as production


def to_pay(people: People) -> Order:
    return founding.order(people.buyer, (people.bracket, 2, NYLON), method="sandbox")


def test_a_declined_payment_is_tried_again_and_the_order_goes_on(people: People) -> None:
    order = to_pay(people)
    assert journey.pay(people.buyer, order, "decline").state == "declined"
    assert order.state == "placed"
    assert held(order.uid) == 0
    assert founding.jobs_of(order) == []

    orders.retry_payment(actor=people.buyer, order_uid=order.uid, method="sandbox")
    assert journey.pay(people.buyer, order).state == "succeeded"
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    kinds = [entry.kind for entry in timeline(people.buyer, order=order.uid)]
    assert kinds.index("ledger.payment_declined") < kinds.index("ledger.payment_succeeded")


def test_an_order_is_not_paid_for_again_while_its_money_is_there(people: People) -> None:
    order = to_pay(people)
    journey.pay(people.buyer, order)
    with pytest.raises(Conflict):
        orders.retry_payment(actor=people.buyer, order_uid=order.uid, method="sandbox")


def test_one_payment_reported_twice_is_one_payment(people: People) -> None:
    order = to_pay(people)
    journey.pay(people.buyer, order, "approve_and_report_twice")
    assert paid(order.uid) == held(order.uid) == order.total
    assert len(founding.jobs_of(order)) == 1
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert refunded(order.uid) == 0


def test_an_order_paid_twice_gives_one_payment_back(people: People) -> None:
    """A buyer pays in two windows: the second money has nothing to wait for."""
    order = to_pay(people)
    first = Payment.objects.visible_to(people.buyer).get(order_uid=order.uid)
    second = ledger.open_payment(
        actor=people.buyer,
        organisation_id=order.organisation_id,
        order_uid=order.uid,
        amount=order.total,
        currency=order.currency,
        method="sandbox",
    )
    for payment in (first, second):
        ledger.pay_now(actor=people.buyer, payment_uid=payment.uid)
    journey.drain()

    refund = Refund.objects.across_tenants().get(order_uid=order.uid)
    assert refund.amount == order.total
    assert refund.provider_reference, "the provider was told to give it back"
    assert held(order.uid) == order.total
    assert paid(order.uid) == 2 * order.total
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert founding.balance("cash") == order.total


def test_money_that_arrives_after_the_cancellation_goes_back(people: People) -> None:
    order = to_pay(people)
    production.cancel_order(actor=people.buyer, order_uid=order.uid)
    journey.drain()
    journey.pay(people.buyer, order)
    assert founding.at_state(order) == "cancelled"
    assert held(order.uid) == 0
    assert founding.jobs_of(order) == []
    assert founding.balance("cash") == 0


def test_money_whose_report_was_lost_is_found_by_asking(people: People) -> None:
    order = to_pay(people)
    journey.pay(people.buyer, order, "approve_without_report")
    assert order.state == "placed"
    payment = Payment.objects.visible_to(people.buyer).get(order_uid=order.uid)
    ledger.ask_provider(payment_uid=payment.uid)
    journey.drain()
    assert founding.at_state(order) == "in_production"


def test_a_silent_provider_leaves_the_order_waiting_and_is_asked_again(people: People, settings) -> None:
    order = to_pay(people)
    payment = Payment.objects.visible_to(people.buyer).get(order_uid=order.uid)
    settings.SANDBOX_PAYMENT_FAULT = "timeout"
    payment = ledger.begin_payment(actor=people.buyer, payment_uid=payment.uid)
    assert (payment.state, payment.next_url) == ("pending", "")
    settings.SANDBOX_PAYMENT_FAULT = ""
    assert journey.pay(people.buyer, order).state == "succeeded"
    assert founding.at_state(order) == "in_production"


def test_an_order_nobody_pays_for_lapses(people: People) -> None:
    order = to_pay(people)
    with at(timezone.now() + timedelta(days=6)):
        orders.lapse_unpaid()
    assert founding.at_state(order) == "placed"
    with at(timezone.now() + timedelta(days=8)):
        orders.lapse_unpaid()
    assert founding.at_state(order) == "cancelled"


def test_beyond_the_credit_limit_nothing_is_ordered_and_the_basket_is_kept(people: People) -> None:
    """The other buyer has no credit at all."""
    revision = founding.upload(people.other_buyer, founding.box_stl(), "knob.stl")
    founding.put_in_basket(people.other_buyer, revision, 2)
    with pytest.raises(PaymentFailed) as refused:
        journey.place(people.other_buyer, method="account")
    assert refused.value.code == "credit_limit"
    assert not Order.objects.visible_to(people.other_buyer).exists()
    assert BasketLine.objects.visible_to(people.other_buyer).count() == 1
    order = journey.place(people.other_buyer, method="sandbox")
    journey.pay(people.other_buyer, order)
    assert founding.at_state(order) == "in_production"
