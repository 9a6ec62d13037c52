"""The windows a test is looked at in: each test in both, those about neither width in one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from buyers import acting_for, measured
from penstock.hub.parties.models import Organisation
from penstock.hub.parts.models import Revision
from workshops import browser_of

DESKTOP, PHONE = (1280, 900), (390, 844)
on_desktop = pytest.mark.parametrize("page", [DESKTOP], indirect=True, ids=["desktop"])
on_phone = pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])


def come_as(page, owner: Organisation, live_server) -> None:
    """A member of the organisation, without the way through the log-in."""
    session = browser_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def part_of(owner: Organisation, content: bytes | None = None, name: str = "bracket.stl") -> Revision:
    """A part of the organisation, once it is measured: here, or by the worker beside the test."""
    revision = aside(measured, acting_for(owner), content, name)
    while revision.state == "uploaded":
        time.sleep(0.1)
        revision.refresh_from_db()
    return revision


def no_sideways_scrolling(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def aside(do: Callable[..., Any], *args: Any) -> Any:
    """What `do` returns, done in a thread of its own: background work cannot be drained beside Playwright's loop."""

    def work() -> Any:
        try:
            return do(*args)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
