"""Needs in plain words re-rank the table with the reason; the price over the quantity can be drawn."""

from __future__ import annotations

import pytest

from buyers import acting_for, box_stl, firm, measured
from penstock.engines import knowledge
from penstock.hub.core.actors import Actor
from penstock.hub.quotes import needs, selectors, services
from penstock.hub.quotes.curve import QUANTITIES, curve
from penstock.hub.quotes.models import Quote, QuoteOption
from penstock.hub.quotes.table import table

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return acting_for(firm())


@pytest.fixture
def quote(actor: Actor) -> Quote:
    made = services.quote(actor=actor, revision_uid=measured(actor, box_stl(60, 40, 8)).uid, quantities=[1, 10])
    return selectors.quote(actor, made.uid)


def test_what_meets_the_needs_comes_first_and_says_why(quote: Quote) -> None:
    plain = table(quote, 10)
    asked = table(quote, 10, needs={"heat": "120", "place": "outdoor"})
    assert plain.fitting == plain.count == asked.count
    assert 0 < asked.fitting < asked.count
    assert not any(row.fit.answers for group in plain.groups for row in group.rows)
    first = asked.best[0]
    assert not first.row.fails
    assert first.row.chosen.unit_price >= plain.best[0].row.chosen.unit_price
    assert "meets your needs" in first.reason
    for group in asked.groups:
        ranks = [(row.fit.rank, row.chosen.unit_price) for row in group.rows]
        assert ranks == sorted(ranks)
        for row in group.rows:
            softens = knowledge.default().material(row.option.material).number("hdt")
            if softens is not None and softens < 120:
                assert row.fails
                assert any("softens" in answer.reason for answer in row.fit.answers)


def test_not_known_is_not_taken_for_no() -> None:
    tpu = QuoteOption(process="mjf", material="tpu-mjf", finish="")
    assert [answer.meets for answer in needs.fit(tpu, {"heat": "80"}).answers] == [None]
    assert needs.fit(tpu, {"heat": "80"}).fails == 0
    pla = QuoteOption(process="fdm", material="pla", finish="")
    assert [answer.meets for answer in needs.fit(pla, {"heat": "80", "place": "outdoor"}).answers] == [False, False]
    painted = QuoteOption(process="fdm", material="pla", finish="painting")
    assert [answer.meets for answer in needs.fit(painted, {"place": "outdoor"}).answers] == [True]
    steel = QuoteOption(process="slm", material="316l", finish="")
    every = {"place": "outdoor", "load": "high", "heat": "120", "look": "metal"}
    assert [answer.meets for answer in needs.fit(steel, every).answers] == [True] * 4


def test_only_choices_that_are_offered_are_read() -> None:
    assert needs.read({"heat": "80", "load": "enormous", "quantity": "3", "look": ""}) == {"heat": "80"}


def test_the_curve_falls_and_agrees_with_the_quote(quote: Quote) -> None:
    row = table(quote, 10).best[0].row
    drawn = curve(row.option, row.chosen.lead_class, own=7)
    assert [point.quantity for point in drawn.points] == sorted({*QUANTITIES, 7})
    prices = [point.unit_price for point in drawn.points]
    assert prices == sorted(prices, reverse=True)
    assert next(point.unit_price for point in drawn.points if point.quantity == 10) == row.chosen.unit_price
    assert all(0 <= point.x <= drawn.width and 0 <= point.y <= drawn.foot for point in drawn.points)
    assert curve(row.option, "no such class") is None
