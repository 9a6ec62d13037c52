"""The operator's view of the money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from buyers import firm, operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.ledger import selectors, services
from penstock.hub.ledger.models import Payout
from penstock.hub.parties.models import Organisation
from workshops import browser_of


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def desk(db: None) -> Client:
    return browser_of(operator_firm(), "Mei")


def owe(organisation_id: int, amount: int) -> None:
    """To an organisation, for a job."""
    services.credit_payee(
        actor=SYSTEM,
        key=f"job of {organisation_id}",
        organisation_id=organisation_id,
        amount=Decimal(amount),
        order_uid="ord_TEST",
        subject_uid="job_1",
        text="Job 1",
    )


@pytest.fixture
def owed(maker: Organisation) -> Organisation:
    """A maker that is owed 70.00 for a job."""
    owe(maker.pk, 70)
    return maker


def test_an_empty_ledger_says_so(desk: Client) -> None:
    page = text_of(desk.get("/desk/ledger/"))
    assert "Nothing is owed to anybody." in page
    assert "No entries yet" in text_of(desk.get("/desk/ledger/entries"))


def test_the_books_are_checked_beside_the_page(desk: Client, owed) -> None:
    assert 'hx-get="/desk/ledger/books"' in text_of(desk.get("/desk/ledger/"))
    whole = text_of(desk.get("/desk/ledger/books"))
    assert "The books balance" in whole
    assert "<html" in whole
    part = text_of(desk.get("/desk/ledger/books", headers={"HX-Request": "true"}))
    assert "The books balance" in part
    assert "<html" not in part


def test_accounts_of_one_purpose_the_largest_first(desk: Client, owed) -> None:
    small = firm("A small maker").pk
    owe(small, 3)
    page = text_of(desk.get("/desk/ledger/accounts/payables"))
    assert page.index(owed.name) < page.index("A small maker")
    assert "73.00" in page, "the sum of all"
    assert page.count("Prepare a payout") == 2
    found = text_of(desk.get("/desk/ledger/accounts/payables?q=small"))
    assert "A small maker" in found
    assert owed.name not in found
    assert "Nothing found" in text_of(desk.get("/desk/ledger/accounts/payables?q=nobody"))
    assert "Nobody has an amount" in text_of(desk.get("/desk/ledger/accounts/held"))
    assert desk.get("/desk/ledger/accounts/pocket").status_code == 404


def test_of_many_who_are_owed_the_page_shows_the_largest(desk: Client, monkeypatch, owed) -> None:
    monkeypatch.setattr("penstock.hub.ledger.desk.MOST_OWED", 1)
    other = firm("Owed less").pk
    owe(other, 3)
    page = text_of(desk.get("/desk/ledger/"))
    assert owed.name in page
    assert "Owed less" not in page
    assert "1 more" in page


def test_what_a_maker_is_owed_is_paid_out(desk: Client, owed) -> None:
    page = text_of(desk.get("/desk/ledger/"))
    assert owed.name in page
    assert desk.post(f"/desk/ledger/organisations/{owed.uid}/payout").status_code == 302
    payout = Payout.objects.across_tenants().get()
    assert (payout.amount, payout.state) == (Decimal("70.00"), "prepared")
    assert "payout prepared" in text_of(desk.get("/desk/ledger/"))
    desk.post(f"/desk/ledger/payouts/{payout.uid}/sent", {"reference": "BANK-1"})
    payout.refresh_from_db()
    assert (payout.state, payout.reference) == ("paid", "BANK-1")
    entries = text_of(desk.get("/desk/ledger/entries"))
    assert "BANK-1" in entries
    assert entries.count("70.00") >= 2, "both sides are shown"
    assert selectors.check() == ()


def test_a_prepared_payout_is_taken_back(desk: Client, owed) -> None:
    desk.post(f"/desk/ledger/organisations/{owed.uid}/payout")
    payout = Payout.objects.across_tenants().get()
    desk.post(f"/desk/ledger/payouts/{payout.uid}/cancel")
    assert "No payout is prepared." in text_of(desk.get("/desk/ledger/"))


def test_entries_are_found_by_their_order(desk: Client, owed) -> None:
    page = text_of(desk.get("/desk/ledger/entries?q=ord_TEST"))
    assert selectors.entries(SYSTEM, "ord_TEST").get().key in page
    assert "Nothing found" in text_of(desk.get("/desk/ledger/entries?q=ord_NOBODY"))


def test_the_ledger_is_the_operators(owed) -> None:
    eve = browser_of(firm("Elsewhere"), "Eve")
    for path in ("/desk/ledger/", "/desk/ledger/entries", "/desk/ledger/books", "/desk/ledger/accounts/payables"):
        assert eve.get(path).status_code == 403
    assert eve.post(f"/desk/ledger/organisations/{owed.uid}/payout").status_code == 403
