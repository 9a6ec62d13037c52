"""Reads of the journal."""

from __future__ import annotations

from collections.abc import Iterable
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
    return _told((event for event in events(actor, order=order)[:limit] if kind_of(event).on_timeline), actor)


def story(actor: Actor, *, subject: str, limit: int = 200) -> list[TimelineEntry]:
    """Everything the actor may read about one thing, oldest first, also what an order's timeline leaves out."""
    return _told(events(actor, subject=subject)[:limit], actor)


def _told(found: Iterable[Event], reader: Actor) -> list[TimelineEntry]:
    return [
        TimelineEntry(each.at, each.kind, kind_of(each).sentence(each.payload), _named(each, reader), each.payload)
        for each in found
    ]


def _named(event: Event, reader: Actor) -> str:
    """Who did it, for colleagues and the operator; other firms' people are nobody's business."""
    is_colleague = event.actor_organisation_id is not None and event.actor_organisation_id == reader.organisation_id
    return event.actor_name if reader.is_operator or is_colleague else ""
