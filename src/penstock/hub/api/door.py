"""What is turned away before a room sees it: addresses, verbs and values that no room can do anything with."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from penstock.hub.core.errors import DomainError, Invalid
from penstock.hub.core.http import problem

MAX_PATH_VALUE = 200  # no public id, token or reference is longer
MAX_INTEGER = 2**63 - 1  # PostgreSQL's bigint
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class UnsupportedMedia(DomainError):
    """The body is of a kind this verb does not read."""

    status = 415


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API that is not bothered with impossible addresses and answers wrong verbs with a problem."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if any(len(value) > MAX_PATH_VALUE or not is_storable(value) for value in kwargs.values()):
            return nowhere(request)
        answer = view(request, *args, **kwargs)
        if answer.status_code != 405:
            return answer
        refusal = problem(405, "method_not_allowed", _("This address does not know this verb."))
        refusal["Allow"] = answer["Allow"]
        return refusal

    guard.csrf_exempt = True  # the session's authentication checks the token, and a key needs none
    return guard


def nowhere(request: HttpRequest) -> HttpResponse:
    return problem(404, "not_found", _("There is nothing here."))


nowhere.csrf_exempt = True


def is_storable(text: str) -> bool:
    """PostgreSQL keeps neither null characters nor halves of surrogate pairs."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class StorableParser(Parser):
    """Reads JSON bodies, forms and queries, and refuses values that cannot be kept in the database."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json" and not request.content_type.endswith("+json"):
            raise UnsupportedMedia("not_json", _("Send the body as application/json."))
        data = json.loads(request.body)
        _require_storable(data, ["body"])
        return data

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        if data is not request.GET and request.content_type and request.content_type not in FORMS:
            raise UnsupportedMedia("not_a_form", _("Send the body as multipart/form-data."))
        values = super().parse_querydict(data, list_fields, request)
        _require_storable(values, ["query" if data is request.GET else "form"])
        return values


def _require_storable(value: Any, where: list[str]) -> None:
    match value:
        case str():
            good = is_storable(value)
        case bool():
            good = True
        case int():
            good = abs(value) <= MAX_INTEGER
        case float():
            good = math.isfinite(value)
        case dict():
            for key, held in value.items():
                _require_storable(str(key), where)
                _require_storable(held, [*where, str(key)])
            return
        case list():
            for index, held in enumerate(value):
                _require_storable(held, [*where, str(index)])
            return
        case _:
            return
    if not good:
        fault = {"where": where, "why": _("cannot be kept: a null character, half a character or too large a number")}
        raise Invalid("malformed", _("The request does not have the form this verb needs."), faults=[fault])
