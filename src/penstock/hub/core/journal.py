"""The journal: one event per state change, in the same transaction; handlers run as background jobs, each once.

A room declares its kinds in `events.py` (`PAID = kind("orders.paid", _("Payment received"))`), records them from its
services, and listens to rooms above it with `@on(...)` in its `jobs.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise

from .actors import Actor
from .models import Delivery, Event
from .wording import Wording, in_words

Handler = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: its stable name, the sentence people read (with %(payload)s keys), and who reads it.

    `wordings` says how values of its payload are put into words, besides those that mean the same everywhere.
    """

    name: str
    text: Promise | str
    on_timeline: bool = True
    wordings: Mapping[str, Wording] = field(default_factory=dict)

    def sentence(self, payload: dict[str, Any]) -> str:
        return str(self.text % in_words(payload, self.wordings))


_kinds: dict[str, Kind] = {}
_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def kind(
    name: str, text: Promise | str, *, on_timeline: bool = True, wordings: Mapping[str, Wording] | None = None
) -> Kind:
    """Declare a kind of event. `on_timeline` says whether the buyer's timeline of an order shows it."""
    if name in _kinds:
        raise ValueError(f"event kind {name} is declared twice")
    _kinds[name] = Kind(name, text, on_timeline, wordings or {})
    return _kinds[name]


def kinds() -> dict[str, Kind]:
    return dict(_kinds)


def kind_of(event: Event) -> Kind:
    """The declared kind, or a plain one named after the event when its room is gone."""
    return _kinds.get(event.kind) or Kind(event.kind, event.kind.replace("%", "%%"), on_timeline=False)


def on(kind: Kind) -> Callable[[Handler], Handler]:
    """Run the decorated function in the background for every event of this kind; its effect happens once."""

    def register(handler: Handler) -> Handler:
        _handlers[kind.name][f"{handler.__module__}.{handler.__name__}"] = handler
        return handler

    return register


def record(
    kind: Kind,
    *,
    actor: Actor,
    order: str = "",
    part: str = "",
    build: str = "",
    subject: str = "",
    organisations: Iterable[int | None] = (),
    **payload: Any,
) -> Event:
    """Write one event and enqueue its handlers in the running transaction.

    `order`, `part`, `build`, `subject` are public ids; `organisations` the keys of those who may read the event.
    Raises TransactionManagementError outside a transaction: an event without its change would be a lie.
    """
    from .jobs import deliver  # the job module needs this one's registry

    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"event {kind.name} recorded outside a transaction")
    event = Event.objects.create(
        kind=kind.name,
        at=timezone.now(),
        actor_id=actor.member_id,
        actor_name=actor.name,
        actor_organisation_id=actor.organisation_id,
        order_uid=order,
        part_uid=part,
        build_uid=build,
        subject_uid=subject,
        organisation_ids=sorted({o for o in organisations if o is not None}),
        payload=payload,
    )
    for name in _handlers[kind.name]:
        deliver.defer(event_id=event.pk, handler=name)
    return event


def deliver_once(event_id: int, handler_name: str) -> bool:
    """Run one handler for one event; False when that had already happened. The handler's changes and the
    note that they happened share a transaction, so a worker killed in between leaves neither."""
    event = Event.objects.get(pk=event_id)
    handler = _handlers[event.kind][handler_name]
    with transaction.atomic():
        try:
            with transaction.atomic():
                Delivery.objects.create(event=event, handler=handler_name)
        except IntegrityError:
            return False
        handler(event)
    return True
