"""Putting pieces into builds, taking them out, and taking that back; compiled."""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.costs import INSERT, work_hours
from penstock.engines.dispatch.state import Problem, State
from penstock.engines.dispatch.times import WEEK_HOURS, slot

DROP = 3


@compiled
def settle(p: Problem, s: State, m: int, first: int) -> None:
    """Set times and positions of a machine's builds from a position on."""
    free, loaded = p.machine[m].free_from, p.machine[m].loaded
    week, used = p.machine[m].used_week, p.machine[m].used_hours
    if first > 0:
        before = s.chain[m, first - 1]
        free, loaded = s.build[before].end, s.build[before].material
        week, used = np.floor(s.build[before].start / WEEK_HOURS), s.build[before].used
    for place in range(first, s.chain_length[m]):
        b = s.chain[m, place]
        s.build[b].pos = place
        s.build[b].change = s.build[b].material != loaded
        hours = s.build[b].work + (p.machine[m].change_hours if s.build[b].change else 0.0)
        s.build[b].start, s.build[b].end, used = slot(p, m, max(free, s.build[b].release), hours, week, used)
        s.build[b].used = used
        week = np.floor(s.build[b].start / WEEK_HOURS)
        free, loaded = s.build[b].end, s.build[b].material


@compiled
def _sum_up(p: Problem, s: State, b: int) -> None:
    """What a build holds, from its lines; the sums never drift."""
    fill, tall, cm3, mass, own, release, latest, pieces = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.inf, 0
    line = s.build[b].first
    while line >= 0:
        j, k, count = s.line[line].job, s.line[line].k, s.line[line].pieces
        fill += count * p.place[j, k].share
        tall = max(tall, p.place[j, k].tall)
        cm3 += count * p.job[j].cm3
        mass += count * p.job[j].mass_g
        own += count * p.job[j].own_hours
        release = max(release, p.job[j].release)
        latest = min(latest, p.place[j, k].latest)
        pieces += count
        line = s.line[line].next
    s.build[b].fill, s.build[b].tall, s.build[b].cm3, s.build[b].mass, s.build[b].own = fill, tall, cm3, mass, own
    s.build[b].release, s.build[b].latest, s.build[b].pieces = release, latest, pieces
    fixed = s.build[b].fixed
    s.build[b].work = fixed if fixed >= 0.0 else work_hours(p, s.build[b].seat, fill, tall, cm3, pieces, own)


@compiled
def insert(p: Problem, s: State, j: int, k: int, pieces: int, b: int, pos: int) -> int:
    """Put pieces into build b, or into a new one at `pos`; returns the line."""
    m = p.place[j, k].seat
    s.top[1] -= 1
    line = s.free_lines[s.top[1]]
    if b < 0:
        s.top[0] -= 1
        b = s.free_builds[s.top[0]]
        s.build[b].seat, s.build[b].material, s.build[b].first = m, p.job[j].material, -1
        s.build[b].work, s.build[b].fixed, s.build[b].closed = 0.0, -1.0, False
        for place in range(s.chain_length[m], pos, -1):
            s.chain[m, place] = s.chain[m, place - 1]
        s.chain[m, pos] = b
        s.chain_length[m] += 1
    else:
        pos = s.build[b].pos
    s.line[line].job, s.line[line].k, s.line[line].pieces, s.line[line].build = j, k, pieces, b
    s.line[line].next, s.line[line].prev = s.build[b].first, -1
    if s.build[b].first >= 0:
        s.line[s.build[b].first].prev = line
    s.build[b].first = line
    order = p.job[j].order
    s.line[line].onext, s.line[line].oprev = s.order_first[order], -1
    if s.order_first[order] >= 0:
        s.line[s.order_first[order]].oprev = line
    s.order_first[order] = line
    money = s.build[b].work
    _sum_up(p, s, b)
    s.given[p.machine[m].maker] += (s.build[b].work - money) * p.machine[m].rate
    settle(p, s, m, pos)
    if s.top[3]:
        entry = s.top[2]
        s.log[entry, 0], s.log[entry, 1] = INSERT, line
        s.top[2] += 1
    return line


@compiled
def remove(p: Problem, s: State, line: int) -> None:
    """Take a line out; a build left empty goes."""
    b = s.line[line].build
    m, pos = s.build[b].seat, s.build[b].pos
    if s.top[3]:
        entry = s.top[2]
        s.log[entry, 0], s.log[entry, 1], s.log[entry, 2] = DROP, s.line[line].job, s.line[line].k
        s.log[entry, 3], s.log[entry, 4], s.log[entry, 5] = s.line[line].pieces, b, pos
        s.top[2] += 1
    if s.line[line].prev >= 0:
        s.line[s.line[line].prev].next = s.line[line].next
    else:
        s.build[b].first = s.line[line].next
    if s.line[line].next >= 0:
        s.line[s.line[line].next].prev = s.line[line].prev
    order = p.job[s.line[line].job].order
    if s.line[line].oprev >= 0:
        s.line[s.line[line].oprev].onext = s.line[line].onext
    else:
        s.order_first[order] = s.line[line].onext
    if s.line[line].onext >= 0:
        s.line[s.line[line].onext].oprev = s.line[line].oprev
    s.line[line].job = -1
    s.free_lines[s.top[1]] = line
    s.top[1] += 1
    money = s.build[b].work
    if s.build[b].first < 0:
        s.given[p.machine[m].maker] -= money * p.machine[m].rate
        for place in range(pos, s.chain_length[m] - 1):
            s.chain[m, place] = s.chain[m, place + 1]
        s.chain_length[m] -= 1
        s.free_builds[s.top[0]] = b
        s.top[0] += 1
        if s.top[3]:
            s.log[s.top[2] - 1, 4] = -1
    else:
        _sum_up(p, s, b)
        s.given[p.machine[m].maker] += (s.build[b].work - money) * p.machine[m].rate
    settle(p, s, m, pos)


@compiled
def undo(p: Problem, s: State) -> None:
    """Take back everything in the log, last first."""
    s.top[3] = 0
    while s.top[2] > 0:
        s.top[2] -= 1
        entry = s.top[2]
        if s.log[entry, 0] == INSERT:
            remove(p, s, s.log[entry, 1])
        else:
            j, k, pieces = s.log[entry, 1], s.log[entry, 2], s.log[entry, 3]
            insert(p, s, j, k, pieces, s.log[entry, 4], s.log[entry, 5])
