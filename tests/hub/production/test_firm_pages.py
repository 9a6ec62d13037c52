"""The operator's view of the firms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from buyers import firm, operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Forbidden
from penstock.hub.ledger import selectors as ledger
from penstock.hub.production import services, snapshot
from penstock.hub.production.models import Maker, Offer
from penstock.hub.production.selectors import current_rules
from workshops import Network, browser_of


@pytest.fixture
def network(db: None) -> Network:
    operator_firm()
    made = Network.start()
    made.workshop("Suzhou", "eos-p396", finishes=("dyeing",))
    return made


@pytest.fixture
def maker(network: Network) -> Maker:
    return network.workshops["Suzhou"].maker


@pytest.fixture
def desk(network: Network) -> Client:
    return browser_of(operator_firm(), "Mei")


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_workshop_is_admitted_from_today_and_the_undo_takes_it_back(maker: Maker, desk: Client) -> None:
    Maker.objects.across_tenants().filter(pk=maker.pk).update(is_admitted=False)
    assert "Workshops to admit" in text_of(desk.get("/"))
    answer = desk.post(f"/desk/firms/{maker.organisation.uid}/admit", {"admit": "yes"}, follow=True)
    assert "is asked from now on" in text_of(answer)
    assert "Undo" in text_of(answer)
    maker.refresh_from_db()
    assert maker.is_admitted
    desk.post(f"/desk/firms/{maker.organisation.uid}/admit", {"admit": "no"})
    maker.refresh_from_db()
    assert not maker.is_admitted


def test_a_firm_shows_its_machines_record_and_people(maker: Maker, desk: Client) -> None:
    browser_of(maker.organisation, "Li Na")
    page = text_of(desk.get(f"/desk/firms/{maker.organisation.uid}"))
    for words in ("Suzhou", "Dyeing", "Li Na", "Record", "SLS"):
        assert words in page


def test_an_agreement_is_kept_by_the_next_wave(network: Network, maker: Maker, desk: Client) -> None:
    url = f"/desk/firms/{maker.organisation.uid}"
    answer = desk.post(f"{url}/agreement", {"share": "30", "hours": "100", "auto_accept": "on"}, follow=True)
    assert "counts from the next wave on" in text_of(answer)
    [seen] = snapshot.makers(timezone.now(), current_rules())
    assert (seen.guaranteed_share, seen.auto_accept) == (0.3, True)
    assert [machine.offered_hours_per_week for machine in seen.machines] == [100.0]
    network.pooled(3)
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get()
    assert (offer.state, offer.build.state) == ("accepted", "accepted")


def test_no_more_than_all_the_work_is_promised(network: Network, maker: Maker, desk: Client) -> None:
    other = network.workshop("Hangzhou", "eos-p396").maker
    for share, status in (("60", 302), ("50", 422), ("40", 302)):
        firm_uid = maker.organisation.uid if share == "60" else other.organisation.uid
        assert desk.post(f"/desk/firms/{firm_uid}/agreement", {"share": share}).status_code == status
    with pytest.raises(Forbidden):
        services.agree(
            actor=network.actor_of(maker),
            organisation_uid=maker.organisation.uid,
            guaranteed_share=0.9,
            auto_accept=True,
            offered_hours_per_week=None,
        )


def test_a_credit_limit_is_set(desk: Client) -> None:
    buyer = firm("Nordlicht")
    desk.post(f"/desk/firms/{buyer.uid}/credit", {"amount": "5000", "days": "45"})
    account = ledger.account(buyer.pk)
    assert (account.credit_limit, account.days_to_pay) == (Decimal("5000.00"), 45)
    assert desk.post(f"/desk/firms/{buyer.uid}/credit", {"amount": "-1", "days": "45"}).status_code == 422


def test_a_carrier_is_taken_on(desk: Client) -> None:
    swift = firm("Swift Heron")
    desk.post(f"/desk/firms/{swift.uid}/kinds", {"kinds": ["carrier"]})
    swift.refresh_from_db()
    assert swift.kinds == ["carrier"]
    page = desk.post(f"/desk/firms/{swift.uid}/kinds", {"kinds": ["carrier", "operator"]})
    assert page.status_code == 422
    swift.refresh_from_db()
    assert swift.kinds == ["carrier"]


def test_firms_are_found_by_name_and_role(maker: Maker, desk: Client) -> None:
    assert maker.organisation.name in text_of(desk.get("/desk/firms/?state=maker"))
    assert "Nothing found" in text_of(desk.get("/desk/firms/?q=Nobody"))


def test_the_firms_are_the_operators_to_see(maker: Maker) -> None:
    eve = browser_of(firm("Elsewhere"), "Eve")
    for path in ("/desk/firms/", f"/desk/firms/{maker.organisation.uid}"):
        assert eve.get(path).status_code == 403
    for verb in ("admit", "kinds", "credit"):
        assert eve.post(f"/desk/firms/{maker.organisation.uid}/{verb}", {"admit": "yes"}).status_code == 403
