"""Pages of a list for people: newest first, with links to older and back to the newest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest

from penstock.hub.core.http import Paging
from penstock.hub.core.http import page as page_of

ROWS = 24


@dataclass(frozen=True, slots=True)
class ListPage:
    """The rows to show and the links around them."""

    rows: list[Any]
    older_url: str
    newest_url: str

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def list_page(request: HttpRequest, rows: QuerySet, limit: int = ROWS) -> ListPage:
    """One page of `rows`; the place in the list is in the address (`?after=`), so it can be linked to.

    Raises Invalid for a place that this list never gave out.
    """
    cursor = request.GET.get("after") or None
    found = page_of(rows, Paging.model_construct(limit=limit, cursor=cursor))
    kept = {key: value for key, value in request.GET.items() if key != "after" and value}
    older = f"?{urlencode({**kept, 'after': found['next']})}" if found["next"] else ""
    newest = f"?{urlencode(kept)}" if cursor else ""
    return ListPage(found["items"], older, newest)
