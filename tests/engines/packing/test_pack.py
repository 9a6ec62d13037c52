"""Packing: whatever is placed keeps its distance, whatever is not says why, and a seed gives one layout."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.packing import Box, Chamber, Item, PackingError, Placement, fits, pack, verify

TOLERANCE_MM = 1e-6

edges = st.floats(2.0, 70.0)
sizes = st.tuples(edges, edges, edges)
chambers = st.builds(
    Chamber,
    size_mm=st.tuples(st.floats(40, 120), st.floats(40, 120), st.floats(40, 120)),
    shape=st.sampled_from(["box", "cylinder", "rounded"]),
    clearance_mm=st.floats(0.0, 5.0),
    wall_clearance_mm=st.floats(0.0, 4.0),
    corner_radius_mm=st.floats(0.0, 15.0),
    single_layer=st.booleans(),
    keep_out=st.sampled_from([(), (Box((10, 10, 0), (25, 20, 30)),)]),
)


@st.composite
def item_lists(draw: st.DrawFn) -> list[Item]:
    return [
        Item(
            f"part{number}",
            draw(sizes),
            copies=draw(st.integers(1, 5)),
            value=draw(st.floats(0, 100)),
            orientation=draw(st.sampled_from(["any", "about_z", "fixed"])),
            origin_mm=draw(st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50))),
            group=draw(st.sampled_from([None, "a", "b"])),
        )
        for number in range(draw(st.integers(1, 8)))
    ]


def naive_box(item: Item, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The box of a placed item from its eight corners, written again without the engine."""
    corners = []
    for number in range(8):
        corner = [item.origin_mm[axis] + (item.size_mm[axis] if number >> axis & 1 else 0.0) for axis in range(3)]
        corners.append(matrix @ np.array([*corner, 1.0]))
    points = np.array(corners)[:, :3]
    return points.min(axis=0), points.max(axis=0)


def naive_faults(placements: tuple[Placement, ...], items: list[Item], chamber: Chamber) -> list[str]:
    by_id = {item.id: item for item in items}
    boxes = [naive_box(by_id[p.item_id], p.matrix) for p in placements]
    faults = []
    wall = chamber.wall_clearance_mm
    for low, high in boxes:
        if (low < wall - TOLERANCE_MM).any() or (high > np.array(chamber.size_mm) - wall + TOLERANCE_MM).any():
            faults.append("outside")
        if chamber.shape == "cylinder":
            middle = np.array(chamber.size_mm[:2]) / 2
            reach = [np.hypot(x - middle[0], y - middle[1]) for x in (low[0], high[0]) for y in (low[1], high[1])]
            if max(reach) > middle.min() - wall + TOLERANCE_MM:
                faults.append("outside the cylinder")
        if chamber.single_layer and low[2] > wall + TOLERANCE_MM:
            faults.append("hanging")
    solids = boxes + [(np.array(b.low_mm), np.array(b.high_mm)) for b in chamber.keep_out]
    for one in range(len(boxes)):
        for other in range(one + 1, len(solids)):
            gap = np.maximum(solids[one][0] - solids[other][1], solids[other][0] - solids[one][1])
            if gap.max() < chamber.clearance_mm - TOLERANCE_MM:
                faults.append(f"{one} and {other} too near")
    return faults


@settings(max_examples=80, deadline=None)
@given(items=item_lists(), chamber=chambers, objective=st.sampled_from(["height", "value"]))
def test_what_is_placed_is_apart_and_inside_and_nothing_is_lost(items, chamber, objective):
    packing = pack(items, chamber, objective=objective, deadline_s=0.0)
    assert naive_faults(packing.placements, items, chamber) == []
    assert verify(packing, items, chamber) == ()
    left = sum(entry.copies for entry in packing.unplaced)
    assert len(packing.placements) + left == sum(item.copies for item in items)
    assert all(entry.reason for entry in packing.unplaced)


@settings(max_examples=30, deadline=None)
@given(items=item_lists(), chamber=chambers)
def test_a_fit_said_to_be_certain_is_one(items, chamber):
    estimate = fits(items, chamber)
    if estimate.fits and estimate.confidence == 1.0:
        assert pack(items, chamber, deadline_s=0.0).height_mm <= chamber.size_mm[2]
    if not estimate.fits and estimate.confidence == 1.0:
        assert pack(items, chamber, deadline_s=0.0).unplaced


def mixed_items() -> list[Item]:
    rng = np.random.default_rng(3)
    return [
        Item(f"p{number}", tuple(rng.uniform(8, 60, 3).tolist()), copies=int(rng.integers(1, 4)), value=number)
        for number in range(30)
    ]


def layout_of(packing) -> list[tuple[str, int, bytes]]:
    return [(p.item_id, p.copy, p.matrix.tobytes()) for p in packing.placements]


def test_one_seed_gives_one_layout():
    chamber = Chamber((200, 200, 300), clearance_mm=2)
    first = pack(mixed_items(), chamber, seed=5, deadline_s=1e9)
    again = pack(mixed_items(), chamber, seed=5, deadline_s=1e9)
    assert layout_of(first) == layout_of(again)
    assert first.metrics.rounds > 1


def test_search_over_orders_does_not_lose_to_the_first_order():
    chamber = Chamber((200, 200, 300), clearance_mm=2)
    seen = []
    pack(mixed_items(), chamber, deadline_s=1e9, progress=seen.append)
    heights = [step.height_mm for step in seen if step.pieces == seen[0].pieces]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] < heights[0]


def test_stop_ends_the_search_after_the_first_layout():
    packing = pack(mixed_items(), Chamber((200, 200, 300)), deadline_s=1e9, stop=lambda: True)
    assert packing.metrics.rounds == 1
    assert packing.unplaced == ()


def test_locked_copies_stay_and_others_go_around_them():
    items = [Item("a", (40, 40, 20), copies=3), Item("b", (30, 30, 30), copies=4)]
    matrix = np.eye(4)
    matrix[:3, 3] = (25, 25, 5)
    chamber = Chamber((100, 100, 100), clearance_mm=2)
    packing = pack(items, chamber, locked=[Placement("a", 1, matrix)], deadline_s=0.5)
    kept = [p for p in packing.placements if (p.item_id, p.copy) == ("a", 1)]
    assert len(kept) == 1
    assert np.array_equal(kept[0].matrix, matrix)
    assert len(packing.placements) == 7
    assert verify(packing, items, chamber) == ()


def test_a_better_start_is_kept():
    items = [Item(f"p{n}", (50, 50, 10 + n)) for n in range(8)]
    chamber = Chamber((102, 102, 200), clearance_mm=2)
    best = pack(items, chamber, deadline_s=1e9)
    again = pack(items, chamber, deadline_s=0.0, start=best)
    assert again.height_mm <= best.height_mm


def test_the_most_valuable_subset_is_taken():
    items = [Item("cheap", (50, 50, 50), copies=8, value=1), Item("dear", (50, 50, 50), copies=4, value=9)]
    packing = pack(items, Chamber((102, 102, 102), clearance_mm=2), objective="value", deadline_s=0.5)
    assert sum(p.item_id == "dear" for p in packing.placements) == 4
    assert packing.metrics.value == 4 * 9 + 4 * 1


def test_equal_value_goes_to_the_earlier_due():
    items = [
        Item("late", (50, 50, 50), value=1, due=datetime(2026, 5, 9, tzinfo=UTC)),
        Item("soon", (50, 50, 50), value=1, due=datetime(2026, 5, 2, tzinfo=UTC)),
    ]
    packing = pack(items, Chamber((60, 60, 60)), objective="value", deadline_s=0.5)
    assert [p.item_id for p in packing.placements] == ["soon"]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (Item("x", (300, 10, 10)), "too_large"),
        (Item("x", (10, 10, 90), orientation="fixed"), "too_large"),
        (Item("x", (10, 0, 10)), "no_volume"),
        (Item("x", (10, 10, 10), mass_g=2000), "too_heavy"),
        (Item("x", (40, 40, 40), copies=1000), "no_room"),
    ],
)
def test_what_cannot_be_placed_says_why_and_the_rest_is_packed(item, code):
    chamber = Chamber((100, 100, 80), max_mass_g=1000)
    packing = pack([item, Item("fine", (20, 20, 20))], chamber, deadline_s=0.0)
    assert [entry.code for entry in packing.unplaced] == [code]
    assert "x" in packing.unplaced[0].reason
    assert "fine" in {p.item_id for p in packing.placements}


def test_weight_limit_holds_over_the_whole_build():
    items = [Item("x", (10, 10, 10), copies=9, mass_g=300)]
    packing = pack(items, Chamber((100, 100, 100), max_mass_g=1000), deadline_s=0.0)
    assert len(packing.placements) == 3


def test_tilt_limit_and_given_poses_are_respected():
    quarter = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    lying = Item("lying", (10, 20, 50), orientation="poses", poses=(quarter,))
    upright = Item("upright", (10, 20, 50), max_tilt_deg=10)
    packing = pack([lying, upright], Chamber((100, 100, 60)), deadline_s=0.0)
    turns = {p.item_id: p.matrix[:3, :3] for p in packing.placements}
    assert np.allclose(turns["lying"], quarter)
    assert turns["upright"][2, 2] == pytest.approx(1.0)
    assert packing.height_mm == pytest.approx(50.0)


@pytest.mark.parametrize(
    "items",
    [
        [Item("a", (1, 1, 1)), Item("a", (2, 2, 2))],
        [Item("a")],
        [Item("a", (1, 1, -1))],
        [Item("a", (1, 1, 1), orientation="poses")],
    ],
)
def test_a_request_that_contradicts_itself_is_refused(items):
    with pytest.raises(PackingError, match="a"):
        pack(items, Chamber((10, 10, 10)))
