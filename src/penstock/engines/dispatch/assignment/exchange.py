"""Items of all agents exchanged at once, as a linear assignment problem.

Out of each agent a bundle of no, one or two items is taken by chance. Which agent gets which bundle so that every one
fits into the room that is free then, at the least cost, is a linear assignment problem, solved exactly by shortest
augmenting paths (Jonker, Volgenant 1987, Computing 38; the cyclic exchanges of Thompson, Psaraftis 1993, Operations
Research 41, of all lengths at once). Staying where it was costs a bundle something, less and less in the course, so
that the walk drifts over assignments of equal cost and now and then a little uphill. Capacities are kept throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.packing.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST = 48
"""Agents of one exchange."""
NONE, PAIR = 0.08, 0.25
"""Shares of the bundles that are empty, and that are two items."""
FORBIDDEN = 1e12


@compiled
def match(cost: Floats, n: int, row_of: Ints, room: Floats, before: Ints, tree: NDArray[np.bool_]) -> None:
    """The cheapest matching of n rows and columns; `row_of` gets the row of each column.

    `cost` has rows and columns from 1 on; so have `row_of`, `before`, `tree` and the three rows of `room`, whose
    contents do not matter."""
    u, v, least = room[0], room[1], room[2]
    for j in range(n + 1):
        u[j], v[j], row_of[j] = 0.0, 0.0, 0
    for i in range(1, n + 1):
        row_of[0] = i
        column = 0
        for j in range(n + 1):
            least[j], tree[j] = np.inf, False
        while True:
            tree[column] = True
            row, delta, following = row_of[column], np.inf, 0
            for j in range(1, n + 1):
                if not tree[j]:
                    reduced = cost[row, j] - u[row] - v[j]
                    if reduced < least[j]:
                        least[j], before[j] = reduced, column
                    if least[j] < delta:
                        delta, following = least[j], j
            for j in range(n + 1):
                if tree[j]:
                    u[row_of[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            column = following
            if row_of[column] == 0:
                break
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]


@compiled
def exchange(
    cost: Ints, use: Ints, capacity: Ints, home: Ints, rounds: int, hot: float, cold: float, seed: int, best: Ints
) -> int:
    """So many exchanges from `home` (agent of each item; keeps the capacities), which is changed.

    `cost` and `use` are agents × items. `hot` and `cold`: what staying costs at the beginning and the end. `best` gets
    the cheapest assignment met; its cost is returned."""
    np.random.seed(seed)
    agents, items = cost.shape
    n = min(agents, MOST)
    load, count = np.zeros(agents, np.int64), np.zeros(agents, np.int64)
    inside, place = np.empty((agents, items), np.int64), np.empty(items, np.int64)
    total = 0
    for j in range(items):
        i = home[j]
        load[i] += use[i, j]
        total += cost[i, j]
        inside[i, count[i]] = j
        place[j] = count[i]
        count[i] += 1
    least = total
    best[:] = home
    who = np.arange(agents)
    one, two = np.empty(n, np.int64), np.empty(n, np.int64)
    table = np.empty((n + 1, n + 1))
    row_of, before, tree = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64), np.zeros(n + 1, np.bool_)
    room = np.empty((3, n + 1))
    for turn in range(rounds):
        stay = hot * (cold / hot) ** (turn / rounds)
        if agents > n:
            np.random.shuffle(who)
        for c in range(n):
            i = who[c]
            one[c], two[c] = -1, -1
            dice = np.random.random()
            if count[i] == 0 or dice < NONE:
                continue
            at = np.random.randint(count[i])
            one[c] = inside[i, at]
            if dice < NONE + PAIR and count[i] > 1:
                two[c] = inside[i, (at + 1 + np.random.randint(count[i] - 1)) % count[i]]
        for r in range(n):
            i = who[r]
            free = capacity[i] - load[i]
            if one[r] >= 0:
                free += use[i, one[r]]
            if two[r] >= 0:
                free += use[i, two[r]]
            for c in range(n):
                a, b = one[c], two[c]
                wanted, price = 0, 0
                if a >= 0:
                    wanted, price = use[i, a], cost[i, a]
                    if b >= 0:
                        wanted, price = wanted + use[i, b], price + cost[i, b]
                table[r + 1, c + 1] = price if wanted <= free and price < NEVER else FORBIDDEN
            table[r + 1, r + 1] -= stay * np.log(np.random.random())
        match(table, n, row_of, room, before, tree)
        for c in range(n):
            i, k = who[row_of[c + 1] - 1], who[c]
            if i == k:
                continue
            for j in (one[c], two[c]):
                if j < 0:
                    continue
                load[k] -= use[k, j]
                load[i] += use[i, j]
                total += cost[i, j] - cost[k, j]
                count[k] -= 1
                other = inside[k, count[k]]
                inside[k, place[j]] = other
                place[other] = place[j]
                inside[i, count[i]] = j
                place[j] = count[i]
                count[i] += 1
                home[j] = i
        if total < least:
            least = total
            best[:] = home
    return int(least)
