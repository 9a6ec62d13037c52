"""The JSON of the operator's desk: decisions with their reasons, pools, waves, exceptions, the policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from penstock.hub.core.engine_words import say

from .schemas import JobOut


class JobForOperatorOut(JobOut):
    """With the decision behind it: who has it, why, and what else was possible."""

    maker_name: str | None
    holder_name: str | None
    obstacle: str
    reasons: list[str]
    alternatives: list[dict[str, Any]]
    split_from_uid: str | None

    @staticmethod
    def resolve_obstacle(job) -> str:
        return say(job.obstacle)

    @staticmethod
    def resolve_reasons(job) -> list[str]:
        return [say(reason) for reason in job.reasons]

    @staticmethod
    def resolve_maker_name(job) -> str | None:
        return job.maker.organisation.name if job.maker else None

    @staticmethod
    def resolve_holder_name(job) -> str | None:
        return job.holder.organisation.name if job.holder else None

    @staticmethod
    def resolve_split_from_uid(job) -> str | None:
        return job.split_from.uid if job.split_from else None


class PoolOut(Schema):
    process: str
    material: str
    jobs: int
    pieces: int
    mass_g: float
    oldest_due_at: datetime
    waiting_since: datetime
    with_obstacle: int


class WaveOut(Schema):
    uid: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    started_by: str


class WaveDetailOut(WaveOut):
    """`result`: what was assigned with its reasons and costs, what waits, what nobody can make."""

    result: dict[str, Any]


class WaveIn(Schema):
    hold_back: bool = Field(False, description="let work that can wait do so, for fuller builds")


class ExceptionOut(Schema):
    kind: str
    subject_uid: str
    text: str
    since: datetime
    about: str
    order_uid: str
    order_number: str


class PolicyOut(Schema):
    number: int
    document: dict[str, Any]
    note: str
    created_at: datetime


class PolicyIn(Schema):
    document: dict[str, Any]
    note: str = Field("", max_length=300)


class FinisherIn(Schema):
    organisation_uid: str = Field(max_length=24)
