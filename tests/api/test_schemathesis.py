"""No request that the description allows, or nearly allows, makes the API fail or answer otherwise than described.

Requests are generated from the description; half of those that name a row name one that is there, so that they get
past the look-up.  They go to the WSGI application in this process, each in a transaction that is undone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from addresses import Route, operations
from furnished import Network, build
from penstock.hub.api.api import api

pytestmark = pytest.mark.django_db

EXAMPLES = 16  # per operation; what they are is the same in every run
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("operator's key", "owner's key", "maker's key")


@pytest.fixture(scope="module")
def network(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    directory: Path = tmp_path_factory.mktemp("models")
    with django_db_blocker.unblock(), transaction.atomic():
        furnished = build(directory)
        for role in ("operator", "owner", "maker"):
            furnished.give_key(f"{role}'s key", furnished.actor(role), ["read", "work", "pay"])
        yield furnished
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    """The description, bound to the application; a request does not close the connection of the tests' transaction."""
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Most of it is refused, which is what is tested."""
    caplog.set_level(logging.CRITICAL, "django.request")


@pytest.mark.parametrize("route", operations(), ids=lambda route: route.name)
def test_no_request_makes_it_fail(network: Network, described: Any, route: Route) -> None:
    operation = described[route.path][route.method]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, role=st.sampled_from(ROLES), known=st.booleans())
    def ask(case: Case, role: str, known: bool) -> None:
        if known:
            _name_rows(case, route, network)
        with transaction.atomic():
            case.call_and_validate(headers={"Authorization": f"Bearer {network.people[role].token}"}, checks=CHECKS)
            transaction.set_rollback(True)

    ask()


def _name_rows(case: Case, route: Route, network: Network) -> None:
    """Put rows that are there where the request names any."""
    for segment, name in route.parameters:
        case.path_parameters[name] = str(network.samples[segment, name])
    if isinstance(case.body, dict):
        for name in case.body:
            if name.endswith("_uid") and network.fields.get(name):
                case.body[name] = network.fields[name]
