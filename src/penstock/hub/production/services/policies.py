"""The operator publishes a new version of what dispatch weighs."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from penstock.hub.core.actors import MANAGE, Actor
from penstock.hub.core.journal import record
from penstock.hub.core.locks import exclusive

from .. import events, policy
from ..models import DispatchPolicy


@transaction.atomic
def publish_policy(*, actor: Actor, document: dict[str, Any], note: str = "") -> DispatchPolicy:
    """Raises Invalid naming every faulty entry. The next wave uses it; offers already made keep their deadline."""
    actor.require_operator(MANAGE)
    rules = policy.read(document)
    exclusive("dispatch policy")
    newest = DispatchPolicy.objects.first()
    number = newest.number + 1 if newest else 1
    version = DispatchPolicy.objects.create(
        number=number, document=rules.to_dict(), note=note, created_by_id=actor.member_id
    )
    record(events.POLICY_PUBLISHED, actor=actor, organisations=[actor.organisation_id], number=number, note=note)
    return version
