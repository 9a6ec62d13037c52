"""The JSON of organisations and the people, places and keys that belong to them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

Right = Literal["read", "work", "pay", "manage"]
RoleName = Literal["owner", "purchaser", "worker", "viewer"]
KindName = Literal["buyer", "maker", "designer", "partner", "carrier", "operator"]


class OrganisationOut(Schema):
    uid: str
    name: str
    kinds: list[str]
    country: str
    tax_number: str
    email: str
    is_active: bool
    created_at: datetime


class OrganisationChange(Schema):
    """Only what is sent is changed."""

    name: str | None = Field(None, min_length=1, max_length=200)
    country: str | None = Field(None, min_length=2, max_length=2)
    kinds: list[KindName] | None = Field(None, min_length=1, max_length=6)
    tax_number: str | None = Field(None, max_length=40)
    email: str | None = Field(None, max_length=254)


class WhoOut(Schema):
    """Who a request acts for."""

    name: str
    organisation: OrganisationOut
    rights: list[str]
    is_operator: bool


class MemberOut(Schema):
    uid: str
    email: str
    name: str
    role: str
    created_at: datetime

    @staticmethod
    def resolve_email(member) -> str:
        return member.user.email

    @staticmethod
    def resolve_name(member) -> str:
        return member.user.name


class RoleIn(Schema):
    role: RoleName


class InvitationIn(Schema):
    email: str = Field(max_length=254)
    role: RoleName


class InvitationOut(Schema):
    uid: str
    email: str
    role: str
    expires_at: datetime


class InvitationMadeOut(InvitationOut):
    """`token` is shown once; the invited person gets it by e-mail."""

    token: str


class AddressIn(Schema):
    recipient: str = Field(min_length=1, max_length=200)
    street: str = Field(min_length=1, max_length=300)
    city: str = Field(min_length=1, max_length=120)
    country: str = Field(min_length=2, max_length=2)
    postcode: str = Field("", max_length=20)
    label: str = Field("", max_length=80)
    phone: str = Field("", max_length=40)


class AddressChange(Schema):
    """Only what is sent is changed."""

    recipient: str | None = Field(None, min_length=1, max_length=200)
    street: str | None = Field(None, min_length=1, max_length=300)
    city: str | None = Field(None, min_length=1, max_length=120)
    country: str | None = Field(None, min_length=2, max_length=2)
    postcode: str | None = Field(None, max_length=20)
    label: str | None = Field(None, max_length=80)
    phone: str | None = Field(None, max_length=40)


class AddressOut(AddressIn):
    """Coordinates are WGS 84 degrees of the city."""

    uid: str
    latitude: float | None
    longitude: float | None


class ApiKeyIn(Schema):
    name: str = Field(min_length=1, max_length=80)
    scopes: list[Right] = Field(min_length=1, max_length=4)


class ApiKeyOut(Schema):
    uid: str
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyMadeOut(ApiKeyOut):
    """`token` is shown once: only its hash is kept."""

    token: str
