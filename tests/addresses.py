"""Every address of the hub, read off the URL resolver and the API's description, with values for its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from penstock.hub.api.api import api

API = "/api/v1/"
ADMIN = "/admin/"
READING = ("GET",)
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One address and one method; `operation` is the API's description of it, None for a page."""

    path: str  # /orders/{uid}/cancel
    method: str
    name: str
    operation: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith(API)

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """(the segment before it, its name) for every parameter."""
        segments = self.path.strip("/").split("/")
        return tuple(
            (before, after[1:-1])
            for before, after in zip(["", *segments], segments, strict=False)
            if after.startswith("{")
        )

    def address(self, samples: dict[tuple[str, str], Any]) -> str:
        """The path with the samples put in."""
        path = self.path
        for segment, name in self.parameters:
            path = path.replace(f"{segment}/{{{name}}}", f"{segment}/{samples[segment, name]}", 1)
        return path


def pages() -> list[Route]:
    """Every address outside the API and the admin, once for reading and once for changing."""
    return [
        Route(path, method, name)
        for path, name in _addresses()
        if not path.startswith((API, ADMIN))
        for method in ("GET", "POST")
    ]


def admin_pages() -> list[Route]:
    return [
        Route(path, method, name) for path, name in _addresses() if path.startswith(ADMIN) for method in ("GET", "POST")
    ]


def api_paths() -> set[str]:
    """The paths of the API as the resolver knows them."""
    return {path for path, _ in _addresses() if path.startswith(API)}


def operations() -> list[Route]:
    schema = api.get_openapi_schema()
    return [
        Route(path, method.upper(), operation["operationId"], operation)
        for path, described in schema["paths"].items()
        for method, operation in described.items()
    ]


def components() -> dict[str, Any]:
    return api.get_openapi_schema()["components"]["schemas"]


def _addresses() -> Iterator[tuple[str, str]]:
    seen = set()
    for pattern, before in _patterns(get_resolver().url_patterns, "/"):
        path = PARAMETER.sub(r"{\1}", before)
        if path not in seen:
            seen.add(path)
            yield path, pattern.name or ""


def _patterns(patterns: list[Any], before: str) -> Iterator[tuple[URLPattern, str]]:
    for pattern in patterns:
        path = before + _written(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern, path
        else:
            yield from _patterns(pattern.url_patterns, path)


def _written(pattern: RoutePattern | RegexPattern) -> str:
    if isinstance(pattern, RoutePattern):
        return str(pattern)
    return simplify_regex(str(pattern)).lstrip("/") if str(pattern) else "{anything}"
