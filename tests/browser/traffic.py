"""What a window still waits for: requests it has sent that have not ended."""

from __future__ import annotations

import time
from typing import Any

# What follows from an answer is asked for within this time of it.
QUIET_S = 0.15
LOOK_MS = 20


class Traffic:
    def __init__(self, page) -> None:
        self.page = page
        self.under_way: set[Any] = set()
        self.last = time.monotonic()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def settle(self, patience_s: float) -> None:
        """Until everything asked for has come, and nothing more is asked for because of it. Playwright's own waiting
        (networkidle) takes half a second of silence on every page."""
        end = time.monotonic() + patience_s
        while self.under_way or time.monotonic() - self.last < QUIET_S:
            assert time.monotonic() < end, [each.url for each in self.under_way]
            self.page.wait_for_timeout(LOOK_MS)

    def _begun(self, request) -> None:
        self.under_way.add(request)
        self.last = time.monotonic()

    def _ended(self, request) -> None:
        self.under_way.discard(request)
        self.last = time.monotonic()
