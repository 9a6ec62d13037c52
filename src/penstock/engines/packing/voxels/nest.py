"""Nest meshes in a chamber: greedy layouts in many orders, then the best of them compressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

import numpy as np

from penstock.engines.packing.model import (
    Chamber,
    IntArray,
    Item,
    Objective,
    Packing,
    Placement,
    Progress,
    ProgressCallback,
    StopCallback,
)
from penstock.engines.packing.poses import own_box_mm, volume_mm3
from penstock.engines.packing.voxels.problem import Problem, natural_pitch_mm, pose
from penstock.engines.packing.voxels.result import packing_of, placements_of
from penstock.engines.packing.voxels.search import Arrangement, Pieces, greedy, orders

Result = TypeVar("Result")

THREADS = 2
GREEDY_ROUNDS = 8
FREE: IntArray = np.zeros(1, dtype=np.int64)
"""The flag of the first layout: it is always finished."""
LOOK_S = 0.02
"""How often a running search looks at the clock and at the caller's wish to stop."""


class Watch:
    """Deadline and stop, as a flag the kernels read."""

    def __init__(self, seconds: float | None, stop: StopCallback | None) -> None:
        self.began = perf_counter()
        self.halt = np.zeros(1, dtype=np.int64)
        self._seconds, self._stop = seconds, stop

    @property
    def spent_s(self) -> float:
        return perf_counter() - self.began

    def over(self) -> bool:
        late = self._seconds is not None and self.spent_s >= self._seconds
        return late or (self._stop is not None and self._stop())

    def wait(self, futures: Sequence[Future[Result]]) -> list[Result]:
        """The results; the halt flag goes up when time is over."""
        for future in futures:
            while True:
                try:
                    future.result(timeout=LOOK_S)
                    break
                except TimeoutError:
                    if self.over():
                        self.halt[0] = 1
        return [future.result() for future in futures]


def nest(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    objective: Objective,
    seconds: float | None,
    seed: int,
    locked: Sequence[Placement],
    progress: ProgressCallback | None,
    stop: StopCallback | None,
    never: Mapping[str, tuple[str, str]],
) -> Packing:
    """The best packing found in `seconds` (None: after a fixed number of rounds); at least one layout is always made.
    `never`: (code, reason) of items not to be tried."""
    watch = Watch(seconds, stop)
    problem = pose(items, chamber, natural_pitch_mm(chamber), locked, never)
    reasons = too_large(problem) | dict(never)
    pieces = _pieces(problem, locked)
    gains = np.array([_gain(problem.items[part], objective) for part in pieces.part.tolist()])
    spare_g = _spare_g(problem, locked)
    best: Arrangement | None = None
    rounds = 0

    def tell(layout: Arrangement) -> None:
        if progress is not None:
            placed = int((layout.place[:, 0] >= 0).sum()) + len(locked)
            height = problem.height_mm(layout.top)
            volume = float(volumes[layout.place[:, 0] >= 0].sum())
            density = volume / (chamber.floor_mm2 * height) if height > 0 else 0.0
            progress(Progress(watch.spent_s, rounds, placed, height, density))

    volumes = np.array([volume_mm3(problem.items[part]) for part in pieces.part.tolist()])
    worth = np.array([item.value for item in problem.items]) if objective == "value" else None
    queue = orders(problem, pieces, worth, seed)
    with ThreadPoolExecutor(THREADS) as pool:
        while rounds == 0 or (rounds < GREEDY_ROUNDS and not watch.over()):
            batch = 1 if rounds == 0 and seconds == 0 else THREADS
            futures = [
                pool.submit(
                    greedy, problem, pieces, next(queue), gains, spare_g, FREE if rounds + n == 0 else watch.halt
                )
                for n in range(batch)
            ]
            for layout in watch.wait(futures):
                if layout is not None:
                    rounds += 1
                    if best is None or layout.score < best.score:
                        best = layout
            if best is None:
                break
            tell(best)
            if watch.halt[0]:
                break
    placements = [*locked, *(placements_of(problem, pieces, best) if best is not None else ())]
    return packing_of(problem, placements, reasons, seconds=watch.spent_s, seed=seed, rounds=rounds)


def too_large(problem: Problem) -> dict[str, tuple[str, str]]:
    """(code, reason) of the items that fit the empty tray in none of their poses."""
    found = {}
    for number, item in enumerate(problem.items):
        if not len(problem.catalogue.of(number)):
            low, high = own_box_mm(item)
            size = " × ".join(f"{edge:.1f}" for edge in (high - low).tolist())
            inner = " × ".join(
                f"{edge - 2 * problem.chamber.wall_clearance_mm:.1f}" for edge in problem.chamber.size_mm
            )
            text = f"{item.id} ({size} mm) fits the {problem.chamber.shape} of {inner} mm in none of its poses"
            found[item.id] = ("too_large", text)
    return found


def _pieces(problem: Problem, locked: Sequence[Placement]) -> Pieces:
    """What is to be placed: all copies that are not locked, of items that have a form."""
    taken = {(placement.item_id, placement.copy) for placement in locked}
    wanted = [
        (number, copy)
        for number, item in enumerate(problem.items)
        if len(problem.catalogue.of(number))
        for copy in range(item.copies)
        if (item.id, copy) not in taken
    ]
    table = np.array(wanted, dtype=np.int64).reshape(-1, 2)
    return Pieces(np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]))


def _gain(item: Item, objective: Objective) -> float:
    return item.value if objective == "value" else volume_mm3(item)


def _spare_g(problem: Problem, locked: Sequence[Placement]) -> float:
    """What parts may still weigh."""
    if problem.chamber.max_mass_g is None:
        return float(np.inf)
    masses = {item.id: item.mass_g for item in problem.items}
    return problem.chamber.max_mass_g - sum(masses[placement.item_id] for placement in locked)
