"""Waiting or starting: layouts, the optimum with hindsight against trying everything, a policy that sees no future."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch.postponement import (
    Arrivals,
    ArrivingPart,
    Batch,
    LookAhead,
    Lying,
    Now,
    PlateShop,
    plan_offline,
    profit,
    run_online,
    violations,
)
from penstock.engines.dispatch.postponement.layout import arrange

SHOP = PlateShop()


def arriving(seed: int, hours: int, most: int = 99) -> list[ArrivingPart]:
    random = np.random.default_rng(seed)
    parts = Arrivals().sample((0.05,) * 6, 0, hours, SHOP, random)[:most]
    return [dataclasses.replace(part, id=f"P{j}") for j, part in enumerate(parts)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.15, 0.85), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_a_plate_cut_into_boxes_is_put_together_again(cuts: list[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    boxes = [(200.0, 200.0)]
    for cut in cuts:  # guillotine cuts of the largest box
        boxes.sort(key=lambda box: -box[0] * box[1])
        w, d = boxes.pop(0)
        boxes += [(w * cut, d), (w * (1 - cut), d)] if w > d else [(w, d * cut), (w, d * (1 - cut))]
    boxes = [box if random.random() < 0.5 else (box[1], box[0]) for box in boxes]
    places = arrange(boxes, 200, 200)
    assert places is not None
    parts = [ArrivingPart(str(j), 0, *box, 10, 1, 0, 99, 1) for j, box in enumerate(boxes)]
    end = SHOP.around_h + SHOP.build_h(parts)
    batch = Batch(0, end, tuple(Lying(str(j), x, y, turned) for j, (x, y, turned) in enumerate(places)))
    assert not violations(parts, [batch], 10, SHOP)


def test_boxes_that_cannot_lie_side_by_side() -> None:
    assert arrange([(150, 150), (51, 51), (60, 60)], 200, 200) is None
    assert arrange([(101, 101)] * 2, 200, 200) is None
    assert arrange([(201, 10)], 200, 200) is None


def best_by_trying(parts: Sequence[ArrivingPart], horizon: int) -> float:
    """The most any course of decisions earns."""

    def after(hour: int, free: float, made: frozenset[int], done: tuple[Batch, ...]) -> float:
        if hour >= horizon:
            return profit(parts, done, horizon, SHOP)
        if free >= hour + 1:
            return after(math.floor(free), free, made, done)
        start = max(free, float(hour))
        best = after(hour + 1, max(free, hour + 1.0), made, done)
        there = [j for j, part in enumerate(parts) if part.arrival_h <= hour and j not in made]
        for chosen in range(1, 1 << len(there)):
            inside = [parts[j] for at, j in enumerate(there) if chosen >> at & 1]
            if arrange([(part.length_mm, part.width_mm) for part in inside], 200, 200) is None:
                continue
            end = start + SHOP.around_h + SHOP.build_h(inside)
            batch = Batch(start, end, tuple(Lying(part.id, 0, 0, False) for part in inside))
            taken = made | {j for at, j in enumerate(there) if chosen >> at & 1}
            best = max(best, after(max(hour + 1, math.floor(end)), end, taken, (*done, batch)))
        return best

    return after(0, 0.0, frozenset(), ())


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_hindsight_is_the_optimum(seed: int) -> None:
    parts = arriving(seed, 12, most=4)
    found = plan_offline(parts, 14)
    assert found.proven
    assert not violations(parts, found.batches, 14, SHOP)
    assert found.profit == pytest.approx(profit(parts, found.batches, 14, SHOP))
    assert found.profit == pytest.approx(best_by_trying(parts, 14))


def test_a_narrow_search_keeps_the_rules_and_claims_no_proof() -> None:
    parts = arriving(4, 60)
    narrow, wide = plan_offline(parts, 60, width=2), plan_offline(parts, 60, width=60)
    assert not violations(parts, narrow.batches, 60, SHOP)
    assert not narrow.proven
    assert narrow.profit <= wide.profit + 1e-6


def quick(seed: int = 1) -> LookAhead:
    return LookAhead(seed=seed, futures=4, choices=3, width=2, ahead_h=24)


def test_policy_keeps_the_rules_earns_no_more_than_hindsight_and_more_than_starting_at_once() -> None:
    class AtOnce:
        def decide(self, now: Now) -> Sequence[ArrivingPart]:
            return now.waiting[:1]

    ours = at_once = best = 0.0
    for seed in (11, 12, 13):
        parts = arriving(seed, 36)
        batches = run_online(parts, 36, quick())
        assert not violations(parts, batches, 36, SHOP)
        ours += profit(parts, batches, 36, SHOP)
        at_once += profit(parts, run_online(parts, 36, AtOnce()), 36, SHOP)
        best += plan_offline(parts, 36, width=200).profit
    assert at_once < ours <= best + 1e-6


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(6, 24))
def test_what_comes_later_changes_nothing_that_was_decided(seed: int, hour: int) -> None:
    parts = arriving(seed, 30)
    other = [part for part in parts if part.arrival_h <= hour]
    other += [
        dataclasses.replace(part, id=f"other {part.id}", arrival_h=part.arrival_h + hour + 0.001, price=1e6)
        for part in arriving(seed + 1, 10)
    ]
    now, then = (run_online(p, 30, quick(seed=5)) for p in (parts, other))
    assert [batch for batch in now if batch.start_h < hour + 1] == [batch for batch in then if batch.start_h < hour + 1]


def test_a_policy_is_shown_only_what_has_arrived() -> None:
    hours = []

    class Watching:
        def decide(self, now: Now) -> Sequence[ArrivingPart]:
            hours.append(now.hour)
            assert all(part.arrival_h <= now.hour for part in (*now.waiting, *now.seen))
            return now.waiting[:1] if len(now.waiting) > 2 else ()

    run_online(arriving(3, 40), 40, Watching())
    assert hours


def test_rates_follow_what_was_seen() -> None:
    first = Arrivals()
    parts = [part for part in arriving(9, 400) if part.length_mm > 200 / 3 and part.width_mm > 200 / 3]
    learned = first.learned(parts, 400, SHOP)
    assert learned[2] > learned[0]
    assert first.learned((), 0, SHOP) == pytest.approx(first.per_h)


def test_violations_sees_what_is_wrong() -> None:
    parts = arriving(2, 40, most=3)
    late = math.ceil(max(part.arrival_h for part in parts))
    hours = SHOP.around_h + SHOP.build_h(parts[:2])
    same_place = Batch(late, late + hours, tuple(Lying(part.id, 0, 0, False) for part in parts[:2]))
    assert any("overlap" in wrong for wrong in violations(parts, [same_place], 99, SHOP))
    alone = SHOP.around_h + SHOP.build_h(parts[2:])
    early = Batch(0, alone, (Lying(parts[2].id, 0, 0, False),))
    assert any("not arrived" in wrong for wrong in violations(parts, [early], 99, SHOP))
    off = Batch(late, late + alone, (Lying(parts[2].id, 190, 0, False),))
    assert any("off the plate" in wrong for wrong in violations(parts, [off], 99, SHOP))
    twice = [dataclasses.replace(off), dataclasses.replace(off)]
    assert len(violations(parts, twice, 99, SHOP)) > 2


def test_a_part_larger_than_the_plate_is_refused() -> None:
    part = dataclasses.replace(arriving(1, 40)[0], length_mm=250)
    with pytest.raises(DispatchError, match="does not fit the plate"):
        plan_offline([part], 36)
    with pytest.raises(DispatchError, match="there twice"):
        plan_offline([arriving(1, 40)[0]] * 2, 36)
