"""The JSON of the network's settings."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict, Field


class NetworkOut(Schema):
    name: str
    mail_from: str
    request_hours: int
    question_hours: int
    complaint_hours: int
    quote_days: int
    unpaid_days: int
    invitation_days: int
    seller_name: str
    seller_address: str
    seller_tax_number: str
    invoice_footer: str


class NetworkIn(Schema):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=60)
    mail_from: str | None = Field(None, max_length=254)
    request_hours: int | None = None
    question_hours: int | None = None
    complaint_hours: int | None = None
    quote_days: int | None = None
    unpaid_days: int | None = None
    invitation_days: int | None = None
    seller_name: str | None = Field(None, max_length=200)
    seller_address: str | None = Field(None, max_length=500)
    seller_tax_number: str | None = Field(None, max_length=60)
    invoice_footer: str | None = Field(None, max_length=1000)
    note: str = Field("", max_length=300)
