"""The journal: recorded with its change, delivered once, never rewritten."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from penstock.hub.core import jobs, journal
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.models import Delivery, Event

pytestmark = pytest.mark.django_db

NOTED = journal.kind("test.noted", "%(what)s was noted")
seen: list[int] = []


@journal.on(NOTED)
def remember(event: Event) -> None:
    seen.append(event.pk)


def test_an_event_is_delivered_once_however_often_its_job_runs() -> None:
    seen.clear()
    event = journal.record(NOTED, actor=SYSTEM, order="ord_1", what="Water")
    assert jobs.drain() == 1
    assert seen == [event.pk]
    handler = Delivery.objects.get(event=event).handler
    assert journal.deliver_once(event.pk, handler) is False
    assert seen == [event.pk]
    assert journal.kind_of(event).sentence(event.payload) == "Water was noted"


def test_an_effect_that_fails_is_not_marked_as_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    event = journal.record(NOTED, actor=SYSTEM)
    name = f"{__name__}.remember"
    handlers = {name: lambda event: 1 / 0}
    monkeypatch.setitem(journal._handlers, "test.noted", handlers)
    with pytest.raises(ZeroDivisionError):
        journal.deliver_once(event.pk, name)
    assert not Delivery.objects.filter(event=event).exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        journal.record(NOTED, actor=SYSTEM)


def test_the_database_refuses_to_rewrite_the_journal() -> None:
    event = journal.record(NOTED, actor=SYSTEM)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(kind="something else")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()
