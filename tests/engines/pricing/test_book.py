"""The price book: what it says is what is priced, it survives JSON, and its faults are named by entry."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing import (
    NotPriced,
    PartFacts,
    PriceBook,
    PriceBookError,
    Recipe,
    carriage,
    carriage_days,
    default_book,
    price,
    tax,
)


@pytest.fixture
def document() -> dict[str, Any]:
    return default_book().to_dict()


def test_the_shipped_book_covers_the_catalogue(book: PriceBook, knowledge: Knowledge) -> None:
    assert set(book.processes) == set(knowledge.processes)
    assert set(book.materials) == set(knowledge.materials)
    assert set(book.finishes) == set(knowledge.finishes)
    for code, rates in book.processes.items():
        assert knowledge.machine(rates.machine).process == code


def test_the_document_survives_json(book: PriceBook, document: dict[str, Any]) -> None:
    again = PriceBook.from_dict(json.loads(json.dumps(document)))
    assert again == book
    assert again.label == book.label


def test_what_is_handed_out_cannot_change_the_book(book: PriceBook) -> None:
    book.to_dict()["processes"].clear()
    assert book.to_dict()["processes"]


def test_rates_are_converted_once_from_their_own_currency(document: dict[str, Any]) -> None:
    document["processes"]["sls"]["rate"] = {"amount": 10, "currency": "EUR", "source": "test"}
    document["exchange"]["EUR"]["rate"] = 8.0
    found = PriceBook.from_dict(document).processes["sls"].rate
    assert (found.amount, found.quoted, found.estimate) == (80.0, "10 EUR", False)


def test_dearer_rates_make_dearer_prices(document: dict[str, Any], housing: PartFacts, knowledge: Knowledge) -> None:
    before = price(housing, Recipe("sls", "pa12"), 1, "standard", PriceBook.from_dict(document), knowledge)
    document["processes"]["sls"]["rate"]["amount"] *= 2
    after = price(housing, Recipe("sls", "pa12"), 1, "standard", PriceBook.from_dict(document), knowledge)
    assert after.unit_price > before.unit_price
    assert after.rule_version != before.rule_version


def test_margin_is_gross(document: dict[str, Any], housing: PartFacts, knowledge: Knowledge) -> None:
    """40 % gross margin on a cost of 60 is a price of 100, not 84."""
    document["margin"] = [[1, 0.4]]
    found = price(housing, Recipe("slm", "316l"), 1, "standard", PriceBook.from_dict(document), knowledge)
    margin = next(each.amount for each in found.breakdown if each.code == "margin")
    assert margin == pytest.approx(found.unit_price * Decimal("0.4"), abs=Decimal("0.02"))


def test_a_material_without_a_rate_is_not_priced(
    document: dict[str, Any], housing: PartFacts, knowledge: Knowledge
) -> None:
    del document["materials"]["pa12"]
    with pytest.raises(NotPriced) as caught:
        price(housing, Recipe("sls", "pa12"), 1, "standard", PriceBook.from_dict(document), knowledge)
    assert caught.value.code == "no_rate"


def remove(document: dict[str, Any], *path: str) -> None:
    for key in path[:-1]:
        document = document[key]
    del document[path[-1]]


def put(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "entry", "why"),
    [
        (lambda d: remove(d, "version"), "version", "is missing"),
        (lambda d: remove(d, "processes", "sls", "rate"), "processes.sls.rate", "is missing"),
        (put(-1, "processes", "sls", "rate", "amount"), "processes.sls.rate.amount", "out of range"),
        (put("XYZ", "processes", "sls", "rate", "currency"), "processes.sls.rate.currency", "exchange table"),
        (put("dear", "processes", "sls", "days"), "processes.sls.days", "must be a number"),
        (put(True, "processes", "sls", "days"), "processes.sls.days", "must be a number"),
        (put(0, "processes", "sls", "numbers", "fill"), "processes.sls.numbers.fill", "out of range"),
        (put(1, "processes", "sls", "numbers", "luck"), "processes.sls.numbers.luck", "is not a field"),
        (put(1, "processes", "sls", "luck"), "processes.sls.luck", "is not a field"),
        (put([], "processes", "sls"), "processes.sls", "must be a mapping"),
        (put(0.5, "materials", "pa12", "waste"), "materials.pa12.waste", "out of range"),
        (put([0], "materials", "pa12", "thicknesses_mm"), "materials.pa12.thicknesses_mm", "positive numbers"),
        (put(1.2, "platform_share"), "platform_share", "out of range"),
        (put([[2, 0.4]], "margin"), "margin", "starts at quantity 1"),
        (put([[1, 0.3], [10, 0.4]], "margin"), "margin[1]", "margins must not"),
        (put([[1, 0.9], [1.05, 0.1]], "margin"), "margin[1]", "cost less in total"),
        (put([[1, 1.0]], "margin"), "margin[0]", "out of range"),
        (put(0.5, "lead_classes", "express", "factor"), "lead_classes", "must not be cheaper"),
        (lambda d: remove(d, "lead_classes", "standard"), "lead_classes", "must have `standard`"),
        (put({}, "carriage"), "carriage", "has no entries"),
        (put(0, "exchange", "EUR", "rate"), "exchange.EUR.rate", "out of range"),
    ],
)
def test_faults_are_named_by_entry(
    document: dict[str, Any], change: Callable[[dict[str, Any]], None], entry: str, why: str
) -> None:
    change(document)
    with pytest.raises(PriceBookError) as caught:
        PriceBook.from_dict(document)
    assert any(each.startswith(f"{entry}: ") and why in each for each in caught.value.problems), caught.value.problems


def test_all_faults_are_listed_and_none_twice(document: dict[str, Any]) -> None:
    del document["labour_per_hour"]
    document["tax_rate"] = 7
    with pytest.raises(PriceBookError) as caught:
        PriceBook.from_dict(document)
    assert len(caught.value.problems) == len(set(caught.value.problems))
    assert {each.split(":")[0] for each in caught.value.problems} >= {"labour_per_hour", "tax_rate"}


@pytest.mark.parametrize("rubbish", [None, [], "book", {}, {"version": {1}}, {"version": float("nan")}])
def test_rubbish_is_no_price_book(rubbish: Any) -> None:
    with pytest.raises(PriceBookError):
        PriceBook.from_dict(copy.copy(rubbish))


def test_carriage_rises_with_mass_distance_and_haste(book: PriceBook) -> None:
    assert carriage(500, 100, "standard", book) == Decimal("15.60")  # 12 + 1 kg x 3 + 100 km x 0.006
    assert carriage(1001, 100, "standard", book) == Decimal("18.60")
    assert carriage(500, 1000, "standard", book) > carriage(500, 100, "standard", book)
    for mass_g, distance_km in ((100, 10), (5000, 1500)):
        cost = [carriage(mass_g, distance_km, each, book) for each in ("economy", "standard", "express")]
        days = [carriage_days(distance_km, each, book) for each in ("economy", "standard", "express")]
        assert cost == sorted(cost)
        assert days == sorted(days, reverse=True)
    with pytest.raises(NotPriced):
        carriage(1, 1, "pigeon", book)


def test_tax_is_rounded_half_up(book: PriceBook) -> None:
    assert tax(Decimal("100.00"), book) == Decimal("13.00")
    assert tax(Decimal("0.50"), book) == Decimal("0.07")  # 0.065
