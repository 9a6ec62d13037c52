"""Roles of people in an organisation. There is always an owner."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import MANAGE, Actor
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties import events
from penstock.hub.parties.models import ApiKey, Member, Organisation, User
from penstock.hub.parties.states import ROLE_RIGHTS, Role


@transaction.atomic
def change_role(*, actor: Actor, member_uid: str, role: str) -> Member:
    """Give a member another role. Raises Conflict "last_owner" when nobody would own the organisation."""
    actor.require(MANAGE)
    member = _held(actor, member_uid)
    if checked_role(role) != Role.OWNER:
        _require_another_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    tell(events.ROLE_CHANGED, actor, member)
    return member


@transaction.atomic
def remove_member(*, actor: Actor, member_uid: str) -> None:
    """Let a person go; the keys that act in their name stop working. Anyone may leave by themselves, but a key that
    may do less than its member does not leave in the member's name."""
    member = _held(actor, member_uid)
    if member.pk != actor.member_id or actor.rights != ROLE_RIGHTS[member.role]:
        actor.require(MANAGE)
    _require_another_owner(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    ApiKey.objects.across_tenants().filter(member=member, revoked_at=None).update(revoked_at=timezone.now())
    tell(events.MEMBER_REMOVED, actor, member)


def checked_role(role: str) -> str:
    if role not in Role.values:
        raise Invalid("unknown_role", _("There is no such role."), known=Role.values)
    return role


def tell(kind: Kind, actor: Actor, member: Member) -> None:
    record(
        kind,
        actor=actor,
        subject=member.uid,
        organisations=[member.organisation_id],
        email=member.user.email,
        role=member.role,
    )


def _held(actor: Actor, member_uid: str) -> Member:
    """The member, read while its organisation is held: two owners cannot remove each other at once."""
    _hold(Member.objects.one(actor, member_uid).organisation_id)
    members = Member.objects.visible_to(actor).select_related("user")
    member = members.filter(uid=member_uid, is_active=True).first()
    if member is None:
        raise NotFound("not_found", _("This person does not belong to your organisation."))
    return member


def _hold(organisation_id: int) -> None:
    Organisation.objects.select_for_update().get(pk=organisation_id)


def _require_another_owner(member: Member) -> None:
    if member.role != Role.OWNER:
        return
    owners = member.organisation.members.filter(role=Role.OWNER, is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        raise Conflict("last_owner", _("This is the only owner. Make somebody else an owner first."))


def dismiss_first_order(*, user: User) -> None:
    """The demo no longer guides this person through a first order."""
    User.objects.filter(pk=user.pk).update(first_order_dismissed=True)
