"""The JSON of money. Amounts are decimal strings in `currency`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ninja import Schema
from pydantic import Field

MAX_AMOUNT = 10**10


class AmountIn(Schema):
    amount: Decimal = Field(gt=0, lt=MAX_AMOUNT, decimal_places=2)


class OfOrganisation(Schema):
    """Rows that belong to an organisation say whose they are."""

    organisation_uid: str

    @staticmethod
    def resolve_organisation_uid(row) -> str:
        return row.organisation.uid


class PaymentOut(OfOrganisation):
    """`next_url` is where the payer goes on, relative to the hub; empty when the provider has not answered yet."""

    uid: str
    order_uid: str
    method: str
    amount: Decimal
    currency: str
    state: str
    provider_reference: str
    next_url: str
    reason: str
    created_at: datetime
    settled_at: datetime | None


class SandboxAnswerIn(Schema):
    answer: Literal["approve", "approve_and_report_twice", "approve_without_report", "decline"]


class RefundOut(OfOrganisation):
    uid: str
    order_uid: str
    payment_uid: str
    amount: Decimal
    currency: str
    reason: str
    to_account: bool
    created_at: datetime

    @staticmethod
    def resolve_payment_uid(refund) -> str:
        return refund.payment.uid


class AccountOut(Schema):
    """How your organisation stands with the network."""

    currency: str
    owed_by_you: Decimal
    owed_to_you: Decimal
    payouts_on_their_way: Decimal
    credit_limit: Decimal
    credit_available: Decimal
    days_to_pay: int


class BalanceOut(Schema):
    purpose: str
    title: str
    organisation_uid: str | None
    organisation_name: str | None
    amount: Decimal


class FaultOut(Schema):
    entry: str
    why: str


class CheckOut(Schema):
    """Whether the books are in order, and which entries are not."""

    balanced: bool
    faults: list[FaultOut]


class StatementOut(OfOrganisation):
    uid: str
    number: str
    period_start: date
    period_end: date
    opening: Decimal
    total: Decimal
    closing: Decimal
    currency: str
    issued_at: datetime


class StatementLineOut(Schema):
    at: datetime
    text: str
    order_uid: str
    subject_uid: str
    amount: Decimal


class StatementIn(Schema):
    organisation_uid: str = Field(max_length=24)
    period_start: date
    period_end: date


class PayoutOut(OfOrganisation):
    uid: str
    amount: Decimal
    currency: str
    state: str
    reference: str
    created_at: datetime
    paid_at: datetime | None


class PayoutIn(Schema):
    organisation_uid: str = Field(max_length=24)


class ReferenceIn(Schema):
    reference: str = Field(min_length=1, max_length=120)


class CreditLimitOut(OfOrganisation):
    amount: Decimal
    days: int


class CreditLimitIn(Schema):
    amount: Decimal = Field(ge=0, lt=MAX_AMOUNT, decimal_places=2)
    days: int = Field(30, ge=0, le=365)


class ReceiptIn(AmountIn):
    """Money that arrived for what an organisation owes; `reference` is the bank's."""

    reference: str = Field(min_length=1, max_length=80)
