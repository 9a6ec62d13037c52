"""Builds on several machines: against every schedule of small instances, and the proven bound."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch.makespan import Build, Piece, PlateMachine, loads, schedule, violations
from penstock.engines.dispatch.makespan.bound import height_bound
from penstock.engines.dispatch.makespan.fill import fill

SMALL = PlateMachine(100, 100, 120, setup_s=500, s_per_mm3=0.1, s_per_support_mm3=0.07, s_per_mm=20)
LARGE = PlateMachine(140, 100, 200, setup_s=900, s_per_mm3=0.1, s_per_support_mm3=0.07, s_per_mm=25)


def piece(random: np.random.Generator) -> Piece:
    w, d, h = random.uniform((30, 30, 10), (90, 90, 110))
    return Piece(w, d, h, w * d * h * random.uniform(0.05, 0.3), 100)


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for at in range(len(rest)):
            yield [*rest[:at], [items[0], *rest[at]], *rest[at + 1 :]]


def shortest(pieces: list[Piece], machines: list[PlateMachine]) -> float:
    """The optimum by trying everything."""
    best = float("inf")
    for groups in partitions(list(range(len(pieces)))):
        for on in itertools.product(range(len(machines)), repeat=len(groups)):
            builds = [Build(machine, tuple(group)) for machine, group in zip(on, groups, strict=True)]
            if not violations(pieces, machines, builds):
                best = min(best, max(loads(pieces, machines, builds)))
    return best


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_small_instances_are_solved_and_proven(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    pieces = [piece(random) for _ in range(count)]
    found = schedule(pieces, [SMALL, LARGE], moves=40_000, starts=2, seconds=20)
    assert not violations(pieces, [SMALL, LARGE], found.builds)
    assert found.makespan_s == pytest.approx(max(loads(pieces, [SMALL, LARGE], found.builds)))
    assert found.makespan_s == pytest.approx(shortest(pieces, [SMALL, LARGE]))
    assert found.bound_s <= found.makespan_s + 1e-6
    assert found.gap < 1e-3


def test_more_pieces_than_the_exact_model_takes() -> None:
    random = np.random.default_rng(3)
    pieces = [piece(random) for _ in range(60)]
    found = schedule(pieces, [SMALL, LARGE], moves=100_000, seconds=2)
    assert not violations(pieces, [SMALL, LARGE], found.builds)
    assert 0 < found.bound_s <= found.makespan_s


def test_builds_counted_by_height_bound_the_makespan_and_can_be_filled() -> None:
    random = np.random.default_rng(7)
    pieces = [piece(random) for _ in range(4)]
    machines = [SMALL, LARGE]
    best = shortest(pieces, machines)
    relaxed = height_bound(pieces, machines, 0.0, best * 1.2, 5.0)
    assert 0 < relaxed.bound_s <= best * (1 + 1e-6)
    assert all(0 <= machine < 2 for machine, _ in relaxed.builds)
    roomy = [(1, 110.0)] * 4
    filled = fill(pieces, machines, roomy, 5.0)
    assert filled is not None
    assert not violations(pieces, machines, filled)
    assert fill(pieces, machines, [(0, 1.0)], 5.0) is None


def test_nothing_to_build_takes_no_time() -> None:
    assert schedule([], [SMALL]).makespan_s == 0


def test_a_piece_too_tall_says_so() -> None:
    with pytest.raises(DispatchError, match="fits no machine"):
        schedule([Piece(10, 10, 300, 1)], [SMALL, LARGE])


def test_no_machine_says_so() -> None:
    with pytest.raises(DispatchError, match="no machine"):
        schedule([Piece(10, 10, 10, 1)], [])


def test_violations_sees_what_is_wrong() -> None:
    pieces = [Piece(90, 90, 10, 1), Piece(90, 90, 150, 1)]
    assert violations(pieces, [SMALL], [Build(0, (0,))])
    assert violations(pieces, [SMALL, LARGE], [Build(1, (0, 1))])
    assert violations(pieces, [SMALL, LARGE], [Build(0, (1,)), Build(0, (0,))])
