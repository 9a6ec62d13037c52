"""The API as a page, and the admin behind the pages' own log-in."""

from __future__ import annotations

import pytest
from django.test import Client

from penstock.hub.api.api import api

pytestmark = pytest.mark.django_db


def test_every_operation_is_on_the_page() -> None:
    answer = Client().get("/api/")
    text = answer.content.decode()
    assert answer.status_code == 200
    for path in api.get_openapi_schema()["paths"]:
        assert f"<code>{path}</code>" in text


def test_the_admin_sends_strangers_to_the_log_in_of_the_pages() -> None:
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
