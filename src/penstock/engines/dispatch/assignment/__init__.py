"""Items to agents of limited capacity at the least cost (generalised assignment), with a proven lower bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from penstock.engines.dispatch.assignment.bound import NEVER, assignment_bound, capacity_prices
from penstock.engines.dispatch.assignment.exact import exact
from penstock.engines.dispatch.assignment.model import Assigned, Instance, checked
from penstock.engines.dispatch.assignment.search import STEPS_PER_HEAT, anneal
from penstock.engines.dispatch.model import DispatchError

__all__ = ["Assigned", "Instance", "assign", "checked"]

PRICING_STEPS = 20_000
BOUND_STEPS = 2_000
MOST_CELLS = 100_000_000
"""Items times capacity up to which the knapsacks are solved; above, the capacity prices' bound is kept."""
ATTRACTIVE = 5
DEPTH, BEAM = 4, 10
HOT, COLD = 1.0, 0.1
CHEAP, DEAR = 1.5, 10.0
"""Temperatures, and prices of overload, at the beginning and the end, in prices of capacity."""


def assign(
    cost: ArrayLike,
    use: ArrayLike,
    capacity: ArrayLike,
    *,
    allowed: ArrayLike | None = None,
    seconds: float = 5.0,
    steps: int | None = None,
    seed: int = 1,
) -> Assigned:
    """Give every item an agent so that the cost is least and no capacity is exceeded.

    `cost`, `use` and `allowed` (all pairs unless given) are agents × items, `capacity` agents; whole numbers.  Two
    threads search for `seconds`, one of them improving the bound first; both stop when value and bound meet.  With
    `steps` the search takes that many steps instead, whatever the time, and the answer depends on nothing but the
    input and `seed`.

    Raises DispatchError when the input is no instance or has no answer (the message says why), or when none was found.
    """
    instance = checked(cost, use, capacity, allowed)
    if instance.items == 0:
        return Assigned((), 0, 0)
    relaxed, price, worth = capacity_prices(instance.cost, instance.use, instance.capacity, PRICING_STEPS)
    floor = math.ceil(relaxed - 1e-6 * max(1.0, abs(relaxed)))
    search = _Search(instance, price, worth, floor, seconds, steps)
    if search.finished(instance.value(search.cheapest), search.cheapest):
        pass
    elif steps is not None:
        search.raise_bound()
        search.walk(seed)
    else:
        with ThreadPoolExecutor(2) as threads:
            both = [threads.submit(search.walk, seed), threads.submit(search.raise_bound_and_walk, seed + 1)]
            for one in both:
                one.result()
    if search.best is None:
        search.best = exact(instance, seconds)
        if search.best is None:
            raise DispatchError("No assignment was found that keeps the capacities, nor a proof that there is none.")
        search.value = instance.value(search.best)
    return Assigned(tuple(search.best), search.value, min(search.bound, search.value))


class _Search:
    """What the threads share: the best so far and the bound."""

    def __init__(
        self,
        instance: Instance,
        price: NDArray[np.float64],
        worth: NDArray[np.float64],
        bound: int,
        seconds: float,
        steps: int | None,
    ) -> None:
        self.instance = instance
        self.worth = worth
        self.bound = bound
        self.best: list[int] | None = None
        self.value = int(NEVER)
        self._began = time.monotonic()
        self._seconds = seconds
        self._steps = steps
        allowed = instance.cost < NEVER
        # Where hardly any capacity is scarce, prices near 0 would make overload free.
        scarce = 0.01 * np.abs(instance.cost[allowed]).mean() / max(1.0, instance.use[allowed].mean())
        self._price = np.maximum(price, 0.25 * max(float(price.mean()), float(scarce), 1e-6))
        reduced = np.where(allowed, instance.cost + price[:, None] * np.where(allowed, instance.use, 0), np.inf)
        order = np.argsort(reduced, axis=0, kind="stable").T
        self.cheapest = order[:, 0].tolist()
        self._attractive = np.ascontiguousarray(order[:, : max(ATTRACTIVE, 1)])

    @property
    def spent(self) -> float:
        return (time.monotonic() - self._began) / max(self._seconds, 1e-9)

    @property
    def proven(self) -> bool:
        return self.value <= self.bound

    def finished(self, value: int, assignment: list[int]) -> bool:
        """Take over an assignment if it is feasible and better; whether nothing better is possible."""
        if value < self.value and not self.instance.violations(assignment):
            self.value, self.best = value, assignment
        return self.proven

    def raise_bound(self) -> None:
        instance = self.instance
        if instance.items * (int(instance.capacity.max()) + 1) > MOST_CELLS:
            return
        go_on: Callable[[], bool] = lambda: not self.proven and (self._steps is not None or self.spent < 0.3)  # noqa: E731
        bound = assignment_bound(
            instance.cost, instance.use, instance.capacity, self.worth, steps=BOUND_STEPS, go_on=go_on
        )
        self.bound = max(self.bound, bound)

    def raise_bound_and_walk(self, seed: int) -> None:
        self.raise_bound()
        self.walk(seed)

    def walk(self, seed: int) -> None:
        """Anneal from hot to cold over the time (or steps) that is left."""
        begin = 0.0 if self._steps is not None else self.spent
        home = np.array(self.cheapest, np.int64)
        best = home.copy()
        done = 0
        phases = 4
        turn = 0
        while not self.proven:
            part = done / self._steps if self._steps is not None else (self.spent - begin) / max(1e-9, 1 - begin)
            if part >= 1:
                break
            heats = np.full(phases, HOT * (COLD / HOT) ** part)
            fines = np.full(phases, CHEAP + (DEAR - CHEAP) * part**2)
            found = anneal(
                self.instance.cost,
                self.instance.use,
                self.instance.capacity,
                self._price,
                self.worth,
                self._attractive,
                home,
                heats,
                fines,
                DEPTH,
                BEAM,
                seed * 1_000_003 + turn,
                best,
            )
            done += phases * STEPS_PER_HEAT
            turn += 1
            if found < NEVER:
                self.finished(int(found), best.tolist())
