"""Assembles the rooms' routers into one typed API.

How refusals look is `problems.py`, what the description says of them `description.py`, and what is turned away before
a room sees it `door.py`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.urls import re_path
from ninja import NinjaAPI
from ninja.operation import Operation

from penstock import __version__
from penstock.hub.parties.auth import AUTH

from . import description, door, problems


class HubAPI(NinjaAPI):
    """django-ninja's API with this house's manners, so that no room has to think of them."""

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """Every address behind the door; what is under none of them is a problem too, not a page."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            pattern.callback = door.guarded(pattern.callback)
        return [*patterns, re_path("", door.nowhere)], app, namespace

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name: programs generated from the description read it on every call."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> dict[str, Any]:
        return description.completed(super().get_openapi_schema(**kwargs))


api = HubAPI(
    title="Penstock",
    version=__version__,
    description="Every verb of the road, for every role. Send an API key as `Authorization: Bearer …`, or the session "
    "cookie with the CSRF token. A POST that creates something may carry an `Idempotency-Key` (up to 200 characters): "
    "sent twice, it has one effect and one answer. Lists are paged by `limit` and `cursor`.",
    auth=AUTH,
    urls_namespace="api",
    docs_url=None,  # its page is scripts of another site, which the Content-Security-Policy refuses
    parser=door.StorableParser(),
    openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
)

for error, handler in problems.HANDLERS.items():
    api.add_exception_handler(error, handler)

for room in settings.ROOMS:
    name = f"penstock.hub.{room}.api"
    if find_spec(name):
        api.add_router("", import_module(name).router)
