"""The API's manners: every refusal is problem+json, whatever goes wrong and wherever."""

from __future__ import annotations

import json
import logging
from collections import Counter

import pytest
from django.core import signals
from django.test import Client, RequestFactory
from ninja import Schema

from buyers import firm
from penstock.hub.api import problems
from penstock.hub.api.api import api
from penstock.hub.parties import services as parties
from penstock.hub.parties.models import Address, User
from penstock.hub.parties.selectors import actor_for_member

pytestmark = pytest.mark.django_db

ADDRESS = {"recipient": "Suzhou Pumps", "street": "Jinji Lake Road 1", "city": "Suzhou", "country": "CN"}


@pytest.fixture
def owner() -> User:
    user = User.objects.create_user("owner@example.org", "a long password 1")
    firm().members.create(user=user, role="owner")
    return user


@pytest.fixture
def client(owner: User) -> Client:
    actor = actor_for_member(owner.memberships.select_related("user", "organisation").get())
    _, token = parties.create_api_key(actor=actor, name="test", scopes=["read", "work", "pay"])
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def told(answer, status: int, code: str) -> dict:
    """The problem in the answer, after a look at its form."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


def post(client: Client, body: object, path: str = "addresses", kind: str = "application/json"):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"/api/v1/{path}", text, content_type=kind)


def test_strangers_are_told_to_log_in_for_reading_and_for_changing() -> None:
    for answer in (Client().get("/api/v1/parts"), post(Client(enforce_csrf_checks=True), ADDRESS)):
        told(answer, 401, "not_authenticated")
        assert answer["WWW-Authenticate"] == "Bearer"
    told(Client(headers={"Authorization": "Bearer pk_guessed"}).get("/api/v1/parts"), 401, "not_authenticated")


def test_a_session_needs_its_token_to_change_anything(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/parts").status_code == 200
    told(post(client, ADDRESS), 403, "csrf_failed")
    client.get("/accounts/password/change/")  # a page with a form
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    assert post(client, ADDRESS).status_code == 201


def test_wrong_verbs_and_addresses(client: Client) -> None:
    assert set(client.put("/api/v1/addresses")["Allow"].split(", ")) == {"GET", "POST"}
    told(client.put("/api/v1/addresses"), 405, "method_not_allowed")
    told(client.get("/api/v1/nothing/here"), 404, "not_found")
    told(client.get("/api/v1/parts/par_0000"), 404, "not_found")
    told(client.get("/api/v1/parts/" + "x" * 5000), 404, "not_found")
    told(client.get("/api/v1/parts/%00"), 404, "not_found")


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000, b"\xff\xfe{", "nonsense"])
def test_what_is_not_json_is_refused(client: Client, body: str | bytes) -> None:
    answer = post(client, body)
    told(answer, answer.status_code, answer.json()["code"])
    assert answer.status_code in (400, 422)


def test_bodies_of_another_kind_are_refused(client: Client) -> None:
    told(post(client, ADDRESS, kind="text/plain"), 415, "not_json")
    told(post(client, ADDRESS, path="parts"), 415, "not_a_form")
    told(post(client, "--x", path="parts", kind="multipart/form-data"), 400, "unreadable")


def test_a_body_that_is_too_large_is_refused(client: Client, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    told(post(client, ADDRESS | {"street": "x" * 2000}), 413, "too_large")


@pytest.mark.parametrize(
    "changes",
    [
        {"street": "Jinji\x00Lake"},
        {"street": "half a pair \ud800"},
        {"nonsense": 2**63},
        {"nonsense": {"deep": [1e999]}},
        {"city": None},
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(client: Client, changes: dict) -> None:
    problem = told(post(client, ADDRESS | changes), 422, "malformed")
    assert next(iter(changes)) in problem["data"]["faults"][0]["where"]
    assert not Address.objects.across_tenants().exists()


def test_null_characters_in_queries_are_refused(client: Client) -> None:
    told(client.get("/api/v1/parts?search=%00"), 422, "malformed")


def test_a_fault_of_ours_tells_nothing_and_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    heard = []

    def listen(request, **more) -> None:
        heard.append(request)

    signals.got_request_exception.connect(listen)
    request = RequestFactory().get("/api/v1/parts")
    with caplog.at_level(logging.ERROR):
        answer = api.on_exception(request, ZeroDivisionError("a secret"))
    signals.got_request_exception.disconnect(listen)
    assert answer.status_code == 500
    assert json.loads(answer.content)["code"] == "failed"
    assert b"secret" not in answer.content
    assert heard == [request]
    assert "a secret" in caplog.text
    assert Exception in problems.HANDLERS


def test_every_operation_declares_its_refusals_and_has_a_name_of_its_own() -> None:
    schema = api.get_openapi_schema()
    described = [operation for methods in schema["paths"].values() for operation in methods.values()]
    names = Counter(operation["operationId"] for operation in described)
    assert [name for name, count in names.items() if count > 1] == []
    assert set(schema["components"]["securitySchemes"]) == {"BearerAuth", "SessionAuth"}
    for operation in described:
        assert operation["tags"], operation["operationId"]
        assert {"403", "404", "422", "500"} <= set(operation["responses"]), operation["operationId"]
        assert ("401" in operation["responses"]) == ("security" in operation), operation["operationId"]


def test_no_two_schemas_share_a_name() -> None:
    """The description has one place per name: of two, one would describe the other's answers."""
    names = Counter(each.__name__ for each in _below(Schema) if each.__module__.startswith("penstock.hub."))
    assert [name for name, count in names.items() if count > 1 and "[" not in name] == []


def _below(cls: type) -> set[type]:
    return {each for child in cls.__subclasses__() for each in (child, *_below(child))}
