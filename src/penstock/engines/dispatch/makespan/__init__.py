"""Which pieces share a build on which machine, so that the last build ends as early as possible.

Boxes are taken to fill a plate by their area (a relaxation of the layout, the usual one in this problem's
literature); the tallest piece sets the height part of the build time.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from penstock.engines.dispatch.makespan.bound import exact, height_bound
from penstock.engines.dispatch.makespan.model import Build, Piece, PlateMachine, Schedule, checked, loads, violations
from penstock.engines.dispatch.makespan.search import anneal

__all__ = ["Build", "Piece", "PlateMachine", "Schedule", "loads", "schedule", "violations"]

EXACT_UP_TO = 50
"""Pieces the exact model is tried for: above, the time is better spent elsewhere."""
PROVEN = 1e-6


def _annealed(
    pieces: Sequence[Piece], machines: Sequence[PlateMachine], able: Sequence[tuple[int, ...]], moves: int, seed: int
) -> list[Build]:
    allowed = np.zeros((len(machines), len(pieces)), np.bool_)
    for at, fits in enumerate(able):
        allowed[list(fits), at] = True
    slots = len(pieces)
    home = anneal(
        np.array([piece.area_mm2 for piece in pieces]),
        np.array([piece.height_mm for piece in pieces]),
        np.array([[machine.volume_s(piece) for piece in pieces] for machine in machines]),
        allowed,
        np.array([machine.area_mm2 for machine in machines]),
        np.array([machine.setup_s for machine in machines]),
        np.array([machine.s_per_mm for machine in machines]),
        slots,
        moves,
        seed,
    )
    members: dict[int, list[int]] = {}
    for at, build in enumerate(home.tolist()):
        members.setdefault(build, []).append(at)
    return [Build(build // slots, tuple(inside)) for build, inside in sorted(members.items())]


def schedule(
    pieces: Sequence[Piece],
    machines: Sequence[PlateMachine],
    *,
    seconds: float = 5.0,
    moves: int = 4_000_000,
    starts: int = 4,
    seed: int = 1,
) -> Schedule:
    """Builds with the least makespan found, and a proven lower bound of it.

    First annealing, then the bound by heights, then — for up to EXACT_UP_TO pieces and while the two differ — the exact
    model.  `seconds` limits the time spent on the proofs (half of it on the bound, the
    rest on the model); `moves` each of the `starts` of annealing,
    two at a time.

    Raises DispatchError when a piece fits no machine or the input is no instance; the message says which and why.
    """
    able = checked(pieces, machines)
    if not pieces:
        return Schedule((), 0.0, 0.0)
    # The piece that alone takes longest has to be built by somebody.
    alone = max(min(machines[i].build_s([piece]) for i in fits) for piece, fits in zip(pieces, able, strict=True))
    with ThreadPoolExecutor(2) as threads:
        tried = list(threads.map(lambda n: _annealed(pieces, machines, able, moves, seed + n), range(starts)))
    builds = min(tried, key=lambda builds: max(loads(pieces, machines, builds)))
    makespan = max(loads(pieces, machines, builds))
    bound = min(makespan, alone)
    if makespan > bound * (1 + PROVEN):
        bound = min(makespan, max(bound, height_bound(pieces, machines, able, bound, seconds / 2)))
    if len(pieces) <= EXACT_UP_TO and makespan > bound * (1 + PROVEN):
        found, proven = exact(pieces, machines, able, builds, bound, seconds)
        if found is not None and not violations(pieces, machines, found):
            end = max(loads(pieces, machines, found))
            if end < makespan:
                builds, makespan = found, end
        bound = min(makespan, max(bound, proven))
    return Schedule(tuple(builds), makespan, bound)
