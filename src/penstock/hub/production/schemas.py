"""The JSON of production. A maker reads of its own steps and payout; other makers are named nowhere."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from ninja import Schema
from pydantic import AwareDatetime, Field

from penstock.hub.core.engine_words import say


class OperationOut(Schema):
    uid: str
    sequence: int
    kind: str
    finish: str
    state: str
    payout: Decimal
    done_at: datetime | None


class JobOut(Schema):
    uid: str
    order_uid: str
    line_uid: str
    revision_uid: str
    part_name: str
    quantity: int
    process: str
    material: str
    finish: str
    state: str
    due_at: datetime
    build_uid: str | None
    held_here: bool
    payout: Decimal = Field(alias="own_payout")
    operations: list[OperationOut] = Field(alias="own_operations")
    remedy_for: str = Field(alias="complaint_uid")

    @staticmethod
    def resolve_order_uid(job) -> str:
        return job.line.order.uid

    @staticmethod
    def resolve_line_uid(job) -> str:
        return job.line.uid

    @staticmethod
    def resolve_revision_uid(job) -> str:
        return job.line.revision.uid

    @staticmethod
    def resolve_part_name(job) -> str:
        return job.line.part_name

    @staticmethod
    def resolve_build_uid(job) -> str | None:
        return job.build.uid if job.build else None

    @staticmethod
    def resolve_held_here(job) -> bool:
        return job.holder_id is not None and any(step.maker_id == job.holder_id for step in job.own_operations)


class BuildSummaryOut(Schema):
    uid: str
    state: str
    machine_uid: str
    machine_name: str
    process: str
    material: str
    starts_at: datetime
    ends_at: datetime
    height_mm: float
    fill: float
    started_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def resolve_machine_uid(build) -> str:
        return build.machine.uid

    @staticmethod
    def resolve_machine_name(build) -> str:
        return build.machine.name


class BuildOut(BuildSummaryOut):
    """A build in a list: how much is in it; what, is on its own page."""

    payout: Decimal = Field(alias="own_payout")
    job_count: int
    pieces: int
    has_file: bool = Field(alias="has_layout")


class BuildDetailOut(BuildOut):
    """With its jobs, and where every copy lies: 4 × 4 matrices from the model's coordinates to the chamber's, in mm."""

    jobs: list[JobOut]
    layout: list[dict[str, Any]]

    @staticmethod
    def resolve_jobs(build) -> list:
        return list(build.jobs.all())


class OfferOut(Schema):
    uid: str
    state: str
    kind: str
    maker_name: str
    payout: Decimal
    currency: str
    deadline: datetime
    reasons: list[str]
    created_at: datetime
    answered_at: datetime | None
    answer_reason: str
    build: BuildSummaryOut | None
    operation_uid: str | None
    finish: str | None
    pieces: int
    parts: list[str]

    @staticmethod
    def resolve_reasons(offer) -> list[str]:
        return [say(reason) for reason in offer.reasons]

    @staticmethod
    def resolve_kind(offer) -> str:
        return "build" if offer.build_id else "finishing"

    @staticmethod
    def resolve_maker_name(offer) -> str:
        return offer.maker.organisation.name

    @staticmethod
    def resolve_operation_uid(offer) -> str | None:
        return offer.operation.uid if offer.operation else None

    @staticmethod
    def resolve_finish(offer) -> str | None:
        return offer.operation.finish if offer.operation else None

    @staticmethod
    def _jobs(offer) -> list:
        return list(offer.build.jobs.all()) if offer.build else [offer.operation.job]

    @staticmethod
    def resolve_pieces(offer) -> int:
        return sum(job.quantity for job in OfferOut._jobs(offer))

    @staticmethod
    def resolve_parts(offer) -> list[str]:
        return [f"{job.quantity} × {job.line.part_name}" for job in OfferOut._jobs(offer)]


class ReasonIn(Schema):
    reason: str = Field("", max_length=300)


class GiveBackIn(Schema):
    reason: str = Field(min_length=1, max_length=300)


class GoodIn(Schema):
    """Pieces that came out well, by job; see the verb for what a job that is not named means."""

    good: dict[str, int] = Field(default_factory=dict, max_length=2000)


class FailIn(GoodIn):
    reason: str = Field(min_length=1, max_length=300)


class BlockOut(Schema):
    uid: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class MachineOut(Schema):
    uid: str
    name: str
    model: str
    process: str
    materials: list[str]
    loaded_material: str
    state: str
    maker_name: str
    blocks: list[BlockOut] = Field(alias="coming_blocks")

    @staticmethod
    def resolve_maker_name(machine) -> str:
        return machine.maker.organisation.name


class MachineIn(Schema):
    name: str = Field("", max_length=80)
    model: str = Field(max_length=60)
    materials: list[str] = Field(min_length=1, max_length=100)
    loaded_material: str = Field("", max_length=60)
    organisation_uid: str | None = Field(None, max_length=24)


class MachineChangeIn(Schema):
    name: str | None = Field(None, max_length=80)
    materials: list[str] | None = Field(None, max_length=100)
    loaded_material: str | None = Field(None, max_length=60)
    in_service: bool | None = None


class BlockIn(Schema):
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field("", max_length=120)


class MakerOut(Schema):
    organisation_uid: str
    name: str
    city: str
    country: str
    is_admitted: bool
    is_accepting: bool
    finishes: list[str]
    working_hours: dict[str, Any]
    machine_count: int

    @staticmethod
    def resolve_organisation_uid(maker) -> str:
        return maker.organisation.uid

    @staticmethod
    def resolve_name(maker) -> str:
        return maker.organisation.name

    @staticmethod
    def resolve_city(maker) -> str:
        return maker.address.city

    @staticmethod
    def resolve_country(maker) -> str:
        return maker.address.country


class MakerIn(Schema):
    organisation_uid: str = Field(max_length=24)
    address_uid: str = Field(max_length=24)
    finishes: list[str] = Field(default_factory=list, max_length=100)


class MakerChangeIn(Schema):
    address_uid: str | None = Field(None, max_length=24)
    finishes: list[str] | None = Field(None, max_length=100)
    is_accepting: bool | None = None
    working_hours: dict[str, Any] | None = None
    cost_factor: float | None = None
    is_admitted: bool | None = None


class RecordOut(Schema):
    """A maker's record as shares from 0 to 1; `quality` is what dispatch uses, `explanation` how it came about."""

    pieces_good: float
    builds_on_time: float
    offers_kept: float
    quality: float
    explanation: list[str]


class CancelledOut(Schema):
    uid: str
    state: str
