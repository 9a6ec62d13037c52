"""The JSON of parts and their revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

Unit = Literal["micron", "mm", "cm", "inch", "foot", "m"]


class RefusalOut(Schema):
    code: str
    message: str


class RevisionOut(Schema):
    """One file of a part. `measurement` is what the geometry engine found, null until measured or when refused."""

    uid: str
    part_uid: str
    number: int
    filename: str
    size_bytes: int
    unit: str
    state: str
    measurement: dict[str, Any] | None
    repair: dict[str, Any] | None = None
    refusal: RefusalOut | None
    created_at: datetime
    measured_at: datetime | None

    @staticmethod
    def resolve_part_uid(revision) -> str:
        return revision.part.uid

    @staticmethod
    def resolve_size_bytes(revision) -> int:
        return revision.blob.size


class PartOut(Schema):
    uid: str
    name: str
    is_archived: bool
    created_at: datetime
    latest: RevisionOut | None


class PartDetailOut(Schema):
    """A part with every revision, newest first."""

    uid: str
    name: str
    is_archived: bool
    created_at: datetime
    revisions: list[RevisionOut]

    @staticmethod
    def resolve_revisions(part) -> list:
        return list(part.revisions.all())


class UploadIn(Schema):
    """`part_uid` makes the file the next revision of a part; `unit` is what its numbers mean where it does not say."""

    part_uid: str | None = Field(None, max_length=24)
    unit: Unit | None = None


class UnitIn(Schema):
    unit: Unit


class RenameIn(Schema):
    name: str = Field(min_length=1, max_length=200)
