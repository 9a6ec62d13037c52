"""Lower a finished layout: take a layer off the chamber, let the parts overlap, and free them again.

First anywhere and in any pose on the grid it was made on (`lower_anywhere`), then by small steps on finer grids
(`lower_nearby`), where parts take up less than they seem to on a coarse one. Two attempts run at a time, each with
chances of its own that depend on the seed alone; both end before the next begin, so a fixed number of rounds gives one
result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.coarse import coarsened, is_fine, refined_place
from penstock.engines.packing.voxels.field import UNIT, Field, add_to_field, field_of
from penstock.engines.packing.voxels.overlap import Pairs
from penstock.engines.packing.voxels.problem import Problem
from penstock.engines.packing.voxels.race import Race
from penstock.engines.packing.voxels.search import Pieces, greedy, orders
from penstock.engines.packing.voxels.separate import separate
from penstock.engines.packing.voxels.squeeze import drop, squeeze
from penstock.engines.packing.voxels.watch import FREE, THREADS, Watch

SEED_LIMIT = 2**31

PASSES = 400
PATIENCE = 100
COARSE_SHARE = 0.6
COARSE_FAILURES = 8
"""One after another: then the coarser grid has shown what it can."""
TRIES = 16
"""Random columns per pose and move."""
OTHER_POSES = 8
KEPT_FAILURES = 5
SWAPPED_SHARE = 0.75
"""Of the pieces, the largest: those that an attempt after a failure exchanges."""

NEAR_PASSES = 120
NEAR_PATIENCE = 25
REACH = 4
NEAR_FAILURES = 3
FIRST_FAILURES = 12
"""Rounds without gain: until it gives up, and until it gives up freeing the overlaps a finer grid begins with."""

Tell = Callable[[IntArray], None]


@dataclass(eq=False)
class _Attempt:
    """One of the searches that run side by side. `target`: the height it is to free `place` in; `since`: the best
    layout when its failures began."""

    rng: np.random.Generator
    place: IntArray
    since: IntArray
    target: int = 0
    failures: list[tuple[int, int, IntArray]] = field(default_factory=list)


def top_of(problem: Problem, place: IntArray) -> int:
    """The highest cell's end over all pieces."""
    return int((place[:, 3] + problem.catalogue.shapes[place[:, 0], 2]).max(initial=0))


def lower_scaled(
    problem: Problem, part: IntArray, place: IntArray, seed: int, watch: Watch, rounds: int | None, tell: Tell,
    failures: int | None = None,
) -> IntArray:  # fmt: skip
    """`lower_anywhere`, on a coarser grid first as long as that shows the pieces well enough."""
    if watch.over() or not is_fine(problem, part):
        return lower_anywhere(problem, part, place, seed, watch, rounds, tell, failures=failures)
    coarse, numbers = coarsened(problem)
    pieces = Pieces(part, np.zeros_like(part))
    first = greedy(
        coarse, pieces, next(orders(coarse, pieces, None, seed)), np.ones(len(part)), np.inf, FREE
    )  # fmt: skip
    if first is None or (first.place[:, 0] < 0).any():
        return lower_anywhere(problem, part, place, seed, watch, rounds, tell, failures=failures)
    until = watch.until
    watch.within(COARSE_SHARE)
    found = lower_scaled(coarse, part, first.place, seed, watch, rounds, _nobody, COARSE_FAILURES)
    watch.resume(until)
    start = (refined_place(problem, numbers, found), 2 * top_of(coarse, found))
    return lower_anywhere(problem, part, place, seed, watch, rounds, tell, start, failures)


def _nobody(place: IntArray) -> None:
    """A coarse layout is nothing to report."""


def lower_anywhere(
    problem: Problem,
    part: IntArray,
    place: IntArray,
    seed: int,
    watch: Watch,
    rounds: int | None,
    tell: Tell,
    start: tuple[IntArray, int] | None = None,
    failures: int | None = None,
) -> IntArray:
    """A layout of the same pieces (`part` (n,), `place` (n, 4), all placed) at most as high. Ends after `rounds` (None:
    when `watch` says so) or after so many `failures` one after another. `start`: a layout with overlaps, perhaps, and
    the height to free it in."""
    best, top = place.copy(), top_of(problem, place)
    if len(place) < 2:
        return best
    tallest = top
    given, goal = start if start is not None and start[1] < top else (best, top - 1)
    attempts = [_Attempt(np.random.default_rng([seed, number]), given.copy(), best) for number in range(THREADS)]
    race: Race[tuple[int, IntArray]] = Race(watch, rounds)
    made = failed = 0

    def begin(number: int) -> Callable[[], tuple[int, IntArray]]:
        attempt, chance = attempts[number], int(attempts[number].rng.integers(SEED_LIMIT))
        attempt.target = max(min(goal, top - 1) - number, 1)
        return lambda: _freed(problem, part, attempt.place, attempt.target, tallest, chance, race.halts[number])

    def end(number: int, result: tuple[int, IntArray]) -> None:
        nonlocal best, top, goal, given, made, failed
        made += 1
        failed += 1
        left, found = result
        attempt = attempts[number]
        if left == 0 and top_of(problem, found) < top:
            best = given = found
            failed = 0
            top = goal = top_of(problem, found)
            tell(best)
            for other, rival in enumerate(attempts):
                if rival.target >= top:
                    race.call_off(other)
        elif given is not best:
            goal += 1
        if attempt.since is not best:
            attempt.failures.clear()
            attempt.since, attempt.place = best, best.copy()
            return
        attempt.failures.append((left, made, found))
        attempt.failures = sorted(attempt.failures, key=lambda each: each[:2])[:KEPT_FAILURES]
        attempt.place = given.copy() if given is not best else _shaken(problem, attempt, best, top)

    race.run(begin, end, lambda: top > 1 and (failures is None or failed < failures))
    return best


def _freed(
    problem: Problem, part: IntArray, place: IntArray, target: int, tallest: int, chance: int, halt: IntArray
) -> tuple[int, IntArray]:
    """(cells still shared, layout) after freeing `place`, which is written over, below `target`."""
    known = problem.catalogue
    least = place.copy()
    weight: Pairs = np.full((len(part), len(part)), UNIT, dtype=np.int32)
    left, _ = separate(
        _field(problem, place, tallest), known.runs, known.mixed, known.columns, known.first_column, known.first_run,
        known.first_form, known.shapes, part, place, least, weight, target, PASSES, PATIENCE, TRIES, OTHER_POSES,
        chance, halt,
    )  # fmt: skip
    return left, least


def _field(problem: Problem, place: IntArray, height: int) -> Field:
    known = problem.catalogue
    grid = field_of(problem.blocked, max(height, top_of(problem, place)))
    for form, x, y, z in place.tolist():
        if form >= 0:
            add_to_field(grid, known.runs, known.first_run[form], known.first_run[form + 1], x, y, z, UNIT)
    return grid


def _shaken(problem: Problem, attempt: _Attempt, best: IntArray, top: int) -> IntArray:
    """Where to go on after a failure: one of the better failures or the best layout, two large pieces exchanged."""
    rng = attempt.rng
    if rng.random() < 0.5:
        place = best.copy()
    else:
        choice = min(int(abs(rng.normal(0.0, 0.3)) * len(attempt.failures)), len(attempt.failures) - 1)
        place = attempt.failures[choice][2].copy()
    shapes = problem.catalogue.shapes
    large = np.argsort(-problem.catalogue.cells[place[:, 0]], kind="stable")[: max(int(len(place) * SWAPPED_SHARE), 2)]
    one, other = rng.choice(large, 2, replace=False)
    room = np.array([problem.frame.shape[0], problem.frame.shape[1], top])
    middles = {piece: place[piece, 1:] * 2 + shapes[place[piece, 0]] for piece in (one, other)}
    for piece, goal in ((one, middles[other]), (other, middles[one])):
        shape = shapes[place[piece, 0]]
        place[piece, 1:] = np.clip((goal - shape) // 2, 0, np.maximum(room - shape, 0))
    return place


def lower_nearby(
    problem: Problem, place: IntArray, seed: int, watch: Watch, rounds: int | None, tell: Tell
) -> IntArray | None:
    """The layout pressed together by small steps, poses kept; ends early after some rounds without gain. None when not
    even the overlaps it came with (see `refined`) could be freed, be it in a chamber a little higher."""
    known = problem.catalogue
    arrays = (
        problem.blocked,
        known.runs,
        known.mixed,
        known.columns,
        known.first_column,
        known.first_run,
        known.shapes,
    )
    walls = bool(problem.blocked[0].any())
    rngs = [np.random.default_rng([seed, number]) for number in range(THREADS)]
    race: Race[tuple[int, IntArray]] = Race(watch, rounds)
    targets = [0] * THREADS
    best: IntArray | None = None
    start, top = place, top_of(problem, place) + 1
    failures = 0

    def run(number: int, start: IntArray, target: int, chance: int) -> tuple[int, IntArray]:
        found = start.copy()
        weight: Pairs = np.full((len(found), len(found)), UNIT, dtype=np.int32)
        left, _ = squeeze(
            *arrays, found, weight, target, REACH, walls, NEAR_PASSES, NEAR_PATIENCE, chance, race.halts[number]
        )  # fmt: skip
        if left == 0:
            drop(*arrays, found, weight, target, problem.frame.shape[2], np.argsort(found[:, 3], kind="stable"))
        return left, found

    def begin(number: int) -> Callable[[], tuple[int, IntArray]]:
        targets[number] = max(top - 1 - number, 1)
        return partial(run, number, start, targets[number], int(rngs[number].integers(SEED_LIMIT)))

    def end(number: int, result: tuple[int, IntArray]) -> None:
        nonlocal best, start, top, failures
        left, found = result
        if left == 0 and (best is None or top_of(problem, found) < top):
            best = start = found
            top, failures = top_of(problem, found), 0
            tell(best)
            for other, target in enumerate(targets):
                if target >= top:
                    race.call_off(other)
        elif targets[number] < top:
            failures += 1
            if best is None:
                top = min(top + 1, problem.frame.shape[2] + 1)

    race.run(begin, end, lambda: failures < (FIRST_FAILURES if best is None else NEAR_FAILURES) * THREADS and top > 1)
    return best
