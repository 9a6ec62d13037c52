"""Attempts side by side, each begun again as soon as it ends.

Where a number of rounds is fixed, all attempts of a round end before the next begin and none is called off: what they
find then depends on the seed alone, not on which was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np

from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.watch import THREADS, Watch

Result = TypeVar("Result")


class Race(Generic[Result]):
    """`begin(number)` gives the work of an attempt, to be run in a thread; `end(number, result)` takes what came of it,
    in the caller's thread. An attempt ends early when its flag in `halts` goes up."""

    def __init__(self, watch: Watch, rounds: int | None) -> None:
        self.halts: list[IntArray] = [np.zeros(1, dtype=np.int64) for _ in range(THREADS)]
        self._watch, self._rounds = watch, rounds

    def call_off(self, number: int) -> None:
        """What this attempt is after has been found meanwhile."""
        if self._rounds is None:
            self.halts[number][0] = 1

    def run(
        self,
        begin: Callable[[int], Callable[[], Result]],
        end: Callable[[int, Result], None],
        more: Callable[[], bool],
    ) -> None:
        """Until time or rounds are over or there is no `more` to be won."""
        running: dict[Future[Result], int] = {}
        idle = list(range(THREADS))
        made = 0
        with ThreadPoolExecutor(THREADS) as pool:
            while True:
                if more() and (self._rounds is None or made < self._rounds) and not self._watch.over():
                    for number in idle:
                        self.halts[number][0] = 0
                        running[pool.submit(begin(number))] = number
                    idle = []
                    made += 1
                if not running:
                    return
                done = self._watch.some(running, self.halts, every=self._rounds is not None)
                ended = {running.pop(future): future.result() for future in done}
                for number in sorted(ended):
                    end(number, ended[number])
                idle = sorted([*idle, *ended])
