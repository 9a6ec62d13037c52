"""A proven lower bound of the makespan: builds counted by height.

It forgets which pieces share a build and keeps what all schedules share: every piece is on one machine, and a machine's
builds at least so tall have together room for the box area of its pieces at least so tall; where there is such a piece
there is such a build. What remains are numbers: of each kind of piece on each machine (whole, when there are few
pieces), and of each machine's builds at least as tall as each height. Counting "at least as tall" instead of "just as
tall" is what makes it soluble.
Solved by HiGHS (as SciPy carries it) and by CP-SAT at the same time; the better bound counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from penstock.engines.dispatch.makespan.model import Piece, PlateMachine

TICKS = 1000
"""Ticks per second of CP-SAT's model.  Times are rounded down, so that a bound stays one."""
TRUSTED = 5e-7
"""HiGHS computes in floating point; this share is taken off its bound."""
WHOLE_UP_TO = 80
"""Pieces up to which they are not divided among machines; with many it hardly matters to the bound, but to the time."""
Row = tuple[dict[int, float], float, float]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The bound in seconds, and the builds of the best relaxed schedule met, as (machine, height in mm) each."""

    bound_s: float
    builds: tuple[tuple[int, float], ...] = ()


def height_bound(
    pieces: Sequence[Piece], machines: Sequence[PlateMachine], floor_s: float, ceiling_s: float, seconds: float
) -> Relaxed:
    """No schedule ends earlier than this, given that none ends before `floor_s` and that one ends at `ceiling_s`."""
    if not pieces:
        return Relaxed(0.0)
    model = _Heights(pieces, machines, floor_s, ceiling_s)
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(model.by_cpsat, seconds)
        found = model.by_highs(seconds)
        return Relaxed(max(floor_s, found.bound_s, other.result()), found.builds)


def relaxed_builds(
    pieces: Sequence[Piece], machines: Sequence[PlateMachine], ceiling_s: float, seconds: float, share: float
) -> tuple[tuple[int, float], ...]:
    """Builds of a schedule that ends by `ceiling_s` and covers, by the sum of areas, no more than a `share` of its
    plates; none where none was found."""
    return _Heights(pieces, machines, 0.0, ceiling_s, share).by_highs(seconds).builds


@dataclass(eq=False)
class _Heights:
    """Columns: kind of piece × machine, then machine × height, then the makespan. Of each plate a `share` is used."""

    pieces: Sequence[Piece]
    machines: Sequence[PlateMachine]
    floor_s: float
    ceiling_s: float
    share: float = 1.0

    @cached_property
    def kinds(self) -> dict[Piece, int]:
        return Counter(self.pieces)

    @cached_property
    def heights(self) -> list[float]:
        return sorted({piece.height_mm for piece in self.pieces})

    def on(self, kind: int, machine: int) -> int:
        return machine * len(self.kinds) + kind

    def builds(self, height: int, machine: int) -> int:
        return len(self.machines) * len(self.kinds) + machine * len(self.heights) + height

    @property
    def end(self) -> int:
        return len(self.machines) * (len(self.kinds) + len(self.heights))

    def step_s(self, machine: PlateMachine, height: int) -> float:
        """What one build at least as tall as this height costs more than one as tall as the height before."""
        below = self.heights[height - 1] if height else 0.0
        return machine.s_per_mm * (self.heights[height] - below) + (0.0 if height else machine.setup_s)

    def rows(self) -> Iterator[Row]:
        kinds, machines = list(self.kinds), range(len(self.machines))
        place = {height: number for number, height in enumerate(self.heights)}
        for k, piece in enumerate(kinds):
            yield {self.on(k, i): 1.0 for i in machines}, self.kinds[piece], self.kinds[piece]
        for i, machine in enumerate(self.machines):
            work = {self.on(k, i): machine.volume_s(piece) for k, piece in enumerate(kinds)}
            work |= {self.builds(h, i): self.step_s(machine, h) for h in place.values()}
            yield work | {self.end: -1.0}, -np.inf, 0.0
            for h, height in enumerate(self.heights):
                tall = {
                    self.on(k, i): piece.area_mm2 / (self.share * machine.area_mm2)
                    for k, piece in enumerate(kinds)
                    if piece.height_mm >= height
                }
                # A hair's breadth off, so that what fits exactly is allowed.
                yield tall | {self.builds(h, i): -1.0 - 1e-9}, -np.inf, 0.0
                if h:
                    yield {self.builds(h, i): 1.0, self.builds(h - 1, i): -1.0}, -np.inf, 0.0
            for k, piece in enumerate(kinds):
                present = {self.on(k, i): 1.0, self.builds(place[piece.height_mm], i): -float(self.kinds[piece])}
                yield present, -np.inf, 0.0
        yield from self.rounded()

    def rounded(self) -> Iterator[Row]:
        """The plates of all builds at least so tall, divided by one plate and rounded up (Chvatal and Gomory)."""
        for h, height in enumerate(self.heights):
            area = sum(count * piece.area_mm2 for piece, count in self.kinds.items() if piece.height_mm >= height)
            for one in {machine.area_mm2 for machine in self.machines}:
                plates = {
                    self.builds(h, i): float(math.ceil(machine.area_mm2 / one - 1e-9))
                    for i, machine in enumerate(self.machines)
                }
                yield plates, math.ceil(area / (self.share * one) - 1e-6), np.inf

    def by_highs(self, seconds: float) -> Relaxed:
        columns = self.end + 1
        highest = np.full(columns, float(len(self.pieces)))
        highest[self.end] = self.ceiling_s
        for i, machine in enumerate(self.machines):
            for k, (piece, count) in enumerate(self.kinds.items()):
                highest[self.on(k, i)] = count if machine.takes(piece) else 0
            for h, height in enumerate(self.heights):
                alone = machine.setup_s + machine.s_per_mm * height
                highest[self.builds(h, i)] = math.floor(self.ceiling_s / alone + 1e-9)
        lowest = np.zeros(columns)
        lowest[self.end] = self.floor_s
        rows = list(self.rows())
        entries = [(r, column, value) for r, (row, _, _) in enumerate(rows) for column, value in row.items()]
        r, column, value = zip(*entries, strict=True)
        matrix = csr_array((value, (r, column)), shape=(len(rows), columns))
        objective, whole = np.zeros(columns), np.ones(columns)
        objective[self.end], whole[self.end] = 1.0, 0.0
        if len(self.pieces) > WHOLE_UP_TO:
            whole[: self.builds(0, 0)] = 0.0
        answer = milp(
            objective,
            integrality=whole,
            bounds=Bounds(lowest, highest),
            constraints=[LinearConstraint(matrix, [low for _, low, _ in rows], [high for _, _, high in rows])],
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        bound = answer.mip_dual_bound
        if bound is None or not np.isfinite(bound):
            bound = self.floor_s
        return Relaxed(float(bound) * (1.0 - TRUSTED), () if answer.x is None else tuple(self._builds(answer.x)))

    def _builds(self, x: np.ndarray) -> Iterator[tuple[int, float]]:
        for i in range(len(self.machines)):
            counts = [round(x[self.builds(h, i)]) for h in range(len(self.heights))]
            for number in range(counts[0]):
                yield i, max(height for height, count in zip(self.heights, counts, strict=True) if count > number)

    def by_cpsat(self, seconds: float) -> float:
        model = cp_model.CpModel()
        ceiling = math.ceil(self.ceiling_s * TICKS)
        end = model.new_int_var(math.floor(self.floor_s * TICKS), ceiling, "end")
        kinds = list(self.kinds.items())
        on = {
            (k, i): model.new_int_var(0, count if machine.takes(piece) else 0, "")
            for k, (piece, count) in enumerate(kinds)
            for i, machine in enumerate(self.machines)
        }
        for k, (_, count) in enumerate(kinds):
            model.add(sum(on[k, i] for i in range(len(self.machines))) == count)
        for i, machine in enumerate(self.machines):
            builds = [model.new_int_var(0, len(self.pieces), "") for _ in self.heights]
            work = [math.floor(self.step_s(machine, h) * TICKS) * each for h, each in enumerate(builds)]
            work += [math.floor(machine.volume_s(piece) * TICKS) * on[k, i] for k, (piece, _) in enumerate(kinds)]
            model.add(sum(work) <= end)
            for h, height in enumerate(self.heights):
                tall = [k for k, (piece, _) in enumerate(kinds) if piece.height_mm >= height]
                # Areas are rounded so that whatever really fits is allowed.
                area = sum(math.floor(kinds[k][0].area_mm2) * on[k, i] for k in tall)
                model.add(area <= math.ceil(machine.area_mm2) * builds[h])
                if h:
                    model.add(builds[h] <= builds[h - 1])
            for k, (piece, count) in enumerate(kinds):
                model.add(on[k, i] <= count * builds[self.heights.index(piece.height_mm)])
        model.minimize(end)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        status = solver.solve(model)
        # Nothing ends before what is known to end then: the schedule known is the best.
        return self.ceiling_s if status == cp_model.INFEASIBLE else max(0.0, solver.best_objective_bound / TICKS)
