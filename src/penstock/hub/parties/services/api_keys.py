"""Keys for programs. A key acts in a member's name, with at most the rights it was given."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import MANAGE, RIGHTS, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties import events
from penstock.hub.parties.models import ApiKey
from penstock.hub.parties.selectors import token_hash

PREFIX = "pk_"
HINT_LENGTH = 8  # enough to tell keys apart in a list


@transaction.atomic
def create_api_key(*, actor: Actor, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """Make a key; its token is returned here and cannot be read again."""
    actor.require(MANAGE)
    if actor.member_id is None:
        raise Forbidden("member_only", _("A key acts in the name of a member."))
    scopes = sorted(set(scopes))
    if not scopes or not set(scopes) <= RIGHTS:
        raise Invalid("unknown_scope", _("Choose what the key may do."), known=sorted(RIGHTS))
    if not set(scopes) <= actor.rights:
        raise Forbidden("missing_right", _("A key cannot do more than you may."))
    if not name.strip():
        raise Invalid("name_missing", _("Name the key after the program that will use it."))
    token = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        name=name.strip(),
        hint=token[:HINT_LENGTH],
        token_hash=token_hash(token),
        scopes=scopes,
    )
    _tell(events.API_KEY_CREATED, actor, key)
    return key, token


@transaction.atomic
def revoke_api_key(*, actor: Actor, key_uid: str) -> None:
    """The key stops working at once."""
    actor.require(MANAGE)
    key = ApiKey.objects.one(actor, key_uid)
    mine = ApiKey.objects.visible_to(actor).filter(pk=key.pk, revoked_at=None)
    if not mine.update(revoked_at=timezone.now()):
        raise Conflict("wrong_state", _("This key does not work any more."))
    _tell(events.API_KEY_REVOKED, actor, key)


def _tell(kind: Kind, actor: Actor, key: ApiKey) -> None:
    record(
        kind, actor=actor, subject=key.uid, organisations=[key.organisation_id], name=key.name, scopes=list(key.scopes)
    )
