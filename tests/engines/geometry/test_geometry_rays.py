"""Rays through the tree against every triangle tried in turn, and the air on a grid against the plainest search."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.geometry.findings.places import stand_ins
from penstock.engines.geometry.findings.rays import EITHER, ENTERING, LEAVING, first_hits
from penstock.engines.geometry.findings.tree import plant
from penstock.engines.geometry.findings.voxels import _distances, reconstruct
from penstock.engines.geometry.mesh import Mesh


def tried_in_turn(corners: np.ndarray, start: np.ndarray, way: np.ndarray, side: int) -> float:
    """Distance to the nearest triangle after Möller & Trumbore, beyond 0."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    p, q = b - a, c - a
    across = np.cross(way, q)
    det = np.einsum("ij,ij->i", p, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = start - a
        u = np.einsum("ij,ij->i", off, across) / det
        other = np.cross(off, p)
        v = other @ way / det
        distance = np.einsum("ij,ij->i", q, other) / det
    met = (det != 0) & (det * side <= 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)
    return float(distance[met].min(initial=np.inf))


@pytest.mark.parametrize("count", [1, 5, 300, 9000])
@pytest.mark.parametrize("stretched", [1.0, 200.0], ids=["even", "slivers"])
def test_the_tree_finds_what_trying_all_finds(count: int, stretched: float) -> None:
    random = np.random.default_rng(count)
    corners = random.normal(0, 10, (count, 1, 3)) + random.normal(0, 1, (count, 3, 3)) * [stretched, 1, 1]
    # Single precision is what the tree holds, about the middle of the box.
    mesh = Mesh(corners.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(-1, 3))
    tree = plant(mesh)
    held = tree.triangles.astype(np.float64).reshape(-1, 3, 3) + tree.middle
    assert np.array_equal(np.unique(tree.numbers), np.arange(count))
    starts, ways = random.normal(0, 12, (60, 3)), random.normal(0, 1, (60, 3))
    ways[::6, 1:] = 0
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    for side in (EITHER, LEAVING, ENTERING):
        distance, hit = first_hits(tree, starts, ways, None, 0.0, np.inf, side)
        expected = [tried_in_turn(held, start, way, side) for start, way in zip(starts, ways, strict=True)]
        assert distance == pytest.approx(np.array(expected), rel=1e-6, abs=1e-6)
        assert ((hit >= 0) == np.isfinite(expected)).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.1, 0.3]))
def test_the_widest_way_out_of_every_cube(seed: int, share: float) -> None:
    shape, radius = (11, 13, 32), 4
    blocked = np.zeros(shape, dtype=np.uint8)
    random = np.random.default_rng(seed)
    blocked[2:-2, 2:-2, 2:24] = random.random((7, 9, 22)) < share
    # A box with one opening, so that there is an inside.
    blocked[2:-2, 2, 2:24] = blocked[2:-2, -3, 2:24] = blocked[2, 2:-2, 2:24] = blocked[-3, 2:-2, 2:24] = 1
    blocked[2:-2, 2:-2, 2] = blocked[2:-2, 2:-2, 23] = 1
    blocked[4:6, 5:7, 2] = 0
    square = _distances(blocked, radius)
    at = np.argwhere(blocked)
    everywhere = np.argwhere(np.ones(shape))
    nearest = ((everywhere[:, None] - at[None]) ** 2).sum(axis=2).min(axis=1).reshape(shape)
    assert np.array_equal(square, np.minimum(nearest, radius**2))
    widest = np.zeros_like(square)
    reconstruct(square, radius**2, widest)
    assert np.array_equal(widest, widest_by_queue(square, radius**2))


def widest_by_queue(square: np.ndarray, cap: int) -> np.ndarray:
    found = np.zeros_like(square)
    waiting: list[tuple[int, tuple[int, ...]]] = []
    for cube in np.ndindex(square.shape):
        if square[cube] and any(n in (0, long - 1) for n, long in zip(cube, square.shape, strict=True)):
            found[cube] = cap
            waiting.append((-cap, cube))
    heapq.heapify(waiting)
    while waiting:
        width, cube = heapq.heappop(waiting)
        for axis in range(3):
            for step in (-1, 1):
                other = tuple(n + step * (k == axis) for k, n in enumerate(cube))
                if not all(0 <= n < long for n, long in zip(other, square.shape, strict=True)):
                    continue
                reached = min(-width, int(square[other]))
                if found[other] < reached:
                    found[other] = reached
                    heapq.heappush(waiting, (-reached, other))
    return found


def test_triangles_without_a_sample_go_by_the_nearest_with_one() -> None:
    strip = np.array([[n, n + 1, n + 2] for n in range(12)] + [[20, 21, 22]], dtype=np.int32)
    sampled = np.zeros(13, dtype=np.int64)
    sampled[0] = sampled[11] = 3
    found = stand_ins(strip, 23, sampled)
    assert found[:4].tolist() == [0, 0, 0, 0]
    assert found[8:12].tolist() == [11, 11, 11, 11]
    assert found[12] == -1
