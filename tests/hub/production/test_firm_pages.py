"""The operator's view of the firms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from buyers import firm, operator_firm
from penstock.hub.ledger import selectors as ledger
from penstock.hub.production.models import Maker
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
