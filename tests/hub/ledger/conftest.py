"""Firms whose money the tests move."""

from __future__ import annotations

from collections import defaultdict

import pytest

from penstock.hub.core import journal
from penstock.hub.core.actors import RIGHTS, Actor
from penstock.hub.parties.models import Organisation


def acting(organisation: Organisation) -> Actor:
    """An owner of the organisation."""
    return Actor(name=organisation.name, organisation_id=organisation.pk, rights=RIGHTS)


@pytest.fixture(autouse=True)
def ledger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The orders these tests pay for exist only in the ledger: other rooms do not listen."""
    own = defaultdict(dict)
    for kind, handlers in journal._handlers.items():
        own[kind] = {name: do for name, do in handlers.items() if name.startswith("penstock.hub.ledger.")}
    monkeypatch.setattr(journal, "_handlers", own)


@pytest.fixture
def buyer(db) -> Organisation:
    return Organisation.objects.create(name="Jiading Instruments", country="CN", kinds=["buyer"])


@pytest.fixture
def maker(db) -> Organisation:
    return Organisation.objects.create(name="Kunshan Sinter", country="CN", kinds=["maker"])


@pytest.fixture
def buying(buyer: Organisation) -> Actor:
    return acting(buyer)
