"""The settings of the network: checked, kept by version, told in the journal, and each of them changes something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from buyers import acting_for, client_of, firm, measured, operator_firm, purchaser
from penstock.hub.core import network
from penstock.hub.core.actors import READ, WORK, Actor
from penstock.hub.core.errors import Forbidden, Invalid
from penstock.hub.core.jobs import drain
from penstock.hub.core.models import Event, NetworkVersion
from penstock.hub.parties import services as parties
from penstock.hub.production.selectors import current_rules
from penstock.hub.quotes import services as quotes
from workshops import browser_of, member_of


@pytest.fixture
def operator(db: None) -> Actor:
    return acting_for(operator_firm())


@pytest.fixture
def desk(operator: Actor) -> Client:
    return browser_of(operator_firm(), "Mei")


def form(**more: object) -> dict[str, object]:
    return network.current().to_dict() | {"note": "because"} | more


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_change_is_a_version_with_its_event(operator):
    network.change(actor=operator, document={"quote_days": 60}, note="winter")
    network.change(actor=operator, document={"name": "Taihu Parts"})
    assert network.current() == network.Network(name="Taihu Parts", quote_days=60)
    assert [version.document["quote_days"] for version in network.versions(operator)] == [60, 60]
    told = Event.objects.filter(kind="core.network_changed").first()
    assert told.payload == {"note": "winter", "changes": {"quote_days": [30, 60]}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quote_days", 0), ("quote_days", 366), ("quote_days", True), ("quote_days", 1.5), ("request_hours", 721),
        ("name", " "), ("name", "a\r\nBcc: x@example.org"), ("mail_from", "nobody"), ("colour", "red"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_name(operator, name, value):
    with pytest.raises(Invalid) as refused:
        network.change(actor=operator, document={name: value})
    assert list(refused.value.data["faults"]) == [name]
    assert not NetworkVersion.objects.exists()


def test_only_who_manages_the_operator_changes_them(operator):
    for actor in (member_of(firm()), acting_for(operator_firm(), READ, WORK)):
        with pytest.raises(Forbidden):
            network.change(actor=actor, document={"quote_days": 60})


def test_the_page_changes_them_and_shows_what_was_typed(desk):
    page = desk.post("/desk/network/change", form(quote_days=999, name="Taihu Parts"))
    assert page.status_code == 422
    assert 'value="999"' in text_of(page)
    assert desk.post("/desk/network/change", form(name="Taihu Parts", request_hours=4)).status_code == 302
    page = text_of(desk.get("/desk/network"))
    assert "Taihu Parts</title>" in page
    assert "because" in page
    assert network.current().request_hours == 4


def test_the_page_changes_the_pause_between_waves(desk):
    rules = current_rules()
    typed = {"wave_minutes": 45, "offer_hours": 6.5, "vanish_hours": 24, "late_grace_hours": 12, "note": "slower"}
    assert desk.post("/desk/network/policy", typed | {"offer_hours": ""}).status_code == 422
    assert desk.post("/desk/network/policy", typed).status_code == 302
    assert (current_rules().wave_minutes, current_rules().offer_hours) == (45, 6.5)
    assert current_rules().weights == rules.weights
    assert Event.objects.get(kind="production.policy").payload["note"] == "slower"


def test_others_see_no_settings(db: None):
    browser = browser_of(firm("Suzhou Pumps"), "Anna")
    assert browser.get("/desk/network").status_code == 403
    assert browser.post("/desk/network/change", form()).status_code == 403
    assert client_of(firm("Else")).get("/api/v1/network").status_code == 403


def test_programs_read_and_change_them(operator):
    client = client_of(operator_firm())
    changed = client.post("/api/v1/network", {"unpaid_days": 3, "note": "less"}, content_type="application/json")
    assert changed.json()["unpaid_days"] == 3
    assert client.get("/api/v1/network").json() == network.current().to_dict()
    refused = client.post("/api/v1/network", {"unpaid_days": 0}, content_type="application/json")
    assert list(refused.json()["data"]["faults"]) == ["unpaid_days"]


def test_prices_and_invitations_stand_for_so_many_days(operator):
    network.change(actor=operator, document={"quote_days": 3, "invitation_days": 2})
    owner = member_of(firm("Suzhou Pumps"))
    quote = quotes.quote(actor=owner, revision_uid=measured(owner).uid)
    invitation, _token = parties.invite(actor=owner, email="new@example.org", role="viewer")
    now = timezone.now()
    assert timedelta(days=2.9) < quote.expires_at - now < timedelta(days=3.1)
    assert timedelta(days=1.9) < invitation.expires_at - now < timedelta(days=2.1)


def test_the_clock_of_a_desk_is_its_own(operator, desk):
    asker = purchaser(firm("Suzhou Pumps"))
    asked = quotes.request_quotation(actor=asker, revision_uid=measured(asker).uid, quantity=2, need="A pump")
    type(asked).objects.across_tenants().update(created_at=timezone.now() - timedelta(hours=5))
    assert 'class="late"' not in text_of(desk.get("/"))
    network.change(actor=operator, document={"question_hours": 2, "complaint_hours": 2})
    assert 'class="late"' not in text_of(desk.get("/"))
    network.change(actor=operator, document={"request_hours": 4})
    assert 'class="late"' in text_of(desk.get("/"))


def test_e_mails_come_from_the_network(operator, desk):
    network.change(actor=operator, document={"name": "Taihu Parts", "mail_from": "desk@taihu.example"})
    parties.invite(actor=member_of(firm("Suzhou Pumps")), email="new@example.org", role="viewer")
    drain()
    Client().post("/accounts/password/reset/", {"email": "mei@nobody.example"})
    invitation, reset = mail.outbox
    assert invitation.from_email == reset.from_email == "Taihu Parts <desk@taihu.example>"
    assert "on Taihu Parts." in invitation.body
    assert reset.subject.startswith("[Taihu Parts] ")
