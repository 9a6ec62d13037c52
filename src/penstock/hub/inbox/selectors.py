"""Reads: a person's messages, how many are new, and whether anything has happened since a page was shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from penstock.hub.core import journal
from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.models import Event
from penstock.hub.parties.models import Member

from . import topics
from .models import Desk, EmailChoice

# More new messages than these are said as "many".
MANY = 99
# How far back a page looks for events of a transaction that ended after others that began later.
OVERLAP = 500
# A page that was away for longer is told that something has happened.
LONG_AWAY = 5_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a person reads it; `thing` is the public id of what it is about."""

    event_id: int
    at: datetime
    title: str
    sentence: str
    thing: str
    is_new: bool


def events_for(organisation_id: int | None, kinds: Iterable[str], *, is_operator: bool = False) -> QuerySet[Event]:
    """The events that are messages to an organisation of these kinds: readable by it, and done by somebody else."""
    names = [topic.kind.name for topic in topics.for_kinds(kinds)]
    found = Event.objects.filter(kind__in=names).exclude(actor_organisation_id=organisation_id)
    return found if is_operator else found.filter(organisation_ids__contains=[organisation_id])


def _of(actor: Actor, member: Member) -> QuerySet[Event]:
    actor.require(READ)
    return events_for(actor.organisation_id, member.organisation.kinds, is_operator=actor.is_operator)


def read_until(member: Member) -> int:
    found = Desk.objects.across_tenants().filter(member=member).values_list("read_until", flat=True).first()
    return found or 0


def messages(actor: Actor, member: Member) -> QuerySet[Event]:
    return _of(actor, member)


def said(event: Event, until: int) -> Message:
    topic = topics.BY_KIND[event.kind]
    sentence = journal.kind_of(event).sentence(event.payload)
    return Message(event.pk, event.at, str(topic.title), sentence, topic.thing(event), event.pk > until)


def unread(actor: Actor, member: Member) -> int:
    """New messages, counted up to MANY."""
    new = _of(actor, member).filter(pk__gt=read_until(member)).order_by()
    return new[:MANY].count()


def position(actor: Actor) -> str:
    """Where the journal stands for this reader: its newest key, and how many of the keys before it the reader may read.

    Keys are given out when an event is written and seen when its transaction ends, so a smaller one may appear later:
    then the count has changed.
    """
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return f"{newest}.{_readable(actor, newest - OVERLAP, newest)}"


def has_moved(actor: Actor, seen: str) -> bool:
    """Whether the reader may read anything that was not there at the position `seen`."""
    newest_text, _, count_text = seen.partition(".")
    if not (newest_text.isdecimal() and count_text.isdecimal() and len(newest_text) < 19):
        return True
    newest, count = int(newest_text), int(count_text)
    later = Event.objects.filter(pk__gt=newest)
    if later.order_by()[:LONG_AWAY].count() == LONG_AWAY:
        return True
    if _mine(actor, later).exists():
        return True
    return _readable(actor, newest - OVERLAP, newest) != count


def _readable(actor: Actor, after: int, until: int) -> int:
    return _mine(actor, Event.objects.filter(pk__gt=after, pk__lte=until)).count()


def _mine(actor: Actor, found: QuerySet[Event]) -> QuerySet[Event]:
    return found if actor.is_operator else found.filter(organisation_ids__contains=[actor.organisation_id])


def choices(member: Member) -> dict[str, bool]:
    """Every message the member's organisation gets → whether this person wants it by e-mail."""
    wanted = {topic.kind.name: topic.by_email for topic in topics.for_kinds(member.organisation.kinds)}
    chosen = EmailChoice.objects.across_tenants().filter(member=member).values_list("kind", "wanted")
    return wanted | {kind: choice for kind, choice in chosen if kind in wanted}


def wants_emails(member: Member) -> bool:
    desk = Desk.objects.across_tenants().filter(member=member).first()
    return desk is None or desk.emails
