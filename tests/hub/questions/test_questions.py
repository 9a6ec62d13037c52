"""Technical questions: asked on the page of the thing, answered at the operator's desk, read where they were asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from buyers import acting_for, client_of, firm, measured, operator_firm
from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.inbox import selectors as inbox
from penstock.hub.parties.models import Member
from penstock.hub.parts.models import Part
from penstock.hub.questions import selectors, services
from penstock.hub.questions.models import Question
from workshops import Network, browser_of, member_of


@pytest.fixture
def suzhou(db: None):
    return firm("Suzhou Pumps")


@pytest.fixture
def buyer(suzhou) -> Actor:
    return member_of(suzhou)


@pytest.fixture
def operator(db: None) -> Actor:
    return acting_for(operator_firm())


@pytest.fixture
def part(buyer: Actor) -> Part:
    return measured(buyer).part


@pytest.fixture
def asked(buyer: Actor, part: Part) -> Question:
    return services.ask(actor=buyer, about_uid=part.uid, text="Does it hold 80 °C?")


@pytest.fixture
def desk(operator: Actor) -> Client:
    return browser_of(operator_firm(), "Mei")


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_buyer_asks_about_a_part_and_reads_the_answer_there(part, suzhou, desk):
    browser = browser_of(suzhou, "Anna")
    assert f"/questions/about/{part.uid}" in text_of(browser.get(f"/parts/{part.uid}"))
    form = {"about_uid": part.uid, "text": "Does it hold 80 °C?"}
    page = browser.post(f"/questions/about/{part.uid}", form)
    uid = Question.objects.across_tenants().get().uid
    assert page.url == f"/questions/{uid}"

    assert "Technical questions to answer" in text_of(desk.get("/"))
    at_desk = text_of(desk.get(f"/desk/questions/{uid}"))
    for word in ("Does it hold 80 °C?", "Suzhou Pumps", "20.0 × 20.0 × 20.0 mm"):
        assert word in at_desk
    desk.post(f"/desk/questions/{uid}/take-on")
    assert "looked after by Mei" in text_of(desk.get(f"/desk/questions/{uid}"))
    assert desk.post(f"/desk/questions/{uid}/answer", {"text": "Yes, up to 90."}).status_code == 302
    assert "Technical questions to answer" not in text_of(desk.get("/"))

    assert "Yes, up to 90." in text_of(browser.get(f"/questions/{uid}"))
    assert "Answered" in text_of(browser.get(f"/parts/{part.uid}"))
    assert "A technical question is answered" in text_of(browser.get("/inbox/"))
    browser.post(f"/questions/{uid}/messages", {"text": "And outdoors?"})
    assert "And outdoors?" in text_of(desk.get(f"/desk/questions/{uid}"))
    assert browser.post(f"/questions/{uid}/close").status_code == 302
    assert Question.objects.across_tenants().get().state == "closed"


def test_a_maker_asks_about_a_job_and_no_buyer_reads_it(operator):
    network = Network.start()
    maker = network.workshop("Suzhou", "eos-p396")
    build = network.offered(4).build
    job = build.jobs.get()
    browser = browser_of(maker.maker.organisation, "Lina")
    assert "Technical questions" in text_of(browser.get(f"/jobs/{job.uid}"))
    asked = services.ask(actor=maker.actor, about_uid=job.uid, text="May the top be oriented down?")
    assert (asked.about_uid, asked.about) == (job.uid, f"4 × {job.line.part_name}")
    assert "May the top be oriented down?" in text_of(browser.get(f"/jobs/{job.uid}"))
    with pytest.raises(NotFound):
        selectors.question(network.buyer_actor, asked.uid)
    event = Event.objects.get(kind="questions.asked")
    assert event.organisation_ids == [maker.maker.organisation_id]
    assert (event.order_uid, event.part_uid) == ("", "")
    services.say(actor=operator, question_uid=asked.uid, text="Yes.")
    assert "Answers to your questions" in text_of(browser.get("/"))


def test_of_an_order_one_of_its_lines_is_chosen(db: None):
    network = Network.start()
    order = network.order(2, 3)
    browser = browser_of(network.buyer, "Anna")
    page = text_of(browser.get(f"/questions/about/{order.uid}"))
    assert "2 × Bracket 1" in page
    assert "3 × Bracket 2" in page
    line = order.lines.last()
    browser.post(f"/questions/about/{order.uid}", {"about_uid": line.uid, "text": "Which tolerance?"})
    asked = selectors.about(network.buyer_actor, order.uid).get()
    assert asked.line == line
    assert "Which tolerance?" in text_of(browser.get(f"/orders/{order.uid}"))


def test_the_clock_runs_while_the_asker_has_the_last_word(asked, buyer, operator, desk):
    waiting = selectors.waiting_questions
    assert [each.pk for each in waiting(operator)] == [asked.pk]
    long_ago = timezone.now() - timedelta(days=2)
    Question.objects.across_tenants().filter(pk=asked.pk).update(waits_since=long_ago)
    assert 'class="late"' in text_of(desk.get("/"))
    # Saying more does not set the clock back.
    services.say(actor=buyer, question_uid=asked.uid, text="For an hour.")
    assert waiting(operator).get().waits_since == long_ago
    services.say(actor=operator, question_uid=asked.uid, text="For ever?")
    assert not waiting(operator)
    services.say(actor=buyer, question_uid=asked.uid, text="A year.")
    assert waiting(operator).get().waits_since > long_ago


def test_asked_again_a_closed_question_opens(asked, buyer, operator):
    services.close(actor=operator, question_uid=asked.uid)
    with pytest.raises(Conflict):
        services.close(actor=buyer, question_uid=asked.uid)
    with pytest.raises(Conflict):
        services.say(actor=operator, question_uid=asked.uid, text="One more thing.")
    services.say(actor=buyer, question_uid=asked.uid, text="But?")
    asked.refresh_from_db()
    assert (asked.state, asked.closed_at) == ("open", None)


def test_what_says_nothing_is_no_question(part, buyer, suzhou, desk, asked):
    with pytest.raises(Invalid):
        services.ask(actor=buyer, about_uid=part.uid, text=" \n")
    page = desk.post(f"/desk/questions/{asked.uid}/answer", {"text": "x" * 4001})
    assert page.status_code == 422
    assert "x" * 4001 in text_of(page)


def test_who_may_ask_and_answer(part, asked, buyer, operator, suzhou):
    stranger = member_of(firm("Elsewhere"))
    with pytest.raises(NotFound):
        services.ask(actor=stranger, about_uid=part.uid, text="What is it?")
    with pytest.raises(NotFound):
        services.say(actor=stranger, question_uid=asked.uid, text="Me too")
    with pytest.raises(NotFound):
        services.ask(actor=buyer, about_uid="org_1", text="Who are you?")
    with pytest.raises(Forbidden):
        services.ask(actor=operator, about_uid=part.uid, text="To whom?")
    with pytest.raises(Forbidden):
        services.take_on(actor=buyer, question_uid=asked.uid)
    with pytest.raises(Forbidden):
        services.say(actor=acting_for(suzhou, READ), question_uid=asked.uid, text="May I?")
    browser = browser_of(suzhou, "Anna")
    for path in ("/desk/questions/", f"/desk/questions/{asked.uid}"):
        assert browser.get(path).status_code == 403


def test_the_desk_is_searched(asked, desk):
    assert "Does it hold" in text_of(desk.get("/desk/questions/?q=Suzhou"))
    assert "Nothing found" in text_of(desk.get("/desk/questions/?q=Nobody"))
    assert "Nothing found" in text_of(desk.get("/desk/questions/?state=closed"))


def test_programs_ask_and_answer(part, suzhou, operator, asked):
    asker, answerer = client_of(suzhou), client_of(operator_firm())
    body = {"about_uid": part.uid, "text": "Which colour?"}
    made = asker.post("/api/v1/questions", body, content_type="application/json")
    assert made.status_code == 201
    uid = made.json()["uid"]
    said = answerer.post(f"/api/v1/questions/{uid}/messages", {"text": "Grey"}, content_type="application/json")
    assert (said.json()["state"], said.json()["waits_since"]) == ("answered", None)
    assert answerer.post(f"/api/v1/questions/{uid}/take-on").json()["owner_name"]
    assert asker.post(f"/api/v1/questions/{uid}/close").json()["state"] == "closed"
    assert [each["uid"] for each in asker.get("/api/v1/questions?state=open").json()["items"]] == [asked.uid]


def test_the_operator_finds_it_in_the_inbox(asked, operator, desk):
    member = Member.objects.across_tenants().get(user__name="Mei")
    kinds = [event.kind for event in inbox.messages(operator, member)]
    assert "questions.asked" in kinds
    assert desk.get(f"/questions/{asked.uid}").url == f"/desk/questions/{asked.uid}"
