"""The JSON of baskets and orders. What makers get of a line is no buyer's business and not in it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from penstock.hub.core.http import is_for_operator
from penstock.hub.quotes.selectors import is_valid
from penstock.hub.web.labels import price_items

Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Uid = Annotated[str, Field(max_length=24)]


class BasketLineOut(Schema):
    uid: str
    option_uid: str
    quote_uid: str
    part_uid: str
    part_name: str
    process: str
    material: str
    finish: str
    lead_class: str
    lead_days: int
    quantity: int
    unit_price: Decimal
    total: Decimal
    valid_until: datetime
    is_valid: bool

    @staticmethod
    def resolve_option_uid(line) -> str:
        return line.price.option.uid

    @staticmethod
    def resolve_quote_uid(line) -> str:
        return line.price.option.quote.uid

    @staticmethod
    def resolve_part_uid(line) -> str:
        return line.price.option.quote.revision.part.uid

    @staticmethod
    def resolve_part_name(line) -> str:
        return line.price.option.quote.revision.part.name

    @staticmethod
    def resolve_process(line) -> str:
        return line.price.option.process

    @staticmethod
    def resolve_material(line) -> str:
        return line.price.option.material

    @staticmethod
    def resolve_finish(line) -> str:
        return line.price.option.finish

    @staticmethod
    def resolve_lead_class(line) -> str:
        return line.price.lead_class

    @staticmethod
    def resolve_lead_days(line) -> int:
        return line.price.lead_days

    @staticmethod
    def resolve_unit_price(line) -> Decimal:
        return line.price.unit_price

    @staticmethod
    def resolve_total(line) -> Decimal:
        return line.price.total

    @staticmethod
    def resolve_valid_until(line) -> datetime:
        return line.price.option.quote.expires_at

    @staticmethod
    def resolve_is_valid(line) -> bool:
        return is_valid(line.price.option.quote)


class ConsignmentOut(Schema):
    """Lines that come together on one day."""

    line_uids: list[str]
    carriage: Decimal
    promised_on: date

    @staticmethod
    def resolve_line_uids(consignment) -> list[str]:
        return [line.uid for line in consignment.lines]


class DeliveryOut(Schema):
    """One delivery service: everything the buyer would pay, and the day it is promised for. With `parcels` "earlier"
    each consignment leaves when its lines are ready."""

    service: str
    parcels: str
    consignments: list[ConsignmentOut]
    net: Decimal
    carriage: Decimal
    tax: Decimal
    total: Decimal
    promised_on: date
    distance_km: float


class ProblemOut(Schema):
    code: str
    message: str
    line_uid: str


class BasketOut(Schema):
    lines: list[BasketLineOut]
    net: Decimal
    currency: str
    ship_to_uid: str | None
    services: list[DeliveryOut]
    earlier: list[DeliveryOut]
    problems: list[ProblemOut]

    @staticmethod
    def resolve_ship_to_uid(view) -> str | None:
        return view.ship_to.uid if view.ship_to else None


class BasketIn(Schema):
    option_uid: Uid
    quantity: Quantity
    lead_class: str = Field("standard", max_length=20)


class QuantityIn(Schema):
    quantity: Quantity


class ListedLineOut(Schema):
    """A line in a list of orders. The counters are pieces: made ≥ shipped ≥ delivered."""

    uid: str
    position: int
    state: str
    part_uid: str
    part_name: str
    revision_uid: str
    process: str
    material: str
    finish: str
    lead_class: str
    quantity: int
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    due_on: date
    promised_on: date | None
    made: int
    shipped: int
    delivered: int

    @staticmethod
    def resolve_part_uid(line) -> str:
        return line.revision.part.uid

    @staticmethod
    def resolve_revision_uid(line) -> str:
        return line.revision.uid


class OrderLineOut(ListedLineOut):
    """A line with how its price came about."""

    breakdown: list[dict[str, Any]]
    rule_version: str

    @staticmethod
    def resolve_breakdown(line, context) -> list:
        return price_items(line.breakdown, for_operator=is_for_operator(context))


class OrderOut(Schema):
    uid: str
    number: str
    organisation_name: str
    state: str
    currency: str
    net: Decimal
    carriage: Decimal
    tax: Decimal
    total: Decimal
    tax_percent: Decimal
    service: str
    parcels: str
    purchase_order: str
    payment_method: str
    promised_on: date
    placed_at: datetime
    confirmed_at: datetime | None
    delivered_at: datetime | None
    settled_at: datetime | None
    cancelled_at: datetime | None
    lines: list[ListedLineOut]

    @staticmethod
    def resolve_organisation_name(order) -> str:
        return order.organisation.name

    @staticmethod
    def resolve_lines(order) -> list:
        return list(order.lines.all())


class OrderDetailOut(OrderOut):
    lines: list[OrderLineOut]
    ship_to: dict[str, Any]
    bill_to: dict[str, Any]
    reordered_from_uid: str | None

    @staticmethod
    def resolve_reordered_from_uid(order) -> str | None:
        return order.reordered_from.uid if order.reordered_from else None


class SharedLineOut(Schema):
    """A line as the holder of a link sees it: no prices."""

    part_name: str
    process: str
    material: str
    finish: str
    state: str
    quantity: int
    made: int
    shipped: int
    delivered: int


class TimelineEntryOut(Schema):
    at: datetime
    kind: str
    sentence: str
    by: str
    payload: dict[str, Any]


class SharedOrderOut(Schema):
    """An order as the holder of a link sees it: what and when, not what it cost or where it goes."""

    number: str
    state: str
    promised_on: date
    placed_at: datetime
    delivered_at: datetime | None
    lines: list[SharedLineOut]

    @staticmethod
    def resolve_lines(order) -> list:
        return list(order.lines.all())


class PlaceIn(Schema):
    """Everything in the basket. With `expected_total` the order is refused when the total is no longer that.
    `parcels`: "fewer" or "earlier" where parts are ready on different days; empty leaves it to the network."""

    ship_to_uid: Uid
    bill_to_uid: Uid | None = None
    service: str = Field("standard", max_length=20)
    parcels: str = Field("", max_length=10)
    payment_method: str = Field(max_length=20)
    purchase_order: str = Field("", max_length=60)
    expected_total: Decimal | None = Field(None, max_digits=13, decimal_places=2)


class RetryIn(Schema):
    method: str = Field(max_length=20)


class OrderPaymentOut(Schema):
    """The payment to go on with: POST /payments/{payment_uid}/begin, unless it has succeeded already."""

    payment_uid: str
    state: str
    method: str
    amount: Decimal
    currency: str


class LinkOut(Schema):
    """The token under which the order can be followed without logging in."""

    token: str
