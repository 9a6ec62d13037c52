"""The ledger's verbs. Money is checked under a lock, posted once per fact, and told to the journal."""

from __future__ import annotations

from penstock.hub.ledger.accounts import CARRIAGE_MARGIN
from penstock.hub.ledger.reading import held, paid, refunded

from .credit import receive_on_account, set_credit_limit
from .invoices import issue_invoice
from .payments import (
    ACCOUNT,
    answer_in_sandbox,
    ask_provider,
    begin_payment,
    open_payment,
    pay_now,
    take_notice,
)
from .payouts import cancel_payout, pay_payout, prepare_payout
from .refunds import refund, send_refund
from .settlement import Payee, charge_back, credit_payee, settle
from .statements import issue_due_statements, issue_statement

__all__ = [
    "ACCOUNT",
    "CARRIAGE_MARGIN",
    "Payee",
    "answer_in_sandbox",
    "ask_provider",
    "begin_payment",
    "cancel_payout",
    "charge_back",
    "credit_payee",
    "held",
    "issue_due_statements",
    "issue_invoice",
    "issue_statement",
    "open_payment",
    "paid",
    "pay_now",
    "pay_payout",
    "prepare_payout",
    "receive_on_account",
    "refund",
    "refunded",
    "send_refund",
    "set_credit_limit",
    "settle",
    "take_notice",
]
