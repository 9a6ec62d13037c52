"""The furnished network, laid once for all walks; every request is undone after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_walk import Walk
from django.db import transaction

from furnished import Network, build


@pytest.fixture(scope="module")
def network(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    directory: Path = tmp_path_factory.mktemp("models")
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(directory)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def walk(network: Network) -> Walk:
    return Walk(network)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A walk is refused hundreds of times; none of it is news."""
    caplog.set_level(logging.CRITICAL, "django.request")
    caplog.set_level(logging.CRITICAL, "django.security")
