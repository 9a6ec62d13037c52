"""The JSON of questions."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field


class QuestionIn(Schema):
    about_uid: str = Field(description="a part, an order line or a job of yours")
    text: str = Field(min_length=1, max_length=4000)


class QuestionTextIn(Schema):
    text: str = Field(min_length=1, max_length=4000)


class QuestionMessageOut(Schema):
    at: datetime
    by_operator: bool
    author_name: str
    text: str

    @staticmethod
    def resolve_author_name(message) -> str:
        return str(message.author.user) if message.author else ""


class QuestionOut(Schema):
    """`waits_since` tells of an open question since when it has waited for an answer."""

    uid: str
    organisation_name: str
    about_uid: str
    about: str
    revision_uid: str
    text: str
    state: str
    owner_name: str
    created_at: datetime
    waits_since: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    messages: list[QuestionMessageOut]

    @staticmethod
    def resolve_organisation_name(question) -> str:
        return question.organisation.name

    @staticmethod
    def resolve_revision_uid(question) -> str:
        return question.revision.uid

    @staticmethod
    def resolve_owner_name(question) -> str:
        return str(question.owner.user) if question.owner else ""

    @staticmethod
    def resolve_waits_since(question) -> datetime | None:
        return question.waits_since if question.state == "open" else None

    @staticmethod
    def resolve_messages(question) -> list:
        return list(question.messages.all())
