"""The JSON of quotes, requests and price books. What a maker gets of a price is no buyer's business and not in it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from penstock.hub.core.http import is_for_operator
from penstock.hub.web.labels import price_items

from .blocking import against

Code = Annotated[str, Field(max_length=60)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class BreakdownOut(Schema):
    """`amount` is per piece; the items add up to the unit price."""

    code: str
    label: str
    amount: Decimal
    basis: str


class PriceOut(Schema):
    quantity: int
    lead_class: str
    lead_days: int
    unit_price: Decimal
    total: Decimal
    machine_hours: float
    mass_g: float
    breakdown: list[BreakdownOut]
    rule_version: str

    @staticmethod
    def resolve_breakdown(price, context) -> list:
        return price_items(price.breakdown, for_operator=is_for_operator(context))


class BlockerOut(Schema):
    """A finding of the process that forbids ordering the part by it at this price."""

    code: str
    message: str


class OptionOut(Schema):
    """One recipe with its price at every quantity and lead-time class. One with `blocked_by` cannot be put into the
    basket; a person can be asked."""

    uid: str
    process: str
    material: str
    finish: str
    prices: list[PriceOut]
    blocked_by: list[BlockerOut] = []

    @staticmethod
    def resolve_prices(option) -> list:
        return list(option.prices.all())


class ObstacleOut(Schema):
    """Why a recipe cannot make the part, or is not priced by rule."""

    process: str
    material: str
    finish: str
    code: str
    message: str
    data: dict[str, Any] = {}


class QuoteOut(Schema):
    uid: str
    revision_uid: str
    part_uid: str
    part_name: str
    request_uid: str | None
    currency: str
    quantities: list[int]
    price_book: int
    created_at: datetime
    expires_at: datetime

    @staticmethod
    def resolve_revision_uid(quote) -> str:
        return quote.revision.uid

    @staticmethod
    def resolve_part_uid(quote) -> str:
        return quote.revision.part.uid

    @staticmethod
    def resolve_part_name(quote) -> str:
        return quote.revision.part.name

    @staticmethod
    def resolve_request_uid(quote) -> str | None:
        return quote.request.uid if quote.request else None

    @staticmethod
    def resolve_price_book(quote) -> int:
        return quote.price_book.number


class QuoteDetailOut(QuoteOut):
    """The quote with its table, cheapest recipe first, and what cannot make the part."""

    options: list[OptionOut]
    obstacles: list[ObstacleOut]

    @staticmethod
    def resolve_options(quote) -> list:
        found = against(quote)
        options = list(quote.options.all())
        for option in options:
            option.blocked_by = found.get(option.process, [])
        return options


class QuoteIn(Schema):
    revision_uid: str = Field(max_length=24)
    quantities: list[Quantity] = Field([1, 10, 100], min_length=1, max_length=10)
    process: Code | None = None
    material: Code | None = None
    finish: Code | None = None


class SharedOut(Schema):
    """The token under which the quote can be read without logging in."""

    token: str


class RequestIn(Schema):
    revision_uid: str = Field(max_length=24)
    quantity: Quantity
    need: str = Field(min_length=1, max_length=4000)
    process: Code = ""
    material: Code = ""


class MessageOut(Schema):
    at: datetime
    by_operator: bool
    author_name: str
    text: str

    @staticmethod
    def resolve_author_name(message) -> str:
        return str(message.author.user) if message.author else ""


class MessageIn(Schema):
    text: str = Field(min_length=1, max_length=4000)


class RequestOut(Schema):
    uid: str
    organisation_name: str
    revision_uid: str
    part_uid: str
    part_name: str
    quantity: int
    need: str
    process: str
    material: str
    state: str
    answer: str
    created_at: datetime
    answered_at: datetime | None
    owner_name: str
    quote_uids: list[str]
    messages: list[MessageOut]

    @staticmethod
    def resolve_organisation_name(request) -> str:
        return request.organisation.name

    @staticmethod
    def resolve_revision_uid(request) -> str:
        return request.revision.uid

    @staticmethod
    def resolve_part_uid(request) -> str:
        return request.revision.part.uid

    @staticmethod
    def resolve_part_name(request) -> str:
        return request.revision.part.name

    @staticmethod
    def resolve_owner_name(request) -> str:
        return str(request.owner.user) if request.owner else ""

    @staticmethod
    def resolve_messages(request) -> list:
        return list(request.messages.all())

    @staticmethod
    def resolve_quote_uids(request) -> list[str]:
        return [quote.uid for quote in request.quotes.all()]


class AnswerIn(Schema):
    """The operator's price for the quantity asked for; the maker's share is the price book's unless given."""

    answer: str = Field(max_length=4000)
    process: Code
    material: Code
    finish: Code = ""
    unit_price: Decimal = Field(gt=0, max_digits=13, decimal_places=2)
    lead_days: int = Field(ge=1, le=365)
    maker_unit_payout: Decimal | None = Field(None, ge=0, max_digits=13, decimal_places=2)


class DeclineIn(Schema):
    answer: str = Field(min_length=1, max_length=4000)


class PriceBookOut(Schema):
    number: int
    note: str
    created_at: datetime


class PriceBookDetailOut(PriceBookOut):
    document: dict[str, Any]


class PriceBookIn(Schema):
    document: dict[str, Any]
    note: str = Field("", max_length=300)


class DocumentIn(Schema):
    document: dict[str, Any]


class ChangeOut(Schema):
    """What a price book would make of a quote's first row; `new` is null where it has no price."""

    quote_uid: str
    part_name: str
    recipe: str
    quantity: int
    old: Decimal
    new: Decimal | None
    percent: float | None
    obstacle: str
