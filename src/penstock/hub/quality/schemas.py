"""The JSON of inspections and complaints."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ninja import Schema
from pydantic import Field

from .states import Cause, Remedy

MAX_PIECES = 1_000_000


class InspectionIn(Schema):
    passed: int = Field(ge=0, le=MAX_PIECES)
    failed: int = Field(0, ge=0, le=MAX_PIECES)
    note: str = Field("", max_length=1000)


class InspectionOut(Schema):
    uid: str
    job_uid: str
    passed: int
    failed: int
    note: str
    at: datetime

    @staticmethod
    def resolve_job_uid(inspection) -> str:
        return inspection.job.uid


class ComplaintIn(Schema):
    line_uid: str
    quantity: int = Field(ge=1, le=MAX_PIECES)
    text: str = Field(min_length=1, max_length=4000)


class PictureOut(Schema):
    id: int
    filename: str


class ComplaintOut(Schema):
    uid: str
    order_uid: str
    line_uid: str
    part_name: str
    quantity: int
    text: str
    state: str
    remedy: str
    amount: Decimal | None
    answer: str
    created_at: datetime
    closed_at: datetime | None
    pictures: list[PictureOut]

    @staticmethod
    def resolve_order_uid(complaint) -> str:
        return complaint.line.order.uid

    @staticmethod
    def resolve_line_uid(complaint) -> str:
        return complaint.line.uid

    @staticmethod
    def resolve_part_name(complaint) -> str:
        return complaint.line.part_name

    @staticmethod
    def resolve_pictures(complaint) -> list:
        return list(complaint.pictures.all())


class ChainOut(Schema):
    job_uid: str
    quantity: int
    maker: str
    build_uid: str
    machine: str
    machine_model: str
    material: str


class DecisionIn(Schema):
    remedy: Remedy
    cause: Cause
    answer: str = Field("", max_length=4000)
    amount: Decimal | None = Field(None, gt=0, max_digits=13, decimal_places=2)
    cause_job_uid: str = Field("", max_length=24)


class RejectionIn(Schema):
    answer: str = Field(min_length=1, max_length=4000)
