"""Orders: what was promised is copied, money decides, and nothing of the deposit is left over at the end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from buyers import acting_for, address, firm, operator_firm
from penstock.engines.pricing import default_book
from penstock.hub.core import jobs, network
from penstock.hub.core.actors import READ, SYSTEM, WORK
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound, PaymentFailed
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger import selectors as books
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.ledger.services import Payee
from penstock.hub.orders import selectors, services
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.orders.promises import add_working_days
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import Quote


def payment_of(order: Order) -> Payment:
    return Payment.objects.across_tenants().filter(order_uid=order.uid).order_by("pk").last()


def pay(actor, order: Order, how: str = "approve") -> None:
    ledger.pay_now(actor=actor, payment_uid=payment_of(order).uid, how=how)
    jobs.drain()
    order.refresh_from_db()


def deliver(order: Order, *lines: OrderLine) -> None:
    services.start_production(order=order)
    for line in lines or order.lines.exclude(state="cancelled"):
        for step in (services.record_made, services.record_shipped, services.record_delivered):
            step(actor=SYSTEM, line_id=line.pk, pieces=line.quantity)
    order.refresh_from_db()


def settle(order: Order, maker) -> None:
    for line in order.lines.filter(state="delivered"):
        share = Payee(maker.pk, line.maker_unit_payout * line.quantity, line.uid, "made")
        services.settle_line(actor=SYSTEM, line_id=line.pk, payees=[share])
    services.settle_carriage(
        actor=SYSTEM, order_id=order.pk, payees=[Payee(maker.pk, Decimal("5.00"), "shp_1", "carried")]
    )
    order.refresh_from_db()


def test_an_order_copies_everything_it_promises(actor, place, home) -> None:
    order = place()
    view = selectors.order(actor, order.uid)
    assert order.number.startswith(f"P-{timezone.localdate().year}-")
    assert [line.position for line in view.lines.all()] == [1, 2]
    assert order.net == sum(line.net for line in view.lines.all())
    assert order.total == order.net + order.carriage + order.tax
    assert order.tax_percent == Decimal("13.00")
    assert order.ship_to["city"] == "Suzhou"
    before = (order.total, order.promised_on, order.ship_to)
    home.city = "Wuxi"
    home.save()
    Quote.objects.across_tenants().update(expires_at=timezone.now() - timedelta(1))
    quotes.publish_price_book(actor=SYSTEM, document=default_book().to_dict() | {"tax_rate": 0.5})
    order.refresh_from_db()
    assert (order.total, order.promised_on, order.ship_to) == before
    assert selectors.basket(actor).lines == ()


def test_on_account_is_confirmed_at_once_and_within_the_limit_only(actor, buyer, place, put, home) -> None:
    order = place()
    assert order.state == "confirmed"
    assert ledger.held(order.uid) == order.total
    ledger.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=order.total)
    put()
    with pytest.raises(PaymentFailed):
        services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method="account")
    assert len(selectors.basket(actor).lines) == 1
    assert list(selectors.orders(actor)) == [order]


def test_money_by_a_provider_confirms_when_it_arrives(actor, place) -> None:
    order = place(method="sandbox")
    assert (order.state, ledger.held(order.uid)) == ("placed", Decimal(0))
    pay(actor, order)
    assert order.state == "confirmed"
    sentences = [entry.kind for entry in timeline(actor, order=order.uid)]
    assert sentences[-1] == "orders.confirmed"


def test_the_second_click_finds_the_basket_empty(actor, place, home) -> None:
    place()
    with pytest.raises(Conflict, match="basket_empty"):
        services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method="account")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"service": "teleport"}, Invalid),
        ({"payment_method": "shells"}, Invalid),
        ({"ship_to_uid": "adr_NOPE"}, NotFound),
        ({"expected_total": Decimal("1.00")}, Conflict),
    ],
)
def test_a_refused_order_leaves_the_basket_as_it_was(actor, put, home, credit, wrong, error) -> None:
    put()
    asked = {"ship_to_uid": home.uid, "service": "standard", "payment_method": "account"} | wrong
    with pytest.raises(error):
        services.place_order(actor=actor, **asked)
    assert len(selectors.basket(actor).lines) == 1
    assert not Order.objects.across_tenants().exists()


def test_an_expired_quote_is_not_ordered_and_an_expected_total_is_kept(actor, put, home, credit) -> None:
    put()
    total = selectors.basket(actor).choice("standard").total
    Quote.objects.across_tenants().update(expires_at=timezone.now())
    asked = {"ship_to_uid": home.uid, "service": "standard", "payment_method": "account", "expected_total": total}
    with pytest.raises(Conflict, match="quote_expired"):
        services.place_order(actor=actor, **asked)
    Quote.objects.across_tenants().update(expires_at=timezone.now() + timedelta(1))
    assert services.place_order(actor=actor, **asked).total == total


def test_who_may_not_pay_does_not_order_and_nobody_ships_to_others(buyer, actor, put, home, credit) -> None:
    put()
    asked = {"service": "standard", "payment_method": "account"}
    with pytest.raises(Forbidden):
        services.place_order(actor=acting_for(buyer, READ, WORK), ship_to_uid=home.uid, **asked)
    with pytest.raises(NotFound):
        services.place_order(actor=actor, ship_to_uid=address(firm("Nosy")).uid, **asked)


def test_after_a_decline_the_buyer_pays_again(actor, place) -> None:
    order = place(method="sandbox")
    pay(actor, order, "decline")
    assert order.state == "placed"
    first = payment_of(order)
    assert first.state == "declined"
    again = services.retry_payment(actor=actor, order_uid=order.uid, method="sandbox")
    assert again != first
    assert services.retry_payment(actor=actor, order_uid=order.uid, method="sandbox") == again
    pay(actor, order)
    assert order.state == "confirmed"
    with pytest.raises(Conflict, match="not_waiting"):
        services.retry_payment(actor=actor, order_uid=order.uid, method="sandbox")


def test_after_a_decline_the_account_confirms_at_once(actor, place) -> None:
    order = place(method="sandbox")
    pay(actor, order, "decline")
    services.retry_payment(actor=actor, order_uid=order.uid, method="account")
    order.refresh_from_db()
    assert (order.state, order.payment_method) == ("confirmed", "account")


def test_paid_twice_the_second_goes_back(actor, place) -> None:
    order = place(method="sandbox")
    first = payment_of(order)
    services.retry_payment(actor=actor, order_uid=order.uid, method="account")
    ledger.pay_now(actor=actor, payment_uid=first.uid)
    jobs.drain()
    order.refresh_from_db()
    assert order.state == "confirmed"
    assert ledger.held(order.uid) == order.total
    assert books.refunded(order.uid) == order.total
    assert services.confirm(order_uid=order.uid, payment_uid=first.uid) is False
    assert ledger.held(order.uid) == order.total


def test_what_a_complaint_took_meanwhile_is_not_kept_from_money_that_came_twice(actor, place) -> None:
    order = place(method="sandbox")
    first = payment_of(order)
    services.retry_payment(actor=actor, order_uid=order.uid, method="account")
    ledger.pay_now(actor=actor, payment_uid=first.uid)
    # All of it happens before a worker comes to the news of the second payment.
    ledger.settle(actor=SYSTEM, key="all", order_uid=order.uid, gross=order.total, tax=Decimal(0), payees=[])
    ledger.refund(actor=SYSTEM, order_uid=order.uid, amount=Decimal(5), key="complaint", reason="chipped")
    jobs.drain()
    assert books.refunded(order.uid) == order.total + 5


def test_money_for_a_cancelled_order_goes_back(actor, place) -> None:
    order = place(method="sandbox")
    services.cancel(actor=actor, order_uid=order.uid)
    pay(actor, order)
    assert (order.state, ledger.held(order.uid)) == ("cancelled", Decimal(0))
    assert books.refunded(order.uid) == order.total


def test_a_cancellation_before_the_news_of_the_money_gives_it_back_once(actor, place) -> None:
    order = place(method="sandbox")
    ledger.pay_now(actor=actor, payment_uid=payment_of(order).uid)
    services.cancel(actor=actor, order_uid=order.uid)
    jobs.drain()
    assert ledger.held(order.uid) == Decimal(0)
    assert books.refunded(order.uid) == order.total


def test_cancelled_before_production_everything_goes_back(actor, place, stranger) -> None:
    order = place()
    with pytest.raises(NotFound):
        services.cancel(actor=stranger, order_uid=order.uid)
    services.cancel(actor=actor, order_uid=order.uid)
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert {line.state for line in order.lines.all()} == {"cancelled"}
    assert (ledger.held(order.uid), books.refunded(order.uid)) == (Decimal(0), order.total)
    with pytest.raises(Conflict):
        services.cancel(actor=actor, order_uid=order.uid)
    assert services.start_production(order=order) is False


def test_orders_nobody_pays_for_lapse(actor, place) -> None:
    order, paid, fresh = place(method="sandbox"), place(method="sandbox"), place(method="sandbox")
    ledger.pay_now(actor=actor, payment_uid=payment_of(paid).uid)
    Order.objects.across_tenants().exclude(pk=fresh.pk).update(placed_at=timezone.now() - timedelta(8))
    network.change(actor=acting_for(operator_firm()), document={"unpaid_days": 9})
    assert services.lapse_unpaid() == 0
    network.change(actor=acting_for(operator_firm()), document={"unpaid_days": 7})
    assert services.lapse_unpaid() == 1
    jobs.drain()
    states = {}
    for each in (order, paid, fresh):
        each.refresh_from_db()
        states[each.pk] = each.state
    assert states == {order.pk: "cancelled", paid.pk: "confirmed", fresh.pk: "placed"}


def test_a_promise_counts_from_the_money(actor, place) -> None:
    order = place(method="sandbox")
    days_late = 5
    promised, due = order.promised_on, order.lines.all()[0].due_on
    Order.objects.across_tenants().filter(pk=order.pk).update(placed_at=timezone.now() - timedelta(days_late))
    shifted = selectors.order(actor, order.uid)
    pay(actor, shifted)
    line = shifted.lines.all()[0]
    assert line.due_on == add_working_days(timezone.localdate(), line.lead_days)
    assert shifted.promised_on >= promised
    assert line.due_on >= due


def test_counters_never_pass_each_other(actor, place) -> None:
    order = place(lines=1)
    services.start_production(order=order)
    line = order.lines.get()
    count = {"actor": SYSTEM, "line_id": line.pk}
    for step, pieces in (
        (services.record_shipped, 1),
        (services.record_made, 11),
        (services.record_unmade, 1),
        (services.record_delivered, 1),
    ):
        with pytest.raises(Conflict, match="pieces_out_of_order"):
            step(**count, pieces=pieces)
    with pytest.raises(Invalid):
        services.record_made(**count, pieces=0)
    services.record_made(**count, pieces=10)
    services.record_unmade(**count, pieces=2)
    services.record_shipped(**count, pieces=8)
    services.record_lost(**count, pieces=3)
    line.refresh_from_db()
    assert (line.made, line.shipped, line.delivered) == (5, 5, 0)
    services.record_made(**count, pieces=5)
    services.record_shipped(**count, pieces=5)
    services.record_delivered(**count, pieces=9)
    line.refresh_from_db()
    assert line.state == "open"
    services.record_delivered(**count, pieces=1)
    order.refresh_from_db()
    assert order.state == "delivered"
    assert order.lines.get().state == "delivered"


def test_settled_to_the_cent(actor, place, maker) -> None:
    order = place()
    deliver(order)
    assert order.state == "delivered"
    settle(order, maker)
    assert order.state == "settled"
    assert ledger.held(order.uid) == Decimal(0)
    assert books.refunded(order.uid) == Decimal(0)
    settle(order, maker)
    assert not books.check()
    owed = sum(line.maker_unit_payout * line.quantity for line in order.lines.all()) + Decimal("5.00")
    assert [b.amount for b in books.balances() if b.organisation_uid == maker.uid] == [owed]


def test_carriage_may_be_settled_before_the_last_line(place, maker) -> None:
    order = place()
    deliver(order)
    services.settle_carriage(actor=SYSTEM, order_id=order.pk, payees=[])
    order.refresh_from_db()
    assert order.state == "delivered"
    settle(order, maker)
    assert (order.state, ledger.held(order.uid)) == ("settled", Decimal(0))


def test_a_cancelled_line_goes_back_with_its_tax_and_the_rest_is_settled(actor, place, maker) -> None:
    order = place()
    services.start_production(order=order)
    first, second = order.lines.all()
    services.cancel_line(actor=actor, line=first)
    assert books.refunded(order.uid) == first.net + first.tax
    deliver(order, second)
    assert order.state == "delivered"
    settle(order, maker)
    assert (order.state, ledger.held(order.uid)) == ("settled", Decimal(0))
    assert not books.check()


def test_a_line_cancelled_last_delivers_what_was_delivered(actor, place) -> None:
    order = place()
    services.start_production(order=order)
    first, second = order.lines.all()
    deliver(order, first)
    assert order.state == "in_production"
    services.cancel_line(actor=actor, line=second)
    order.refresh_from_db()
    assert order.state == "delivered"
    with pytest.raises(Conflict):
        services.cancel_line(actor=actor, line=first)


def test_the_last_line_takes_the_order_and_its_carriage_along(actor, place) -> None:
    order = place()
    services.start_production(order=order)
    for line in order.lines.all():
        services.cancel_line(actor=actor, line=line)
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert (ledger.held(order.uid), books.refunded(order.uid)) == (Decimal(0), order.total)
    assert not books.check()


def test_cancelled_in_production_by_production_only_while_nothing_left(actor, place) -> None:
    order = place()
    services.start_production(order=order)
    with pytest.raises(Conflict, match="in_production"):
        services.cancel(actor=actor, order_uid=order.uid)
    services.cancel_in_production(actor=actor, order=order)
    assert ledger.held(order.uid) == Decimal(0)
    other = place()
    services.start_production(order=other)
    deliver(other, other.lines.all()[0])
    with pytest.raises(Conflict, match="already_delivered"):
        services.cancel_in_production(actor=actor, order=other)


def test_a_quotation_by_a_person_is_ordered(actor, quote, home, credit) -> None:
    asked = quotes.request_quotation(actor=actor, revision_uid=quote.revision.uid, quantity=4, need="a lever")
    answered = quotes.answer_request(
        actor=SYSTEM,
        rfq_uid=asked.uid,
        answer="Turned, then milled square",
        process="cnc-turning",
        material="al6061",
        unit_price=Decimal("33.33"),
        lead_days=4,
    )
    option = answered.options.get()
    services.add_to_basket(actor=actor, option_uid=option.uid, quantity=4, lead_class="standard")
    order = services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method="account")
    asked.refresh_from_db()
    assert (asked.state, order.net) == ("ordered", Decimal("133.32"))
    with pytest.raises(Conflict, match="cannot_reorder"):
        services.reorder(actor=actor, order_uid=order.uid)
    assert selectors.basket(actor).lines == ()


def test_ordered_again_at_todays_prices(actor, place, home) -> None:
    order = place()
    lines = services.reorder(actor=actor, order_uid=order.uid)
    assert [(line.price.option.finish, line.quantity) for line in lines] == [
        (line.finish, line.quantity) for line in order.lines.all()
    ]
    again = services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method="account")
    assert (again.reordered_from, again.net) == (order, order.net)


def test_shared_by_a_link(actor, place, stranger) -> None:
    order = place()
    with pytest.raises(NotFound):
        services.share_order(actor=stranger, order_uid=order.uid)
    token = services.share_order(actor=actor, order_uid=order.uid)
    assert services.share_order(actor=actor, order_uid=order.uid) == token
    shared = selectors.shared_order(token)
    assert shared == order
    assert "orders.placed" in [entry.kind for entry in selectors.shared_timeline(shared)]
    services.unshare_order(actor=actor, order_uid=order.uid)
    for wrong in (token, ""):
        with pytest.raises(NotFound):
            selectors.shared_order(wrong)


def test_nobody_else_reads_or_changes_an_order(place, stranger) -> None:
    order = place()
    for attempt in (
        lambda: selectors.order(stranger, order.uid),
        lambda: services.reorder(actor=stranger, order_uid=order.uid),
        lambda: services.retry_payment(actor=stranger, order_uid=order.uid, method="sandbox"),
        lambda: services.unshare_order(actor=stranger, order_uid=order.uid),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert list(selectors.orders(stranger)) == []
    assert timeline(stranger, order=order.uid) == []


def test_lists_cost_the_same_however_long(actor, place, django_assert_max_num_queries) -> None:
    for _ in range(4):
        place()
    with django_assert_max_num_queries(2):
        listed = selectors.orders(actor, "confirmed", "brack")
        assert [len([line.revision.part.name for line in order.lines.all()]) for order in listed] == [2] * 4
    uid = listed[0].uid
    with django_assert_max_num_queries(2):
        assert len(selectors.order(actor, uid).lines.all()) == 2
