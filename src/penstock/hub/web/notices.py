"""Notices that a page shows after a verb, with a way to undo it where there is one."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo: str = "", **fields: Any) -> None:
    """Say that something was done. `undo` is the address whose form (`fields`) takes it back."""
    tags = f"{UNDO}{undo}?{urlencode(fields)}" if undo else ""
    messages.success(request, text, extra_tags=tags)


def undo_of(extra_tags: str) -> tuple[str, list[tuple[str, str]]] | None:
    """The address and the fields of the form that takes a notice's deed back; None for a plain notice."""
    if not extra_tags or not extra_tags.startswith(UNDO):
        return None
    address, _, query = extra_tags.removeprefix(UNDO).partition("?")
    return address, parse_qsl(query, keep_blank_values=True)
