"""Plates: true outlines, holes used or not, borders, bands and the blade; checked by `verify`, which sees shadows."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.packing import Box, Chamber, Item, Mesh, pack, verify
from penstock.engines.packing.plates import PlateRules, outline_of, pack_plate
from penstock.engines.packing.plates.outline import cells_of
from penstock.engines.packing.plates.rules import turned_off_the_blade


def item(name: str, solid: trimesh.Trimesh, **more) -> Item:
    return Item(name, mesh=Mesh(np.asarray(solid.vertices), np.asarray(solid.faces, dtype=np.int64)), **more)


def frame(outer: float, inner: float, height: float = 10.0) -> trimesh.Trimesh:
    boxes = [trimesh.creation.box((outer, outer, height)), trimesh.creation.box((inner, inner, 2 * height))]
    return trimesh.boolean.difference(boxes, engine="manifold")


PLATE = Chamber((120, 120, 60), clearance_mm=2, wall_clearance_mm=1, single_layer=True)


def low_y(packing, items, name: str) -> list[float]:
    mesh = next(each.mesh for each in items if each.id == name)
    return [
        float((mesh.vertices @ p.matrix[:3, :3].T + p.matrix[:3, 3])[:, 1].min())
        for p in packing.placements
        if p.item_id == name
    ]


def test_an_outline_has_the_area_a_part_covers_and_its_holes():
    ring = outline_of(item("ring", frame(60, 40)).mesh)
    assert ring.area_mm2 == pytest.approx(60**2 - 40**2, rel=0.01)
    assert ring.without_holes().area_mm2 == pytest.approx(60**2, rel=0.01)
    ball = item("ball", trimesh.creation.icosphere(3, 10)).mesh
    assert outline_of(ball).area_mm2 == pytest.approx(np.pi * 100, rel=0.02)
    # What hangs over counts, and an open surface covers what it covers.
    sheet = Mesh(np.array([[0.0, 0, 0], [10, 0, 5], [10, 10, 5], [0, 10, 0]]), np.array([[0, 1, 2], [0, 2, 3]]))
    assert outline_of(sheet).area_mm2 == pytest.approx(100, rel=0.02)
    assert outline_of(Mesh(sheet.vertices, sheet.triangles[:, ::-1])).area_mm2 == pytest.approx(100, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_cells_are_those_whose_middle_is_inside(seed):
    rng = np.random.default_rng(seed)
    corners = rng.random((12, 3)) * (20, 20, 1)
    outline = outline_of(item("hull", trimesh.convex.convex_hull(corners)).mesh)
    cells = cells_of(outline, 1.0, np.zeros(2), (22, 22))
    polygon = outline.polygons[0]
    middles = np.stack(np.meshgrid(np.arange(22) + 0.5, np.arange(22) + 0.5, indexing="ij"), axis=-1)
    ahead = np.roll(polygon, -1, axis=0) - polygon
    offsets = middles[:, :, None] - polygon
    inside = ((ahead[:, 0] * offsets[..., 1] - ahead[:, 1] * offsets[..., 0]) > 0).all(axis=-1)
    assert (cells == inside).all()


def test_a_small_part_stands_in_the_opening_of_a_large_one_only_where_that_is_allowed():
    items = [item("frame", frame(100, 80)), item("cube", trimesh.creation.box((30, 30, 30)))]
    filled = pack_plate(items, PLATE, deadline_s=0)
    assert len(filled.placements) == 2
    assert verify(filled, items, PLATE) == ()
    solid = pack_plate(items, PLATE, rules=PlateRules(holes_usable=False), deadline_s=0)
    assert [(left.item_id, left.code) for left in solid.unplaced] == [("cube", "no_room")]


def test_a_part_under_an_overhang_is_an_overlap_on_a_plate():
    """Seen from above a mushroom covers what stands beside its stem."""
    cap = trimesh.creation.box((40, 40, 4))
    cap.apply_translation((0, 0, 20))
    mushroom = trimesh.boolean.union([trimesh.creation.box((6, 6, 54)), cap], engine="manifold")
    items = [item("mushroom", mushroom, orientation="fixed"), item("cube", trimesh.creation.box((8, 8, 8)), copies=9)]
    packing = pack_plate(items, PLATE, deadline_s=0)
    assert len(packing.placements) == 10
    assert verify(packing, items, PLATE) == ()


@pytest.mark.parametrize(
    "chamber",
    [
        Chamber((120, 90, 60), clearance_mm=1, single_layer=True),
        Chamber((120, 120, 60), shape="cylinder", clearance_mm=3, wall_clearance_mm=2, single_layer=True),
        Chamber((120, 120, 60), shape="rounded", corner_radius_mm=40, clearance_mm=2, single_layer=True),
        Chamber((120, 120, 60), clearance_mm=2, keep_out=(Box((0, 0, 0), (50, 50, 60)),), single_layer=True),
    ],
)
def test_what_stands_is_apart_and_on_the_plate(chamber):
    l_shape = trimesh.util.concatenate([trimesh.creation.box((40, 8, 10)), trimesh.creation.box((8, 40, 10))])
    items = [
        item("l", l_shape, copies=6),
        item("disc", trimesh.creation.cylinder(9, 12), copies=8, orientation="about_z"),
        item("big", trimesh.creation.box((200, 10, 10))),
    ]
    packing = pack(items, chamber, deadline_s=0.2, seed=3)
    assert verify(packing, items, chamber) == ()
    assert {left.item_id for left in packing.unplaced if left.code == "too_large"} == {"big"}
    assert len(packing.placements) >= 8


def test_locked_parts_stay_and_the_rest_goes_round_them():
    items = [item("frame", frame(60, 30), copies=3)]
    first = pack_plate([item("frame", frame(60, 30), copies=1)], PLATE, deadline_s=0)
    moved = first.placements[0].matrix.copy()
    moved[:2, 3] += 15.3
    locked = (type(first.placements[0])("frame", 0, moved),)
    packing = pack_plate(items, PLATE, deadline_s=0, locked=locked)
    assert packing.placements[0] is locked[0]
    assert verify(packing, items, PLATE) == ()


def test_borders_are_kept_free():
    rules = PlateRules(borders_mm=(20, 5, 10, 5))
    items = [item("cube", trimesh.creation.box((20, 20, 20)), copies=30)]
    packing = pack_plate(items, PLATE, rules=rules, deadline_s=0)
    for placement in packing.placements:
        points = items[0].mesh.vertices @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
        assert (points[:, :2].min(axis=0) >= (21 - 1e-9, 11 - 1e-9)).all()
        assert (points[:, :2].max(axis=0) <= (114 + 1e-9, 114 + 1e-9)).all()


def test_parts_of_like_height_stand_in_bands():
    items = [
        item("tall", trimesh.creation.box((20, 20, 50)), copies=4, orientation="about_z"),
        item("flat", trimesh.creation.box((20, 20, 5)), copies=6, orientation="about_z"),
    ]
    packing = pack_plate(items, PLATE, rules=PlateRules(height_bands=2), deadline_s=0)
    assert packing.unplaced == ()
    assert max(low_y(packing, items, "flat")) + 20 < min(low_y(packing, items, "tall"))
    assert verify(packing, items, PLATE) == ()


def test_long_sides_are_turned_off_the_blade():
    rules = PlateRules(blade_deg=0.0, blade_min_deg=6.0, turns=4)
    items = [item("bar", trimesh.creation.box((60, 6, 6)), copies=4, orientation="about_z")]
    packing = pack_plate(items, PLATE, rules=rules, deadline_s=0)
    assert packing.placements
    for placement in packing.placements:
        angle = np.degrees(np.arctan2(placement.matrix[1, 0], placement.matrix[0, 0])) % 180
        assert 6 - 1e-6 <= angle <= 174 + 1e-6


@given(st.floats(-360, 360), st.floats(0, 360))
def test_the_turn_off_the_blade_is_enough_and_no_more_than_needed(angle, side):
    rules = PlateRules(blade_deg=30.0, blade_min_deg=5.0)
    turned = turned_off_the_blade(angle, side, rules)
    off = (side + turned - 30.0 + 90.0) % 180.0 - 90.0
    assert abs(off) >= 5.0 - 1e-6
    assert abs(turned - angle) <= 5.0 + 1e-6


def test_the_most_valuable_go_first_where_not_all_fit():
    dear = item("dear", trimesh.creation.box((50, 50, 10)), copies=2, value=10.0, orientation="about_z")
    cheap = item("cheap", trimesh.creation.box((50, 50, 10)), copies=9, value=1.0, orientation="about_z")
    packing = pack_plate([cheap, dear], PLATE, objective="value", deadline_s=0)
    assert sum(p.item_id == "dear" for p in packing.placements) == 2
    assert packing.unplaced


def test_one_seed_gives_one_layout(monkeypatch):
    from importlib import import_module

    monkeypatch.setattr(import_module("penstock.engines.packing.plates.nest"), "ROUNDS", 5)
    items = [item("frame", frame(40, 20), copies=2), item("cube", trimesh.creation.box((13, 9, 9)), copies=9)]
    one, again = (pack_plate(items, PLATE, deadline_s=None, seed=4) for _ in range(2))
    assert [(p.item_id, p.copy) for p in one.placements] == [(p.item_id, p.copy) for p in again.placements]
    assert all(np.array_equal(a.matrix, b.matrix) for a, b in zip(one.placements, again.placements, strict=True))
