"""Deadline, stop and the two threads a search runs in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, wait
from time import perf_counter
from typing import TypeVar

import numpy as np

from penstock.engines.packing.model import IntArray, StopCallback

Result = TypeVar("Result")

THREADS = 2
FREE: IntArray = np.zeros(1, dtype=np.int64)
"""The flag of what is never stopped."""
LOOK_S = 0.02
"""How often a running search looks at the clock and at the caller's wish to stop."""


class Watch:
    """Deadline and stop, as a flag the kernels read. `share` of the time may be given to one stage after another."""

    def __init__(self, seconds: float | None, stop: StopCallback | None) -> None:
        self.halt = np.zeros(1, dtype=np.int64)
        self._began = perf_counter()
        self._seconds, self._stop = seconds, stop
        self._until = seconds

    @property
    def spent_s(self) -> float:
        return perf_counter() - self._began

    def stage(self, share: float) -> None:
        """From now on time is over after `share` of what is left until the deadline."""
        self.halt[0] = 0
        if self._seconds is not None:
            self._until = self.spent_s + share * max(self._seconds - self.spent_s, 0.0)

    def within(self, share: float) -> None:
        """The stage ends after `share` of what is left of it."""
        if self._until is not None:
            self._until = self.spent_s + share * max(self._until - self.spent_s, 0.0)

    @property
    def until(self) -> float | None:
        return self._until

    def resume(self, until: float | None) -> None:
        """Go on with the stage that ends at `until`."""
        self.halt[0] = 0
        self._until = until

    def over(self) -> bool:
        late = self._until is not None and self.spent_s >= self._until
        return late or (self._stop is not None and self._stop())

    def wait(self, futures: Sequence[Future[Result]]) -> list[Result]:
        """The results; the halt flag goes up when time is over."""
        self.some(futures, [self.halt], every=True)
        return [future.result() for future in futures]

    def some(self, futures: Collection[Future[Result]], halts: Sequence[IntArray], every: bool) -> set[Future[Result]]:
        """Those that are done as soon as one is (with `every`: all are); the flags go up when time is over."""
        until = ALL_COMPLETED if every else FIRST_COMPLETED
        while True:
            done, running = wait(futures, timeout=LOOK_S, return_when=until)
            if done and not (every and running):
                return done
            if self.over():
                for halt in halts:
                    halt[0] = 1
