"""Nesting meshes: the clearance holds on the meshes themselves, and hollows are used."""

from __future__ import annotations

import manifold3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nesting_shapes import angle, ball, box, cup, turned, without

from penstock.engines.packing import Box, Chamber, Item, Mesh, Packing, Placement, Progress, pack

TOLERANCE_MM = 1e-4
PARTS = [box(14, 9, 5), ball(6), angle(18, 4), cup(16, 2), turned(box(12, 8, 3), 25)]


def solids(packing: Packing, items: list[Item]) -> list[manifold3d.Manifold]:
    """The placed parts, by a library that knows nothing of cells."""
    meshes = {item.id: item.mesh for item in items}
    made = []
    for placement in packing.placements:
        mesh = meshes[placement.item_id]
        points = mesh.vertices @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
        made.append(manifold3d.Manifold(manifold3d.Mesh64(points, mesh.triangles.astype(np.uint64))))
    return made


def assert_apart(packing: Packing, items: list[Item], chamber: Chamber) -> None:
    parts = solids(packing, items)
    size, wall = np.array(chamber.size_mm), chamber.wall_clearance_mm
    for number, part in enumerate(parts):
        bounds = np.array(part.bounding_box())
        assert (bounds[:3] >= wall - TOLERANCE_MM).all()
        assert (bounds[3:] <= size - wall + TOLERANCE_MM).all()
        for other in parts[:number]:
            need = chamber.clearance_mm
            assert (part ^ other).volume() == pytest.approx(0.0, abs=1e-9)
            assert part.min_gap(other, need + 1.0) >= need - TOLERANCE_MM


@settings(max_examples=10, deadline=None)
@given(
    counts=st.lists(st.integers(0, 3), min_size=len(PARTS), max_size=len(PARTS)),
    clearance=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    wall=st.sampled_from([0.0, 0.3, 2.0]),
    seed=st.integers(0, 3),
)
def test_no_two_parts_come_nearer_than_the_clearance(counts, clearance, wall, seed):
    items = [Item(f"p{n}", mesh=PARTS[n], copies=copies) for n, copies in enumerate(counts)]
    chamber = Chamber((45, 40, 60), clearance_mm=clearance, wall_clearance_mm=wall)
    packing = pack(items, chamber, deadline_s=0.0, seed=seed)
    assert_apart(packing, items, chamber)
    assert len(packing.placements) + sum(left.copies for left in packing.unplaced) == sum(counts)


def test_small_parts_lie_inside_a_cup_that_can_be_left_at_the_top():
    items = [Item("cup", mesh=cup(40, 2)), Item("die", mesh=box(8, 8, 8), copies=20)]
    packing = pack(items, Chamber((42, 42, 100), clearance_mm=1), deadline_s=0.0)
    assert packing.unplaced == ()
    assert packing.height_mm < 45


def test_locked_parts_stay_and_the_others_keep_away_from_them_and_from_keep_outs():
    items = [Item("bar", mesh=angle(20, 5), copies=5), Item("ball", mesh=ball(5), copies=6)]
    matrix = np.eye(4)
    matrix[:3, :3] = turned(Mesh(np.eye(3), np.zeros((0, 3), dtype=np.int64)), 33).vertices.T
    matrix[:3, 3] = (22.2, 18.7, 14.1)
    chamber = Chamber((60, 50, 60), clearance_mm=1, keep_out=(Box((0, 0, 0), (15, 15, 60)),))
    packing = pack(items, chamber, locked=[Placement("bar", 2, matrix)], deadline_s=0.0)
    assert len(packing.placements) == 11
    assert np.array_equal(packing.placements[0].matrix, matrix)
    assert_apart(packing, items, chamber)
    blocked = manifold3d.Manifold.cube((15, 15, 60))
    for part, placement in zip(solids(packing, items), packing.placements, strict=True):
        if (placement.item_id, placement.copy) != ("bar", 2):
            assert part.min_gap(blocked, 3.0) >= 1.0 - TOLERANCE_MM


def test_a_round_chamber_keeps_its_wall():
    chamber = Chamber((60, 60, 80), shape="cylinder", clearance_mm=1, wall_clearance_mm=2)
    items = [Item("bar", mesh=angle(18, 5), copies=12)]
    packing = pack(items, chamber, deadline_s=0.0)
    assert_apart(packing, items, chamber)
    for placement in packing.placements:
        points = items[0].mesh.vertices @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
        assert np.hypot(points[:, 0] - 30, points[:, 1] - 30).max() <= 28 + TOLERANCE_MM


def test_what_cannot_be_nested_says_why_and_the_rest_lies():
    flat = Mesh(np.array([[0.0, 0, 0], [9, 0, 0], [0, 9, 0]]), np.array([[0, 1, 2]]))
    items = [
        Item("long", mesh=box(90, 5, 5)),
        Item("flat", mesh=flat),
        Item("lead", mesh=box(5, 5, 5), mass_g=900),
        Item("many", mesh=box(9, 9, 9), copies=1000),
        Item("open", mesh=without(box(10, 10, 10), 2)),
    ]
    packing = pack(items, Chamber((40, 40, 40), clearance_mm=1, max_mass_g=500), deadline_s=0.0)
    codes = {left.item_id: left.code for left in packing.unplaced}
    assert codes == {"long": "too_large", "flat": "no_volume", "lead": "too_heavy", "many": "no_room"}
    assert {placement.item_id for placement in packing.placements} == {"many", "open"}


def test_a_part_exactly_as_large_as_the_chamber_fits_and_a_longer_one_lies_askew():
    chamber = Chamber((97.3, 61.7, 33.1), clearance_mm=1)
    whole = [
        Item("plate", mesh=box(61.7, 97.3, 16)),
        Item("post", mesh=box(33.1, 5, 5)),
        Item("rod", mesh=box(105, 3, 3)),
    ]
    for item in whole:
        packing = pack([item], chamber, deadline_s=0.0)
        assert packing.unplaced == ()
        assert_apart(packing, [item], chamber)


def test_search_with_a_deadline_and_without_keeps_the_clearance_and_lowers_the_build():
    items = [Item(f"p{n}", mesh=part, copies=3) for n, part in enumerate(PARTS)]
    chamber = Chamber((45, 40, 150), clearance_mm=1)
    seen: list[float] = []
    quick = pack(items, chamber, deadline_s=0.0)
    packing = pack(items, chamber, deadline_s=4.0, progress=lambda step: seen.append(step.height_mm))
    assert packing.height_mm <= quick.height_mm + 1e-9
    assert seen == sorted(seen, reverse=True)
    assert len(packing.placements) == 15
    assert_apart(packing, items, chamber)


def test_what_a_greedy_layout_has_no_room_for_is_brought_down_into_the_chamber():
    items = [Item(f"p{n}", mesh=part, copies=3) for n, part in enumerate(PARTS)]
    chamber = Chamber((45, 40, 150), clearance_mm=1)
    needed = pack(items, chamber, deadline_s=0.0).height_mm
    low = Chamber((45, 40, needed - 1.0), clearance_mm=1)
    packing = pack(items, low, deadline_s=15.0, seed=2)
    assert packing.unplaced == ()
    assert_apart(packing, items, low)


def test_progress_is_told_of_a_build_that_leaves_parts_out():
    chamber = Chamber((40, 40, 30), clearance_mm=1)
    told: list[Progress] = []
    items = [Item("ball", mesh=ball(7), copies=30), Item("angle", mesh=angle(18, 4), copies=10)]
    packing = pack(items, chamber, deadline_s=1.0, progress=told.append)
    assert packing.unplaced
    assert told[-1].pieces == len(packing.placements)
    assert told[-1].density <= packing.density + 1e-9
