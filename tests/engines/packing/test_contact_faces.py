"""Faces that must neither rest on the platform nor carry support."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from penstock.engines.packing import Chamber, Item, Mesh, PackingError, Placement, nest, pack, verify


def block(size: tuple[float, float, float]) -> Mesh:
    box = trimesh.creation.box(size)
    return Mesh(np.asarray(box.vertices, dtype=np.float64), np.asarray(box.faces, dtype=np.int64))


def facing(mesh: Mesh, direction: tuple[float, float, float]) -> np.ndarray:
    """Triangles whose normal is this one."""
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    return np.flatnonzero(normals @ np.array(direction) > 0.99)


@pytest.mark.parametrize("single_layer", [False, True])
def test_a_shown_face_never_looks_down(single_layer: bool) -> None:
    mesh = block((40, 30, 5))
    shown = np.concatenate([facing(mesh, (0, 0, 1)), facing(mesh, (0, 0, -1))])
    item = Item("plate", mesh=mesh, copies=3, no_contact=shown)
    chamber = Chamber((100, 100, 60), clearance_mm=1, single_layer=single_layer)
    packing = pack([item], chamber, deadline_s=0.0)
    assert len(packing.placements) == 3
    for placement in packing.placements:
        assert abs(placement.matrix[2, 2]) < 1e-6, "it stands on an edge"
    assert verify(packing, [item], chamber) == ()
    free = pack([replace(item, no_contact=None)], chamber, deadline_s=0.0)
    assert free.height_mm < packing.height_mm


def test_one_shown_face_may_look_up_or_sideways() -> None:
    mesh = block((40, 30, 5))
    item = Item("plate", mesh=mesh, no_contact=facing(mesh, (0, 0, 1)))
    [placement] = pack([item], Chamber((60, 60, 6)), deadline_s=0.0).placements
    assert placement.matrix[2, 2] == pytest.approx(1.0), "only lying on its other face does it fit"


def test_a_wrong_pose_is_found_whoever_made_it() -> None:
    mesh = block((40, 30, 5))
    chamber = Chamber((60, 60, 60), single_layer=True)
    item = Item("plate", mesh=mesh, no_contact=facing(mesh, (0, 0, -1)))
    packing = pack([replace(item, no_contact=None)], chamber, deadline_s=0.0)
    at = np.eye(4)
    at[:3, 3] = (20, 15, 2.5)
    lying = replace(packing, placements=(Placement("plate", 0, at),))
    assert [each.code for each in verify(lying, [item], chamber)] == ["contact"]


@pytest.mark.parametrize("single_layer", [False, True])
def test_a_part_that_may_touch_nowhere_is_left_out_with_the_reason(single_layer: bool) -> None:
    mesh = block((10, 10, 10))
    item = Item("shown all round", mesh=mesh, no_contact=np.arange(12))
    other = Item("other", mesh=mesh)
    packing = pack([item, other], Chamber((60, 60, 60), single_layer=single_layer), deadline_s=0.0)
    [left] = packing.unplaced
    assert (left.item_id, left.code) == ("shown all round", "no_pose")
    assert "contact faces" in left.reason
    assert len(packing.placements) == 1


def test_bundles_of_a_group_keep_it_too() -> None:
    mesh = block((20, 15, 5))
    shown = facing(mesh, (0, 0, 1))
    items = [Item(f"{n}", mesh=mesh, copies=4, group="one", no_contact=shown) for n in range(2)]
    chamber = Chamber((100, 100, 100), clearance_mm=1)
    build = nest(items, chamber, deadline_s=2, seed=1, together=True)
    assert len(build.packing.placements) == 8
    assert verify(build.packing, items, chamber) == ()


@pytest.mark.parametrize(
    "item",
    [
        Item("box", (1, 1, 1), no_contact=np.array([0])),
        Item("mesh", mesh=block((1, 1, 1)), no_contact=np.array([12])),
        Item("mesh", mesh=block((1, 1, 1)), no_contact=np.array([-1])),
        Item("mesh", mesh=block((1, 1, 1)), no_contact=np.array([0.5])),
    ],
)
def test_what_is_no_face_is_refused(item: Item) -> None:
    with pytest.raises(PackingError, match="triangles of its mesh"):
        pack([item], Chamber((10, 10, 10)), deadline_s=0.0)
