"""Pieces into builds whose machines and heights are given, so that the last machine ends early; by CP-SAT."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ortools.sat.python import cp_model

from penstock.engines.dispatch.makespan.model import Build, Piece, PlateMachine

TICKS = 10
"""Ticks per second: a schedule need not be counted finer while it is searched."""


def fill(
    pieces: Sequence[Piece], machines: Sequence[PlateMachine], builds: Sequence[tuple[int, float]], seconds: float
) -> list[Build] | None:
    """The best schedule found with `builds` (machine, height in mm) or fewer; None when none was found."""
    model = cp_model.CpModel()
    kinds = list(Counter(pieces).items())
    inside = {
        (k, b): model.new_int_var(0, count, "")
        for k, (piece, count) in enumerate(kinds)
        for b, (i, height) in enumerate(builds)
        if piece.height_mm <= height and machines[i].takes(piece)
    }
    end = model.new_int_var(0, 2**50, "")
    for k, (_, count) in enumerate(kinds):
        model.add(sum(inside[k, b] for b in range(len(builds)) if (k, b) in inside) == count)
    for b, (i, _) in enumerate(builds):
        # Areas are rounded up here: what is found has to fit.
        area = sum(math.ceil(piece.area_mm2) * inside[k, b] for k, (piece, _) in enumerate(kinds) if (k, b) in inside)
        model.add(area <= math.floor(machines[i].area_mm2))
    for i, machine in enumerate(machines):
        work: list[cp_model.LinearExprT] = []
        for b, (on, height) in enumerate(builds):
            if on == i:
                work.append(math.ceil((machine.setup_s + machine.s_per_mm * height) * TICKS))
                work += [
                    math.ceil(machine.volume_s(piece) * TICKS) * inside[k, b]
                    for k, (piece, _) in enumerate(kinds)
                    if (k, b) in inside
                ]
        model.add(sum(work) <= end)
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    left: dict[Piece, list[int]] = {}
    for at, piece in enumerate(pieces):
        left.setdefault(piece, []).append(at)
    members: list[list[int]] = [[] for _ in builds]
    for (k, b), variable in inside.items():
        for _ in range(solver.value(variable)):
            members[b].append(left[kinds[k][0]].pop())
    return [Build(builds[b][0], tuple(sorted(held))) for b, held in enumerate(members) if held]
