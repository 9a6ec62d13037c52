"""From drafts to the plan that is handed out: builds, assignments with their costs, and the reasons in words."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.engines.dispatch.choose import Choice
from penstock.engines.dispatch.clock import moment_at
from penstock.engines.dispatch.forming import Draft, Line, quality_cost
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.postpone import Postponed, needed_fill
from penstock.engines.dispatch.result import (
    Alternative,
    Assignment,
    BuildLine,
    CostItems,
    PlannedBuild,
    PlannedOperation,
    Reason,
    Waiting,
)

NOT_LATE_HOURS = 1e-6


@dataclass(frozen=True, eq=False)
class Released:
    """A draft that goes out, under its id."""

    id: str
    draft: Draft


def planned_build(network: Network, released: Released) -> PlannedBuild:
    draft = released.draft
    packing = draft.layout.packing() if draft.layout is not None else None
    return PlannedBuild(
        id=released.id,
        maker_id=draft.seat.maker.id,
        machine_id=draft.seat.machine.id,
        process=draft.seat.machine.process,
        material=draft.material,
        lines=tuple(BuildLine(line.job.id, line.quantity) for line in draft.lines),
        start=moment_at(network.now, draft.start),
        end=moment_at(network.now, draft.end),
        hours=draft.changeover_hours + draft.work_hours,
        changeover_hours=draft.changeover_hours,
        height_mm=packing.height_mm if packing else 0.0,
        fill=draft.fill(),
        density=packing.density if packing else 0.0,
        cost=draft.work_hours * draft.rate(network) + draft.changeover_cost(network),
        packing=packing,
    )


def assignment(network: Network, released: Released, line: Line, choice: Choice, pieces_elsewhere: int) -> Assignment:
    draft = released.draft
    cost = line_cost(network, draft, line)
    arrival = line.route.arrival(network, draft.end, line.share)
    late = max(arrival - line.due, 0.0)
    late = late if late > NOT_LATE_HOURS else 0.0
    return Assignment(
        job_id=line.job.id,
        quantity=line.quantity,
        maker_id=draft.seat.maker.id,
        machine_id=draft.seat.machine.id,
        build_id=released.id,
        cost=cost,
        reasons=tuple(_reasons(network, released, line, choice, late, pieces_elsewhere)),
        alternatives=tuple(_alternatives(network, choice, cost)),
        operations=_operations(network, released, line, cost),
        arrives=moment_at(network.now, arrival),
        late_hours=late,
    )


def line_cost(network: Network, draft: Draft, line: Line) -> CostItems:
    """What a line carries of its build (by the volume of its boxes), and its own way to the door."""
    part = _box_mm3(line) / sum(_box_mm3(other) for other in draft.lines)
    machine = part * draft.work_hours * draft.rate(network)
    return line.route.cost(line.share) + CostItems(
        machine=machine,
        changeover=part * draft.changeover_cost(network),
        lateness=line.lateness_cost(network, draft.end),
        quality=quality_cost(network, line),
        load=network.policy.load_share * draft.seat.maker.load * machine,
    )


def waiting(network: Network, held: Postponed) -> Waiting:
    job, until = held.line.job, moment_at(network.now, held.until)
    text = (
        f"Waits for a fuller build: {held.fill:.0%} full, {held.needed_fill:.0%} wanted; "
        f"it can wait until {until:%Y-%m-%d %H:%M} and still be in time."
    )
    data: dict[str, float | str] = {"fill": held.fill, "needed_fill": held.needed_fill, "until": until.isoformat()}
    return Waiting(job.id, held.line.quantity, until, held.fill, (Reason("waits", text, data),))


def _box_mm3(line: Line) -> float:
    x, y, z = line.job.size_mm
    return x * y * z * line.quantity


def _operations(network: Network, released: Released, line: Line, cost: CostItems) -> tuple[PlannedOperation, ...]:
    draft = released.draft
    printed = PlannedOperation(
        sequence=1,
        kind="print",
        code=line.job.process,
        maker_id=draft.seat.maker.id,
        start=moment_at(network.now, draft.start),
        end=moment_at(network.now, draft.end),
        machine_id=draft.seat.machine.id,
        build_id=released.id,
        cost=cost.machine + cost.changeover,
    )
    times = line.route.walk(network, draft.end, line.share)
    further = [
        PlannedOperation(
            sequence=number,
            kind=stop.step.kind,
            code=stop.step.code,
            maker_id=stop.maker.id,
            start=moment_at(network.now, start),
            end=moment_at(network.now, end),
            km=stop.km,
            cost=stop.shipment_cost
            + line.share * (stop.transport_cost - stop.shipment_cost + stop.work_cost + stop.carbon_cost),
        )
        for number, (stop, (start, end)) in enumerate(zip(line.route.stops, times, strict=True), start=2)
    ]
    return (printed, *further)


def _reasons(
    network: Network, released: Released, line: Line, choice: Choice, late: float, elsewhere: int
) -> list[Reason]:
    draft, job = released.draft, line.job
    reasons = [_why_here(network, line, choice), _why_this_build(network, draft)]
    maker = draft.seat.maker.id
    for stop in line.route.stops:
        if stop.step.kind == "finish" and stop.maker.id != maker:
            text = f"{stop.step.code} is done at {stop.maker.id}, {stop.km:.0f} km on: {maker} does not offer it."
            reasons.append(Reason("finish_elsewhere", text, {"maker": stop.maker.id, "km": stop.km}))
            maker = stop.maker.id
    if elsewhere:
        text = f"{line.quantity} of {job.quantity} pieces; the other {elsewhere} are planned apart."
        reasons.append(Reason("split", text, {"quantity": line.quantity, "elsewhere": elsewhere}))
    if late:
        earliest = moment_at(network.now, choice.earliest)
        text = (
            f"Arrives {late / 24:.1f} days late: of the machines tried, the earliest could have "
            f"delivered on {earliest:%Y-%m-%d %H:%M}."
        )
        reasons.append(Reason("late", text, {"late_hours": late, "earliest": earliest.isoformat()}))
    else:
        spare = (line.due - line.route.arrival(network, draft.end, line.share)) / 24.0
        reasons.append(Reason("in_time", f"Arrives {spare:.1f} days before it is due.", {"spare_days": spare}))
    return reasons


def _why_here(network: Network, line: Line, choice: Choice) -> Reason:
    km, able = line.route.km, choice.able
    if not choice.others:
        text = f"The only able machine: {km:.0f} km to the buyer." if able == 1 else f"{km:.0f} km to the buyer."
        return Reason("only_one" if able == 1 else "chosen", text, {"km": km, "able": able})
    seat, cost, _ = choice.others[0]
    saved = cost - choice.option.cost.total
    text = (
        f"Least cost of {able} able machines: {saved:.2f} {network.policy.currency} less than "
        f"{seat.maker.name or seat.maker.id} on {seat.machine.model}; {km:.0f} km to the buyer."
    )
    return Reason("least_cost", text, {"km": km, "able": able, "saved": saved, "machine": seat.machine.id})


def _why_this_build(network: Network, draft: Draft) -> Reason:
    fill, hours, others = draft.fill(), draft.work_hours, len(draft.lines) - 1
    data: dict[str, float | str] = {"fill": fill, "hours": hours, "others": others}
    if draft.layout is None:
        return Reason("own_run", f"Made in one run of {hours:.1f} hours.", data)
    company = f"Shares a build with {others} other job{'s' if others > 1 else ''}" if others else "Alone in its build"
    text = f"{company}: {fill:.0%} full, {hours:.1f} hours."
    if fill < needed_fill(network, draft):
        text += " It goes now because a job in it cannot wait any longer."
        return Reason("released_underfilled", text, data)
    return Reason("build", text, data)


def _alternatives(network: Network, choice: Choice, cost: CostItems) -> list[Alternative]:
    """Others at the cost they would have had: this assignment's, plus the difference when it was decided."""
    chosen = choice.option
    found = []
    for seat, other_cost, option in choice.others:
        more = other_cost - chosen.cost.total
        reason = _why_not(network, seat, more, chosen.cost, option.cost if option else None)
        found.append(Alternative(seat.maker.id, seat.machine.id, cost.total + more, reason))
    return found


def _why_not(network: Network, seat: Seat, more: float, chosen: CostItems, other: CostItems | None) -> Reason:
    amount = f"{more:.2f} {network.policy.currency} more"
    if other is None:
        text = f"At least {amount} for transport, quality and machine time alone."
        return Reason("costs_more", text, {"more": more})
    mine = chosen.as_dict()
    differences = {name: value - mine[name] for name, value in other.as_dict().items()}
    name = max(differences, key=lambda key: differences[key])
    text = f"{amount}, most of it {name} ({other.as_dict()[name]:.2f} against {mine[name]:.2f})."
    return Reason("costs_more", text, {"more": more, "part": name, "maker": seat.maker.id})
