"""Agents filled one after another, each by a knapsack over what is left: fills capacities to the last unit.

An item's worth to an agent is what it would cost at the cheapest agent still to come, less what it costs here, at a
price of capacity at which the rest just fits; each knapsack is solved exactly by dynamic programming. A few agents
emptied and filled again in another order are a large neighbourhood (Shaw 1998), and all agents a new beginning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.packing.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
HALVINGS = 16
FEWER = 7
"""Halvings of the interval of the price at first, and between one agent and the next."""
HIGHEST = 16.0


@compiled
def _wanted(cost: Ints, use: Ints, price: Floats, level: float, agents: Ints, items: Ints) -> float:
    """Capacity that the items take when each goes to its cheapest agent at `level` times the prices."""
    total = 0.0
    for j in items:
        least, taken = np.inf, 0
        for i in agents:
            reduced = cost[i, j] + level * price[i] * use[i, j]
            if reduced < least:
                least, taken = reduced, use[i, j]
        total += taken
    return total


@compiled
def deal(
    cost: Ints, use: Ints, capacity: Ints, price: Floats, agents: Ints, items: Ints, noise: float, home: Ints
) -> None:
    """Give the items to the agents, in this order; the last takes all that is left, too much if need be.

    `cost` and `use` are agents × items, `price` of each agent's capacity; `noise`: of the worth of an item."""
    widest = 1
    for i in agents:
        widest = max(widest, capacity[i] + 1)
    table = np.empty(widest)
    kept = np.empty((len(items), widest), np.bool_)
    worth = np.empty(len(items))
    left = items.copy()
    low, high = 0.0, HIGHEST
    for turn in range(len(agents) - 1):
        i = agents[turn]
        room = 0
        for k in agents[turn:]:
            room += capacity[k]
        for _ in range(FEWER if turn else HALVINGS):
            middle = 0.5 * (low + high)
            if _wanted(cost, use, price, middle, agents[turn:], left) > room:
                low = middle
            else:
                high = middle
        level = high
        low, high = 0.8 * level, min(1.25 * level + 0.01, HIGHEST)
        for x in range(len(left)):
            j = left[x]
            least = np.inf
            for k in agents[turn + 1 :]:
                least = min(least, cost[k, j] + level * price[k] * use[k, j])
            worth[x] = least - cost[i, j] + noise * np.random.random()
        most = capacity[i]
        table[: most + 1] = 0.0
        for x in range(len(left)):
            kept[x, : most + 1] = False
            if worth[x] <= 0.0:
                continue
            wanted = use[i, left[x]]
            for full in range(most, wanted - 1, -1):
                value = table[full - wanted] + worth[x]
                if value > table[full]:
                    table[full] = value
                    kept[x, full] = True
        full, count = most, 0
        rest = np.empty(len(left), np.int64)
        for x in range(len(left) - 1, -1, -1):
            j = left[x]
            if kept[x, full]:
                home[j] = i
                full -= use[i, j]
            else:
                rest[count] = j
                count += 1
        left = rest[:count]
    for j in left:
        home[j] = agents[-1]


@compiled
def energy_of(cost: Ints, use: Ints, capacity: Ints, price: Floats, dear: float, home: Ints) -> tuple[float, int, bool]:
    """(cost with overload at `dear` times the prices, cost, whether all capacities are kept)."""
    load = np.zeros(len(capacity), np.int64)
    total = 0
    for j in range(len(home)):
        load[home[j]] += use[home[j], j]
        total += cost[home[j], j]
    over, kept = 0.0, bool(total < NEVER)
    for i in range(len(capacity)):
        if load[i] > capacity[i]:
            over += (load[i] - capacity[i]) * price[i]
            kept = False
    return total + dear * over, total, kept


@compiled
def redeal(
    cost: Ints,
    use: Ints,
    capacity: Ints,
    price: Floats,
    home: Ints,
    rounds: int,
    most: int,
    noise: float,
    heat: float,
    dear: float,
    seed: int,
    best: Ints,
) -> int:
    """So many times take a few agents (2 to `most`), chosen by chance, and deal their items anew; kept by the rule of
    annealing. With `most` 0 all agents are dealt, from nothing.

    `home` is changed. `best` gets the cheapest assignment met that keeps the capacities; its cost is returned, NEVER
    when there was none."""
    np.random.seed(seed)
    agents, items = cost.shape
    least = int(NEVER)
    energy = np.inf
    if most:
        energy, total, kept = energy_of(cost, use, capacity, price, dear, home)
        if kept:
            least = total
            best[:] = home
    trial = home.copy()
    who, mine = np.arange(agents), np.zeros(agents, np.bool_)
    every = np.arange(items)
    for _ in range(rounds):
        np.random.shuffle(who)
        count = agents if most == 0 else 2 + np.random.randint(max(min(most, agents) - 1, 1))
        mine[:] = False
        for i in who[:count]:
            mine[i] = True
        trial[:] = home
        what = every if count >= agents else np.flatnonzero(mine[home])
        np.random.shuffle(what)
        deal(cost, use, capacity, price, who[:count], what, noise, trial)
        after, total, kept = energy_of(cost, use, capacity, price, dear, trial)
        if kept and total < least:
            least = total
            best[:] = trial
        if after <= energy or np.random.random() < np.exp((energy - after) / max(heat, 1e-12)):
            energy = after
            home[:] = trial
    return least
