"""The arrays the compiled planner works on: what is given (`Problem`) and what it decides (`State`).

A problem is one *unit*: all jobs and machines of one process. n jobs, k candidate machines per job ("places"), m
machines, c calendars. Hours count from the plan's now; money is in the policy's currency. A *line* is some pieces of
one job in one build. Free lines and builds are kept on stacks, so that undoing changes backwards gives the same
numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.network import Floats, Ints

Records = NDArray[Any]
LOG = 4096
NO_FIXED = -1.0


def _record(floats: str, ints: str, bools: str = "") -> np.dtype[Any]:
    return np.dtype(
        [(name, np.float64) for name in floats.split()]
        + [(name, np.int64) for name in ints.split()]
        + [(name, np.bool_) for name in bools.split()],
        align=True,
    )


JOB = _record("release late_rate box_mm3 cm3 mass_g own_hours", "quantity material order", "splittable")
"""`late_rate`: money per hour of lateness for the whole job."""
PLACE = _record("fixed parcel piece latest share tall", "seat shipper", "parcel_paid")
"""`seat`: machine or -1. `fixed`: money for any pieces there (parcels to finishing shops, the price of moving).
`parcel`: the last parcel, unless others of the order go with it. `piece`: transport, finishing, carbon of both, and
risk. `latest`: end of the print to be in time. `share`: of a full build; `tall`: mm."""
MACHINE = _record(
    "rate setup hours_per_mm hours_per_cm3 hours_per_piece change_hours change_cost free_from depth_mm max_mass_g "
    "week_hours used_week used_hours",
    "loaded calendar busy_first busy_last maker",
    "serial attended stacks",
)
"""`rate`: money an hour, with load and the carbon of its power. `busy_first` to `busy_last` count in `Problem.busy`."""
BUILD = _record(
    "fill tall cm3 mass own release latest work fixed start end used",
    "seat material pos first pieces",
    "change closed",
)
"""`first`: of its lines. `work`: hours without changeover; `fixed`: when a layout says them. `used`: hours of the week
it starts in that are taken on its machine. `change`: material changes before it. `closed`: nothing joins it."""
LINE = _record("", "job k pieces build next prev onext oprev")
"""`next`, `prev` in its build; `onext`, `oprev` among its order's."""


class Problem(NamedTuple):
    """Never changed by the planner."""

    job: Records
    place: Records
    machine: Records
    busy: Floats
    opens: Floats
    """(c, w), padded with infinity, as is `closes`."""
    closes: Floats
    promised: Floats
    """Machine money per maker."""
    share_weight: float


class State(NamedTuple):
    """Builds, lines and the chains of machines. `top`: free builds, free lines, entries of the log, and whether
    changes are logged."""

    build: Records
    line: Records
    chain: Ints
    chain_length: Ints
    order_first: Ints
    free_builds: Ints
    free_lines: Ints
    top: Ints
    given: Floats
    """Machine money per maker."""
    log: Ints


def empty_state(problem: Problem, *, chain: int) -> State:
    """No builds yet. `chain`: most builds of one machine."""
    share = np.where(problem.place["seat"] >= 0, problem.place["share"], 0.0).max(axis=1, initial=0.0)
    lines = int(2 * len(problem.job) + np.ceil(problem.job["quantity"] * share).sum() + 64)
    build, line = np.zeros(lines, dtype=BUILD), np.zeros(lines, dtype=LINE)
    build["first"], build["fixed"] = -1, NO_FIXED
    for name in ("job", "build", "next", "prev", "onext", "oprev"):
        line[name] = -1
    return State(
        build=build,
        line=line,
        chain=np.full((len(problem.machine), chain), -1, dtype=np.int64),
        chain_length=np.zeros(len(problem.machine), dtype=np.int64),
        order_first=np.full(int(problem.job["order"].max(initial=0)) + 1, -1, dtype=np.int64),
        free_builds=np.arange(lines, dtype=np.int64)[::-1].copy(),
        free_lines=np.arange(lines, dtype=np.int64)[::-1].copy(),
        top=np.array([lines, lines, 0, 0], dtype=np.int64),
        given=np.zeros(len(problem.promised)),
        log=np.zeros((LOG, 6), dtype=np.int64),
    )


def longer_chains(state: State) -> State:
    """The same state with room for twice the builds per machine."""
    return state._replace(chain=np.hstack([state.chain, np.full_like(state.chain, -1)]))
