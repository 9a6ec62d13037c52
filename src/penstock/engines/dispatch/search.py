"""Greedy placing, improvement by taking out and putting back, and what each line could cost elsewhere; compiled.

Improvement is large neighbourhood search (Shaw, CP 1998; Pisinger & Ropke, Computers & OR 34, 2007): take a few
related lines out, put them back one by one where they cost least, keep the result when the plan is cheaper, else undo.
Taking out one line is a shift, two a swap, a whole build its dissolution.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.changes import insert, remove, settle, undo
from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.costs import price
from penstock.engines.dispatch.network import Floats, Ints
from penstock.engines.dispatch.places import best_on, best_place
from penstock.engines.dispatch.state import LOG, Problem, State

MOST_OUT = 24
BETTER = 1e-6
ALTERNATIVE_NUMBERS = 8


@compiled
def place_job(p: Problem, s: State, j: int, wanted: int, pool_mm3: float) -> int:
    """Place pieces of a job, cheapest first; returns how many found no room (-1: a machine's chain is full)."""
    left = wanted
    while left > 0:
        _, k, b, pos, pieces = best_place(p, s, j, left, pool_mm3)
        if k < 0:
            return left
        insert(p, s, j, k, pieces, b, pos)
        left -= pieces
        if pool_mm3 > 0.0:
            pool_mm3 = max(pool_mm3 - pieces * p.job[j].box_mm3, p.job[j].box_mm3)
    return 0


@compiled
def greedy(p: Problem, s: State, order: Ints, first: int, wanted: Ints, pool: Floats, left: Ints) -> int:
    """Place jobs in this order from number `first` on; `left` gets the pieces without room. Returns the number it
    stopped at because a chain was full, or len(order)."""
    for number in range(first, len(order)):
        j = order[number]
        for k in range(p.place.shape[1]):
            m = p.place[j, k].seat
            if m >= 0 and s.chain_length[m] >= s.chain.shape[1]:
                return number
        mine = max(pool[p.job[j].material], p.job[j].box_mm3)
        left[j] = place_job(p, s, j, wanted[j], mine)
        pool[p.job[j].material] -= wanted[j] * p.job[j].box_mm3
    return len(order)


@compiled
def _take_out(p: Problem, s: State, line: int, out: Ints, count: int) -> float:
    """Take a line out, noting job and pieces at `out[count]`; returns what it cost where it was."""
    j, k, pieces, b = s.line[line].job, s.line[line].k, s.line[line].pieces, s.line[line].build
    pos = s.build[b].pos
    alone = s.line[line].next < 0 and s.line[line].prev < 0
    remove(p, s, line)
    out[count, 0], out[count, 1] = j, pieces
    return price(p, s, j, k, pieces, -1 - pos if alone else b)[0]


@compiled
def _random_line(s: State, lines: int) -> int:
    for _ in range(50):
        line = np.random.randint(lines)
        if s.line[line].job >= 0 and not s.build[s.line[line].build].closed:
            return line
    return -1


@compiled
def _ruin(p: Problem, s: State, lines: int, out: Ints) -> tuple[int, float]:
    """Take out a few related lines; returns how many and what they cost."""
    count, gain = 0, 0.0
    first = _random_line(s, lines)
    if first < 0:
        return 0, 0.0
    dice = np.random.random()
    build = s.line[first].build
    material = p.job[s.line[first].job].material
    if dice < 0.35:  # a whole build, and perhaps its neighbour
        builds = 1 if np.random.random() < 0.6 else 2
        for _ in range(builds):
            line = s.build[build].first
            if s.build[build].closed or line < 0 or s.build[build].pieces <= 0:
                break
            while line >= 0 and count < MOST_OUT:
                follower = s.line[line].next
                gain += _take_out(p, s, line, out, count)
                count += 1
                line = follower
            other = _random_line(s, lines)
            if other < 0 or p.job[s.line[other].job].material != material:
                break
            build = s.line[other].build
    else:  # some lines: one alone, or several of its material
        wanted = 1 if dice < 0.6 else 2 + np.random.randint(5)
        tries, line = 0, first
        while count < wanted and tries < 40:
            if line >= 0 and p.job[s.line[line].job].material == material:
                gain += _take_out(p, s, line, out, count)
                count += 1
            tries, line = tries + 1, _random_line(s, lines)
    return count, gain


@compiled
def _put_back(p: Problem, s: State, out: Ints, count: int, limit: float) -> float:
    """Put lines back, in one of three orders; returns what it cost, infinity when it cannot be done below `limit`."""
    keys = np.empty(count)
    way = np.random.randint(3)
    for number in range(count):
        j = out[number, 0]
        if way == 0:
            keys[number] = np.random.random()
        elif way == 1:
            keys[number] = -p.job[j].box_mm3 * out[number, 1]
        else:
            keys[number] = p.place[j, 0].latest
    total = 0.0
    for _ in range(count):
        number = 0
        for other in range(count):
            if keys[other] < keys[number]:
                number = other
        keys[number] = np.inf
        j, left = out[number, 0], out[number, 1]
        while left > 0:
            cost, k, b, pos, pieces = best_place(p, s, j, left, 0.0)
            if k < 0 or s.top[2] >= LOG - 4:
                return np.inf
            insert(p, s, j, k, pieces, b, pos)
            total += cost * pieces
            left -= pieces
            if total > limit:
                return np.inf
    return total


@compiled
def improve(p: Problem, s: State, rounds: int, seed: int) -> float:
    """So many tries; returns the money saved."""
    np.random.seed(seed)
    out = np.zeros((MOST_OUT + 8, 2), dtype=np.int64)
    lines = 0
    for line in range(len(s.line)):
        if s.line[line].job >= 0:
            lines = line + 1
    if lines == 0:
        return 0.0
    saved = 0.0
    for _ in range(rounds):
        s.top[2], s.top[3] = 0, 1
        lines = min(max(lines, len(s.line) - s.top[1]), len(s.line))
        count, gain = _ruin(p, s, lines, out)
        if count == 0:
            continue
        cost = _put_back(p, s, out, count, gain - BETTER)
        if cost < gain - BETTER:
            saved += gain - cost
        else:
            undo(p, s)
    s.top[2], s.top[3] = 0, 0
    return saved


@compiled
def _note(
    row: Floats, total: float, hours: float, changed: float, late: float, shared: bool, end: float, b: int, room: float
) -> None:
    row[0], row[1], row[2], row[3] = total, hours, changed, late
    row[4], row[5], row[6], row[7] = 1.0 if shared else 0.0, end, b, room


@compiled
def explain(p: Problem, s: State, lines: Ints, wanted: int) -> tuple[Ints, Floats, Floats]:
    """For each line: what its pieces cost where they are, and the cheapest other machines.

    Candidates (n, wanted), -1 when there are fewer; and two tables of numbers: (n, 8) of the present place and
    (n, wanted, 8) of the others: total, machine hours, changeovers, lateness, parcel shared, end, build joined (or -1),
    share of the pieces that find room there."""
    others = np.full((len(lines), wanted), -1, dtype=np.int64)
    here = np.zeros((len(lines), ALTERNATIVE_NUMBERS))
    there = np.zeros((len(lines), wanted, ALTERNATIVE_NUMBERS))
    costs = np.empty(p.place.shape[1])
    builds = np.empty(p.place.shape[1], dtype=np.int64)
    places = np.empty(p.place.shape[1], dtype=np.int64)
    counts = np.empty(p.place.shape[1], dtype=np.int64)
    for number in range(len(lines)):
        line = lines[number]
        j, k, pieces, b = s.line[line].job, s.line[line].k, s.line[line].pieces, s.line[line].build
        pos = s.build[b].pos
        alone = s.line[line].next < 0 and s.line[line].prev < 0
        fixed, closed = s.build[b].fixed, s.build[b].closed
        s.top[2], s.top[3] = 0, 1
        remove(p, s, line)
        own = -1 - pos if alone else b
        total, hours, changed, late, shared, end = price(p, s, j, k, pieces, own)
        _note(here[number], total, hours, changed, late, shared, end, own, 1.0)
        for c in range(p.place.shape[1]):
            costs[c] = np.inf
            if p.place[j, c].seat >= 0 and c != k:
                costs[c], builds[c], places[c], counts[c] = best_on(p, s, j, c, pieces, 0.0)
        for place in range(wanted):
            c = 0
            for other in range(p.place.shape[1]):
                if costs[other] < costs[c]:
                    c = other
            if costs[c] == np.inf:
                break
            where = builds[c] if builds[c] >= 0 else -1 - places[c]
            total, hours, changed, late, shared, end = price(p, s, j, c, counts[c], where)
            others[number, place] = c
            _note(there[number, place], total, hours, changed, late, shared, end, builds[c], counts[c] / pieces)
            costs[c] = np.inf
        undo(p, s)
        if closed:
            b = s.line[line].build
            s.build[b].fixed, s.build[b].work, s.build[b].closed = fixed, fixed, True
            settle(p, s, s.build[b].seat, s.build[b].pos)
    return others, here, there
