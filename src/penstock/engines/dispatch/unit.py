"""One unit solved: all jobs and machines of one process, from arrays to builds.

Units share no machine, so they can be solved by different workers; what links them (parcels of one order, jobs that
must stay together) is decided before or passed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.engines.dispatch.changes import remove, settle
from penstock.engines.dispatch.compare import cost_parts
from penstock.engines.dispatch.costs import cost_of
from penstock.engines.dispatch.network import Ints, Network, Seat
from penstock.engines.dispatch.search import explain, greedy, improve, place_job
from penstock.engines.dispatch.state import State, empty_state, longer_chains
from penstock.engines.dispatch.tables import Tables, rates_of
from penstock.engines.packing import Packing

ROUNDS_AT_LEAST = 1500
ROUNDS_PER_JOB = 1.0
ROUNDS_AT_A_TIME = 500
CHAIN_AT_LEAST = 32
FEW_JOBS, BEGINNINGS = 60, 20
SAVED = 0.01
"""Money that another beginning has to save to be worth it."""


@dataclass(eq=False)
class Unit:
    """A unit while and after it is solved. `left`: pieces without room per job; `held`: lines taken out to wait."""

    tables: Tables
    state: State
    left: Ints
    held: list[Held] = field(default_factory=list)
    packings: dict[int, Packing] = field(default_factory=dict)
    """Layout of each build that has one."""
    explained: dict[int, Compared] = field(default_factory=dict)
    """What each line could cost elsewhere."""

    _seats: dict[tuple[str, str], Seat] = field(default_factory=dict)
    _rates: list[tuple[float, float, float]] = field(default_factory=list)

    def rates(self, network: Network, seat: int) -> tuple[float, float, float]:
        """Money an hour of a machine: plain, for load, for carbon."""
        if not self._rates:
            columns = (column.tolist() for column in rates_of(network, self.tables.seats))
            self._rates = list(zip(*columns, strict=True))
        return self._rates[seat]

    def seat(self, maker_id: str, machine_id: str) -> Seat:
        if not self._seats:
            self._seats = {seat.key: seat for seat in self.tables.seats}
        return self._seats[maker_id, machine_id]

    def lines(self) -> list[int]:
        return np.flatnonzero(self.state.line["job"] >= 0).tolist()

    def builds(self) -> list[int]:
        state = self.state
        return [int(b) for m, n in enumerate(state.chain_length.tolist()) for b in state.chain[m, :n]]

    def lines_of(self, build: int) -> list[int]:
        found, line = [], int(self.state.build["first"][build])
        while line >= 0:
            found.append(line)
            line = int(self.state.line["next"][line])
        return found

    def merge_lines(self) -> None:
        """Make one line of what a job has in one build."""
        state = self.state
        for build in self.builds():
            first: dict[int, int] = {}
            for line in self.lines_of(build):
                job = int(state.line["job"][line])
                if job in first:
                    state.line["pieces"][first[job]] += state.line["pieces"][line]
                    remove(self.tables.problem, state, line)
                else:
                    first[job] = line

    def settle_all(self) -> None:
        for m in np.flatnonzero(self.state.chain_length).tolist():
            settle(self.tables.problem, self.state, m, 0)

    def place(self, job: int, pieces: int) -> int:
        """Put pieces where they cost least as things stand; returns those without room."""
        while (self.state.chain_length >= self.state.chain.shape[1]).any():
            self.state = longer_chains(self.state)
        return int(place_job(self.tables.problem, self.state, job, pieces, 0.0))

    def explain(self, alternatives: int) -> None:
        """Compare every line with so many other machines."""
        lines = np.array(self.lines(), dtype=np.int64)
        others, here, there = explain(self.tables.problem, self.state, lines, alternatives)
        jobs = self.state.line["job"][lines]
        share = self.state.line["pieces"][lines] / self.tables.problem.job["quantity"][jobs]
        own = cost_parts(self.tables, jobs, self.state.line["k"][lines][:, None], share, here[:, None, :])
        other = cost_parts(self.tables, jobs, others, share, there)
        rows = zip(lines.tolist(), own[:, 0].tolist(), others.tolist(), other.tolist(), strict=True)
        self.explained = {line: Compared(mine, ks, parts) for line, mine, ks, parts in rows}


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """A line's cost parts where it is (numbers as in `CostItems`), and for each of the cheapest other candidates (-1:
    no more of them) its own."""

    own: list[float]
    candidates: list[int]
    others: list[list[float]]


@dataclass(frozen=True, eq=False)
class Held:
    """A line taken out to wait: how full its build was, what was wanted, the latest hour of its release, where it
    would have been made, and (when the inflow is known) what waiting saves."""

    job: int
    pieces: int
    fill: float
    needed_fill: float
    until: float
    seat: int
    spare_hours: float
    saved: float | None


def solve(tables: Tables, *, seed: int, effort: float, out_of_time: Callable[[], bool]) -> Unit:
    """Place all jobs by urgency, then improve; a few jobs several times over, from other beginnings, of which the
    cheapest is kept. Deterministic unless time runs out."""
    jobs = len(tables.problem.job["quantity"])
    found = _solve_once(tables, seed, effort, out_of_time)
    for again in range(1, BEGINNINGS if 1 < jobs <= FEW_JOBS and effort >= 1.0 else 1):
        if out_of_time():
            break
        other = _solve_once(tables, seed + again, 0.5 * effort, out_of_time, shuffled=True)
        if (int(other.left.sum()), cost_of(tables.problem, other.state)) < (
            int(found.left.sum()),
            cost_of(tables.problem, found.state) - SAVED,
        ):
            found = other
    return found


def _solve_once(
    tables: Tables, seed: int, effort: float, out_of_time: Callable[[], bool], *, shuffled: bool = False
) -> Unit:
    problem = tables.problem
    jobs = len(problem.job["quantity"])
    machines = max(len(problem.machine["rate"]), 1)
    unit = Unit(
        tables, empty_state(problem, chain=max(CHAIN_AT_LEAST, 4 * jobs // machines)), np.zeros(jobs, dtype=np.int64)
    )
    order = np.random.default_rng(seed).permutation(jobs) if shuffled else _by_urgency(tables, seed)
    pool: Any = np.bincount(problem.job["material"], weights=problem.job["box_mm3"] * problem.job["quantity"])
    wanted = np.ascontiguousarray(problem.job["quantity"])
    done = 0
    while True:
        done = greedy(problem, unit.state, order, done, wanted, pool, unit.left)
        if done == len(order):
            break
        unit.state = longer_chains(unit.state)
    rounds = int(effort * (ROUNDS_AT_LEAST + ROUNDS_PER_JOB * jobs)) if jobs > 1 or len(unit.lines()) > 1 else 0
    for begun in range(0, rounds, ROUNDS_AT_A_TIME):
        if out_of_time():
            break
        improve(problem, unit.state, min(ROUNDS_AT_A_TIME, rounds - begun), seed + begun)
    return unit


def _by_urgency(tables: Tables, seed: int) -> Ints:
    """Jobs by the latest end of their print at their best candidate; the seed orders equals."""
    problem = tables.problem
    latest = np.where(problem.place["seat"] >= 0, problem.place["latest"], -np.inf).max(axis=1, initial=-np.inf)
    latest = np.where(np.isfinite(latest), latest, tables.due)
    dice = np.random.default_rng(seed).permutation(len(latest))
    return np.lexsort((dice, latest)).astype(np.int64)
