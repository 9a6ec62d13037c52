"""The API as a person reads it: every operation by room, from the same description that programs read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from penstock.hub.web.doors import page

VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb at one path, with what it says of itself."""

    verb: str
    path: str
    name: str
    text: str
    room: str


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, verbs in schema["paths"].items():
        for verb in VERBS:
            if found := verbs.get(verb):
                text = found.get("description") or found.get("summary", "")
                room = (found.get("tags") or ["…"])[0]
                yield Operation(verb.upper(), path, found["operationId"], text, room)


@page(public=True)
def api_reference(request: HttpRequest) -> HttpResponse:
    """The description is public: it says what there is, not what anybody has."""
    from penstock.hub.api.api import api  # the API imports every room; pages are imported by some of them

    rooms: dict[str, list[Operation]] = {}
    for each in operations(api.get_openapi_schema()):
        rooms.setdefault(each.room, []).append(each)
    return render(request, "web/api_reference.html", {"rooms": rooms})
