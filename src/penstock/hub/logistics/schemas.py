"""The JSON of parcels."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ninja import Schema
from pydantic import AwareDatetime, Field


class ShipmentItemOut(Schema):
    job_uid: str
    line_uid: str
    part_name: str
    quantity: int

    @staticmethod
    def resolve_job_uid(item) -> str:
        return item.job.uid

    @staticmethod
    def resolve_line_uid(item) -> str:
        return item.job.line.uid

    @staticmethod
    def resolve_part_name(item) -> str:
        return item.job.line.part_name


class TrackingOut(Schema):
    reference: str
    status: str
    place: str
    at: datetime


class ShipmentOut(Schema):
    uid: str
    order_uid: str
    purpose: str
    state: str
    from_name: str
    to_city: str
    carrier_name: str
    service: str
    tracking_number: str
    mass_g: float
    distance_km: float
    expected_on: date
    handed_over_at: datetime | None
    delivered_at: datetime | None
    items: list[ShipmentItemOut]
    tracking: list[TrackingOut]

    @staticmethod
    def resolve_order_uid(shipment) -> str:
        return shipment.order.uid

    @staticmethod
    def resolve_from_name(shipment) -> str:
        return shipment.from_maker.organisation.name

    @staticmethod
    def resolve_to_city(shipment) -> str:
        return shipment.to_address["city"]

    @staticmethod
    def resolve_carrier_name(shipment) -> str:
        return shipment.carrier.name

    @staticmethod
    def resolve_items(shipment) -> list:
        return list(shipment.items.all())

    @staticmethod
    def resolve_tracking(shipment) -> list:
        return list(shipment.tracking.all())


class ParcelLabelOut(ShipmentOut):
    """With the full address; `cost`, what the carrier is paid, is for the carrier and the operator."""

    to_address: dict
    cost: Decimal | None

    @staticmethod
    def resolve_cost(shipment, context) -> Decimal | None:
        actor = context["request"].actor
        return shipment.cost if actor.is_operator or actor.organisation_id == shipment.carrier_id else None


class HandOverIn(Schema):
    tracking_number: str = Field("", max_length=40)


class TrackingIn(Schema):
    reference: str = Field(min_length=1, max_length=80)
    status: Literal["picked_up", "in_transit", "out_for_delivery", "delivered", "lost"]
    place: str = Field("", max_length=120)
    at: AwareDatetime | None = None
