"""Letting people in: a link for one e-mail address, good for two weeks, sent in the background."""

from __future__ import annotations

import base64
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from penstock.hub.core import network
from penstock.hub.core.actors import MANAGE, Actor
from penstock.hub.core.errors import Conflict, Forbidden, NotFound
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties import events
from penstock.hub.parties.models import Invitation, Member, Organisation, User
from penstock.hub.parties.selectors import actor_for_member, token_hash
from penstock.hub.parties.states import INVITATION

from .members import checked_role, tell
from .organisations import checked_email

MOST_A_DAY = 50  # by one organisation: the house's e-mail is not for writing to strangers


@transaction.atomic
def invite(*, actor: Actor, email: str, role: str) -> tuple[Invitation, str]:
    """Invite a person; returns the invitation and its token. An open invitation of the same person is replaced.

    Raises Conflict for who belongs here already and for the fifty-first invitation within a day."""
    actor.require(MANAGE)
    email = checked_email(email)
    checked_role(role)
    organisation = Organisation.objects.select_for_update().get(pk=actor.organisation_id)
    if organisation.members.filter(user__email__iexact=email, is_active=True).exists():
        raise Conflict("already_member", _("This person belongs to your organisation already."))
    since = timezone.now() - timedelta(days=1)
    if organisation.invitations.filter(created_at__gt=since).count() >= MOST_A_DAY:
        raise Conflict(
            "too_many_invitations",
            _("Your organisation has sent %d invitations within a day. Go on tomorrow.") % MOST_A_DAY,
        )
    for earlier in organisation.invitations.filter(email=email, state="open"):
        INVITATION.move(earlier, "withdraw")
    invitation = Invitation(
        organisation=organisation,
        email=email,
        role=role,
        invited_by_id=actor.member_id,
        expires_at=timezone.now() + timedelta(days=network.current().invitation_days),
    )
    token = invitation_token(invitation)
    invitation.token_hash = token_hash(token)
    invitation.save()
    _tell(events.MEMBER_INVITED, actor, invitation)
    return invitation, token


def invitation_token(invitation: Invitation) -> str:
    """256 bits made from the secret key and the invitation's id: the e-mail job makes it again, nothing stores it."""
    digest = salted_hmac("invitation", invitation.uid, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@transaction.atomic
def accept_invitation(*, user: User, token: str) -> Member:
    """Join by the link. Raises NotFound for an unknown link, Conflict for a used or old one, Forbidden for a
    person it was not meant for."""
    invitation = (
        Invitation.objects.across_tenants()
        .select_related("organisation")
        .filter(token_hash=token_hash(token), organisation__is_active=True)
        .first()
    )
    if invitation is None:
        raise NotFound("not_found", _("This invitation does not exist. Ask for a new one."))
    if invitation.email != user.email.lower():
        raise Forbidden("other_email", _("This invitation is for another e-mail address. Log in with that one."))
    if invitation.state == "open" and invitation.expires_at < timezone.now():
        raise Conflict("invitation_expired", _("This invitation has expired. Ask for a new one."))
    INVITATION.move(invitation, "accept")
    member, created = Member.objects.across_tenants().get_or_create(
        organisation=invitation.organisation, user=user, defaults={"role": invitation.role}
    )
    if not created and not member.is_active:
        member.role, member.is_active = invitation.role, True
        member.save(update_fields=["role", "is_active"])
    tell(events.MEMBER_JOINED, actor_for_member(member), member)
    return member


@transaction.atomic
def withdraw_invitation(*, actor: Actor, invitation_uid: str) -> None:
    """Its link stops working."""
    actor.require(MANAGE)
    invitation = Invitation.objects.one(actor, invitation_uid)
    INVITATION.move(invitation, "withdraw")
    _tell(events.INVITATION_WITHDRAWN, actor, invitation)


def _tell(kind: Kind, actor: Actor, invitation: Invitation) -> None:
    record(
        kind,
        actor=actor,
        subject=invitation.uid,
        organisations=[invitation.organisation_id],
        email=invitation.email,
        role=invitation.role,
    )
