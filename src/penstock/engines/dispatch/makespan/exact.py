"""The exact model for a few dozen pieces, solved by CP-SAT.

It names each build by its tallest piece, which leaves no two ways of writing the same schedule: a piece is in the build
led by itself or by one that is not shorter (the representative formulation of bin packing).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ortools.sat.python import cp_model

from penstock.engines.dispatch.makespan.model import Build, Piece, PlateMachine

TICKS = 100
"""Ticks per second in the model.  Times are rounded down, so that a bound stays one."""


def _ticks(seconds: float) -> int:
    return math.floor(seconds * TICKS)


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    return solver


def exact(
    pieces: Sequence[Piece],
    machines: Sequence[PlateMachine],
    able: Sequence[tuple[int, ...]],
    known: Sequence[Build],
    floor_s: float,
    seconds: float,
) -> tuple[list[Build] | None, float]:
    """The best schedule found within `seconds`, starting from a known one, and a lower bound of all."""
    order = sorted(range(len(pieces)), key=lambda at: -pieces[at].height_mm)
    rank = {at: r for r, at in enumerate(order)}
    model = cp_model.CpModel()
    inside = {
        (i, lead, at): model.new_bool_var("")
        for at in order
        for i in able[at]
        for lead in order[: rank[at] + 1]
        if i in able[lead]
    }
    hinted = {(build.machine, min(build.pieces, key=rank.__getitem__), at) for build in known for at in build.pieces}
    for key, variable in inside.items():
        model.add_hint(variable, key in hinted)
    longest = sum(max(_ticks(machines[i].build_s([pieces[at]])) + 1 for i in able[at]) for at in order)
    end = model.new_int_var(_ticks(floor_s), max(longest, _ticks(floor_s)), "end")
    for at in order:
        model.add_exactly_one(inside[key] for key in inside if key[2] == at)
    for i, machine in enumerate(machines):
        work = []
        for lead in order:
            if i not in able[lead]:
                continue
            leads = inside[i, lead, lead]
            work.append(_ticks(machine.setup_s + machine.s_per_mm * pieces[lead].height_mm) * leads)
            members = [(at, inside[i, lead, at]) for at in order[rank[lead] :] if (i, lead, at) in inside]
            # Areas are rounded so that the relaxation holds whatever really fits.
            model.add(
                sum(math.floor(pieces[at].area_mm2 * 100) * x for at, x in members)
                <= math.ceil(machine.area_mm2 * 100) * leads
            )
            for _at, x in members[1:]:
                model.add_implication(x, leads)
            work += [_ticks(machine.volume_s(pieces[at])) * x for at, x in members]
        model.add(sum(work) <= end)
    model.minimize(end)
    solver = _solver(seconds)
    status = solver.solve(model)
    bound = max(0.0, solver.best_objective_bound / TICKS)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, bound
    builds: dict[tuple[int, int], list[int]] = {}
    for (i, lead, at), variable in inside.items():
        if solver.boolean_value(variable):
            builds.setdefault((i, lead), []).append(at)
    return [Build(i, tuple(sorted(members))) for (i, _lead), members in builds.items()], bound
