"""Apart or together: the cheaper way that keeps the promise, by numbers worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from penstock.hub.logistics.planning import Origin, Route, choose_route

SHANGHAI, SUZHOU, SHENZHEN = (31.23, 121.47), (31.30, 120.62), (22.54, 114.06)
MONDAY = date(2026, 3, 2)


def origin(maker_id: int, place: tuple[float, float], mass_g: float, leaves_on: date = MONDAY) -> Origin:
    return Origin(maker_id, f"Workshop {maker_id}", place, mass_g, leaves_on)


def days(kilometres: float) -> int:
    return 1 if kilometres < 300 else 3


def by_parcel(mass_g: float, kilometres: float) -> Decimal:
    """Twenty for each parcel and one for each 100 km: few parcels are cheap."""
    return Decimal(20 + round(kilometres / 100))


def by_kilogram(mass_g: float, kilometres: float) -> Decimal:
    """Weight times way: a detour is dear."""
    return Decimal(round(mass_g / 1000 * kilometres))


def test_one_workshop_needs_no_choice() -> None:
    route = choose_route([origin(1, SHANGHAI, 500), origin(1, SHANGHAI, 200)], SUZHOU, MONDAY, by_parcel, days)
    assert route.at_maker_id is None
    assert route.cost == 2 * 21
    assert route.arrives_on == date(2026, 3, 3)
    assert len(route.reasons) == 1


def neighbours(promised_on: date, carriage=by_parcel, late: date = MONDAY) -> Route:
    """Two workshops beside each other, the buyer far away: 21 + 33 together against 33 + 32 apart."""
    origins = [origin(1, SHANGHAI, 900), origin(2, SUZHOU, 100, late)]
    return choose_route(origins, SHENZHEN, promised_on, carriage, days)


def test_together_when_it_costs_less_and_keeps_the_promise() -> None:
    route = neighbours(date(2026, 3, 6))
    assert route.at_maker_id == 1, "the workshop with most of the mass"
    assert route.cost == by_parcel(0, 81) + by_parcel(0, 1213)
    assert route.arrives_on == date(2026, 3, 6), "a day to get together and three for the long way"
    assert "Workshop 1" in " ".join(route.reasons)


def test_fewer_parcels_are_worth_money_but_not_the_promise() -> None:
    origins = [origin(1, SHANGHAI, 900), origin(2, SUZHOU, 100)]
    given = (origins, SHENZHEN)
    dear = choose_route(*given, date(2026, 3, 6), by_kilogram, days, fewer=True)
    assert dear.at_maker_id == 1
    assert choose_route(*given, date(2026, 3, 6), by_kilogram, days).cost < dear.cost
    assert choose_route(*given, date(2026, 3, 5), by_kilogram, days, fewer=True).at_maker_id is None


def test_apart_when_together_breaks_the_promise() -> None:
    route = neighbours(date(2026, 3, 5))
    assert route.at_maker_id is None
    assert route.arrives_on == date(2026, 3, 5)


def test_apart_when_it_costs_less() -> None:
    route = neighbours(date(2026, 3, 30), by_kilogram)
    assert route.at_maker_id is None
    assert route.cost < by_kilogram(100, 81) + by_kilogram(1000, 1213)


def test_the_earlier_when_no_route_keeps_the_promise() -> None:
    route = neighbours(date(2026, 3, 3))
    assert route.at_maker_id is None
    assert route.arrives_on == date(2026, 3, 5)


def test_together_waits_for_the_last_pieces() -> None:
    route = neighbours(date(2026, 3, 30), late=date(2026, 3, 10))
    assert route.arrives_on == date(2026, 3, 14)


@pytest.mark.parametrize("first", [(1, 2), (2, 1)])
def test_the_choice_does_not_hang_on_the_order_of_equals(first: tuple[int, int]) -> None:
    places = {1: SHANGHAI, 2: SUZHOU}
    route = choose_route([origin(m, places[m], 500) for m in first], SHENZHEN, date(2026, 3, 30), by_parcel, days)
    assert route.at_maker_id == 1
