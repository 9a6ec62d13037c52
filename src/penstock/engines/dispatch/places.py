"""Where pieces of a job have room, and where they cost least; compiled."""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.costs import price
from penstock.engines.dispatch.state import Problem, State
from penstock.engines.dispatch.times import EPS

JOINS_TRIED = 4
JOINS_SEEN = 24


@compiled
def join_room(p: Problem, s: State, b: int, j: int, k: int, wanted: int) -> int:
    """How many of the pieces wanted a build has room for."""
    m = s.build[b].seat
    if s.build[b].closed or p.machine[m].serial or s.build[b].material != p.job[j].material:
        return 0
    room = wanted
    room = min(room, int(np.floor((1.0 - s.build[b].fill) / p.place[j, k].share + 1e-6)))
    if p.job[j].mass_g > 0.0:
        room = int(min(float(room), np.floor((p.machine[m].max_mass_g - s.build[b].mass) / p.job[j].mass_g + 1e-6)))
    if room < wanted and not p.job[j].splittable:
        return 0
    return max(room, 0)


@compiled
def new_room(p: Problem, j: int, k: int, wanted: int) -> int:
    m = p.place[j, k].seat
    if p.machine[m].serial:
        return wanted
    room = min(wanted, int(np.floor(1.0 / p.place[j, k].share + 1e-6)))
    if p.job[j].mass_g > 0.0:
        room = int(min(float(room), np.floor(p.machine[m].max_mass_g / p.job[j].mass_g + 1e-6)))
    if room < wanted and not p.job[j].splittable:
        return 0
    return max(room, 0)


@compiled
def due_position(p: Problem, s: State, m: int, latest: float) -> int:
    """Before the first build that has to be ready later."""
    for place in range(s.chain_length[m]):
        b = s.chain[m, place]
        if s.build[b].latest > latest and not s.build[b].closed:
            return place
    return s.chain_length[m]


@compiled
def first_open(s: State, m: int) -> int:
    """The first position before which a build may be put: closed builds keep their place."""
    place = s.chain_length[m]
    while place > 0 and not s.build[s.chain[m, place - 1]].closed:
        place -= 1
    return place


@compiled
def best_on(p: Problem, s: State, j: int, k: int, wanted: int, pool_mm3: float) -> tuple[float, int, int, int]:
    """(cost a piece, build or -1, position, pieces) of the best way to place some of job j on candidate k.

    With `pool_mm3` (box volume still to be placed) a new build is charged the share of its set-up these pieces take,
    since what follows will share it; without (0), all of it."""
    m = p.place[j, k].seat
    best, best_b, best_pos, best_pieces = np.inf, -1, -1, 0
    if not p.machine[m].serial:
        tried, place, seen = 0, s.chain_length[m] - 1, 0
        while place >= 0 and tried < JOINS_TRIED and seen < JOINS_SEEN:
            b = s.chain[m, place]
            room = join_room(p, s, b, j, k, wanted)
            if room > 0:
                tried += 1
                cost = price(p, s, j, k, room, b)[0] / room
                if cost < best:
                    best, best_b, best_pos, best_pieces = cost, b, -1, room
            place -= 1
            seen += 1
    room = new_room(p, j, k, wanted)
    if room > 0 and s.chain_length[m] < s.chain.shape[1] and s.top[0] > 0:
        discount = 0.0
        if pool_mm3 > 0.0 and not p.machine[m].serial:
            shared = max(room * p.place[j, k].share, room * p.job[j].box_mm3 / pool_mm3)
            discount = (1.0 - min(shared, 1.0)) * p.machine[m].setup * p.machine[m].rate
        total, _, changed, late, _, _ = price(p, s, j, k, room, -1 - s.chain_length[m])
        if pool_mm3 > 0.0 and discount > 0.0:
            discount += changed * discount / max(p.machine[m].setup * p.machine[m].rate, EPS)
        cost = (total - discount) / room
        if cost < best:
            best, best_b, best_pos, best_pieces = cost, -1, s.chain_length[m], room
        if late > 0.0:
            low = first_open(s, m)
            due = max(due_position(p, s, m, p.place[j, k].latest), low)
            for pos in (low, due):
                if pos < s.chain_length[m]:
                    cost = (price(p, s, j, k, room, -1 - pos)[0] - discount) / room
                    if cost < best:
                        best, best_b, best_pos, best_pieces = cost, -1, pos, room
    return best, best_b, best_pos, best_pieces


@compiled
def best_place(p: Problem, s: State, j: int, wanted: int, pool_mm3: float) -> tuple[float, int, int, int, int]:
    """(cost a piece, candidate, build or -1, position, pieces); candidate -1 when there is no room anywhere."""
    best, best_k, best_b, best_pos, best_pieces = np.inf, -1, -1, -1, 0
    if s.top[1] == 0:
        return best, best_k, best_b, best_pos, best_pieces
    for k in range(p.place.shape[1]):
        if p.place[j, k].seat < 0:
            continue
        cost, b, pos, pieces = best_on(p, s, j, k, wanted, pool_mm3)
        if cost < best - EPS:
            best, best_k, best_b, best_pos, best_pieces = cost, k, b, pos, pieces
    return best, best_k, best_b, best_pos, best_pieces
