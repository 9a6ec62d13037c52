"""A process that a finding forbids: last in the table, with the finding and the way to its place on the part."""

from __future__ import annotations

from decimal import Decimal

import pytest

from buyers import acting_for, address, box_stl, client_of, firm, measured, operator_firm
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.orders import selectors as orders_reads
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import BasketLine
from penstock.hub.parts import selectors as parts
from penstock.hub.parts.models import Revision
from penstock.hub.quotes import selectors, services
from penstock.hub.quotes.table import table

pytestmark = pytest.mark.django_db


def quoted(thickness: float):
    actor = acting_for(firm())
    revision = measured(actor, box_stl(60, 40, thickness))
    made = services.quote(actor=actor, revision_uid=revision.uid)
    return selectors.quote(actor, made.uid), parts.judgement(revision)


def test_what_a_finding_forbids_comes_last_and_says_why():
    quote, judged = quoted(0.4)
    laid = table(quote, judged=judged)
    forbidden = [group for group in laid.groups if group.against]
    assert {"fdm", "bjt"} <= {group.code for group in forbidden}
    assert laid.groups[-len(forbidden) :] == tuple(forbidden)
    assert all(best.row.option.process not in {group.code for group in forbidden} for best in laid.best)
    for group in forbidden:
        for each in group.against:
            assert judged[int(each.key[1:])] == each.finding
            assert (each.finding["process"], each.finding["severity"]) == (group.code, "blocker")
    assert laid.count > laid.fitting


def test_without_a_blocker_the_table_is_as_cheap_as_before():
    quote, judged = quoted(8)
    laid = table(quote, judged=judged)
    assert not [group for group in laid.groups if group.against]
    assert [group.code for group in laid.groups] == [group.code for group in table(quote).groups]


def test_when_everything_is_forbidden_it_says_so():
    quote, _judged = quoted(8)
    processes = {option.process for option in quote.options.all()}
    grave = [{"process": each, "severity": "blocker", "message": "No.", "place": None} for each in sorted(processes)]
    (best,) = table(quote, judged=grave).best
    assert best.reason.startswith("Every process finds what forbids it")
    assert best.is_blocked


@pytest.fixture
def actor() -> Actor:
    return acting_for(firm())


@pytest.fixture
def plate(actor: Actor) -> Revision:
    """0.4 mm thick: too thin for some processes, not for all."""
    return measured(actor, box_stl(60, 40, 0.4))


def options(actor: Actor, revision: Revision, **more):
    """A recipe that a finding forbids, and one that none does."""
    made = services.quote(actor=actor, revision_uid=revision.uid, **more)
    forbidden = parts.blockers(revision)
    found = list(made.options.all())
    return (
        next(each for each in found if each.process in forbidden),
        next(each for each in found if each.process not in forbidden),
    )


def put(actor: Actor, option) -> BasketLine:
    return orders.add_to_basket(actor=actor, option_uid=option.uid, quantity=10, lead_class="standard")


def test_what_a_finding_forbids_does_not_get_into_the_basket(actor, plate):
    forbidden, free = options(actor, plate)
    with pytest.raises(Conflict, match="blocked_by_finding") as refused:
        put(actor, forbidden)
    assert refused.value.data["process"] == forbidden.process
    assert refused.value.data["findings"][0]["code"] == "thin_wall"
    assert "ask for a quotation" in refused.value.message
    put(actor, free)


def test_what_lay_in_the_basket_before_is_not_ordered(actor, plate):
    address(Revision.objects.across_tenants().get(pk=plate.pk).part.organisation)
    forbidden, _free = options(actor, plate)
    price = forbidden.prices.get(quantity=10, lead_class="standard")
    line = BasketLine.objects.create(organisation_id=actor.organisation_id, price=price, quantity=10)
    found = orders_reads.basket(actor)
    assert [(each.code, each.line_uid) for each in found.problems] == [("blocked_by_finding", line.uid)]
    with pytest.raises(Conflict, match="blocked_by_finding"):
        orders.place_order(actor=actor, ship_to_uid=found.ship_to.uid, service="standard", payment_method="account")
    with pytest.raises(Conflict, match="blocked_by_finding"):
        orders.price_line_again(actor=actor, line_uid=line.uid)


def test_a_person_can_answer_for_it(actor, plate):
    forbidden, _free = options(actor, plate)
    asked = services.request_quotation(
        actor=actor, revision_uid=plate.uid, quantity=10, need="A shim", process=forbidden.process
    )
    given = services.answer_request(
        actor=acting_for(operator_firm()),
        rfq_uid=asked.uid,
        answer="Lying flat it comes out",
        process=forbidden.process,
        material=forbidden.material,
        unit_price=Decimal("9.00"),
        lead_days=5,
    )
    answered = selectors.quote(actor, given.uid)
    assert put(actor, answered.options.first()).price.unit_price == Decimal("9.00")
    assert orders_reads.basket(actor).problems[0].code == "no_address"


def test_programs_are_told_before_and_refused_after():
    buyer = firm("Thin Plates")
    forbidden, free = options(acting_for(buyer), measured(acting_for(buyer), box_stl(60, 40, 0.4)))
    api = client_of(buyer)
    told = {each["uid"]: each["blocked_by"] for each in api.get(f"/api/v1/quotes/{free.quote.uid}").json()["options"]}
    assert told[free.uid] == []
    assert told[forbidden.uid][0]["code"] == "thin_wall"
    chosen = {"option_uid": forbidden.uid, "quantity": 10}
    answer = api.post("/api/v1/basket", chosen, content_type="application/json", headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.json()["code"]) == (409, "blocked_by_finding")
