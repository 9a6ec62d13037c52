"""Generalised assignment: against every assignment of small instances, its bound, and what has no answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch.assignment import assign, checked
from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.dispatch.assignment.deal import redeal


def least(cost: NDArray[np.int64], use: NDArray[np.int64], capacity: NDArray[np.int64]) -> int | None:
    """The optimum by trying everything."""
    agents, items = cost.shape
    best = None
    for chosen in itertools.product(range(agents), repeat=items):
        load = np.bincount(chosen, use[list(chosen), range(items)], agents)
        if (load <= capacity).all():
            value = int(cost[list(chosen), range(items)].sum())
            best = value if best is None else min(best, value)
    return best


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**32 - 1), st.floats(0.3, 1.2))
def test_small_instances_have_the_optimum_or_a_proof_of_none(
    agents: int, items: int, seed: int, tightness: float
) -> None:
    random = np.random.default_rng(seed)
    cost = random.integers(-5, 30, (agents, items))
    use = random.integers(0, 10, (agents, items))
    capacity = (use.mean(axis=1) * items / agents * tightness * 1.5).astype(np.int64)
    optimum = least(cost, use, capacity)
    if optimum is None:
        with pytest.raises(DispatchError):
            assign(cost, use, capacity, steps=4000)
        return
    found = assign(cost, use, capacity, steps=4000)
    instance = checked(cost, use, capacity)
    assert not instance.violations(found.agents)
    assert instance.value(found.agents) == found.value == optimum
    assert found.bound <= optimum


def tight(agents: int, items: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """An instance whose costs and uses oppose each other (the hard kind, Beasley's type D)."""
    random = np.random.default_rng(seed)
    use = random.integers(1, 101, (agents, items))
    cost = 111 - use + random.integers(-10, 11, (agents, items))
    return cost, use, (0.8 * use.sum(axis=1) / agents).astype(np.int64)


def test_dealing_tells_the_cost_of_what_it_hands_out() -> None:
    cost, use, capacity = tight(6, 70, 8)
    price = np.ones(6)
    home, best = np.zeros(70, np.int64), np.zeros(70, np.int64)
    for most, rounds in ((0, 20), (3, 60)):
        value = redeal(cost, use, capacity, price, home, rounds, most, 0.3, 0.2, 3.0, 4, best)
        if value >= NEVER:
            continue
        load = np.bincount(best, use[best, np.arange(70)], 6)
        assert (load <= capacity).all()
        assert cost[best, np.arange(70)].sum() == value
    assert value < NEVER
    assert value <= assign(cost, use, capacity, steps=100).bound * 1.05


def test_hard_instance_is_near_its_bound_and_the_same_each_time() -> None:
    cost, use, capacity = tight(5, 60, 5)
    found = assign(cost, use, capacity, steps=30_000, seed=3)
    instance = checked(cost, use, capacity)
    assert not instance.violations(found.agents)
    assert instance.value(found.agents) == found.value
    assert found.bound <= found.value <= 1.03 * found.bound
    assert assign(cost, use, capacity, steps=30_000, seed=3) == found


def test_two_threads_answer_within_the_rules() -> None:
    cost, use, capacity = tight(5, 40, 6)
    found = assign(cost, use, capacity, seconds=0.5)
    assert not checked(cost, use, capacity).violations(found.agents)
    assert found.bound <= found.value


def test_pairs_that_are_not_allowed_are_not_used() -> None:
    found = assign([[1, 1], [9, 9]], [[1, 1], [1, 1]], [2, 2], allowed=[[True, False], [True, True]], steps=1000)
    assert found.agents == (0, 1)
    assert found.value == found.bound == 10


def test_one_agent_and_none_to_assign() -> None:
    assert assign([[3, 4]], [[1, 1]], [2]).value == 7
    assert assign(np.zeros((2, 0)), np.zeros((2, 0)), [1, 1]).agents == ()


def test_agent_of_no_capacity_takes_what_needs_none() -> None:
    found = assign([[0, 5], [0, 9]], [[0, 1], [1, 1]], [0, 1], steps=500)
    assert found.agents == (0, 1)


@pytest.mark.parametrize(
    ("cost", "use", "capacity", "words"),
    [
        ([[1]], [[5]], [4], "Item 1 fits no agent"),
        ([[1, 1], [1, 1]], [[3, 3], [3, 3]], [5, 0], "at least 6 of capacity"),
        ([[1, 1, 1], [1, 1, 1]], [[3, 3, 3], [3, 3, 3]], [5, 5], "not together"),
        ([[1, 2]], [[1]], [4], "agents × items"),
        ([[1.5]], [[1]], [4], "whole number"),
        ([[1]], [[-1]], [4], "below 0"),
        ([[float("nan")]], [[1]], [4], "whole number"),
    ],
)
def test_what_has_no_answer_says_why(cost: object, use: object, capacity: object, words: str) -> None:
    with pytest.raises(DispatchError, match=words):
        assign(cost, use, capacity, steps=500)  # type: ignore[arg-type]
