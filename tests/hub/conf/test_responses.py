"""What every response of the hub carries, and the page for load balancers."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings


@pytest.mark.django_db
def test_healthz_answers_anyone(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": version("penstock")}
    assert "no-store" in response.headers["Cache-Control"]


def test_healthz_says_when_the_database_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", gone)
    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/accounts/login/", "/no/such/page"])
def test_browsers_are_told_what_a_page_may_do(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.django_db
def test_https_is_required_unless_turned_off(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()  # the middleware reads its settings once
    assert client.get("/accounts/login/").status_code == 301
    assert client.get("/healthz").status_code == 200
