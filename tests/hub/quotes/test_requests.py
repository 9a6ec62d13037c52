"""What no rule prices: asked, answered by the operator, answered again, ordered or let be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from buyers import acting_for, firm, measured, operator_firm, uploaded
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.quotes import selectors, services
from penstock.hub.quotes.models import Quote, RequestForQuotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return acting_for(firm())


@pytest.fixture
def operator() -> Actor:
    return acting_for(operator_firm())


@pytest.fixture
def asked(actor: Actor) -> RequestForQuotation:
    revision = measured(actor)
    return services.request_quotation(
        actor=actor, revision_uid=revision.uid, quantity=40, need="Holds a pump outdoors at 80 °C"
    )


def answer(operator: Actor, asked: RequestForQuotation, **other: object) -> Quote:
    given = {
        "answer": "Milled from one block",
        "process": "cnc-milling",
        "material": "al6061",
        "unit_price": Decimal("120.00"),
        "lead_days": 8,
    }
    return services.answer_request(actor=operator, rfq_uid=asked.uid, **(given | other))


@pytest.fixture(autouse=True)
def recipe_exists() -> None:
    from penstock.engines import knowledge

    known = knowledge.default()
    assert "cnc-milling" in known.material("al6061").processes


def test_an_answer_is_a_quote_to_order_from(actor: Actor, operator: Actor, asked: RequestForQuotation) -> None:
    given = answer(operator, asked)
    price = selectors.price(actor, given.options.get().uid, 40, "standard")
    assert (price.unit_price, price.total, price.lead_days) == (Decimal("120.00"), Decimal("4800.00"), 8)
    assert price.maker_unit_payout == Decimal("102.00")  # the price book's platform share is 15 %
    assert price.mass_g > 0
    assert price.machine_hours > 0
    assert given.organisation_id == actor.organisation_id
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("answered", "Milled from one block")
    with pytest.raises(Conflict):
        services.price_for(actor=actor, option_uid=given.options.get().uid, quantity=41, lead_class="standard")
    kinds = list(Event.objects.filter(subject_uid=asked.uid).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["quotes.requested", "quotes.answered"]


def test_a_second_answer_replaces_the_first(actor: Actor, operator: Actor, asked: RequestForQuotation) -> None:
    first = answer(operator, asked)
    second = answer(operator, asked, unit_price=Decimal("99.00"), maker_unit_payout=Decimal("80.00"))
    with pytest.raises(Conflict, match="quote_expired"):
        selectors.price(actor, first.options.get().uid, 40, "standard")
    price = selectors.price(actor, second.options.get().uid, 40, "standard")
    assert price.maker_unit_payout == Decimal("80.00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"process": "teleport"},
        {"material": "pa12"},
        {"finish": "dyeing"},
        {"unit_price": Decimal("0")},
        {"unit_price": Decimal("99999999999")},
        {"maker_unit_payout": Decimal("120.01")},
        {"lead_days": 0},
    ],
)
def test_an_answer_that_cannot_hold_changes_nothing(operator: Actor, asked: RequestForQuotation, wrong: dict) -> None:
    with pytest.raises(Invalid):
        answer(operator, asked, **wrong)
    asked.refresh_from_db()
    assert asked.state == "open"
    assert not Quote.objects.across_tenants().exists()


def test_only_the_operator_answers_and_only_the_buyer_sees(
    actor: Actor, operator: Actor, asked: RequestForQuotation
) -> None:
    stranger = acting_for(firm("Nosy"))
    with pytest.raises(Forbidden):
        answer(actor, asked)
    with pytest.raises(NotFound):
        services.withdraw_request(actor=stranger, rfq_uid=asked.uid)
    assert list(selectors.requests(stranger)) == []
    assert list(selectors.requests(operator, "open")) == [asked]
    assert selectors.request(actor, asked.uid) == asked


def test_declined_withdrawn_and_ordered_are_final(actor: Actor, operator: Actor, asked: RequestForQuotation) -> None:
    given = answer(operator, asked)
    services.mark_ordered(rfq=asked)
    services.mark_ordered(rfq=asked)
    for attempt in (
        lambda: answer(operator, asked),
        lambda: services.decline_request(actor=operator, rfq_uid=asked.uid, answer="no"),
        lambda: services.withdraw_request(actor=actor, rfq_uid=asked.uid),
    ):
        with pytest.raises(Conflict):
            attempt()
    assert selectors.is_valid(selectors.quote(actor, given.uid))


def test_a_withdrawn_request_takes_its_answer_along(actor: Actor, operator: Actor, asked: RequestForQuotation) -> None:
    given = answer(operator, asked)
    services.withdraw_request(actor=actor, rfq_uid=asked.uid)
    assert not selectors.is_valid(selectors.quote(actor, given.uid))
    with pytest.raises(Conflict):
        answer(operator, asked)


def test_declining_says_why(operator: Actor, asked: RequestForQuotation) -> None:
    with pytest.raises(Invalid):
        services.decline_request(actor=operator, rfq_uid=asked.uid, answer="  ")
    services.decline_request(actor=operator, rfq_uid=asked.uid, answer="Too large for any machine")
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("declined", "Too large for any machine")


def test_a_request_needs_a_quantity_and_a_need(actor: Actor) -> None:
    revision = uploaded(actor)
    for wrong in ({"quantity": 0}, {"need": " "}, {"process": "teleport"}):
        with pytest.raises(Invalid):
            services.request_quotation(
                actor=actor, revision_uid=revision.uid, **({"quantity": 1, "need": "a lever"} | wrong)
            )


def test_the_list_costs_the_same_however_long(
    actor: Actor, operator: Actor, asked: RequestForQuotation, django_assert_max_num_queries
) -> None:
    for _ in range(4):
        services.request_quotation(actor=actor, revision_uid=asked.revision.uid, quantity=1, need="more")
    answer(operator, asked)
    with django_assert_max_num_queries(3):  # the requests, their answers, what was said
        listed = [
            (r.revision.part.name, r.organisation.name, len(r.quotes.all())) for r in selectors.requests(operator)
        ]
    assert len(listed) == 5
