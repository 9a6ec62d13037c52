"""What every room's JSON door shares: the actor of a request, pages of a list, answers given once, problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import Field

from .actors import Actor
from .errors import DomainError, Invalid
from .idempotency import once

T = TypeVar("T")

MAX_PAGE = 200


class Page(Schema, Generic[T]):
    """One page of a list, newest first. `next` is the cursor of the following page, null on the last one."""

    items: list[T]
    next: str | None = None


class Paging(Schema):
    """`limit` rows after `cursor`."""

    limit: int = Field(50, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(None, max_length=20)


class Problem(Schema):
    """RFC 9457 problem details; `code` is stable for programs."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    data: dict[str, Any] = {}


def actor_of(request: HttpRequest) -> Actor:
    """Who this request acts for (set by the API's authentication or, on pages, by the middleware)."""
    return request.actor  # type: ignore[attr-defined]


def is_for_operator(context: dict[str, Any] | None) -> bool:
    """Whether a schema is filled for the operator. An answer that is kept for repeats is filled without its request,
    in the words for everybody."""
    return bool(context) and actor_of(context["request"]).is_operator


def page(rows: QuerySet, paging: Paging) -> dict[str, Any]:
    """Keyset pagination by descending key: the cost does not grow with the page's number."""
    rows = rows.order_by("-pk")
    if paging.cursor is not None:
        if not paging.cursor.isascii() or not paging.cursor.isdigit() or int(paging.cursor) >= 2**63:
            raise Invalid("bad_cursor", _("This cursor was not given out by this list."))
        rows = rows.filter(pk__lt=int(paging.cursor))
    found = list(rows[: paging.limit + 1])
    items = found[: paging.limit]
    return {"items": items, "next": str(items[-1].pk) if len(found) > paging.limit else None}


def answer_once(
    request: HttpRequest, verb: str, payload: Any, do: Callable[[], Any], *, status: int = 200
) -> JsonResponse:
    """Run `do` once per `Idempotency-Key` header; `do` returns a Schema instance (dumped to JSON) or plain data.

    The answer goes out as it is kept for a repeat: it has been through its schema and does not pass it again.
    """

    def run() -> tuple[int, Any]:
        answer = do()
        return status, answer.model_dump(mode="json") if isinstance(answer, Schema) else answer

    payload = payload.model_dump(mode="json") if isinstance(payload, Schema) else payload
    key = request.headers.get("Idempotency-Key")
    status, answer = once(actor=actor_of(request), key=key, verb=verb, payload=payload, do=run)
    return JsonResponse(answer, status=status, safe=False)


def problem(status: int, code: str, detail: Any, data: dict[str, Any] | None = None) -> JsonResponse:
    body = Problem(title=code.replace("_", " "), status=status, detail=str(detail), code=code, data=data or {})
    return JsonResponse(body.model_dump(mode="json"), status=status, content_type="application/problem+json")


def problem_of(error: DomainError) -> JsonResponse:
    return problem(error.status, error.code, error.message, error.data)
