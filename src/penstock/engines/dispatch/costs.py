"""What a build, or a change of one, costs; compiled.

Costs are exact for the estimate the plan is made on: a change's cost is what the unit costs after it less before.
"""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.compiled import compiled
from penstock.engines.dispatch.state import Problem, State
from penstock.engines.dispatch.times import WEEK_HOURS, slot

JOIN, INSERT = 1, 2


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
def cost_of(p: Problem, s: State) -> float:
    """What the whole unit costs as it stands."""
    total = 0.0
    for m in range(len(s.chain_length)):
        for place in range(s.chain_length[m]):
            b = s.chain[m, place]
            total += s.build[b].work * p.machine[m].rate + build_late(p, s, b, s.build[b].end)
            if s.build[b].change:
                total += change_money(p, m)
            line = s.build[b].first
            while line >= 0:
                j, k = s.line[line].job, s.line[line].k
                total += p.place[j, k].fixed + s.line[line].pieces * p.place[j, k].piece
                shared = p.place[j, k].parcel_paid
                other = s.order_first[p.job[j].order]
                while other >= 0 and other != line and not shared:
                    shared = p.place[s.line[other].job, s.line[other].k].shipper == p.place[j, k].shipper
                    other = s.line[other].onext
                total += 0.0 if shared else p.place[j, k].parcel
                line = s.line[line].next
    for maker in range(len(p.promised)):
        total += max(p.promised[maker] - s.given[maker], 0.0) * p.share_weight
    return total
