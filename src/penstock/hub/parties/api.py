"""The JSON door of the parties: the own organisation, its people, places and keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from penstock.hub.core.actors import MANAGE, READ
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import selectors, services
from .schemas import (
    AddressChange,
    AddressIn,
    AddressOut,
    ApiKeyIn,
    ApiKeyMadeOut,
    ApiKeyOut,
    InvitationIn,
    InvitationMadeOut,
    InvitationOut,
    MemberOut,
    OrganisationChange,
    OrganisationOut,
    RoleIn,
    WhoOut,
)

router = Router(tags=["organisation"])


@router.get("/me", response=WhoOut)
def get_me(request: HttpRequest) -> Any:
    """Who this key or session acts for, and what it may do."""
    actor = actor_of(request)
    return {
        "name": actor.name,
        "organisation": selectors.organisation(actor),
        "rights": sorted(actor.rights),
        "is_operator": actor.is_operator,
    }


@router.get("/organisation", response=OrganisationOut)
def get_organisation(request: HttpRequest) -> Any:
    return selectors.organisation(actor_of(request))


@router.patch("/organisation", response=OrganisationOut)
def change_organisation(request: HttpRequest, body: OrganisationChange) -> Any:
    return services.change_organisation(actor=actor_of(request), **_sent(body))


@router.get("/organisations", response=Page[OrganisationOut])
def list_organisations(request: HttpRequest, paging: Query[Paging], search: str = "", kind: str = "") -> Any:
    """Everyone who takes part. For the operator."""
    actor = actor_of(request)
    actor.require_operator(READ)
    return page(selectors.organisations(actor, search, kind), paging)


# --- people ---------------------------------------------------------------------------------------


@router.get("/members", response=Page[MemberOut])
def list_members(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.members(actor_of(request)), paging)


@router.patch("/members/{uid}", response=MemberOut)
def change_member_role(request: HttpRequest, uid: str, body: RoleIn) -> Any:
    return services.change_role(actor=actor_of(request), member_uid=uid, role=body.role)


@router.delete("/members/{uid}", response={204: None})
def remove_member(request: HttpRequest, uid: str) -> Any:
    services.remove_member(actor=actor_of(request), member_uid=uid)
    return Status(204, None)


@router.get("/invitations", response=Page[InvitationOut])
def list_invitations(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Those that can still be accepted. For owners."""
    actor = actor_of(request)
    actor.require(MANAGE)
    return page(selectors.open_invitations(actor), paging)


@router.post("/invitations", response={201: InvitationMadeOut})
def invite_member(request: HttpRequest, body: InvitationIn) -> Any:
    """Repeating it replaces the open invitation; its token is a secret, so no answer is kept for repeats."""
    invitation, token = services.invite(actor=actor_of(request), **body.dict())
    return Status(201, {**InvitationOut.from_orm(invitation).dict(), "token": token})


@router.delete("/invitations/{uid}", response={204: None})
def withdraw_invitation(request: HttpRequest, uid: str) -> Any:
    services.withdraw_invitation(actor=actor_of(request), invitation_uid=uid)
    return Status(204, None)


# --- places ---------------------------------------------------------------------------------------


@router.get("/addresses", response=Page[AddressOut])
def list_addresses(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.addresses(actor_of(request)), paging)


@router.post("/addresses", response={201: AddressOut})
def add_address(request: HttpRequest, body: AddressIn) -> Any:
    """An unknown city is refused with the names it may have meant."""

    def do() -> AddressOut:
        return AddressOut.from_orm(services.add_address(actor=actor_of(request), **body.dict()))

    return answer_once(request, "add_address", body, do, status=201)


@router.patch("/addresses/{uid}", response=AddressOut)
def change_address(request: HttpRequest, uid: str, body: AddressChange) -> Any:
    """Orders already placed keep the address they had."""
    return services.change_address(actor=actor_of(request), address_uid=uid, **_sent(body))


@router.delete("/addresses/{uid}", response={204: None})
def remove_address(request: HttpRequest, uid: str) -> Any:
    services.remove_address(actor=actor_of(request), address_uid=uid)
    return Status(204, None)


# --- keys -----------------------------------------------------------------------------------------


@router.get("/api-keys", response=Page[ApiKeyOut])
def list_api_keys(request: HttpRequest, paging: Query[Paging]) -> Any:
    """The keys that still work. For owners."""
    actor = actor_of(request)
    actor.require(MANAGE)
    return page(selectors.api_keys(actor), paging)


@router.post("/api-keys", response={201: ApiKeyMadeOut})
def create_api_key(request: HttpRequest, body: ApiKeyIn) -> Any:
    """The token is a secret, so no answer is kept for repeats: a repeat makes another key."""
    key, token = services.create_api_key(actor=actor_of(request), **body.dict())
    return Status(201, {**ApiKeyOut.from_orm(key).dict(), "token": token})


@router.delete("/api-keys/{uid}", response={204: None})
def revoke_api_key(request: HttpRequest, uid: str) -> Any:
    services.revoke_api_key(actor=actor_of(request), key_uid=uid)
    return Status(204, None)


def _sent(body: Schema) -> dict[str, Any]:
    """What the caller named; null means the same as leaving it out."""
    return body.model_dump(exclude_unset=True, exclude_none=True)
