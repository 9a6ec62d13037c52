"""Reads: who somebody is and for whom they act."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, WORK, Actor
from penstock.hub.core.errors import NotFound

from .models import Address, ApiKey, Invitation, Member, Organisation, User
from .states import ROLE_RIGHTS


def token_hash(token: str) -> str:
    """SHA-256; the tokens are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_for_member(member: Member, scopes: frozenset[str] | None = None, via: str = "") -> Actor:
    """The actor a membership makes; `scopes` narrow its rights (API keys), `via` is named in the journal."""
    rights = ROLE_RIGHTS[member.role]
    return Actor(
        name=f"{member.user}{via}",
        organisation_id=member.organisation_id,
        member_id=member.pk,
        rights=rights if scopes is None else rights & scopes,
        is_operator=member.organisation.is_operator,
    )


def memberships(user: User) -> QuerySet[Member]:
    """The organisations a person acts for, in the order they were joined."""
    return (
        Member.objects.across_tenants()
        .filter(user=user, is_active=True, organisation__is_active=True)
        .select_related("organisation", "user")
        .order_by("pk")
    )


def member_for_user(user: User, organisation_uid: str | None = None) -> Member | None:
    """The membership for the organisation chosen, or the first."""
    members = memberships(user)
    if organisation_uid:
        return members.filter(organisation__uid=organisation_uid).first()
    return members.first()


def actor_for_token(token: str) -> Actor | None:
    """The actor behind an API key's token, or None when it is unknown, revoked, or its member has left."""
    key = (
        ApiKey.objects.across_tenants()
        .filter(
            token_hash=token_hash(token),
            revoked_at=None,
            member__is_active=True,
            member__user__is_active=True,
            organisation__is_active=True,
        )
        .select_related("member__user", "member__organisation")
        .first()
    )
    if key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=5):
        ApiKey.objects.across_tenants().filter(pk=key.pk).update(last_used_at=now)
    return actor_for_member(key.member, frozenset(key.scopes), via=f" ({key.name})")


def actor_for_visit(uid: str) -> Actor | None:
    """Who has not signed up: may upload, see prices and put them aside; None when the visit has ended."""
    visit = Organisation.objects.filter(uid=uid, visit_until__gt=timezone.now()).first()
    if visit is None:
        return None
    return Actor(name="A visitor", organisation_id=visit.pk, rights=frozenset({READ, WORK}), is_visitor=True)


def visits_over() -> QuerySet[Organisation]:
    """Visits nobody came back to."""
    return Organisation.objects.filter(visit_until__lte=timezone.now())


def operator_organisation() -> Organisation:
    """The one organisation that runs this network."""
    return Organisation.objects.get(kinds__contains=["operator"])


def organisation(actor: Actor, uid: str = "") -> Organisation:
    """The actor's own organisation; the operator may name any. NotFound for another's."""
    if not uid:
        found = Organisation.objects.filter(pk=actor.organisation_id).first()
    elif actor.is_operator:
        found = Organisation.objects.filter(uid=uid).first()
    else:
        found = Organisation.objects.filter(uid=uid, pk=actor.organisation_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such organisation, or it is not yours to see."))
    return found


def organisations(actor: Actor, search: str = "", kind: str = "") -> QuerySet[Organisation]:
    """Every organisation for the operator, the own one for others."""
    firms = Organisation.objects.filter(visit_until=None)
    found = firms if actor.is_operator else firms.filter(pk=actor.organisation_id)
    if search:
        found = found.filter(name__icontains=search)
    return found.filter(kinds__contains=[kind]) if kind else found


def members(actor: Actor) -> QuerySet[Member]:
    """The people of the actor's organisation."""
    rows = Member.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, is_active=True)
    return rows.select_related("user", "organisation")


def people_of(actor: Actor, organisation: Organisation) -> QuerySet[Member]:
    """Who acts for an organisation the actor may see."""
    rows = Member.objects.visible_to(actor).filter(organisation=organisation, is_active=True)
    return rows.select_related("user").order_by("pk")


def api_keys(actor: Actor) -> QuerySet[ApiKey]:
    """The keys of the actor's organisation that still work."""
    rows = ApiKey.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, revoked_at=None)
    return rows.select_related("member__user")


def addresses(actor: Actor) -> QuerySet[Address]:
    return Address.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, is_active=True)


def open_invitations(actor: Actor) -> QuerySet[Invitation]:
    """Those of the actor's organisation that can still be accepted."""
    rows = Invitation.objects.visible_to(actor).filter(organisation_id=actor.organisation_id)
    return rows.filter(state="open", expires_at__gt=timezone.now())
