"""Inspections and complaints on the founded demo network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from founding import People, founded
from penstock.hub.ledger import selectors as ledger


@pytest.fixture(scope="module")
def founded_people(django_db_setup: None, django_db_blocker) -> Iterator[People]:
    with founded(django_db_blocker) as people:
        yield people


@pytest.fixture
def people(founded_people: People, db: None) -> Iterator[People]:
    yield founded_people
    assert ledger.check() == ()
