"""The operator's price list: rates as a form, what a change would do, versions."""

from __future__ import annotations

import pytest
from django.test import Client

from buyers import firm, measured, operator_firm
from penstock.engines.pricing import PriceBook
from penstock.hub.quotes import services
from penstock.hub.quotes.models import PriceBookVersion
from penstock.hub.quotes.rates import applied, groups
from workshops import browser_of, member_of

SLS = "processes/sls/rate/amount"


@pytest.fixture
def desk(db: None) -> Client:
    return browser_of(operator_firm(), "Mei")


@pytest.fixture
def quoted(db: None):
    buyer = member_of(firm())
    return services.quote(actor=buyer, revision_uid=measured(buyer).uid, quantities=[10])


def text_of(answer) -> str:
    return answer.content.decode()


def numbers(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return 1
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(numbers, inner))


def test_every_number_of_the_book_but_stock_can_be_set(db):
    document = services.current_book()[0].document
    shown = sum(len(entry.rates) for group in groups(document) for entry in group.entries)
    stock = sum(len(entry.get("thicknesses_mm", ())) for entry in document["materials"].values())
    place = sum(numbers(document["hub"][key]) for key in document["hub"])
    assert shown == numbers(document) - stock, place


def test_a_changed_rate_names_who_set_it_and_is_no_estimate(db):
    document = services.current_book()[0].document
    made, faults, changed = applied(document, {SLS: "80", "margin/0/1": "0.45"}, by="Mei")
    rate = made["processes"]["sls"]["rate"]
    assert (faults, changed, rate["amount"], rate["estimate"]) == ([], 2, 80, False)
    assert "Mei" in rate["source"]
    assert made["margin"][0] == [1, 0.45]
    assert document["processes"]["sls"]["rate"]["amount"] != 80, "the version in force is not touched"
    PriceBook.from_dict(made)


def test_the_form_sent_unchanged_changes_nothing(db):
    document = services.current_book()[0].document
    same = {rate.path: rate.text for group in groups(document) for entry in group.entries for rate in entry.rates}
    assert applied(document, same, by="Mei") == (document, [], 0)


def test_the_preview_says_what_would_change_and_changes_nothing(desk, quoted):
    assert "Nothing is in force before you say so" in text_of(desk.get("/desk/prices/"))
    page = text_of(desk.post("/desk/prices/preview", {"labour_per_hour/amount": "300"}))
    assert "Quotes looked at" in page
    assert quoted.uid in page
    assert "+" in page
    assert PriceBookVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [(SLS, "many", "is not a number"), ("tax_rate", "7", "tax_rate"), ("margin/0/1", "0.99", "margin")],
)
def test_a_faulty_rate_is_named_and_nothing_is_published(desk, field, text, said):
    assert said in text_of(desk.post("/desk/prices/preview", {field: text}))
    page = desk.post("/desk/prices/publish", {field: text})
    assert page.status_code == 422
    assert said in text_of(page)
    assert f'value="{text}"' in text_of(page), "what was typed stays"
    assert PriceBookVersion.objects.count() == 1


def test_a_list_is_put_in_force_and_taken_back(desk):
    before = services.current_book()[0]
    assert desk.post("/desk/prices/publish", {SLS: "80", "note": "Powder is dearer"}).status_code == 302
    now = services.current_book()[0]
    assert (now.number, now.note) == (before.number + 1, "Powder is dearer")
    desk.post(f"/desk/prices/{before.number}/again")
    again = services.current_book()[0]
    assert (again.number, again.document) == (before.number + 2, before.document)


def test_publishing_nothing_is_no_version(desk):
    assert desk.post("/desk/prices/publish", {"note": "?"}).status_code == 422
    assert PriceBookVersion.objects.count() == 1


def test_the_list_is_the_operators(db):
    eve = browser_of(firm("Elsewhere"), "Eve")
    assert eve.get("/desk/prices/").status_code == 403
    assert eve.post("/desk/prices/publish", {SLS: "1"}).status_code == 403
    assert eve.post("/desk/prices/1/again").status_code == 403
