"""Reads of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .actors import Actor
from .journal import kind_of
from .models import Event


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event as a person reads it; `by` is empty for members of other firms."""

    at: datetime
    kind: str
    sentence: str
    by: str
    payload: dict


def events(actor: Actor, *, order: str = "", part: str = "", build: str = "", subject: str = "", after: int = 0):
    """The events of a thing that the actor may read, oldest first."""
    found = Event.objects.filter(id__gt=after)
    named = {"order_uid": order, "part_uid": part, "build_uid": build, "subject_uid": subject}
    found = found.filter(**{field: uid for field, uid in named.items() if uid})
    if not actor.is_operator:
        found = found.filter(organisation_ids__contains=[actor.organisation_id])
    return found.order_by("id")


def timeline(actor: Actor, *, order: str, limit: int = 500) -> list[TimelineEntry]:
    """What happened to an order, oldest first, in sentences."""
    entries = []
    for event in events(actor, order=order)[:limit]:
        kind = kind_of(event)
        if kind.on_timeline:
            sentence = kind.sentence(event.payload)
            entries.append(TimelineEntry(event.at, event.kind, sentence, _named(event, actor), event.payload))
    return entries


def _named(event: Event, reader: Actor) -> str:
    """Who did it, for colleagues and the operator; other firms' people are nobody's business."""
    is_colleague = event.actor_organisation_id is not None and event.actor_organisation_id == reader.organisation_id
    return event.actor_name if reader.is_operator or is_colleague else ""
