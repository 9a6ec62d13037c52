"""The compiled kernels against the plainest way to say the same thing."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from geometry_shapes import ball, block, inside_out, rotation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial import ConvexHull

from penstock.engines.geometry.extents import EXACT_POINTS, hull_and_box
from penstock.engines.geometry.silhouette import silhouettes
from penstock.engines.geometry.sums import shell_sums, winding_number
from penstock.engines.geometry.topology import connect, drop_duplicates
from penstock.engines.geometry.weld import weld


def welded(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, number = weld(corners.reshape(-1, 3))
    return corners.reshape(-1, 3)[first].astype(float), number.reshape(-1, 3)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, (200, 3), elements=st.sampled_from([0.0, -0.0, 1.5, -1.5, 1e-30, 3e30])),
    st.one_of(st.none(), arrays.arrays(np.int32, 200, elements=st.integers(0, 2))),
    st.sampled_from([np.float32, np.float64]),
)
def test_weld_numbers_distinct_points_as_they_appear(
    points: np.ndarray, groups: np.ndarray | None, kind: type[np.floating]
) -> None:
    points = points.astype(kind)
    keys = [(*map(float, row), 0 if groups is None else int(groups[n])) for n, row in enumerate(points)]
    order: dict[tuple[float, ...], int] = {}
    expected = [order.setdefault(key, len(order)) for key in keys]
    first, number = weld(points, groups)
    assert number.tolist() == expected
    assert [keys[n] for n in first] == list(order)


def test_weld_grows_when_no_two_points_are_equal() -> None:
    points = np.random.default_rng(1).random((50_000, 3))
    first, number = weld(points)
    assert (first == np.arange(50_000)).all()
    assert (number == first).all()


@settings(max_examples=100, deadline=None)
@given(arrays.arrays(np.int32, st.tuples(st.integers(1, 40), st.just(3)), elements=st.integers(0, 6)))
def test_edges_are_counted_as_a_dictionary_counts_them(triangles: np.ndarray) -> None:
    triangles = np.array([t for t in triangles if len(set(t.tolist())) == 3] or [[0, 1, 2]], dtype=np.int32)
    uses: Counter[tuple[int, int]] = Counter()
    balance: Counter[tuple[int, int]] = Counter()
    faces = defaultdict(list)
    for n, t in enumerate(triangles.tolist()):
        for a, b in zip(t, [*t[1:], t[0]], strict=True):
            uses[min(a, b), max(a, b)] += 1
            balance[min(a, b), max(a, b)] += 1 if a < b else -1
            faces[min(a, b), max(a, b)].append(n)
    found = connect(triangles, 7)
    opened = [edge for edge, count in uses.items() if count % 2]
    assert found.open_edges == len(opened)
    assert found.shared_edges == sum(count > 2 and count % 2 == 0 for count in uses.values())
    assert found.miswound_edges == sum(abs(balance[edge]) > uses[edge] % 2 for edge in uses)
    assert np.flatnonzero(found.rim).tolist() == sorted({point for edge in opened for point in edge})
    assert found.shell[0] == 0
    assert set(found.shell.tolist()) == set(range(found.shells))
    for edge, members in faces.items():
        if uses[edge] == 2 or opened:
            assert len({int(found.shell[n]) for n in members}) == 1


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.int32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.integers(0, 9)))
def test_two_cores_find_what_one_finds(triangles: np.ndarray) -> None:
    triangles = np.array([t for t in triangles if len(set(t.tolist())) == 3] or [[0, 1, 2]], dtype=np.int32)
    rows = triangles.reshape(-1)[:, None] * np.array([[1.0, -0.0, 2.0]])
    alone, welded_alone = connect(triangles, 10), weld(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("penstock.engines.geometry.topology.WORTH_HALVING", 0)
        patch.setattr("penstock.engines.geometry.weld.WORTH_HALVING", 0)
        halves, welded_in_halves = connect(triangles, 10), weld(rows)
    for one, other in zip(welded_alone, welded_in_halves, strict=True):
        assert one.tolist() == other.tolist()
    assert halves.shell.tolist() == alone.shell.tolist()
    assert halves.rim.tolist() == alone.rim.tolist()
    for name in ("shells", "open_edges", "miswound_edges", "shared_edges"):
        assert getattr(halves, name) == getattr(alone, name)


def test_repeated_triangles_are_dropped_but_not_turned_ones() -> None:
    triangles = np.array([[0, 1, 2], [1, 2, 0], [2, 1, 0], [3, 1, 2], [0, 1, 2]], dtype=np.int32)
    assert drop_duplicates(triangles).tolist() == [True, False, True, True, False]


def test_sums_per_shell_far_from_the_origin() -> None:
    far = (3000.0, -2000.0, 1000.0)
    vertices, triangles = welded(np.concatenate([block((2, 3, 4), far), inside_out(block((1, 1, 1)))]))
    topology = connect(triangles, len(vertices))
    sums = shell_sums(vertices, triangles, topology.shell, topology.shells)
    assert sums.volume == pytest.approx([24, -1], rel=1e-9)
    assert sums.area == pytest.approx([52, 6], rel=1e-12)
    assert sums.moment[0] / 24 + sums.origin == pytest.approx([3001.0, -1998.5, 1002.0], rel=1e-12)


def test_winding_number_inside_and_outside() -> None:
    cube = block()
    assert winding_number(np.array([5.0, 5.0, 5.0]), cube) == pytest.approx(1)
    assert winding_number(np.array([15.0, 5.0, 5.0]), cube) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_hull_of_scattered_points_is_exact(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(5000, 3)) * (100, 3, 0.5) @ rotation((1, 2, 3), 40 * seed)
    volume, box = hull_and_box(points)
    assert volume == pytest.approx(ConvexHull(points).volume, rel=1e-6)
    assert np.prod(box.sides_mm) >= volume


def test_hull_and_box_of_a_fine_ball_and_a_dense_tilted_block() -> None:
    points = np.unique(ball(10, 150, 250).reshape(-1, 3), axis=0)
    volume, box = hull_and_box(points)
    assert len(points) > EXACT_POINTS
    assert volume == pytest.approx(4 / 3 * np.pi * 1000, rel=1e-3)
    assert box.sides_mm == pytest.approx((20, 20, 20), rel=1e-3)
    on_faces = np.random.default_rng(3).random((60_000, 3))
    on_faces[np.arange(60_000), np.arange(60_000) % 3] = np.arange(60_000) // 3 % 2
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    volume, box = hull_and_box(np.concatenate([on_faces, corners]) * (30, 20, 10) @ rotation((1, 2, 3), 37))
    assert volume == pytest.approx(6000, rel=1e-6)
    assert box.sides_mm == pytest.approx((30, 20, 10), rel=1e-6)


def test_flat_points_have_no_hull() -> None:
    flat = np.random.default_rng(2).random((3000, 3)) * (10, 10, 0)
    tilted = flat @ rotation((1, 2, 3), 30)
    assert hull_and_box(flat)[0] == 0
    assert hull_and_box(tilted)[0] == pytest.approx(0, abs=1e-9)


def test_shadow_of_a_ball_open_or_closed() -> None:
    vertices, triangles = welded(ball(10, 60, 120))
    closed = silhouettes(vertices, triangles, closed=True)
    assert closed == pytest.approx([np.pi * 100] * 3, rel=3e-3)
    assert silhouettes(vertices, triangles, closed=False) == pytest.approx(closed, rel=1e-3)
    upper = np.ascontiguousarray(triangles[vertices[triangles][:, :, 2].mean(axis=1) < 0])
    assert silhouettes(vertices, upper, closed=False)[2] == pytest.approx(closed[2], rel=1e-2)
