"""Which pieces share a build on which machine, so that the last build ends as early as possible.

Boxes are taken to fill a plate by their area (a relaxation of the layout, the usual one in this problem's
literature); the tallest piece sets the height part of the build time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from penstock.engines.dispatch.makespan.bound import height_bound, relaxed_builds
from penstock.engines.dispatch.makespan.exact import exact
from penstock.engines.dispatch.makespan.fill import fill
from penstock.engines.dispatch.makespan.model import Build, Piece, PlateMachine, Schedule, checked, loads, violations
from penstock.engines.dispatch.makespan.search import anneal

__all__ = ["Build", "Piece", "PlateMachine", "Schedule", "loads", "schedule", "violations"]

EXACT_UP_TO = 50
"""Pieces the exact model is tried for: above, the time is better spent elsewhere."""
PROVEN = 1e-6


BOUND = 0.7
"""Share of the time for the bound; the rest is for filling."""
ROOMIER = (0.97, 0.94, 0.9, 0.86)
"""Shares of the plates that a relaxed schedule may use: what fits by the sum of areas need not divide into builds, and
with a little room to spare it does."""
RELAXING, FILLING = 0.25, 0.1
"""Shares of the time for two such schedules side by side, and for filling one."""
LONG = 5
"""Times the moves of the first annealing, for the last."""
HOT, WARM = 0.1, 0.005
"""Temperature at the beginning, of the makespan: from a greedy schedule, and from one that is nearly right."""


def _annealed(
    pieces: Sequence[Piece],
    machines: Sequence[PlateMachine],
    able: Sequence[tuple[int, ...]],
    moves: int,
    seed: int,
    known: Sequence[Build] = (),
) -> list[Build]:
    """A schedule, from a known one where there is one."""
    allowed = np.zeros((len(machines), len(pieces)), np.bool_)
    for at, fits in enumerate(able):
        allowed[list(fits), at] = True
    slots = len(pieces)
    start = np.zeros(slots if known else 0, np.int64)
    used = [0] * len(machines)
    for build in known:
        start[list(build.pieces)] = build.machine * slots + used[build.machine]
        used[build.machine] += 1
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
        WARM if known else HOT,
        start,
        seed,
    )
    members: dict[int, list[int]] = {}
    for at, build in enumerate(home.tolist()):
        members.setdefault(build, []).append(at)
    return [Build(build // slots, tuple(inside)) for build, inside in sorted(members.items())]


def _roomier(
    pieces: Sequence[Piece], machines: Sequence[PlateMachine], ceiling_s: float, seconds: float
) -> list[tuple[tuple[int, float], ...]]:
    """Builds as (machine, height in mm) of relaxed schedules that do not use all of the plates."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda share: relaxed_builds(pieces, machines, ceiling_s, seconds, share), ROOMIER))


def schedule(
    pieces: Sequence[Piece],
    machines: Sequence[PlateMachine],
    *,
    seconds: float = 5.0,
    moves: int = 2_000_000,
    starts: int = 2,
    seed: int = 1,
) -> Schedule:
    """Builds with the least makespan found, and a proven lower bound of it.

    First annealing, then the bound by heights, then the builds of the relaxed schedule it met are filled and annealed.
    While the two differ follow, for up to EXACT_UP_TO pieces, the exact model, and above relaxed schedules with room to
    spare, filled and annealed as well.  `seconds` limits the time for the bound and the filling together, and again for
    what follows; `moves` each of the `starts` of annealing, two at a time.

    Raises DispatchError when a piece fits no machine or the input is no instance; the message says which and why.
    """
    able = checked(pieces, machines)
    if not pieces:
        return Schedule((), 0.0, 0.0)
    # The piece that alone takes longest has to be built by somebody.
    alone = max(min(machines[i].build_s([piece]) for i in fits) for piece, fits in zip(pieces, able, strict=True))

    def end_of(builds: Sequence[Build]) -> float:
        return max(loads(pieces, machines, builds))

    def try_all(known: Sequence[Build] = (), moves: int = moves) -> list[Build]:
        with ThreadPoolExecutor(2) as threads:
            tried = threads.map(lambda n: _annealed(pieces, machines, able, moves, seed + n, known), range(starts))
            return min(tried, key=end_of)

    def into(relaxed: Sequence[tuple[int, float]], limit_s: float) -> Iterator[list[Build]]:
        """The pieces in these builds, and that annealed."""
        found = fill(pieces, machines, relaxed, limit_s) if relaxed else None
        if found is not None:
            yield found
            yield try_all(found)

    builds = try_all()
    makespan = end_of(builds)
    bound = min(makespan, alone)
    if makespan > bound * (1 + PROVEN):
        relaxed = height_bound(pieces, machines, bound, makespan, BOUND * seconds)
        bound = min(makespan, max(bound, relaxed.bound_s))
        if makespan > bound * (1 + PROVEN):
            builds = min([builds, *into(relaxed.builds, (1 - BOUND) * seconds)], key=end_of)
            makespan = end_of(builds)
    if len(pieces) > EXACT_UP_TO and makespan > bound * (1 + PROVEN):
        for roomy in _roomier(pieces, machines, makespan, RELAXING * seconds):
            builds = min([builds, *into(roomy, FILLING * seconds)], key=end_of)
            if end_of(builds) <= bound * (1 + PROVEN):
                break
        builds = min(builds, try_all(moves=LONG * moves), key=end_of)
        makespan = end_of(builds)
    elif makespan > bound * (1 + PROVEN):
        found, proven = exact(pieces, machines, able, builds, bound, seconds)
        if found is not None and not violations(pieces, machines, found):
            end = max(loads(pieces, machines, found))
            if end < makespan:
                builds, makespan = found, end
        bound = min(makespan, max(bound, proven))
    return Schedule(tuple(builds), makespan, bound)
