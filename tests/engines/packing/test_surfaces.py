"""Distances between surfaces against a naive reference and against manifold3d."""

from __future__ import annotations

import itertools

import manifold3d
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.packing import Mesh
from penstock.engines.packing.surfaces import SurfaceTree, box_mesh, distance_mm, holds_piece_of, openings
from penstock.engines.packing.surfaces.triangles import triangles_apart_sq

EYE = np.eye(4)


def tree_of(solid: trimesh.Trimesh) -> SurfaceTree:
    return SurfaceTree.of(Mesh(np.asarray(solid.vertices, dtype=float), np.asarray(solid.faces, dtype=np.int64)))


def moved(x: float, y: float, z: float, turn: np.ndarray | None = None) -> np.ndarray:
    matrix = np.eye(4)
    if turn is not None:
        matrix[:3, :3] = turn
    matrix[:3, 3] = (x, y, z)
    return matrix


def turned(seed: int) -> np.ndarray:
    return trimesh.transformations.random_rotation_matrix(np.random.default_rng(seed).random(3))[:3, :3]


def points(triangle: np.ndarray) -> list[tuple[float, ...]]:
    return [tuple(point) for point in triangle.tolist()]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_triangles_are_as_far_apart_as_their_nearest_points(seed, flat):
    """No pair of points is nearer than the distance, and a fine grid of points comes close to it."""
    rng = np.random.default_rng(seed)
    one, other = rng.random((3, 3)), rng.random((3, 3)) + rng.choice([0.0, 0.8])
    if flat:
        one[:, 2] = other[:, 2] = 0.0
    apart = np.sqrt(triangles_apart_sq(*points(one), *points(other)))
    steps = np.linspace(0, 1, 21)
    weights = np.array([(u, v, 1 - u - v) for u, v in itertools.product(steps, steps) if u + v <= 1 + 1e-12])
    gaps = np.linalg.norm((weights @ one)[:, None] - (weights @ other)[None], axis=2)
    assert apart <= gaps.min() + 1e-9
    assert gaps.min() - apart < 0.15


def test_triangles_without_area_have_a_distance():
    needle = np.array([[0, 0, 1], [1, 0, 1], [0.5, 0, 1.0]])
    face = np.array([[0, -1, 0], [1, -1, 0], [0.5, 2, 0.0]])
    assert triangles_apart_sq(*points(needle), *points(face)) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(6))
def test_parts_are_as_far_apart_as_manifold3d_says(seed):
    bodies = [trimesh.creation.torus(10, 3, major_sections=24, minor_sections=12), trimesh.creation.icosphere(2, 6)]
    where = moved(*(np.random.default_rng(seed).random(3) * 30 - 15), turned(seed))
    solids = [
        manifold3d.Manifold(
            manifold3d.Mesh64(np.asarray(body.vertices, dtype=np.float64), np.asarray(body.faces, dtype=np.uint64))
        )
        for body in bodies
    ]
    expected = solids[0].min_gap(solids[1].transform(where[:3]), 20.0)
    ring, ball = map(tree_of, bodies)
    found = distance_mm(ring, EYE, ball, where, 20.0)
    if holds_piece_of(ring, EYE, ball, where) or holds_piece_of(ball, where, ring, EYE):
        found = 0.0
    assert found == pytest.approx(expected, abs=1e-9)
    # It does not matter which is asked, nor where the pair lies.
    elsewhere = moved(50, -3, 7, turned(seed + 100))
    assert distance_mm(ball, elsewhere @ where, ring, elsewhere, 20.0) == pytest.approx(
        distance_mm(ring, EYE, ball, where, 20.0), abs=1e-9
    )


def test_far_parts_are_only_said_to_be_far():
    cube = SurfaceTree.of(box_mesh(np.zeros(3), np.ones(3)))
    assert distance_mm(cube, EYE, cube, moved(50, 0, 0), 2.0) == 2.0
    assert distance_mm(cube, EYE, cube, moved(2.5, 0, 0), 2.0) == pytest.approx(1.5)


def test_a_part_in_a_cavity_is_not_in_the_matter():
    shell = trimesh.util.concatenate([trimesh.creation.box((20, 20, 20)), trimesh.creation.box((16, 16, 16))])
    shell.faces[12:] = shell.faces[12:, ::-1]
    solid, hollow = tree_of(trimesh.creation.box((20, 20, 20))), tree_of(shell)
    pea = tree_of(trimesh.creation.icosphere(1, 2))
    assert holds_piece_of(solid, EYE, pea, EYE)
    assert not holds_piece_of(hollow, EYE, pea, EYE)
    assert distance_mm(hollow, EYE, pea, EYE, 10.0) == pytest.approx(6.0)


def test_openings():
    box = box_mesh(np.zeros(3), np.full(3, 10.0))
    assert openings(box).edges == 0
    lidless = openings(Mesh(box.vertices, box.triangles[2:]))
    assert lidless.is_open
    assert lidless.edges == 4
    assert lidless.area_mm2 == pytest.approx(100.0)
    # Open at both ends: the two openings do not cancel.
    tube = trimesh.creation.cylinder(5, 20, sections=16)
    wall = np.abs(tube.face_normals[:, 2]) < 0.5
    pipe = openings(Mesh(np.asarray(tube.vertices, dtype=float), np.asarray(tube.faces[wall], dtype=np.int64)))
    assert pipe.is_open
    # A corner on the neighbour's edge leaves an unmatched rim, but no opening.
    vertices = np.vstack([box.vertices, [[0, 0, 5]]])
    edge = (0, 1)  # (0, 0, 0) – (0, 0, 10)
    split = []
    for face in box.triangles.tolist():
        if set(edge) <= set(face) and len(split) == len([f for f in split if 8 not in f]):
            a, b, c = face
            while {a, b} != set(edge):
                a, b, c = b, c, a
            split += [(a, 8, c), (8, b, c)]
        else:
            split.append(tuple(face))
    crack = openings(Mesh(vertices, np.array(split, dtype=np.int64)))
    assert crack.edges > 0
    assert not crack.is_open
