"""The basket: prices put aside, other quantities, delivery choices whose totals add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from buyers import acting_for, address, firm
from penstock.engines import pricing
from penstock.hub.core.actors import READ
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.orders import selectors, services
from penstock.hub.orders.promises import add_working_days, working_days_between
from penstock.hub.quotes import selectors as quotes
from penstock.hub.quotes.models import Quote


def test_the_same_price_twice_is_one_line(actor, put) -> None:
    assert put() == put()
    assert len(selectors.basket(actor).lines) == 1


def test_another_quantity_has_its_own_price(actor, put) -> None:
    line = put(quantity=10)
    changed = services.change_basket_line(actor=actor, line_uid=line.uid, quantity=7)
    assert (changed.uid, changed.quantity, changed.price.quantity) == (line.uid, 7, 7)
    assert changed.price.unit_price >= line.price.unit_price
    # Back to ten while ten is there already: the two become one.
    ten = put(quantity=10)
    assert services.change_basket_line(actor=actor, line_uid=line.uid, quantity=10) == ten
    assert [each.uid for each in selectors.basket(actor).lines] == [ten.uid]


def test_delivery_choices_add_up_and_keep_working_days(actor, put, home) -> None:
    put(0), put(1, quantity=1, lead_class="express")
    view = selectors.basket(actor, home.uid)
    _version, book = quotes.current_book()
    assert view.net == sum(line.price.total for line in view.lines)
    assert {choice.service for choice in view.services} == set(book.carriage)
    assert [choice.total for choice in view.services] == sorted(choice.total for choice in view.services)
    slowest = max(line.price.lead_days for line in view.lines)
    for choice in view.services:
        taxes = [pricing.tax(line.price.total, book) for line in view.lines] + [pricing.tax(choice.carriage, book)]
        assert choice.tax == sum(taxes)
        assert choice.total == view.net + choice.carriage + choice.tax
        days = slowest + pricing.carriage_days(choice.distance_km, choice.service, book)
        assert choice.promised_on == add_working_days(timezone.localdate(), days)
    assert view.problems == ()


def test_earlier_parts_go_in_a_parcel_for_each_day(actor, put, home) -> None:
    slow, quick = put(0), put(0, quantity=1, lead_class="express")
    assert slow.price.lead_days > quick.price.lead_days
    view = selectors.basket(actor, home.uid)
    fewer, earlier = (view.choice("standard", wish) for wish in ("fewer", "earlier"))
    (one,) = fewer.consignments
    first, last = earlier.consignments
    assert ([*first.lines], [*last.lines]) == ([quick], [slow])
    assert first.promised_on < last.promised_on == one.promised_on == fewer.promised_on == earlier.promised_on
    assert earlier.carriage == first.carriage + last.carriage > fewer.carriage
    assert view.choice("standard") == fewer
    order = services.place_order(
        actor=actor, ship_to_uid=home.uid, service="standard", payment_method="sandbox", parcels="earlier",
        expected_total=earlier.total,
    )  # fmt: skip
    assert [line.promised_on for line in order.lines.order_by("position")] == [last.promised_on, first.promised_on]


def test_what_is_ready_on_one_day_leaves_no_choice(actor, put, home) -> None:
    put(0), put(0, quantity=1)
    view = selectors.basket(actor, home.uid)
    assert view.earlier == ()
    assert view.choice("standard", "earlier") == view.choice("standard")
    with pytest.raises(Invalid, match="unknown_parcels"):
        services.place_order(
            actor=actor, ship_to_uid=home.uid, service="standard", payment_method="sandbox", parcels="all"
        )


def test_what_keeps_a_basket_from_being_ordered_is_said(actor, buyer, put) -> None:
    line = put()
    assert [problem.code for problem in selectors.basket(actor).problems] == ["no_address"]
    address(buyer)
    Quote.objects.across_tenants().update(expires_at=timezone.now())
    assert [(p.code, p.line_uid) for p in selectors.basket(actor).problems] == [("quote_expired", line.uid)]
    with pytest.raises(Conflict, match="quote_expired"):
        put(1)


def test_an_empty_basket_is_empty(actor, home) -> None:
    view = selectors.basket(actor)
    assert (view.lines, view.net, view.services, view.problems) == ((), Decimal("0.00"), (), ())


def test_nobody_else_reaches_into_it(actor, put, quote, stranger, home, buyer) -> None:
    line = put()
    operator = acting_for(firm("Penstock", kinds=("operator",)))
    for other in (stranger, operator):
        for attempt in (
            lambda other=other: services.remove_basket_line(actor=other, line_uid=line.uid),
            lambda other=other: services.change_basket_line(actor=other, line_uid=line.uid, quantity=2),
            lambda other=other: services.add_to_basket(
                actor=other, option_uid=quote.options.all()[0].uid, quantity=10, lead_class="standard"
            ),
            lambda other=other: selectors.basket(other, home.uid),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert selectors.basket(other).lines == ()
    with pytest.raises(Forbidden):
        services.remove_basket_line(actor=acting_for(buyer, READ), line_uid=line.uid)
    services.remove_basket_line(actor=actor, line_uid=line.uid)
    assert selectors.basket(actor).lines == ()


def test_reading_it_costs_the_same_however_full(actor, put, home, django_assert_max_num_queries) -> None:
    for nth in range(2):
        for lead_class in ("standard", "express", "economy"):
            put(nth, lead_class=lead_class)
    with django_assert_max_num_queries(3):
        assert len([line.price.option.quote.revision.part.name for line in selectors.basket(actor).lines]) == 6


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),  # a Monday
        (date(2026, 3, 2), 4, date(2026, 3, 6)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),  # over a weekend
        (date(2026, 3, 7), 0, date(2026, 3, 9)),  # asked for on a Saturday
        (date(2026, 3, 8), 6, date(2026, 3, 17)),
    ],
)
def test_working_days(start: date, days: int, end: date) -> None:
    assert add_working_days(start, days) == end
    assert working_days_between(start, end) == days


def test_an_expired_price_is_renewed_where_it_lies(actor, put, home) -> None:
    line = put()
    Quote.objects.across_tenants().update(expires_at=timezone.now())
    renewed = services.price_line_again(actor=actor, line_uid=line.uid)
    was, now = line.price, renewed.price
    assert (renewed.uid, now.quantity, now.lead_class) == (line.uid, was.quantity, was.lead_class)
    assert now.pk != was.pk
    assert (now.option.process, now.option.material, now.option.finish) == (
        was.option.process, was.option.material, was.option.finish
    )  # fmt: skip
    assert selectors.basket(actor).problems == ()
