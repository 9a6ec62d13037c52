"""Whether the books are in order: each rule is one query that finds the entries breaking it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that is not as it should be."""

    entry: str
    why: str


# Each query returns (entry, a number that shows what is wrong).
RULES: tuple[tuple[object, str], ...] = (
    (
        _("the transaction's sides differ by %s"),
        """
        SELECT coalesce(p.key, 'transaction ' || t.id), sum(coalesce(l.credit, 0) - coalesce(l.debit, 0))
        FROM hordak_leg l JOIN hordak_transaction t ON t.id = l.transaction_id
        LEFT JOIN ledger_posting p ON p.transaction_id = t.id
        GROUP BY t.id, p.key, l.currency HAVING sum(coalesce(l.credit, 0) - coalesce(l.debit, 0)) <> 0
        """,
    ),
    (
        _("the whole ledger is off zero by %s"),
        """
        SELECT 'ledger in ' || currency, sum(coalesce(credit, 0) - coalesce(debit, 0))
        FROM hordak_leg GROUP BY currency HAVING sum(coalesce(credit, 0) - coalesce(debit, 0)) <> 0
        """,
    ),
    (
        _("the transaction says nothing of what it was for (%s legs)"),
        """
        SELECT 'transaction ' || t.id, count(l.id)
        FROM hordak_transaction t LEFT JOIN hordak_leg l ON l.transaction_id = t.id
        WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.transaction_id = t.id) GROUP BY t.id
        """,
    ),
    (
        _("the posting has %s legs"),
        """
        SELECT p.key, count(l.id) FROM ledger_posting p LEFT JOIN hordak_leg l USING (transaction_id)
        GROUP BY p.key HAVING count(l.id) < 2
        """,
    ),
    (
        _("the deposit held for the order is negative: %s"),
        """
        SELECT 'order ' || p.order_uid, sum(coalesce(l.credit, 0) - coalesce(l.debit, 0))
        FROM hordak_leg l JOIN ledger_posting p USING (transaction_id)
        JOIN ledger_bookaccount b ON b.account_id = l.account_id AND b.purpose = 'held'
        GROUP BY p.order_uid HAVING sum(coalesce(l.credit, 0) - coalesce(l.debit, 0)) < 0
        """,
    ),
    (
        _("the payment succeeded with %s and its deposit was not posted so"),
        """
        SELECT 'payment ' || y.uid, y.amount FROM ledger_payment y WHERE y.state = 'succeeded' AND y.amount IS DISTINCT
        FROM (SELECT sum(l.credit) FROM ledger_posting p JOIN hordak_leg l USING (transaction_id)
              JOIN ledger_bookaccount b ON b.account_id = l.account_id AND b.purpose = 'held'
              WHERE p.key = 'payment:' || y.uid AND p.order_uid = y.order_uid)
        """,
    ),
    (
        _("a deposit of %s was posted for a payment that did not succeed"),
        """
        SELECT p.key, sum(l.credit) FROM ledger_posting p JOIN hordak_leg l USING (transaction_id)
        WHERE p.kind = 'payment' AND NOT EXISTS
        (SELECT 1 FROM ledger_payment y WHERE y.uid = p.subject_uid AND y.state = 'succeeded') GROUP BY p.key
        """,
    ),
    (
        _("the refund of %s was not posted so"),
        """
        SELECT 'refund ' || r.uid, r.amount FROM ledger_refund r WHERE r.amount IS DISTINCT
        FROM (SELECT sum(l.credit) FROM ledger_posting p JOIN hordak_leg l USING (transaction_id)
              JOIN ledger_bookaccount b ON b.account_id = l.account_id AND b.purpose IN ('cash', 'receivables')
              WHERE p.key = 'refund:' || r.uid)
        """,
    ),
    (
        _("%s more was given back than was paid with it"),
        """
        SELECT 'payment ' || y.uid, sum(r.amount) - y.amount FROM ledger_payment y
        JOIN ledger_refund r ON r.payment_id = y.id
        GROUP BY y.id HAVING y.state <> 'succeeded' OR sum(r.amount) > y.amount
        """,
    ),
    (
        _("the payout of %s was sent and not posted so"),
        """
        SELECT 'payout ' || o.uid, o.amount FROM ledger_payout o WHERE o.state = 'paid' AND o.amount IS DISTINCT
        FROM (SELECT sum(l.debit) FROM ledger_posting p JOIN hordak_leg l USING (transaction_id)
              JOIN ledger_bookaccount b ON b.account_id = l.account_id AND b.purpose = 'payables'
              WHERE p.key = 'payout:' || o.uid)
        """,
    ),
    (
        _("the statement's lines differ from its total by %s"),
        """
        SELECT 'statement ' || s.number, coalesce(sum(n.amount), 0) - s.total
        FROM ledger_statement s LEFT JOIN ledger_statementline n ON n.statement_id = s.id
        GROUP BY s.id HAVING coalesce(sum(n.amount), 0) <> s.total OR s.opening + s.total <> s.closing
        """,
    ),
    (
        _("the statement's line differs from its ledger leg by %s"),
        """
        SELECT 'statement ' || s.number, n.amount - (coalesce(l.credit, 0) - coalesce(l.debit, 0))
        FROM ledger_statementline n JOIN ledger_statement s ON s.id = n.statement_id
        JOIN hordak_leg l ON l.id = n.leg_id
        WHERE n.amount <> coalesce(l.credit, 0) - coalesce(l.debit, 0)
        """,
    ),
)


def check() -> tuple[Fault, ...]:
    """Every fault in the books, by rule; empty when they are in order."""
    return tuple(_faults())


def _faults() -> Iterator[Fault]:
    with connection.cursor() as cursor:
        for why, query in RULES:
            cursor.execute(query)
            for entry, number in cursor.fetchall():
                yield Fault(entry, str(why) % number)
