"""When to start which batches, all parts known: forward dynamic programming over (slot, parts made, machine free).

States of one slot are compared: of two that have made the same parts, one that is free no later and has earned no less
replaces the other.  When more than `width` remain, those with the best earnings plus estimate of what is still to be
earned are kept (beam search; Lowerre 1976); as long as none had to be left out, the answer is the optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.postponement.layout import place
from penstock.engines.packing.compiled import compiled

MOST_PARTS = 62
"""Parts are bits of one machine word."""
MOST_BATCHES = 600
"""Batches tried from one state with hindsight: more than all of nine parts."""
COLUMNS = 9
ARRIVAL, DUE, HEIGHT, MELT, WORTH, AREA, LONG, SHORT, SHARE = range(COLUMNS)
"""Columns of the part table: hours, hours, mm, hours, money without set-up and lateness, mm², mm, mm, money."""
BATCH_COST, HOUR_COST, LATE_COST, H_PER_MM, AROUND, WIDTH, DEPTH = range(7)
"""Places in the rates."""


@compiled
def late(part: NDArray[np.float64], ready: float, horizon: float) -> float:
    """Hours the part is late within the horizon when it is ready at the given hour."""
    return float(max(0.0, min(ready, horizon) - part[DUE]))


@compiled
def fits(table: NDArray[np.float64], mask: int, rates: NDArray[np.float64], nodes: int) -> bool:
    """Whether the parts of the mask lie side by side on the plate."""
    sides = np.empty((table.shape[0], 2))
    count = 0
    for j in range(table.shape[0]):
        if (mask >> j) & 1:
            sides[count, 0] = table[j, LONG]
            sides[count, 1] = table[j, SHORT]
            count += 1
    return place(sides[:count], rates[WIDTH], rates[DEPTH], nodes, np.empty((count, 4)))


@compiled
def batch_gain(
    table: NDArray[np.float64], mask: int, start: float, horizon: float, rates: NDArray[np.float64]
) -> tuple[float, float]:
    """What a batch earns more than leaving its parts unmade, and when it ends."""
    tallest = 0.0
    hours = 0.0
    gain = -rates[BATCH_COST]
    for j in range(table.shape[0]):
        if (mask >> j) & 1:
            tallest = max(tallest, table[j, HEIGHT])
            hours += table[j, MELT]
            gain += table[j, WORTH]
    hours += rates[H_PER_MM] * tallest
    end = start + rates[AROUND] + hours
    gain -= rates[HOUR_COST] * hours
    for j in range(table.shape[0]):
        if (mask >> j) & 1:
            gain += rates[LATE_COST] * (late(table[j], np.inf, horizon) - late(table[j], end, horizon))
    return gain, end


@compiled
def outlook(
    table: NDArray[np.float64], made: int, free: float, horizon: float, rates: NDArray[np.float64], wait: float
) -> float:
    """Estimate of what the parts not yet made will still earn, each ready `wait` hours after part and machine are."""
    total = 0.0
    for j in range(table.shape[0]):
        if not (made >> j) & 1:
            ready = max(free, table[j, ARRIVAL]) + wait
            if max(free, table[j, ARRIVAL]) < horizon:
                saved = late(table[j], np.inf, horizon) - late(table[j], ready, horizon)
                total += max(0.0, table[j, WORTH] - table[j, SHARE] + rates[LATE_COST] * saved)
    return total


@compiled
def batches(
    table: NDArray[np.float64],
    made: int,
    slot: float,
    rates: NDArray[np.float64],
    known: dict[int, bool],
    nodes: int,
    out: NDArray[np.int64],
) -> tuple[int, bool]:
    """All sets of parts that are there and lie on the plate, into `out`; their number, and whether that was all."""
    there = np.empty(table.shape[0], np.int64)
    n = 0
    for j in range(table.shape[0]):
        if not (made >> j) & 1 and table[j, ARRIVAL] <= slot:
            there[n] = j
            n += 1
    # Those due first come first, so that a limit leaves out what is least urgent.
    for x in range(1, n):
        j = there[x]
        y = x
        while y > 0 and table[there[y - 1], DUE] > table[j, DUE]:
            there[y] = there[y - 1]
            y -= 1
        there[y] = j
    plate = rates[WIDTH] * rates[DEPTH] * (1 + 1e-12)
    count = 0
    # Each set found is extended by every later part: the sets come in the order of their last part.
    for x in range(n):
        bit = np.int64(1) << there[x]
        earlier = count
        for y in range(-1, earlier):
            mask = bit if y < 0 else out[y] | bit
            area = 0.0
            for z in range(n):
                if (mask >> there[z]) & 1:
                    area += table[there[z], AREA]
            if area > plate:
                continue
            if mask not in known:
                known[mask] = fits(table, mask, rates, nodes)
            if known[mask]:
                if count == out.shape[0]:
                    return count, False
                out[count] = mask
                count += 1
    return count, True


@compiled
def _sift(
    masks: NDArray[np.int64],
    frees: NDArray[np.float64],
    gains: NDArray[np.float64],
    froms: NDArray[np.int64],
    acts: NDArray[np.int64],
    count: int,
    width: int,
    table: NDArray[np.float64],
    horizon: float,
    rates: NDArray[np.float64],
    wait: float,
) -> tuple[int, bool]:
    """Drop dominated states, then all but the `width` most promising; the number left and whether any of those went."""
    order = np.argsort(-gains[:count], kind="mergesort")
    order = order[np.argsort(masks[order], kind="mergesort")]
    keep = np.empty(count, np.int64)
    kept = 0
    earliest = np.inf
    for x in range(count):
        s = order[x]
        if x == 0 or masks[s] != masks[order[x - 1]]:
            earliest = np.inf
        if frees[s] < earliest - 1e-9:
            earliest = frees[s]
            keep[kept] = s
            kept += 1
    cut = kept > width
    if cut:
        score = np.empty(kept)
        for x in range(kept):
            s = keep[x]
            score[x] = -(gains[s] + outlook(table, masks[s], frees[s], horizon, rates, wait))
        keep = keep[np.argsort(score, kind="mergesort")[:width]]
        kept = width
    chosen = keep[:kept].copy()
    new_masks = masks[chosen]
    new_frees = frees[chosen]
    new_gains = gains[chosen]
    new_froms = froms[chosen]
    new_acts = acts[chosen]
    masks[:kept] = new_masks
    frees[:kept] = new_frees
    gains[:kept] = new_gains
    froms[:kept] = new_froms
    acts[:kept] = new_acts
    return kept, cut


@compiled
def search(
    table: NDArray[np.float64],
    first_slot: int,
    free: float,
    made: int,
    last_slot: int,
    horizon: float,
    rates: NDArray[np.float64],
    width: int,
    nodes: int,
    most: int,
    wait: float,
) -> tuple[float, bool, NDArray[np.int64], NDArray[np.float64]]:
    """Best gain from a state on, whether it is proven, and the batches (masks) with their starts.

    `free` is when the machine is free, within `first_slot`; `made` the mask of parts no longer to be made.  From
    one state at most `most` batches are tried; states that reach `last_slot` (at most the horizon) end there and
    are valued with their outlook when that is before the horizon.
    """
    slots = last_slot - first_slot + 1
    room = 6 * width + most
    masks = np.empty((slots, room), np.int64)
    frees = np.empty((slots, room))
    gains = np.empty((slots, room))
    froms = np.empty((slots, room), np.int64)
    acts = np.empty((slots, room), np.int64)
    counts = np.zeros(slots, np.int64)
    # Every state that was expanded: which one it came from, the batch that led here and when that started.
    node_from = np.empty(slots * width + 1, np.int64)
    node_act = np.empty(slots * width + 1, np.int64)
    node_free = np.empty(slots * width + 1)
    nodes_used = 0
    known = {0: True}
    found = np.empty(most, np.int64)
    proven = True
    masks[0, 0] = made
    frees[0, 0] = free
    gains[0, 0] = 0.0
    froms[0, 0] = -1
    acts[0, 0] = 0
    counts[0] = 1
    best = -np.inf
    best_from = -1
    best_act = np.int64(0)
    for here in range(slots):
        slot = first_slot + here
        if counts[here] == 0:
            continue
        kept, cut = _sift(
            masks[here],
            frees[here],
            gains[here],
            froms[here],
            acts[here],
            counts[here],
            width,
            table,
            horizon,
            rates,
            wait,
        )
        if cut:
            proven = False
        for s in range(kept):
            if slot >= last_slot:
                value = gains[here, s]
                if last_slot < horizon:
                    value += outlook(table, masks[here, s], frees[here, s], horizon, rates, wait)
                if value > best:
                    best = value
                    best_from = froms[here, s]
                    best_act = acts[here, s]
                continue
            node_from[nodes_used] = froms[here, s]
            node_act[nodes_used] = acts[here, s]
            node_free[nodes_used] = frees[here, s]
            node = nodes_used
            nodes_used += 1
            begin = max(frees[here, s], float(slot))
            number, complete = batches(table, masks[here, s], float(slot), rates, known, nodes, found)
            if not complete:
                proven = False
            for x in range(-1, number):
                if x < 0:
                    target = here + 1
                    new_mask = masks[here, s]
                    new_free = max(frees[here, s], float(slot + 1))
                    new_gain = gains[here, s]
                    act = np.int64(0)
                else:
                    act = found[x]
                    more, end = batch_gain(table, act, begin, horizon, rates)
                    target = min(slots - 1, max(here + 1, int(np.floor(end + 1e-9)) - first_slot))
                    new_mask = masks[here, s] | act
                    new_free = end
                    new_gain = gains[here, s] + more
                c = counts[target]
                if c == room:
                    c, cut = _sift(
                        masks[target],
                        frees[target],
                        gains[target],
                        froms[target],
                        acts[target],
                        c,
                        5 * width,
                        table,
                        horizon,
                        rates,
                        wait,
                    )
                    if cut:
                        proven = False
                masks[target, c] = new_mask
                frees[target, c] = new_free
                gains[target, c] = new_gain
                froms[target, c] = node
                acts[target, c] = act
                counts[target] = c + 1
    # Walk back: a state's batch started when its predecessor was free.
    chain = np.empty(slots + 1, np.int64)
    starts = np.empty(slots + 1)
    length = 0
    at = best_from
    act = best_act
    while at >= 0:
        if act != 0:
            chain[length] = act
            starts[length] = node_free[at]
            length += 1
        act = node_act[at]
        at = node_from[at]
    return best, proven, chain[:length][::-1].copy(), starts[:length][::-1].copy()
