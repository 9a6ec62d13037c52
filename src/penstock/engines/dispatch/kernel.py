"""The compiled heart: times of a machine's builds, what a change would cost, and making the change.

Costs are exact for the estimate the plan is made on: a change's cost is what the unit costs after it less before.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.state import Problem, State

WEEK_HOURS = 168.0
JOINS_TRIED = 4
JOINS_SEEN = 24
EPS = 1e-9
JOIN, INSERT, DROP = 1, 2, 3


@compiled
def next_open(p: Problem, calendar: int, moment: float) -> float:
    window = np.searchsorted(p.closes[calendar], moment, side="right")
    if window == p.closes.shape[1]:
        return np.inf
    return max(moment, float(p.opens[calendar, window]))


@compiled
def after_work(p: Problem, calendar: int, start: float, hours: float) -> float:
    left, moment = hours, start
    window = np.searchsorted(p.closes[calendar], moment, side="right")
    while window < p.closes.shape[1]:
        moment = max(moment, p.opens[calendar, window])
        if moment + left <= p.closes[calendar, window] + EPS:
            return moment + left
        left -= p.closes[calendar, window] - moment
        window += 1
    return np.inf


@compiled
def slot(p: Problem, m: int, ready: float, hours: float, week: float, used: float) -> tuple[float, float, float]:
    """(start, end, hours of its week used then) of the next run of so many hours on a machine."""
    calendar = p.machine[m].calendar
    start = next_open(p, calendar, max(ready, 0.0))
    while start < np.inf:
        end = after_work(p, calendar, start, hours) if p.machine[m].attended else start + hours
        clash = -1.0
        for number in range(p.machine[m].busy_first, p.machine[m].busy_last):
            if p.busy[number, 0] < end - EPS and p.busy[number, 1] > start + EPS:
                clash = p.busy[number, 1]
                break
        if clash >= 0.0:
            start = next_open(p, calendar, clash)
            continue
        this = np.floor(start / WEEK_HOURS)
        before = used if this == week else 0.0
        if before > 0.0 and before + hours > p.machine[m].week_hours + EPS:
            start = next_open(p, calendar, (this + 1.0) * WEEK_HOURS)
            continue
        return start, end, before + hours
    return np.inf, np.inf, 0.0


@compiled
def work_hours(p: Problem, m: int, fill: float, tall: float, cm3: float, pieces: int, own: float) -> float:
    """Machine hours of a build without changeover."""
    height = max(tall, fill * p.machine[m].depth_mm) if p.machine[m].stacks else tall
    hours = p.machine[m].setup + p.machine[m].hours_per_cm3 * cm3 + p.machine[m].hours_per_piece * pieces
    return hours + (own if p.machine[m].serial else p.machine[m].hours_per_mm * height)


@compiled
def line_late(p: Problem, j: int, k: int, pieces: int, end: float) -> float:
    over = end - p.place[j, k].latest
    return over * p.job[j].late_rate * pieces / p.job[j].quantity if over > 0.0 else 0.0


@compiled
def build_late(p: Problem, s: State, b: int, end: float) -> float:
    if end <= s.build[b].latest:
        return 0.0
    total, line = 0.0, s.build[b].first
    while line >= 0:
        total += line_late(p, s.line[line].job, s.line[line].k, s.line[line].pieces, end)
        line = s.line[line].next
    return total


@compiled
def change_money(p: Problem, m: int) -> float:
    money: float = p.machine[m].change_hours * p.machine[m].rate + p.machine[m].change_cost
    return money


@compiled
def walk(
    p: Problem, s: State, m: int, target: int, kind: int, work: float, release: float, material: int
) -> tuple[float, float, float, bool]:
    """(cost of lateness and changeovers more than now, start, end, changes material) when the build at position
    `target` of machine m becomes another (JOIN) or one is put before it (INSERT)."""
    free, loaded = p.machine[m].free_from, p.machine[m].loaded
    week, used = p.machine[m].used_week, p.machine[m].used_hours
    if target > 0:
        before = s.chain[m, target - 1]
        free, loaded = s.build[before].end, s.build[before].material
        week, used = np.floor(s.build[before].start / WEEK_HOURS), s.build[before].used
    delta, start_found, end_found, change_found = 0.0, 0.0, 0.0, False
    place = target
    pending = kind == INSERT
    while pending or place < s.chain_length[m]:
        b = s.chain[m, place] if not pending else -1
        is_target = pending or (kind == JOIN and place == target)
        w = work if is_target else s.build[b].work
        r = release if is_target else s.build[b].release
        mat = material if pending else s.build[b].material
        changes = mat != loaded
        hours = w + (p.machine[m].change_hours if changes else 0.0)
        start, end, used = slot(p, m, max(free, r), hours, week, used)
        week = np.floor(start / WEEK_HOURS)
        if changes:
            delta += change_money(p, m)
        if b >= 0:
            if s.build[b].change:
                delta -= change_money(p, m)
            if not is_target and start == s.build[b].start and end == s.build[b].end and used == s.build[b].used:
                break
            if end != s.build[b].end:
                delta += build_late(p, s, b, end) - build_late(p, s, b, s.build[b].end)
        if is_target:
            start_found, end_found, change_found = start, end, changes
        free, loaded = end, mat
        if pending:
            pending = False
        else:
            place += 1
    return delta, start_found, end_found, change_found


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
def parcel_shared(p: Problem, s: State, j: int, k: int) -> bool:
    """Whether other pieces of the order leave from the same maker."""
    if p.place[j, k].parcel_paid:
        return True
    other = s.order_first[p.job[j].order]
    while other >= 0:
        if p.place[s.line[other].job, s.line[other].k].shipper == p.place[j, k].shipper:
            return True
        other = s.line[other].onext
    return False


@compiled
def short_of_promise(p: Problem, s: State, maker: int, more: float) -> float:
    """Money that a maker's shortfall weighs less when it is given `more` machine money."""
    short = max(p.promised[maker] - s.given[maker], 0.0)
    left: float = max(p.promised[maker] - s.given[maker] - more, 0.0)
    return (left - short) * p.share_weight


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
def price(
    p: Problem, s: State, j: int, k: int, pieces: int, where: int
) -> tuple[float, float, float, float, bool, float]:
    """What so many pieces of job j cost on candidate k: in build `where`, or (negative) in a new build at position
    -1 - `where`.

    (total, machine hours, changeovers, lateness, parcel shared, end)."""
    m = p.place[j, k].seat
    share = pieces * p.place[j, k].share
    b = where
    kind, target, fill, tall, cm3 = INSERT, -1 - where, share, p.place[j, k].tall, pieces * p.job[j].cm3
    count, own, release, material, before = (
        pieces,
        pieces * p.job[j].own_hours,
        p.job[j].release,
        p.job[j].material,
        0.0,
    )
    if b >= 0:
        kind, target, before = JOIN, s.build[b].pos, s.build[b].work
        fill, tall, cm3 = fill + s.build[b].fill, max(tall, s.build[b].tall), cm3 + s.build[b].cm3
        count, own, release = count + s.build[b].pieces, own + s.build[b].own, max(release, s.build[b].release)
    work = work_hours(p, m, fill, tall, cm3, count, own)
    delta, _, end, change = walk(p, s, m, target, kind, work, release, material)
    hours = work - before
    changed = change_money(p, m) if change and b < 0 else 0.0
    late = line_late(p, j, k, pieces, end) + delta - changed
    shared = parcel_shared(p, s, j, k)
    money = hours * p.machine[m].rate
    total = (
        p.place[j, k].fixed
        + (0.0 if shared else p.place[j, k].parcel)
        + pieces * p.place[j, k].piece
        + money
        + changed
        + late
    )
    total += short_of_promise(p, s, p.machine[m].maker, money)
    return total, hours, changed, late, shared, end


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
