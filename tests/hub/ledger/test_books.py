"""The double entry: one transaction per fact, balanced by the database, never rewritten, checked by a command."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hordak.models import Account, Leg, Transaction

from penstock.commands import check_ledger
from penstock.hub.core.money import money
from penstock.hub.ledger import selectors
from penstock.hub.ledger.accounts import CASH, HELD, WARRANTY, book
from penstock.hub.ledger.models import BookAccount, Payment, Posting
from penstock.hub.ledger.posting import credit, debit, post
from penstock.hub.parties.models import Organisation

pytestmark = pytest.mark.django_db


def deposit(buyer: Organisation, key: str = "fact", amount: int = 100) -> Posting | None:
    legs = [debit(CASH, Decimal(amount)), credit(HELD, Decimal(amount), buyer.pk)]
    return post(key=key, kind="test", order_uid="ord_1", legs=legs, text="A deposit")


def unbalanced(buyer: Organisation) -> None:
    written = Transaction.objects.create(description="crooked")
    Posting.objects.create(key="crooked", transaction=written, kind="test")
    cash, held = book(CASH).account, book(HELD, buyer.pk).account
    Leg.objects.bulk_create(
        [
            Leg(transaction=written, account=cash, debit=money(100)),
            Leg(transaction=written, account=held, credit=money(99)),
        ]
    )


def check_as_at_commit() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_an_unbalanced_posting(buyer: Organisation) -> None:
    unbalanced(buyer)
    with pytest.raises(IntegrityError, match="must be 0"), transaction.atomic():
        check_as_at_commit()
    transaction.set_rollback(True)


def test_an_unbalanced_posting_is_refused_before_it_is_written() -> None:
    with pytest.raises(ValueError, match="differ by -1"):
        post(key="x", kind="test", legs=[debit(CASH, Decimal(2)), credit(WARRANTY, Decimal(1))], text="x")


def test_a_fact_is_posted_once(buyer: Organisation) -> None:
    assert deposit(buyer) is not None
    assert deposit(buyer) is None
    assert Leg.objects.count() == 2
    assert post(key="nothing", kind="test", legs=[debit(CASH, Decimal(0))], text="x") is None


@pytest.mark.usefixtures("buyer")
def test_the_books_are_not_rewritten(buyer: Organisation) -> None:
    deposit(buyer)
    for attempt in (
        lambda: Leg.objects.update(description="other"),
        lambda: Leg.objects.all().delete(),
        lambda: Transaction.objects.update(description="other"),
        lambda: Posting.objects.update(kind="other"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()


def test_accounts_are_opened_once_in_one_tree(buyer: Organisation, maker: Organisation) -> None:
    kept = {book(HELD, firm.pk) for firm in (buyer, maker, buyer)}
    assert len(kept) == 2
    assert {row.account.name for row in kept} == {buyer.name, maker.name}
    root = Account.objects.get(parent=None, name="Held deposits")
    assert set(root.get_descendants()) == {row.account for row in kept}
    with pytest.raises(ValueError, match="per organisation"):
        book(HELD)
    assert BookAccount.objects.count() == 2


def test_balances_are_on_the_accounts_natural_side(buyer: Organisation) -> None:
    deposit(buyer)
    shown = {(b.purpose, b.organisation_name): b.amount for b in selectors.balances()}
    assert shown == {("cash", None): Decimal("100.00"), ("held", buyer.name): Decimal("100.00")}


def run(capsys, *, as_json: bool) -> tuple[int, str]:
    status = check_ledger.run(argparse.Namespace(json=as_json))
    return status, capsys.readouterr().out


def test_the_check_says_balanced_or_names_the_entry(buyer: Organisation, capsys) -> None:
    deposit(buyer)
    assert run(capsys, as_json=False) == (0, "balanced: 1 transactions\n")
    assert selectors.check() == ()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # a superuser who bypasses every trigger
        unbalanced(buyer)
        cursor.execute("SET session_replication_role = DEFAULT")
    status, out = run(capsys, as_json=True)
    answer = json.loads(out)
    assert (status, answer["balanced"]) == (1, False)
    assert {fault["entry"] for fault in answer["faults"]} == {"crooked", "ledger in CNY"}
    status, out = run(capsys, as_json=False)
    assert "crooked: the transaction's sides differ by -1.00" in out


def test_the_check_finds_what_balances_and_is_still_wrong(buyer: Organisation) -> None:
    """Entries the database has no reason to refuse."""
    Transaction.objects.create(description="by hand")
    payment = Payment.objects.create(
        organisation=buyer, order_uid="ord_1", method="sandbox", amount=5, currency="CNY", state="succeeded"
    )
    legs = [debit(HELD, Decimal(7), buyer.pk), credit(CASH, Decimal(7))]
    post(key="taken", kind="test", order_uid="ord_2", legs=legs, text="never paid in")
    found = {(fault.entry.split()[0], fault.why) for fault in selectors.check()}
    assert ("transaction", "the transaction says nothing of what it was for (0 legs)") in found
    assert ("payment", "the payment succeeded with 5.00 and its deposit was not posted so") in found
    assert ("order", "the deposit held for the order is negative: -7.00") in found
    assert payment.uid in " ".join(fault.entry for fault in selectors.check())
    assert len(found) == 3
