"""Ejection-chain annealing for the generalised assignment problem.

A step takes one item out of its agent and looks for the cheapest chain that gives it a place: the item replaces
another at a second agent, which replaces a third … until the last goes where there is room, or back to the first
agent (Yagiura, Ibaraki, Glover 2004, INFORMS J. Comput. 16(2): ejection chains with a few attractive agents per
item and a price on overload).  Chains grow in a beam, ordered by reduced cost at the prices of the relaxation; the
best is taken by the rule of simulated annealing.  The price of overload rises while the temperature falls, so that
the end is feasible.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.packing.compiled import compiled

STEPS_PER_HEAT = 500
NOISE = 0.2
"""Spread of the chance in the order of the beam, in mean prices of capacity."""


@compiled
def anneal(
    cost: NDArray[np.int64],
    use: NDArray[np.int64],
    capacity: NDArray[np.int64],
    price: NDArray[np.float64],
    worth: NDArray[np.float64],
    attractive: NDArray[np.int64],
    start: NDArray[np.int64],
    heats: NDArray[np.float64],
    overloads: NDArray[np.float64],
    depth: int,
    beam: int,
    seed: int,
    best: NDArray[np.int64],
) -> int:
    """Improve `start` (an agent for each item, which may overload agents) through a schedule of temperatures.

    `cost` and `use` are agents × items; `price` of each agent's capacity and `worth` of each item are the
    relaxation's; `attractive` (items × few) names the agents tried for each item.  For STEPS_PER_HEAT steps each,
    `heats` gives the temperature and `overloads` the price of overload, both in mean prices.  `best` gets the
    cheapest feasible assignment met, and its cost is returned; NEVER when none was.  On return `start` is the
    assignment the walk ended with.
    """
    np.random.seed(seed)
    agents, items = cost.shape
    few = attractive.shape[1]
    home = start
    load = np.zeros(agents, np.int64)
    inside = np.empty((agents, items), np.int64)
    count = np.zeros(agents, np.int64)
    place = np.empty(items, np.int64)
    total = 0
    for j in range(items):
        i = home[j]
        load[i] += use[i, j]
        total += cost[i, j]
        place[j] = count[i]
        inside[i, count[i]] = j
        count[i] += 1
    mean = max(price.mean(), 1e-9)
    fine = np.empty(agents)
    overloaded = 0
    for i in range(agents):
        if load[i] > capacity[i]:
            overloaded += 1
    least = int(NEVER)
    if overloaded == 0:
        least = total
        best[:] = home
    hand = np.empty((depth + 1, beam), np.int64)
    delta = np.empty((depth + 1, beam))
    score = np.empty((depth + 1, beam))
    parent = np.empty((depth + 1, beam), np.int64)
    filled = np.zeros(depth + 1, np.int64)
    for phase in range(heats.shape[0]):
        heat = heats[phase] * mean
        for i in range(agents):
            fine[i] = overloads[phase] * max(price[i], 0.25 * mean)
        for _ in range(STEPS_PER_HEAT):
            first = np.random.randint(items)
            origin = home[first]
            before = max(0, load[origin] - capacity[origin]) * fine[origin]
            relief = max(0, load[origin] - use[origin, first] - capacity[origin]) * fine[origin] - before
            hand[0, 0] = first
            delta[0, 0] = -cost[origin, first]
            parent[0, 0] = -1
            filled[0] = 1
            found = np.inf
            at_layer = -1
            at_label = -1
            to_agent = -1
            last_item = -1
            for layer in range(depth):
                filled[layer + 1] = 0
                worst = 0
                for label in range(filled[layer]):
                    item = hand[layer, label]
                    for option in range(few):
                        i = attractive[item, option]
                        if i == origin or cost[i, item] >= NEVER:
                            continue
                        free = True
                        up = label
                        for back in range(layer, 0, -1):
                            if home[hand[back, up]] == i:
                                free = False
                                break
                            up = parent[back, up]
                        if not free:
                            continue
                        base = delta[layer, label] + cost[i, item] - max(0, load[i] - capacity[i]) * fine[i]
                        over = load[i] + use[i, item] - capacity[i]
                        end = base + max(0, over) * fine[i] + relief
                        if end < found:
                            found = end
                            at_layer = layer
                            at_label = label
                            to_agent = i
                            last_item = -1
                        for p in range(count[i]):
                            out = inside[i, p]
                            so_far = base - cost[i, out] + max(0, over - use[i, out]) * fine[i]
                            if cost[origin, out] < NEVER:
                                back_over = load[origin] - use[origin, first] + use[origin, out] - capacity[origin]
                                end = so_far + cost[origin, out] + max(0, back_over) * fine[origin] - before
                                if end < found:
                                    found = end
                                    at_layer = layer
                                    at_label = label
                                    to_agent = i
                                    last_item = out
                            if layer + 1 == depth:
                                continue
                            value = so_far + worth[out]
                            at = filled[layer + 1]
                            if at == beam and value >= score[layer + 1, worst]:
                                continue
                            value -= NOISE * mean * np.log(np.random.random())
                            if at < beam:
                                filled[layer + 1] = at + 1
                            elif value < score[layer + 1, worst]:
                                at = worst
                            else:
                                continue
                            hand[layer + 1, at] = out
                            delta[layer + 1, at] = so_far
                            score[layer + 1, at] = value
                            parent[layer + 1, at] = label
                            if filled[layer + 1] == beam:
                                worst = int(np.argmax(score[layer + 1]))
                if found < -1e-9:
                    break
            if at_layer < 0 or (found > 1e-9 and np.random.random() >= np.exp(-found / heat)):
                continue
            # From the end of the chain to its beginning, so that every item moves into room that is known.
            item = last_item
            target = origin
            if last_item < 0:
                item = hand[at_layer, at_label]
                target = to_agent
                at_label = parent[at_layer, at_label]
                at_layer -= 1
            while True:
                source = home[item]
                overloaded -= (load[source] > capacity[source]) + (load[target] > capacity[target])
                load[source] -= use[source, item]
                load[target] += use[target, item]
                overloaded += (load[source] > capacity[source]) + (load[target] > capacity[target])
                total += cost[target, item] - cost[source, item]
                other = inside[source, count[source] - 1]
                inside[source, place[item]] = other
                place[other] = place[item]
                count[source] -= 1
                inside[target, count[target]] = item
                place[item] = count[target]
                count[target] += 1
                home[item] = target
                if at_layer < 0:
                    break
                target = source
                item = hand[at_layer, at_label]
                at_label = parent[at_layer, at_label]
                at_layer -= 1
            if overloaded == 0 and total < least:
                least = total
                best[:] = home
    return int(least)
