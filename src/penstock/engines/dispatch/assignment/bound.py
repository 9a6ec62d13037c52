"""Lower bounds of the generalised assignment problem, by Lagrangian relaxation; both are proven, not estimated.

Two relaxations, the second the stronger (Fisher, Jaikumar, Van Wassenhove 1986, Management Science 32(9)):

- the capacities are priced (`capacity_prices`): each item then takes its cheapest agent by itself.  A step costs one
  pass over the costs, and the bound reaches that of the linear relaxation;
- the assignments are priced (`assignment_bound`): each agent then fills its own knapsack, solved exactly by dynamic
  programming, while an item may be taken by several or none.

Both are improved by subgradient steps (Held, Wolfe, Crowder 1974) with the direction deflected by its predecessor.
The prices of the second are whole numbers of `SCALE`ths of the cost unit and its knapsacks are solved in integers,
so that no rounding of floating point can make the bound too high.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled

SCALE = 1000
NEVER = np.int64(1) << np.int64(40)
"""A cost no assignment ever has: marks a pair that is not allowed."""


@compiled
def capacity_prices(
    cost: NDArray[np.int64], use: NDArray[np.int64], capacity: NDArray[np.int64], steps: int
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Price per unit of each agent's capacity that makes the relaxation's value highest.

    `cost` and `use` have the shape agents × items, `capacity` agents.  Returns the value, the prices (agents) and
    each item's cheapest cost at them (items).
    """
    agents, items = cost.shape
    price = np.zeros(agents)
    best_price = np.zeros(agents)
    best = -np.inf
    direction = np.zeros(agents)
    reach = -1.0
    since = 0
    for _ in range(steps):
        slope = np.zeros(agents)
        value = 0.0
        for i in range(agents):
            slope[i] = -float(capacity[i])
            value -= price[i] * capacity[i]
        for j in range(items):
            chosen = 0
            lowest = np.inf
            for i in range(agents):
                if cost[i, j] < NEVER:
                    reduced = cost[i, j] + price[i] * use[i, j]
                    if reduced < lowest:
                        lowest = reduced
                        chosen = i
            value += lowest
            slope[chosen] += use[chosen, j]
        if reach < 0.0:
            reach = 0.05 * abs(value) + 1.0
        # Polyak's step with a target that comes nearer whenever it is out of reach (Camerini, Fratta, Maffioli 1975).
        since += 1
        if value > best:
            if value > best + 0.5 * reach:
                reach *= 1.5
            best = value
            best_price[:] = price
            since = 0
        elif since >= 15:
            reach *= 0.6
            since = 0
            price[:] = best_price
            direction[:] = 0.0
            if reach < 1e-7 * max(1.0, abs(best)):
                break
        for i in range(agents):
            direction[i] = 0.6 * direction[i] + slope[i]
            if price[i] <= 0.0 and direction[i] < 0.0:
                direction[i] = 0.0
        norm = (direction * direction).sum()
        if norm < 1e-12:
            break
        step = (best + reach - value) / norm
        for i in range(agents):
            price[i] = max(0.0, price[i] + step * direction[i])
    cheapest = np.empty(items)
    for j in range(items):
        cheapest[j] = np.inf
        for i in range(agents):
            if cost[i, j] < NEVER:
                cheapest[j] = min(cheapest[j], cost[i, j] + best_price[i] * use[i, j])
    return best, best_price, cheapest


@compiled
def fill_knapsack(
    reduced: NDArray[np.int64],
    use: NDArray[np.int64],
    capacity: int,
    chosen: NDArray[np.int64],
    table: NDArray[np.int64],
    kept: NDArray[np.bool_],
) -> int:
    """Least sum of `reduced` (items) within the capacity; `chosen` gets 1 for the items taken and 0 for the others.

    `table` (capacity + 1) and `kept` (items × capacity + 1) are room to work in.  Items of no gain are left out.
    """
    items = reduced.shape[0]
    gaining = np.empty(items, np.int64)
    count = 0
    total_use = 0
    value = 0
    for j in range(items):
        chosen[j] = 0
        if reduced[j] < 0 and use[j] <= capacity:
            gaining[count] = j
            count += 1
            total_use += use[j]
    if total_use <= capacity:
        for g in range(count):
            chosen[gaining[g]] = 1
            value += reduced[gaining[g]]
        return int(value)
    table[: capacity + 1] = 0
    for g in range(count):
        j = gaining[g]
        kept[g, : capacity + 1] = False
        for room in range(capacity, use[j] - 1, -1):
            candidate = table[room - use[j]] + reduced[j]
            if candidate < table[room]:
                table[room] = candidate
                kept[g, room] = True
    room = capacity
    for g in range(count - 1, -1, -1):
        if kept[g, room]:
            chosen[gaining[g]] = 1
            room -= use[gaining[g]]
    return int(table[capacity])


@compiled
def relaxed_value(
    cost: NDArray[np.int64],
    use: NDArray[np.int64],
    capacity: NDArray[np.int64],
    price: NDArray[np.int64],
    taken: NDArray[np.int64],
) -> int:
    """Value, in SCALEths, of the relaxation at the given prices of the items; `taken` counts the agents of each."""
    agents, items = cost.shape
    widest = capacity.max() + 1
    table = np.empty(widest, np.int64)
    kept = np.empty((items, widest), np.bool_)
    chosen = np.empty(items, np.int64)
    reduced = np.empty(items, np.int64)
    value = 0
    taken[:] = 0
    for j in range(items):
        value += price[j]
    for i in range(agents):
        for j in range(items):
            reduced[j] = cost[i, j] * SCALE - price[j]
        value += fill_knapsack(reduced, use[i], capacity[i], chosen, table, kept)
        for j in range(items):
            taken[j] += chosen[j]
    return int(value)


def assignment_bound(
    cost: NDArray[np.int64],
    use: NDArray[np.int64],
    capacity: NDArray[np.int64],
    worth: NDArray[np.float64],
    *,
    steps: int,
    go_on: Callable[[], bool],
) -> int:
    """The best lower bound (in the unit of `cost`) that prices on the assignments give, starting from `worth` (items).

    At most `steps` steps, and none more once `go_on` says no.  Costs are whole numbers, so the bound is rounded up.
    """
    price = np.rint(worth * SCALE).astype(np.int64)
    taken = np.empty(cost.shape[1], np.int64)
    best = np.iinfo(np.int64).min
    best_price = price
    direction = np.zeros(cost.shape[1])
    reach = 0.0
    since = 0
    for step in range(steps):
        value = int(relaxed_value(cost, use, capacity, price, taken))
        if step == 0:
            reach = 0.002 * abs(value) + SCALE
        since += 1
        if value > best:
            reach *= 1.2 if value > best + 0.5 * reach and step else 1.0
            best, best_price, since = value, price, 0
        elif since >= 8:
            reach *= 0.5
            since = 0
            price = best_price
            direction[:] = 0.0
            if reach < 0.02 * SCALE:
                break
            continue
        direction = 0.6 * direction + (1 - taken)
        norm = float(direction @ direction)
        if norm < 1e-9 or not go_on():
            break
        price = price + np.rint((best + reach - value) / norm * direction).astype(np.int64)
    return -(-best // SCALE)
