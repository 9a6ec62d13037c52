"""Quotes: priced by a version of the price book, unchanging, expiring, shareable, and nobody else's."""

from __future__ import annotations

import struct
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from buyers import acting_for, box_stl, firm, measured, operator_firm, uploaded
from penstock.engines.pricing import PriceBook, default_book
from penstock.hub.core.actors import READ, SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.parties.models import Organisation
from penstock.hub.quotes import books, selectors, services
from penstock.hub.quotes.models import PriceBookVersion, Quote, QuoteOption, QuotePrice

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Organisation:
    return firm()


@pytest.fixture
def actor(buyer: Organisation) -> Actor:
    return acting_for(buyer)


def sls(actor: Actor, quantities: tuple[int, ...] = (1, 10), **more: object) -> Quote:
    revision = measured(actor)
    made = services.quote(
        actor=actor, revision_uid=revision.uid, quantities=quantities, process="sls", material="pa12", **more
    )
    return selectors.quote(actor, made.uid)


def test_a_quote_has_a_price_for_every_recipe_quantity_and_lead_time(actor: Actor) -> None:
    revision = measured(actor)
    quote = selectors.quote(actor, services.quote(actor=actor, revision_uid=revision.uid).uid)
    options = list(quote.options.all())
    assert len({option.process for option in options}) >= 5
    assert [option.position for option in options] == list(range(len(options)))
    _version, book = selectors.current_book()
    for option in options:
        prices = list(option.prices.all())
        assert {(p.quantity, p.lead_class) for p in prices} == {
            (quantity, lead) for quantity in (1, 10, 100) for lead in book.lead_classes
        }
        for price in prices:
            assert sum(Decimal(item["amount"]) for item in price.breakdown) == price.unit_price
            assert price.total == price.unit_price * price.quantity
            assert 0 < price.maker_unit_payout < price.unit_price
    assert quote.currency == book.currency
    assert timedelta(days=29) < quote.expires_at - timezone.now() <= timedelta(days=30)
    assert all(obstacle["message"] and obstacle["process"] for obstacle in quote.obstacles)


def test_a_part_no_rule_prices_gives_a_quote_of_reasons_not_a_dead_end(actor: Actor) -> None:
    without_lid = box_stl()[84:-100]
    revision = measured(actor, b"\0" * 80 + struct.pack("<I", 10) + without_lid)
    assert not revision.measurement["printable"]
    quote = services.quote(actor=actor, revision_uid=revision.uid)
    assert not quote.options.exists()
    assert {obstacle["code"] for obstacle in quote.obstacles} == {"not_solid"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantities": []}, "bad_quantity"),
        ({"quantities": [0]}, "bad_quantity"),
        ({"quantities": [1_000_001]}, "bad_quantity"),
        ({"quantities": range(1, 12)}, "bad_quantity"),
        ({"process": "teleport"}, "unknown_recipe"),
        ({"process": "sls", "material": "gold"}, "unknown_recipe"),
    ],
)
def test_what_makes_no_sense_is_not_priced(actor: Actor, wrong: dict, code: str) -> None:
    revision = measured(actor)
    with pytest.raises(Invalid) as refused:
        services.quote(actor=actor, revision_uid=revision.uid, **wrong)
    assert refused.value.code == code
    assert not Quote.objects.across_tenants().exists()


def test_a_file_that_is_not_measured_is_not_priced(actor: Actor) -> None:
    with pytest.raises(Conflict) as refused:
        services.quote(actor=actor, revision_uid=uploaded(actor).uid)
    assert refused.value.code == "not_measured"


def test_a_price_of_the_table_is_found_and_expires_with_its_quote(actor: Actor) -> None:
    quote = sls(actor)
    option = quote.options.all()[0]
    price = selectors.price(actor, option.uid, 10, "standard")
    assert (price.quantity, price.lead_class) == (10, "standard")
    with pytest.raises(NotFound):
        selectors.price(actor, option.uid, 7, "standard")
    Quote.objects.across_tenants().update(expires_at=timezone.now())
    for attempt in (
        lambda: selectors.price(actor, option.uid, 10, "standard"),
        lambda: services.price_for(actor=actor, option_uid=option.uid, quantity=7, lead_class="standard"),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "quote_expired"


def test_another_quantity_is_priced_by_the_same_book_and_expires_with_the_first(actor: Actor) -> None:
    quote = sls(actor, finish="dyeing")
    dearer = _dearer(default_book().to_dict())
    services.publish_price_book(actor=SYSTEM, document=dearer)
    option = quote.options.get()
    price = services.price_for(actor=actor, option_uid=option.uid, quantity=5, lead_class="express")
    one, ten = (selectors.price(actor, option.uid, n, "express") for n in (1, 10))
    assert ten.unit_price <= price.unit_price <= one.unit_price
    assert price.option.finish == "dyeing"
    assert price.option.quote.expires_at == quote.expires_at
    assert price.option.quote.price_book == quote.price_book
    assert list(selectors.quotes(actor)) == [quote]
    with pytest.raises(Conflict):
        services.price_for(actor=actor, option_uid=option.uid, quantity=5, lead_class="yesterday")


def test_a_new_price_book_leaves_earlier_quotes_alone(actor: Actor) -> None:
    quote = sls(actor, finish="dyeing")
    before = [p.unit_price for p in quote.options.get().prices.all()]
    services.publish_price_book(actor=SYSTEM, document=_dearer(default_book().to_dict()), note="Machines got dearer")
    assert [p.unit_price for p in selectors.quote(actor, quote.uid).options.get().prices.all()] == before
    after = services.quote(
        actor=actor,
        revision_uid=quote.revision.uid,
        quantities=(1, 10),
        process="sls",
        material="pa12",
        finish="dyeing",
    )
    assert after.price_book.number == 2
    now = [p.unit_price for p in after.options.get().prices.all()]
    assert all(dearer > earlier for dearer, earlier in zip(now, before, strict=True))


def test_a_link_shows_the_quote_until_it_is_closed(actor: Actor) -> None:
    quote = sls(actor)
    token = services.share_quote(actor=actor, quote_uid=quote.uid)
    assert services.share_quote(actor=actor, quote_uid=quote.uid) == token
    assert selectors.shared_quote(token) == quote
    services.unshare_quote(actor=actor, quote_uid=quote.uid)
    for wrong in (token, "", "x" * 43):
        with pytest.raises(NotFound):
            selectors.shared_quote(wrong)


def test_another_organisation_sees_and_prices_nothing(actor: Actor) -> None:
    quote = sls(actor)
    option = quote.options.all()[0]
    stranger = acting_for(firm("Nosy"))
    for attempt in (
        lambda: selectors.quote(stranger, quote.uid),
        lambda: selectors.price(stranger, option.uid, 1, "standard"),
        lambda: services.price_for(actor=stranger, option_uid=option.uid, quantity=1, lead_class="standard"),
        lambda: services.quote(actor=stranger, revision_uid=quote.revision.uid),
        lambda: services.share_quote(actor=stranger, quote_uid=quote.uid),
        lambda: services.request_quotation(actor=stranger, revision_uid=quote.revision.uid, quantity=1, need="mine"),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(Forbidden):
        services.quote(actor=acting_for(quote.organisation, READ), revision_uid=quote.revision.uid)


def test_reading_a_quote_costs_the_same_however_large(actor: Actor, django_assert_max_num_queries) -> None:
    revision = measured(actor)
    quote = services.quote(actor=actor, revision_uid=revision.uid)
    assert QuoteOption.objects.across_tenants().count() > 20
    stored = QuotePrice.objects.across_tenants().count()
    with django_assert_max_num_queries(3):
        read = selectors.quote(actor, quote.uid)
        assert sum(len(option.prices.all()) for option in read.options.all()) == stored
    with django_assert_max_num_queries(1):
        assert [q.revision.part.name for q in selectors.quotes(actor)] == ["bracket"]


def test_the_first_price_book_is_the_default_in_the_networks_currency(settings) -> None:
    version, book = selectors.current_book()
    assert (version.number, book.currency) == (1, "CNY")
    PriceBookVersion.objects.all().delete()
    settings.DEFAULT_CURRENCY = "EUR"
    version, in_euro = selectors.current_book()
    assert (version.number, in_euro.currency) == (1, "EUR")
    rate = default_book().to_dict()["exchange"]["EUR"]["rate"]
    assert in_euro.labour_per_hour.amount == pytest.approx(default_book().labour_per_hour.amount / rate)
    assert in_euro.processes["sls"].rate.amount == pytest.approx(default_book().processes["sls"].rate.amount / rate)
    with pytest.raises(ValueError, match="XAU"):
        books.in_currency(default_book().to_dict(), "XAU")


def test_a_faulty_price_book_is_refused_with_every_entry_named(buyer: Organisation) -> None:
    document = default_book().to_dict()
    document["tax_rate"] = 7
    del document["processes"]["sls"]["rate"]
    with pytest.raises(Invalid) as refused:
        services.publish_price_book(actor=SYSTEM, document=document)
    problems = refused.value.data["problems"]
    assert any(problem.startswith("tax_rate") for problem in problems)
    assert any(problem.startswith("processes.sls.rate") for problem in problems)
    with pytest.raises(Invalid, match="bad_price_book"):
        services.publish_price_book(actor=SYSTEM, document=books.in_currency(default_book().to_dict(), "EUR"))
    with pytest.raises(Forbidden):
        services.publish_price_book(actor=acting_for(buyer), document=default_book().to_dict())
    assert not PriceBookVersion.objects.exists()


def test_what_a_price_book_would_change_is_seen_before(actor: Actor) -> None:
    quote = sls(actor)
    operator = acting_for(operator_firm())
    same = services.preview_price_book(actor=operator, document=default_book().to_dict())
    assert [(change.quote_uid, change.percent) for change in same] == [(quote.uid, 0.0)]
    dearer = services.preview_price_book(actor=operator, document=_dearer(default_book().to_dict()))
    assert dearer[0].percent > 1
    without = default_book().to_dict()
    del without["processes"]["sls"]
    gone = services.preview_price_book(actor=operator, document=without)
    assert gone[0].new is None
    assert gone[0].obstacle
    assert PriceBookVersion.objects.count() == 1
    with pytest.raises(Forbidden):
        services.preview_price_book(actor=actor, document=default_book().to_dict())


def _dearer(document: dict) -> dict:
    document["processes"]["sls"]["rate"]["amount"] *= 2
    document["labour_per_hour"]["amount"] *= 2
    document["version"] = "dearer"
    assert PriceBook.from_dict(document)
    return document
