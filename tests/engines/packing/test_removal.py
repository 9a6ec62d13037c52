"""Parts that cannot be taken out are found, parts that can are not accused."""

from __future__ import annotations

import numpy as np
import trimesh

from penstock.engines.packing import Item, Mesh, Placement, interlocked


def item(name: str, solid: trimesh.Trimesh, copies: int = 1) -> Item:
    return Item(name, mesh=Mesh(np.asarray(solid.vertices), np.asarray(solid.faces, dtype=np.int64)), copies=copies)


def at(name: str, x: float, y: float, z: float, copy: int = 0, turn: np.ndarray | None = None) -> Placement:
    matrix = np.eye(4)
    if turn is not None:
        matrix[:3, :3] = turn
    matrix[:3, 3] = (x, y, z)
    return Placement(name, copy, matrix)


RING = trimesh.creation.torus(10, 2, major_sections=24, minor_sections=10)
UPRIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def test_two_links_of_a_chain_are_locked():
    ring = item("ring", RING, 2)
    chain = (at("ring", 0, 0, 0), at("ring", 10, 0, 0, 1, UPRIGHT))
    assert interlocked(chain, [ring]) == ((("ring", 0), ("ring", 1)),)
    apart = (at("ring", 0, 0, 0), at("ring", 25, 0, 0, 1, UPRIGHT))
    assert interlocked(apart, [ring]) == ()


def test_a_rod_in_a_ring_and_a_lid_on_a_box_come_out():
    rod = item("rod", trimesh.creation.cylinder(3, 60, sections=12))
    ring = item("ring", RING)
    assert interlocked((at("rod", 0, 0, 0), at("ring", 0, 0, 0)), [rod, ring]) == ()


def test_a_part_in_a_closed_box_is_locked_and_one_in_an_open_box_is_not():
    outer, inner = trimesh.creation.box((30, 30, 30)), trimesh.creation.box((26, 26, 26))
    inner.invert()
    shell = trimesh.util.concatenate([outer, inner])
    pea = item("pea", trimesh.creation.icosphere(1, 4))
    assert interlocked((at("pea", 0, 0, 0), at("shell", 0, 0, 0)), [pea, item("shell", shell)]) == (
        (("pea", 0), ("shell", 0)),
    )
    pot = trimesh.boolean.difference([outer, trimesh.creation.box((26, 26, 40))], engine="manifold")
    assert interlocked((at("pea", 0, 0, 0), at("pot", 0, 0, 0)), [pea, item("pot", pot)]) == ()


def test_what_lies_under_another_waits_for_it():
    """Four bars woven over and under: none comes out upwards first, all come out sideways."""
    bar = item("bar", trimesh.creation.box((60, 4, 4)), 2)
    plate = item("plate", trimesh.creation.box((60, 60, 2)))
    assert interlocked((at("bar", 0, 0, 0), at("bar", 0, 10, 0, 1), at("plate", 0, 0, 10)), [bar, plate]) == ()


def test_a_way_round_a_corner_is_found():
    """A ball in a bent tunnel sees the sky along no line, and yet rolls out."""
    block = trimesh.creation.box((60, 40, 60))
    down = trimesh.creation.box((16, 16, 40))
    down.apply_translation((-12, 0, 18))
    along = trimesh.creation.box((40, 16, 16))
    along.apply_translation((0, 0, -6))
    tunnel = item("tunnel", trimesh.boolean.difference([block, down, along], engine="manifold"))
    ball = item("ball", trimesh.creation.icosphere(1, 5))
    assert interlocked((at("tunnel", 0, 0, 0), at("ball", 12, 0, -6)), [tunnel, ball]) == ()
