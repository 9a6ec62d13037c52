"""Groups lie in regions of their own, whatever their parts look like, and the build still holds."""

from __future__ import annotations

from itertools import combinations

import manifold3d
import numpy as np
import pytest
from nesting_shapes import angle, ball, box, cup

from penstock.engines.packing import Chamber, Item, Packing, nest, verify
from penstock.engines.packing.groups import convex_hull

ROOM = Chamber((120.0, 100.0, 150.0), clearance_mm=1.0)


def items() -> list[Item]:
    return [
        Item("angle", mesh=angle(30, 5), copies=3, group="Anna"),
        Item("cup", mesh=cup(24, 3), group="Anna"),
        Item("ball", mesh=ball(8), copies=4, group="Li"),
        Item("rod", mesh=box(60, 6, 6), copies=2, group="Li"),
        Item("plate", mesh=box(40, 30, 3), copies=3, group="Li", orientation="about_z"),
        Item("single", mesh=ball(5), group="Zoe"),
        Item("loose", mesh=ball(6), copies=5),
    ]


def points_of(packing: Packing, parts: list[Item]) -> dict[str, np.ndarray]:
    """Where the corners of each group's parts, and of each part without a group, lie."""
    by_id = {item.id: item for item in parts}
    found: dict[str, list[np.ndarray]] = {}
    for p in packing.placements:
        item = by_id[p.item_id]
        key = item.group or f"{item.id}#{p.copy}"
        found.setdefault(key, []).append(item.mesh.vertices @ p.matrix[:3, :3].T + p.matrix[:3, 3])
    return {key: np.vstack(each) for key, each in found.items()}


def test_each_group_has_a_region_that_nothing_else_reaches_into():
    parts = items()
    nested = nest(parts, ROOM, deadline_s=2.0, together=True)
    assert not nested.packing.unplaced
    assert not nested.scattered
    assert not verify(nested.packing, parts, ROOM)
    hulls = {key: manifold3d.Manifold.hull_points(each) for key, each in points_of(nested.packing, parts).items()}
    for one, other in combinations(hulls, 2):
        assert hulls[one].min_gap(hulls[other], 5.0) >= 1.0 - 1e-6, (one, other)


def test_a_group_too_large_for_one_region_is_named_and_its_parts_lie_apart():
    room = Chamber((50.0, 50.0, 60.0), clearance_mm=1.0)
    rods = [Item("rods", mesh=box(45, 10, 10), copies=9, group="Li"), Item("tall", mesh=box(45, 45, 20), group="Anna")]
    parts = [*rods, Item("second", mesh=box(45, 45, 20), group="Anna")]
    nested = nest(parts, room, deadline_s=1.0, together=True)
    assert not verify(nested.packing, parts, room)
    # The two slabs leave room for one layer of rods.
    assert nested.scattered == ("Li",)
    left = sum(each.copies for each in nested.packing.unplaced)
    assert len(nested.packing.placements) + left == sum(item.copies for item in parts)
    assert len(nested.packing.placements) >= 5


def test_the_hull_is_closed_and_wound_outward():
    points = np.random.default_rng(1).normal(size=(60, 3)) * 10
    hull = convex_hull(points)
    solid = manifold3d.Manifold(manifold3d.Mesh64(hull.vertices, hull.triangles.astype(np.uint64)))
    assert solid.status() == manifold3d.Error.NoError
    assert solid.volume() == pytest.approx(manifold3d.Manifold.hull_points(points).volume())
