"""Why each thing was decided: the words behind an assignment, its alternatives, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.engines.dispatch.clock import NEVER, moment_at
from penstock.engines.dispatch.costs import work_hours
from penstock.engines.dispatch.journeys import Journey
from penstock.engines.dispatch.network import Network
from penstock.engines.dispatch.postpone import fill_of, needed_fill
from penstock.engines.dispatch.result import Alternative, CostItems, Reason, Waiting
from penstock.engines.dispatch.routing import travel_hours
from penstock.engines.dispatch.shipping import Ready
from penstock.engines.dispatch.tables import Tables
from penstock.engines.dispatch.times import next_open, slot
from penstock.engines.dispatch.unit import Held, Unit

SAME_MONEY = 0.005


def marginal_of(unit: Unit, line: int) -> CostItems:
    """What the network would save without these pieces."""
    return CostItems(*unit.explained[line].own) if line in unit.explained else CostItems()


def alternatives_of(network: Network, unit: Unit, line: int, own: CostItems) -> tuple[Alternative, ...]:
    """The cheapest other machines for these pieces as the plan stands; `own`: their marginal cost."""
    if line not in unit.explained:
        return ()
    compared, job = unit.explained[line], int(unit.state.line["job"][line])
    found = []
    for k, numbers in zip(compared.candidates, compared.others, strict=True):
        if k < 0:
            break
        seat = unit.tables.seats[int(unit.tables.problem.place["seat"][job, k])]
        parts = CostItems(*numbers)
        found.append(Alternative(seat.maker.id, seat.machine.id, parts.total, _why_not(network, own, parts), parts))
    return tuple(sorted(found, key=lambda each: (each.cost, each.maker_id, each.machine_id)))


def _why_not(network: Network, own: CostItems, other: CostItems) -> Reason:
    more, currency = other.total - own.total, network.policy.currency
    if more < -SAME_MONEY:
        return Reason("costs_less", {"less": -more, "currency": currency})
    mine, theirs = own.__dict__, other.__dict__
    name = max(theirs, key=lambda each: theirs[each] - mine[each])
    data: dict[str, float | str] = {"more": max(more, 0.0), "currency": currency, "part": name}
    return Reason("costs_more", data | {"theirs": theirs[name], "ours": mine[name]})


def reasons_of(
    network: Network,
    unit: Unit,
    journey: Journey,
    late: float,
    elsewhere: int,
    alternatives: tuple[Alternative, ...],
    own: CostItems,
    of_the_build: Sequence[Reason],
) -> list[Reason]:
    """Why here, why in this build, which way, and what of the date."""
    tables, state, ready = unit.tables, unit.state, journey.ready
    j, k = journey.j, journey.k
    job, seat = tables.jobs[j], tables.seats[int(tables.problem.place["seat"][j, k])]
    way, row = tables.ways[int(tables.route[j])], int(tables.row[j])
    km = sum(float(stop.km[row, k]) for stop in way.stops)
    reasons = [_why_here(network, unit, j, km, alternatives, own)]
    if job.planned_on == seat.key:
        reasons.append(Reason("stays"))
    if job.keep_together:
        reasons.append(Reason("together", {"group": job.keep_together}))
    promised = float(tables.problem.promised[seat.maker_number])
    if promised > 0.0:
        given = float(state.given[seat.maker_number])
        data: dict[str, float | str] = {"maker": seat.maker.name or seat.maker.id, "given": given / promised}
        reasons.append(Reason("share", data | {"promised": 1.0}))
    reasons += of_the_build
    before = seat.maker
    for stop in way.stops:
        maker = network.makers[int(stop.maker[row, k])]
        if stop.kind == "finish" and maker.id != before.id:
            told: dict[str, float | str] = {"finish": stop.code, "maker": maker.id, "before": before.id}
            reasons.append(Reason("finish_elsewhere", told | {"km": float(stop.km[row, k])}))
            before = maker
    if elsewhere:
        pieces = journey.pieces
        reasons.append(Reason("split", {"quantity": pieces, "total": pieces + elsewhere, "elsewhere": elsewhere}))
    if ready.with_others:
        reasons.append(Reason("one_parcel", {"others": ready.with_others}))
    if ready.via >= 0:
        through = network.makers[ready.via]
        money: dict[str, float | str] = {"saved": ready.saved, "currency": network.policy.currency}
        reasons.append(Reason("via", money | {"maker": through.name or through.id}))
    reasons.append(_of_the_date(network, tables, j, ready, late))
    return reasons


def _why_here(
    network: Network, unit: Unit, j: int, km: float, alternatives: tuple[Alternative, ...], own: CostItems
) -> Reason:
    able = int(unit.tables.able[j].sum())
    if able == 1:
        return Reason("only_one", {"km": km, "able": able})
    if not alternatives:
        return Reason("chosen", {"km": km, "able": able})
    best = alternatives[0]
    seat = unit.seat(best.maker_id, best.machine_id)
    more = best.cost - own.total
    data: dict[str, float | str] = {
        "km": km,
        "able": able,
        "currency": network.policy.currency,
        "other": seat.maker.name or seat.maker.id,
        "model": seat.machine.model,
        "machine": seat.machine.id,
    }
    if more < -SAME_MONEY:
        return Reason("not_least_cost", data | {"more": -more})
    return Reason("least_cost", data | {"saved": max(more, 0.0)})


def why_this_build(unit: Unit, build: int) -> list[Reason]:
    """How full it is and whose company; the same for all that is in it."""
    others = len({int(unit.state.line["job"][line]) for line in unit.lines_of(build)}) - 1
    hours, fill = float(unit.state.build["work"][build]), fill_of(unit, build)
    if unit.tables.problem.machine["serial"][unit.state.build["seat"][build]]:
        return [Reason("own_run", {"hours": hours})]
    data: dict[str, float | str] = {"fill": fill, "hours": hours}
    reasons = [Reason("shares_build", data | {"others": others}) if others else Reason("alone", data)]
    if fill < needed_fill(unit, build):
        reasons.append(Reason("released_underfilled", {"fill": fill}))
    return reasons


def _of_the_date(network: Network, tables: Tables, j: int, ready: Ready, late: float) -> Reason:
    if not late:
        return Reason("in_time", {"spare_days": (ready.due - ready.arrives) / 24.0})
    earliest = earliest_arrival(network, tables, j)
    data: dict[str, float | str] = {"late_days": late / 24.0, "late_hours": late}
    data["earliest"] = moment_at(network.now, min(earliest, ready.arrives)).isoformat()
    return Reason("impossible_date" if earliest > ready.due + 1e-6 else "late", data)


def earliest_arrival(network: Network, tables: Tables, j: int) -> float:
    """When the job could arrive at the earliest if it had its candidates for itself; hours from now."""
    problem, way, row = tables.problem, tables.ways[int(tables.route[j])], int(tables.row[j])
    best = np.inf
    for k, m in enumerate(problem.place["seat"][j].tolist()):
        if m < 0:
            continue
        room = (
            max(int(1.0 / problem.place["share"][j, k] + 1e-6), 1)
            if not problem.machine["serial"][m]
            else int(problem.job["quantity"][j])
        )
        pieces = min(int(problem.job["quantity"][j]), room)
        place, job = problem.place[j, k], problem.job[j]
        work = (pieces * place["share"], place["tall"], pieces * job["cm3"], pieces, pieces * job["own_hours"])
        hours = work_hours(problem, m, *work)
        begin = max(float(network.policy.prepare_hours), float(problem.job["release"][j]))
        moment = slot(problem, m, next_open(problem, int(problem.machine["calendar"][m]), begin), hours, NEVER, 0.0)[1]
        for stop in way.stops:
            moved = np.array([stop.moved[row, k]])
            moment += float(travel_hours(network, np.array([stop.km[row, k]]), moved)[0]) + float(
                stop.lead_hours[row, k]
            )
            if stop.kind != "ship":
                open_hours = network.open_hours(network.makers[int(stop.maker[row, k])].calendar)
                moment = float(
                    open_hours.after_work(moment, float(stop.hours[row, 0]) * pieces / problem.job["quantity"][j])
                )
        best = min(best, moment)
    return best


def waiting_of(network: Network, unit: Unit, held: Held) -> Waiting:
    """What waits, until when, and what that is for."""
    job, seat = unit.tables.jobs[held.job], unit.tables.seats[held.seat]
    until = moment_at(network.now, held.until)
    data: dict[str, float | str] = {
        "fill": held.fill,
        "until": until.isoformat(),
        "spare_days": held.spare_hours / 24.0,
    }
    if held.saved is None:
        reason = Reason("waits", data | {"needed_fill": held.needed_fill})
    else:
        reason = Reason("waits_saving", data | {"saved": held.saved, "currency": network.policy.currency})
    return Waiting(job.id, held.pieces, until, held.fill, (reason,), seat.maker.id, seat.machine.id)
