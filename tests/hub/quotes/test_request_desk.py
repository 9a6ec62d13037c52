"""The operator's desk for quotations, and the talk between buyer and operator about one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from buyers import acting_for, firm, measured, operator_firm, purchaser
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.quotes import selectors, services
from penstock.hub.quotes.models import RequestForQuotation, RequestMessage
from workshops import browser_of, member_of

ANSWER = {
    "answer": "Milled from one block",
    "process": "cnc-milling",
    "material": "al6061",
    "unit_price": "120.00",
    "lead_days": "8",
}


@pytest.fixture
def suzhou(db: None):
    return firm("Suzhou Pumps")


@pytest.fixture
def buyer(suzhou):
    return member_of(suzhou)


@pytest.fixture
def operator(db: None):
    return acting_for(operator_firm())


@pytest.fixture
def asked(buyer) -> RequestForQuotation:
    revision = measured(buyer)
    return services.request_quotation(
        actor=buyer, revision_uid=revision.uid, quantity=40, need="Holds a pump outdoors at 80 °C"
    )


@pytest.fixture
def desk(operator) -> Client:
    return browser_of(operator_firm(), "Mei")


def text_of(answer) -> str:
    return answer.content.decode()


def test_both_sides_read_what_either_says(asked, suzhou, desk):
    buyers = browser_of(suzhou, "Anna")
    assert desk.post(f"/requests/{asked.uid}/messages", {"text": "Which side carries the load?"}).url == (
        f"/desk/requests/{asked.uid}#talk"
    )
    assert buyers.post(f"/requests/{asked.uid}/messages", {"text": "The flange."}).url == (
        f"/requests/{asked.uid}#talk"
    )
    for page in (buyers.get(f"/requests/{asked.uid}"), desk.get(f"/desk/requests/{asked.uid}")):
        words = text_of(page)
        assert words.index("Which side carries the load?") < words.index("The flange.")
        assert "Anna" in words
        assert "Mei" in words


def test_today_counts_requests_in_which_the_buyer_had_the_last_word(asked, buyer, operator, desk):
    assert [each.pk for each in selectors.waiting_requests(operator)] == [asked.pk]
    services.write_message(actor=operator, rfq_uid=asked.uid, text="Which load?")
    assert not selectors.waiting_requests(operator)
    assert "Quotations to answer" not in text_of(desk.get("/"))
    services.write_message(actor=buyer, rfq_uid=asked.uid, text="50 N")
    assert [each.pk for each in selectors.waiting_requests(operator)] == [asked.pk]
    assert "Quotations to answer" in text_of(desk.get("/"))
    answered = ANSWER | {"unit_price": Decimal("120.00"), "lead_days": 8}
    services.answer_request(actor=operator, rfq_uid=asked.uid, **answered)
    assert not selectors.waiting_requests(operator)
    services.write_message(actor=buyer, rfq_uid=asked.uid, text="Can it be black?")
    assert [each.pk for each in selectors.waiting_requests(operator)] == [asked.pk]


def test_the_longest_wait_comes_first_and_is_late_after_a_day(asked, buyer, operator, desk):
    newer = services.request_quotation(
        actor=buyer, revision_uid=asked.revision.uid, quantity=2, need="A spare of the same"
    )
    assert [each.pk for each in selectors.waiting_requests(operator)] == [asked.pk, newer.pk]
    assert 'class="late"' not in text_of(desk.get("/"))
    long_ago = timezone.now() - timedelta(days=2)
    RequestForQuotation.objects.across_tenants().filter(pk=newer.pk).update(created_at=long_ago)
    assert [each.pk for each in selectors.waiting_requests(operator)] == [newer.pk, asked.pk]
    assert text_of(desk.get("/")).count('class="late"') == 1


def test_a_price_is_given_from_the_desk(asked, desk):
    page = text_of(desk.get(f"/desk/requests/{asked.uid}"))
    assert "Holds a pump outdoors" in page
    assert "Suzhou Pumps" in page
    answer = desk.post(f"/desk/requests/{asked.uid}/answer", ANSWER)
    assert answer.url == f"/desk/requests/{asked.uid}"
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("answered", "Milled from one block")
    assert "The price given" in text_of(desk.get(answer.url))


def test_a_refused_answer_stays_as_it_was_typed(asked, desk):
    page = desk.post(f"/desk/requests/{asked.uid}/answer", ANSWER | {"material": "pa12"})
    assert page.status_code == 422
    assert "This process does not take this material." in text_of(page)
    assert "Milled from one block" in text_of(page)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_declining_needs_a_reason_and_ends_the_talk(asked, buyer, desk):
    assert desk.post(f"/desk/requests/{asked.uid}/decline", {"answer": ""}).status_code == 422
    assert desk.post(f"/desk/requests/{asked.uid}/decline", {"answer": "Too large."}).status_code == 302
    with pytest.raises(Conflict, match="over"):
        services.write_message(actor=buyer, rfq_uid=asked.uid, text="But why?")


def test_an_empty_message_is_none(asked, buyer):
    with pytest.raises(Invalid):
        services.write_message(actor=buyer, rfq_uid=asked.uid, text="  \n")
    assert not RequestMessage.objects.across_tenants().exists()


def test_somebody_looks_after_it(asked, desk, operator, suzhou):
    desk.post(f"/desk/requests/{asked.uid}/take-on")
    assert "looked after by Mei" in text_of(desk.get(f"/desk/requests/{asked.uid}"))
    with pytest.raises(Forbidden):
        services.take_on_request(actor=purchaser(suzhou), rfq_uid=asked.uid)


def test_the_desk_is_the_operators(asked, suzhou):
    stranger, buyers = browser_of(firm("Elsewhere"), "Eve"), browser_of(suzhou, "Anna")
    for browser in (stranger, buyers):
        for path in ("/desk/requests/", f"/desk/requests/{asked.uid}"):
            assert browser.get(path).status_code in (403, 404)
    with pytest.raises(NotFound):
        services.write_message(actor=member_of(firm("Other")), rfq_uid=asked.uid, text="Hello")


def test_the_desk_is_searched_by_part_firm_and_state(asked, desk):
    assert asked.revision.part.name in text_of(desk.get("/desk/requests/?q=Suzhou"))
    assert "Nothing found" in text_of(desk.get("/desk/requests/?q=Nobody"))
    assert "Nothing found" in text_of(desk.get("/desk/requests/?state=declined"))
