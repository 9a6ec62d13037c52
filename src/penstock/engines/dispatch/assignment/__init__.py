"""Items to agents of limited capacity at the least cost (generalised assignment), with a proven lower bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from penstock.engines.dispatch.assignment.bound import NEVER, assignment_bound, capacity_prices
from penstock.engines.dispatch.assignment.deal import redeal
from penstock.engines.dispatch.assignment.exact import exact
from penstock.engines.dispatch.assignment.model import Assigned, Instance, checked
from penstock.engines.dispatch.assignment.search import STEPS_PER_HEAT, anneal
from penstock.engines.dispatch.model import DispatchError

__all__ = ["Assigned", "Instance", "assign", "checked"]

PRICING_STEPS = 20_000
BOUND_STEPS = 2_000
MOST_CELLS = 100_000_000
"""Items times capacity up to which the knapsacks are solved; above, the capacity prices' bound is kept."""
FEWEST_DEALT = 30
"""Items from which dealing pays; below, annealing from hot to cold meets the optimum."""
MOST_KEPT = 20_000_000
"""Items times capacity up to which agents are filled by knapsacks in the search."""
ATTRACTIVE = 5
DEPTH, BEAM = 4, 10
HOT, COLD = 1.0, 0.1
CHEAP, DEAR = 1.5, 10.0
"""Temperatures, and prices of overload, at the beginning and the end, in prices of capacity."""
FINE, OVERLOAD = 6.0, 3.0
HEATS = (0.05, 0.3, 0.05, 1.0, 0.05)
"""While a good assignment is improved: price of overload in annealing and in dealing, temperatures of annealing."""
PHASES = 4
DEALT, DEALS = 0.45, 4
"""Share of the time in which everything is dealt anew, so many times at once."""
REDEALS, FEW_AGENTS = 20, 10
NOISES = (0.0, 0.3, 1.0)
"""Of the worth of an item in a deal, in mean differences between an item's cheapest two agents."""
STAGES = 20
"""Turns of annealing and dealing after that, both together."""
STEPS_OF_DEAL, STEPS_OF_REDEAL = 100, 5
"""Steps of annealing that take about as long."""


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
        cells = instance.items * (int(instance.capacity.max()) + 1)
        self._deals = instance.items >= FEWEST_DEALT and cells <= MOST_KEPT
        two = np.sort(reduced, axis=0)[:2]
        apart = two[-1] - two[0]
        self._apart = float(apart[np.isfinite(apart)].mean()) if np.isfinite(apart).any() else 0.0
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
        """Search over the time (or steps) that is left: deal everything anew a number of times, then by turns deal a
        few agents anew and anneal, each from the best so far. Where knapsacks are too large, or dealing found nothing
        that keeps the capacities: anneal from hot to cold."""
        begin = 0.0 if self._steps is not None else self.spent
        home = np.array(self.cheapest, np.int64)
        best = home.copy()
        done, turn, stage = 0, 0, -1
        while not self.proven:
            part = done / self._steps if self._steps is not None else (self.spent - begin) / max(1e-9, 1 - begin)
            if part >= 1:
                break
            turn += 1
            dice = seed * 1_000_003 + turn
            if self._deals and part < DEALT:
                found = self._redeal(home, DEALS, 0, NOISES[turn % len(NOISES)], dice, best)
                done += DEALS * STEPS_OF_DEAL
            elif self._deals and self.best is not None:
                now = int(part * STAGES)
                if now != stage:
                    stage, home = now, np.array(self.best, np.int64)
                if stage % 2:
                    found = self._redeal(home, REDEALS, FEW_AGENTS, NOISES[1 + turn % 2], dice, best)
                    done += REDEALS * STEPS_OF_REDEAL
                else:
                    found = self._anneal(home, HEATS[stage // 2 % len(HEATS)], FINE, dice, best)
                    done += PHASES * STEPS_PER_HEAT
            else:
                if stage < 0:
                    stage, home = 0, np.array(self.cheapest, np.int64)
                found = self._anneal(home, HOT * (COLD / HOT) ** part, CHEAP + (DEAR - CHEAP) * part**2, dice, best)
                done += PHASES * STEPS_PER_HEAT
            if found < NEVER:
                self.finished(int(found), best.tolist())

    def _redeal(
        self, home: NDArray[np.int64], rounds: int, most: int, noise: float, dice: int, best: NDArray[np.int64]
    ) -> int:
        instance = self.instance
        arrays = (instance.cost, instance.use, instance.capacity, self._price)
        return redeal(*arrays, home, rounds, most, noise * self._apart, 0.0, OVERLOAD, dice, best)

    def _anneal(self, home: NDArray[np.int64], heat: float, fine: float, dice: int, best: NDArray[np.int64]) -> int:
        instance = self.instance
        return anneal(
            instance.cost,
            instance.use,
            instance.capacity,
            self._price,
            self.worth,
            self._attractive,
            home,
            np.full(PHASES, heat),
            np.full(PHASES, fine),
            DEPTH,
            BEAM,
            dice,
            best,
        )
