"""Surfaces of one body that pass through themselves are found, and nothing that only touches."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from geometry_shapes import binary_stl, block, save
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from penstock.engines import geometry
from penstock.engines.geometry.findings.crossing import TOO_INTRICATE, crossing
from penstock.engines.geometry.findings.tree import plant
from penstock.engines.geometry.mesh import Floats, Ints, Mesh

HAIR = 1e-4


def crossed(vertices: Floats, triangles: Ints, hair: float = HAIR) -> set[int]:
    vertices, triangles = np.asarray(vertices, np.float64), np.asarray(triangles, np.int32)
    shell = np.zeros(len(triangles), dtype=np.int32)
    found = crossing(vertices, triangles, shell, plant(Mesh(vertices, triangles)), hair)
    assert found is not None
    return set(np.flatnonzero(found).tolist())


def overlap(one: Floats, other: Floats) -> float | None:
    """How far two triangles run through each other along the line common to their planes: by clipping each one's edges
    at the other's plane. None where they touch a plane so closely that it is a matter of taste."""
    stretches = []
    normals = [np.cross(t[1] - t[0], t[2] - t[0]) for t in (one, other)]
    along = np.cross(*normals)
    if min(np.linalg.norm(normals[0]), np.linalg.norm(normals[1])) == 0 or np.linalg.norm(along) == 0:
        return 0.0
    along = along / np.linalg.norm(along)
    for mine, theirs, normal in ((one, other, normals[1]), (other, one, normals[0])):
        height = (mine - theirs[0]) @ normal / np.linalg.norm(normal)
        if height.max() < 1e-9 or height.min() > -1e-9:
            return 0.0
        if height.max() < 10 * HAIR or height.min() > -10 * HAIR:
            return None
        at = [
            (mine[a] + (mine[b] - mine[a]) * height[a] / (height[a] - height[b])) @ along
            for a, b in combinations(range(3), 2)
            if height[a] * height[b] < 0
        ]
        at += [mine[a] @ along for a in range(3) if height[a] == 0]
        stretches.append((min(at), max(at)))
    length = float(min(stretches[0][1], stretches[1][1]) - max(stretches[0][0], stretches[1][0]))
    return None if abs(length) < 10 * HAIR else length


POINTS = arrays.arrays(np.int8, st.tuples(st.integers(6, 14), st.just(3)), elements=st.integers(-6, 6))


@settings(max_examples=150, deadline=None)
@given(points=POINTS, data=st.data())
def test_small_meshes_against_every_pair_by_itself(points: np.ndarray, data: st.DataObject) -> None:
    vertices = np.unique(points, axis=0).astype(np.float64)
    if len(vertices) < 5:
        return
    corner = st.integers(0, len(vertices) - 1)
    rows = data.draw(
        st.lists(st.tuples(corner, corner, corner).filter(lambda t: len(set(t)) == 3), min_size=2, max_size=12)
    )
    triangles = np.array(rows, dtype=np.int32)
    must: set[int] = set()
    unclear: set[int] = set()
    for a, b in combinations(range(len(triangles)), 2):
        if len(set(rows[a]) & set(rows[b])) >= 2:
            continue
        length = overlap(vertices[triangles[a]], vertices[triangles[b]])
        if length is None:
            unclear |= {a, b}
        elif length > 0:
            must |= {a, b}
    found = crossed(vertices, triangles)
    assert must <= found <= must | unclear


def moved(way: tuple[float, float, float]) -> Floats:
    return np.asarray(block() + np.array(way))


def bent_tube() -> tuple[Floats, Ints]:
    """A closed square tube along an open curve in space that runs through itself once."""
    t = np.linspace(-1.45, 1.45, 60)
    path = np.stack([t**2 * 10, (t**3 - t) * 10, 0 * t], axis=1)
    way = np.gradient(path, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    aside = np.cross(way, [0, 0, 1.0])
    ring = np.stack(
        [path + a * aside + b * np.array([0, 0, 1.0]) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], axis=1
    )
    count = len(path)
    triangles = [(0, 1, 2), (0, 2, 3)]
    for n in range(count - 1):
        for k in range(4):
            a, b = 4 * n + k, 4 * n + (k + 1) % 4
            triangles += [(a, a + 4, b), (b, a + 4, b + 4)]
    last = 4 * (count - 1)
    triangles += [(last, last + 2, last + 1), (last, last + 3, last + 2)]
    return ring.reshape(-1, 3), np.array(triangles, dtype=np.int32)


def test_a_tube_through_itself_is_told_with_its_place(tmp_path: Path) -> None:
    vertices, triangles = bent_tube()
    path = save(tmp_path, "loop.stl", binary_stl(vertices[triangles]))
    inspection = geometry.inspect(path, [], unit="mm")
    (told,) = [each for each in inspection.measurement.findings if each.code == "self_crossing"]
    assert told.severity == "warning"
    assert told.place is not None
    mesh = geometry.load_mesh(path)
    lit = np.concatenate([np.arange(*pair) for pair in told.place.triangles])
    assert len(lit) == told.measured
    # The curve meets itself at t = ±1, that is at (10, 0, 0).
    assert np.abs(mesh.corners[lit].mean(axis=(0, 1)) - (10, 0, 0)).max() < 1


def test_what_only_touches_is_not_told(tmp_path: Path) -> None:
    shapes = {
        "one block": block(),
        "two that share a face's plane": np.concatenate([block(), moved((10, 2, 3))]),
        "two that share an edge": np.concatenate([block(), moved((10, 10, 0))]),
        "two that share a corner": np.concatenate([block(), moved((10, 10, 10))]),
        "one standing on another": np.concatenate([block(), block() * 0.5 + (2, 2, 10)]),
    }
    for name, corners in shapes.items():
        inspection = geometry.inspect(save(tmp_path, "part.stl", binary_stl(corners)), [], unit="mm")
        assert "self_crossing" not in {each.code for each in inspection.measurement.findings}, name


def test_bodies_that_overlap_are_another_finding(tmp_path: Path) -> None:
    corners = np.concatenate([block(), moved((4, 3, 2))])
    found = geometry.inspect(save(tmp_path, "part.stl", binary_stl(corners)), [], unit="mm").measurement.findings
    assert "overlapping_bodies" in {each.code for each in found}
    assert "self_crossing" not in {each.code for each in found}


def test_turning_and_moving_change_nothing() -> None:
    vertices, triangles = bent_tube()
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    assert crossed(vertices, triangles) == crossed(vertices @ turn.T + (1000, -500, 20), triangles) != set()


def test_a_heap_of_slivers_is_given_up_soon(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    ends = rng.normal(size=(20_000, 3)) * 100  # all of one corner, each in the boxes of thousands
    corners = np.stack([np.zeros_like(ends), ends, ends + rng.normal(size=ends.shape) * 0.1], axis=1).astype(np.float32)
    inspection = geometry.inspect(save(tmp_path, "heap.stl", binary_stl(corners)), [], unit="mm")
    assert TOO_INTRICATE in {each.message for each in inspection.measurement.findings}


def test_real_models_that_are_sound_are_not_told(real_models: Path) -> None:
    # All of them were looked at: this open mesh does cross itself at the ears.
    expected = {"assimp__assimp__Wuson.off", "assimp__assimp__Wuson.stl"}
    told = set()
    for path in sorted(real_models.iterdir()):
        try:
            found = geometry.inspect(path, []).measurement.findings
        except geometry.Refused:
            continue
        if any(each.code == "self_crossing" for each in found):
            told.add(path.name)
    assert told == expected
