"""Messages off the journal: who gets which, what is new, what is written by e-mail, and what an open page is told."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.jobs import drain
from penstock.hub.core.models import Event
from penstock.hub.inbox import jobs, letters, selectors, services
from penstock.hub.ledger import events as ledger
from penstock.hub.orders import events as orders
from penstock.hub.parties.models import Member
from penstock.hub.parties.selectors import actor_for_member
from penstock.hub.production import events as production
from workshops import browser_of, organisation

OFFER = {"maker": "Suzhou works", "deadline": "2026-11-21T18:00+08:00", "offer_uid": "off_1"}


@pytest.fixture
def maker(db: None) -> Member:
    owner = organisation("Suzhou works", "maker")
    browser_of(owner, "Li Na")
    return Member.objects.across_tenants().select_related("user", "organisation").get(organisation=owner)


@pytest.fixture
def browser(maker: Member) -> Client:
    client = Client()
    client.force_login(maker.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def offered(maker: Member, *, kind: journal.Kind = production.OFFER_MADE, actor=SYSTEM, **payload: str) -> Event:
    with transaction.atomic():
        return journal.record(
            kind, actor=actor, subject="off_ABCDEFGHJKMN", organisations=[maker.organisation_id], **(OFFER | payload)
        )


def test_a_message_is_news_of_others_for_organisations_of_its_kind(maker, browser):
    offered(maker)
    offered(maker, actor=actor_for_member(maker))  # its own doing
    with transaction.atomic():
        journal.record(orders.ORDER_CONFIRMED, actor=SYSTEM, order="ord_1", organisations=[maker.organisation_id])
    stranger = organisation("Hangzhou works", "maker")
    browser_of(stranger, "Wei")
    assert [row.title for row in browser.get("/inbox/").context["rows"]] == ["An offer waits for your answer"]
    other = Member.objects.across_tenants().select_related("organisation", "user").get(organisation=stranger)
    assert not selectors.messages(actor_for_member(other), other).exists()


def test_opening_the_inbox_shows_what_is_new_and_marking_counts_it_off(maker, browser):
    event = offered(maker)
    page = browser.get("/inbox/")
    assert page.context["rows"][0].is_new
    assert 'href="/offers/off_ABCDEFGHJKMN"' in page.content.decode()
    assert ">1</span>" in page.content.decode()
    browser.post("/inbox/read", {"until": str(event.pk)})
    assert not browser.get("/inbox/").context["rows"][0].is_new
    offered(maker)
    # An older page that marks late takes nothing back, and nobody marks what has not happened yet.
    browser.post("/inbox/read", {"until": "1"})
    assert selectors.unread(actor_for_member(maker), maker) == 1
    browser.post("/inbox/read", {"until": str(10**17)})
    offered(maker)
    assert selectors.unread(actor_for_member(maker), maker) == 1


def test_what_happens_within_a_minute_is_one_letter_and_is_written_once(maker):
    offered(maker)
    offered(maker, kind=ledger.STATEMENT_ISSUED, number="S-2026-000001")
    jobs.gather(0)
    jobs.gather(0)
    drain()
    assert len(mail.outbox) == 1
    letter = mail.outbox[0]
    assert letter.to == [maker.user.email]
    assert letter.subject == "[Penstock] 2 messages: An offer waits for your answer, A statement is issued"
    offered(maker)
    jobs.gather(0)
    drain()
    assert [each.subject for each in mail.outbox[1:]] == ["[Penstock] An offer waits for your answer"]


def test_a_letter_reads_well_in_plain_text(maker, settings):
    settings.PUBLIC_URL = "https://hub.example"
    settings.TIME_ZONE = "Asia/Shanghai"
    text = letters.write(maker, [offered(maker)]).text
    assert text == (
        "Hello Li Na,\n"
        "\n"
        "An offer waits for your answer\n"
        "  Suzhou works is asked until Nov. 21, 2026, 6 p.m.\n"
        "  https://hub.example/offers/off_ABCDEFGHJKMN\n"
        "\n"
        "-- \n"
        "Penstock writes to you because you act for Suzhou works.\n"
        "Choose what comes by e-mail:\n"
        "https://hub.example/inbox/choices\n"
    )


def test_each_person_chooses_what_comes_by_email(maker, browser):
    page = browser.get("/inbox/choices").content.decode()
    assert "An offer waits for your answer" in page
    assert "An order is confirmed" not in page, "makers get no buyers' messages"
    browser.post("/inbox/choices", {"emails": "on", "kind": [ledger.STATEMENT_ISSUED.name]})
    offered(maker)
    offered(maker, kind=ledger.STATEMENT_ISSUED, number="S-2026-000001")
    jobs.gather(0)
    drain()
    assert [each.subject for each in mail.outbox] == ["[Penstock] A statement is issued"]
    browser.post("/inbox/choices", {"kind": [ledger.STATEMENT_ISSUED.name]})
    offered(maker, kind=ledger.STATEMENT_ISSUED, number="S-2026-000002")
    jobs.gather(0)
    drain()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_loses_no_letter(maker, monkeypatch):
    offered(maker)
    jobs.gather(0)

    def away(**_message: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(jobs, "send_mail", away)
    with pytest.raises(OSError):
        drain()
    assert services.gather() == {}, "the letter is a job of its own now"


def test_an_open_page_is_told_when_something_it_may_read_has_happened(maker, browser):
    seen = selectors.position(actor_for_member(maker))
    assert browser.get("/live", {"seen": seen}).status_code == 204
    with transaction.atomic():
        journal.record(production.OFFER_MADE, actor=SYSTEM, organisations=[], **OFFER)
    quiet = browser.get("/live", {"seen": seen})
    assert quiet.status_code == 204, "what others may read is no news here"
    assert quiet["X-Penstock-Seen"] != seen, "the page need not look through it again"
    offered(maker)
    told = browser.get("/live", {"seen": quiet["X-Penstock-Seen"]})
    assert told.json()["unread"] == 1
    assert browser.get("/live", {"seen": told["X-Penstock-Seen"]}).status_code == 204
    for strange in ("", "x", "1", "1.x", "9" * 30 + ".0"):
        assert browser.get("/live", {"seen": strange}).status_code == 200


def test_an_event_whose_transaction_ends_late_is_not_missed(maker, browser):
    """Its key is smaller than one that a page has seen already."""
    offered(maker)
    late = offered(maker)
    position = f"{late.pk}.{1}"  # as it stood while the first was not visible yet
    assert browser.get("/live", {"seen": position}).status_code == 200


def test_whoever_is_logged_out_is_not_asked_on(db):
    answer = Client().get("/live", {"seen": "0.0"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "X-Penstock-Seen" not in answer
