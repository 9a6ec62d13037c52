"""Whether to start a batch now and which, without knowing what will come.

Look-ahead by sampled futures: possible arrivals are drawn, and for each future the best course after every first
decision worth trying is found as if that future were known; the decision with the best mean is taken, and
everything is thought through again an hour later (hindsight optimisation; Chong, Givan, Chang 2000, and Van
Hentenryck, Bent 2006, who call it the expectation algorithm).  All decisions are judged on the same futures.

A policy is shown what has arrived and nothing else: `decide` has no way to ask for more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.postponement.arrivals import Arrivals
from penstock.engines.dispatch.postponement.beam import MOST_BATCHES, MOST_PARTS, batch_gain, batches, outlook, search
from penstock.engines.dispatch.postponement.layout import NODES
from penstock.engines.dispatch.postponement.model import ArrivingPart, Batch, PlateShop, checked
from penstock.engines.dispatch.postponement.offline import WAIT_H
from penstock.engines.dispatch.postponement.table import batch_of, rates_of, table_of


@dataclass(frozen=True, slots=True)
class Now:
    """What is known at a decision: the hour, when the machine is free (within it), the parts waiting and all seen."""

    hour: int
    free_h: float
    waiting: tuple[ArrivingPart, ...]
    seen: tuple[ArrivingPart, ...]
    horizon_h: int


class PostponementPolicy(Protocol):
    """Decides which of the waiting parts to start now; none to wait an hour."""

    def decide(self, now: Now) -> Sequence[ArrivingPart]: ...


BATCHES_AHEAD = 64
"""Batches tried from one state of a future: all of six parts."""


class LookAhead:
    """The policy of sampled futures.

    `futures` are drawn per decision, each `ahead_h` hours long; `choices` batches are tried beside waiting, `width`
    states are kept per hour of a future.  With `most_seconds` no future is begun that is likely to end later, and
    the answer may then depend on the machine.  The policy knows the shop and the kinds of `arrivals`; their rates
    it learns.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        shop: PlateShop | None = None,
        arrivals: Arrivals | None = None,
        futures: int = 16,
        ahead_h: int = 36,
        choices: int = 6,
        width: int = 4,
        most_seconds: float | None = None,
    ) -> None:
        self._shop = shop or PlateShop()
        self._arrivals = arrivals or Arrivals()
        self._futures = futures
        self._ahead = ahead_h
        self._choices = choices
        self._width = width
        self._most_seconds = most_seconds
        self._random = np.random.default_rng(seed)
        self._rates = rates_of(self._shop)

    def decide(self, now: Now) -> Sequence[ArrivingPart]:
        # The most urgent are enough to think about where there are more than fit many plates.
        waiting = sorted(now.waiting, key=lambda part: part.due_h)[: MOST_PARTS // 2]
        if not waiting:
            return ()
        began = time.monotonic()
        table = table_of(waiting, self._shop)
        choices = self._worth_trying(now, table)
        if len(choices) > 1:
            values = np.zeros(len(choices))
            longest = 0.0
            for _ in range(self._futures):
                started = time.monotonic()
                values += self._after(now, waiting, choices)
                ended = time.monotonic()
                longest = max(longest, ended - started)
                if self._most_seconds is not None and ended - began + longest > self._most_seconds:
                    break
            best = choices[int(np.argmax(values))]
        else:
            best = choices[0]
        return [part for j, part in enumerate(waiting) if best >> j & 1]

    def _worth_trying(self, now: Now, table: NDArray[np.float64]) -> list[int]:
        """Waiting (0) and the batches that look best by gain and what is left."""
        found = np.empty(MOST_BATCHES, np.int64)
        known = _known()
        number, _all = batches(table, 0, float(now.hour), self._rates, known, NODES, found)
        horizon = float(now.horizon_h)
        scored = []
        for mask in found[:number].tolist():
            gain, end = batch_gain(table, mask, now.free_h, horizon, self._rates)
            scored.append((-gain - outlook(table, mask, end, horizon, self._rates, WAIT_H), mask))
        scored.sort()
        return [0, *(mask for _score, mask in scored[: self._choices])]

    def _after(self, now: Now, waiting: Sequence[ArrivingPart], choices: Sequence[int]) -> NDArray[np.float64]:
        """What each first decision earns in one possible future, thought through to the end of the look-ahead."""
        last = min(now.horizon_h, now.hour + self._ahead)
        rates = self._arrivals.learned(now.seen, now.hour, self._shop)
        coming = self._arrivals.sample(rates, now.hour, last, self._shop, self._random)
        table = table_of([*waiting, *coming][:MOST_PARTS], self._shop)
        horizon = float(now.horizon_h)
        values = np.empty(len(choices))
        for at, mask in enumerate(choices):
            gain = 0.0
            slot = now.hour + 1
            free = float(slot)
            if mask:
                gain, free = batch_gain(table, mask, now.free_h, horizon, self._rates)
                slot = max(slot, math.floor(free + 1e-9))
            if slot >= last:
                left = outlook(table, mask, free, horizon, self._rates, WAIT_H) if last < now.horizon_h else 0.0
                values[at] = gain + left
            else:
                more, *_ = search(
                    table, slot, free, mask, last, horizon, self._rates, self._width, NODES // 10, BATCHES_AHEAD, WAIT_H
                )
                values[at] = gain + more
        return values


def _known() -> dict[int, bool]:
    from numba import types
    from numba.typed import Dict

    known: dict[int, bool] = Dict.empty(types.int64, types.boolean)
    return known


def run_online(
    parts: Sequence[ArrivingPart], horizon_h: int, policy: PostponementPolicy, *, shop: PlateShop | None = None
) -> list[Batch]:
    """The batches a policy starts when the parts arrive as given; the policy sees each only once it is there."""
    shop = shop or PlateShop()
    checked(parts, shop)
    made: set[str] = set()
    started: list[Batch] = []
    free = 0.0
    for hour in range(horizon_h):
        free = max(free, float(hour))
        if free >= hour + 1:
            continue
        seen = tuple(part for part in parts if part.arrival_h <= hour)
        waiting = tuple(part for part in seen if part.id not in made)
        chosen = policy.decide(Now(hour, free, waiting, seen, horizon_h)) if waiting else ()
        if chosen:
            started.append(batch_of(chosen, free, shop))
            made.update(part.id for part in chosen)
            free = started[-1].end_h
    return started
