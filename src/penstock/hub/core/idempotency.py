"""Idempotency keys: a request sent twice with the same `Idempotency-Key` has one effect and one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from .actors import Actor
from .errors import Conflict, Invalid
from .models import IdempotencyKey

MAX_KEY_LENGTH = 200


def fingerprint(actor: Actor, verb: str, payload: Any) -> str:
    """SHA-256 of who asked what, so that a key used for something else, or by somebody else, is noticed."""
    text = json.dumps([actor.member_id, verb, payload], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(
    *, actor: Actor, key: str | None, verb: str, payload: Any, do: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Run `do` → (status, JSON-able answer), or give the answer it gave before under this key.

    The key's row is written in the same transaction as the effect: a second request at the same moment waits
    for the first and then gets its answer; a refused first attempt leaves no trace and may be repeated.
    Raises Conflict when the key was used for a different request, Invalid when it is too long.
    """
    if not key:
        return do()
    if len(key) > MAX_KEY_LENGTH:
        raise Invalid("idempotency_key_too_long", _("The Idempotency-Key is longer than 200 characters."))
    mark = fingerprint(actor, verb, payload)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(organisation_id=actor.organisation_id, key=key, fingerprint=mark)
        except IntegrityError:
            row = IdempotencyKey.objects.get(organisation_id=actor.organisation_id, key=key)
            if row.fingerprint != mark:
                raise Conflict(
                    "idempotency_key_reused",
                    _("This Idempotency-Key was used for a different request. Use a fresh one."),
                ) from None
            return row.status, row.answer
        row.status, row.answer = do()
        row.save(update_fields=["status", "answer"])
        row.refresh_from_db()
        return row.status, row.answer
