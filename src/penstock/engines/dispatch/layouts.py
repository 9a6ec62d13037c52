"""Builds get real layouts: what the packer finds no room for goes back and is placed again.

Only builds that go out are laid out, the earliest first. When time is over the others stay estimates, marked so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from penstock.engines.dispatch.changes import remove
from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import item_of
from penstock.engines.dispatch.unit import Unit
from penstock.engines.packing import Packing, pack

ROUNDS = 6
AT_ONCE_S = 0.0
"""The packer's first layout is enough: the maker's own search improves it."""


def lay_out(unit: Unit, out_of_time: Callable[[], bool]) -> None:
    """Give every build of the unit a layout and its real hours; `unit.left` gets what fits nowhere."""
    for _ in range(ROUNDS):
        state = unit.state
        open_builds = [
            b
            for b in unit.builds()
            if not state.build["closed"][b] and not unit.tables.problem.machine["serial"][state.build["seat"][b]]
        ]
        if not open_builds:
            break
        over: list[tuple[int, int]] = []
        for build in sorted(open_builds, key=lambda b: (state.build["start"][b], b)):
            if out_of_time():
                break
            over += _lay_out_one(unit, build)
        unit.settle_all()
        if not over:
            break
        for job, pieces in over:
            unit.left[job] += unit.place(job, pieces)
    else:
        _give_up(unit)


def _lay_out_one(unit: Unit, build: int) -> list[tuple[int, int]]:
    """Pack one build and close it; returns (job, pieces) that found no room."""
    state = unit.state
    chamber = unit.tables.seats[int(state.build["seat"][build])].machine.chamber
    counts: Counter[int] = Counter()
    for line in unit.lines_of(build):
        counts[int(state.line["job"][line])] += int(state.line["pieces"][line])
    over: list[tuple[int, int]] = []
    while True:
        jobs = {unit.tables.jobs[j].id: j for j in counts}
        packing = pack([item_of(unit.tables.jobs[j], n) for j, n in counts.items()], chamber, deadline_s=AT_ONCE_S)
        short = {jobs[each.item_id]: each.copies for each in packing.unplaced}
        if not short:
            break
        for j, missing in short.items():
            missing = missing if unit.tables.jobs[j].splittable else counts[j]
            over.append((j, missing))
            counts[j] -= missing
            if not counts[j]:
                del counts[j]
        if not counts:
            break
    if over:
        _shrink(unit, build, counts)
    if counts:
        hours = _hours(unit, build, packing, counts)
        state.build["fixed"][build], state.build["work"][build], state.build["closed"][build] = hours, hours, True
        unit.packings[build] = packing
    return over


def _shrink(unit: Unit, build: int, counts: dict[int, int]) -> None:
    """Make the build's lines hold just these pieces."""
    state = unit.state
    left = dict(counts)
    for line in unit.lines_of(build):
        j = int(state.line["job"][line])
        keep = min(left.get(j, 0), int(state.line["pieces"][line]))
        left[j] = left.get(j, 0) - keep
        if keep:
            state.line["pieces"][line] = keep
        else:
            remove(unit.tables.problem, state, line)


def _hours(unit: Unit, build: int, packing: Packing, counts: dict[int, int]) -> float:
    seat = unit.tables.seats[int(unit.state.build["seat"][build])]
    return build_hours(seat.machine.build_time.hours, [(unit.tables.jobs[j], n) for j, n in counts.items()], packing)


def build_hours(hours: Callable[..., float], lines: list[tuple[JobSpec, int]], packing: Packing) -> float:
    volume = sum(job.volume_mm3 * pieces for job, pieces in lines)
    return hours(height_mm=packing.height_mm, volume_mm3=volume, pieces=sum(pieces for _, pieces in lines))


def _give_up(unit: Unit) -> None:
    """After so many rounds, what still has no layout is nobody's: it comes back as having no room."""
    state = unit.state
    for build in unit.builds():
        if state.build["closed"][build] or unit.tables.problem.machine["serial"][state.build["seat"][build]]:
            continue
        for line in unit.lines_of(build):
            unit.left[state.line["job"][line]] += state.line["pieces"][line]
            remove(unit.tables.problem, state, line)
