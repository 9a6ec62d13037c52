"""Repair: what it closes, turns and merges, what it refuses, and that it says what it did."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import ball, binary_stl, block, save
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.cli import main
from penstock.engines import geometry
from penstock.engines.geometry.holes import closing, rims
from penstock.engines.geometry.repair import repair


def welded(corners: np.ndarray) -> geometry.Mesh:
    points, number = np.unique(corners.reshape(-1, 3).round(9), axis=0, return_inverse=True)
    return geometry.Mesh(points, number.reshape(-1, 3).astype(np.int32))


def refusal(mesh: geometry.Mesh) -> str:
    with pytest.raises(geometry.Refused) as caught:
        repair(mesh)
    return f"{caught.value.code}: {caught.value.message}"


def test_an_open_box_is_closed_with_its_own_points() -> None:
    made, done = repair(welded(block((10, 20, 30))[2:]))  # without its bottom
    assert (done.holes_closed, done.triangles_added, done.largest_hole_mm) == (1, 2, 20)
    assert (done.volume_before_mm3, done.volume_after_mm3) == (None, pytest.approx(6000))
    assert (done.area_before_mm2, done.area_after_mm2) == (pytest.approx(2000), pytest.approx(2200))
    assert (len(made.vertices), len(made.triangles)) == (8, 12)


@given(st.lists(st.integers(0, 2 * 48 * 23 - 1), min_size=1, max_size=25, unique=True))
@settings(max_examples=15, deadline=None)
def test_a_ball_that_lost_triangles_is_whole_again(lost: list[int]) -> None:
    corners = np.delete(ball(), lost, axis=0)
    _, done = repair(welded(corners))
    assert done.volume_after_mm3 == pytest.approx(4 / 3 * np.pi * 1000, rel=0.02)
    # A hole may be closed by fewer triangles than were lost, as its rim is all that is left.
    assert 1 <= done.holes_closed <= len(lost)
    assert done.triangles_turned == 0


def test_triangles_that_face_the_wrong_way_are_turned() -> None:
    corners = block()
    corners[[1, 4, 7]] = corners[[1, 4, 7], ::-1]
    made, done = repair(welded(corners))
    assert (done.triangles_turned, done.holes_closed, done.volume_after_mm3) == (3, 0, pytest.approx(1000))
    inside = made.corners.mean(axis=1) - 5
    normals = np.cross(made.corners[:, 1] - made.corners[:, 0], made.corners[:, 2] - made.corners[:, 0])
    assert (np.einsum("ij,ij->i", inside, normals) > 0).all()


def test_bodies_that_cross_are_merged() -> None:
    both = np.concatenate([block((10, 10, 10)), block((10, 10, 10), at=(5, 2, 3))])
    _, done = repair(welded(both))
    assert (done.bodies_before, done.bodies_after) == (2, 1)
    assert done.volume_after_mm3 == pytest.approx(2000 - 5 * 8 * 7)


def test_a_narrow_gap_is_joined_and_a_loose_triangle_left_out() -> None:
    corners = block((10, 10, 10))
    corners[4:6, :, 1] += 0.001  # one side a micrometre off
    scrap = np.array([[[20, 0, 0], [21, 0, 0], [20, 1, 0.0]]])
    _, done = repair(welded(np.concatenate([corners, scrap])))
    assert done.gaps_joined >= 4
    assert done.scraps_removed == 1
    assert done.volume_after_mm3 == pytest.approx(1000, rel=1e-3)


def test_what_needs_no_repair_or_a_guess_is_refused() -> None:
    assert refusal(welded(block())).startswith("nothing_to_repair")
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    strip = []
    for k in range(24):  # a Möbius strip
        rails = []
        for n in (k, k + 1):
            u, flip = around[n % 24], -1 if n == 24 else 1
            side = np.array([np.cos(u / 2) * np.cos(u), np.cos(u / 2) * np.sin(u), np.sin(u / 2)]) * flip
            centre = 10 * np.array([np.cos(u), np.sin(u), 0])
            rails.append((centre - side, centre + side))
        (a, b), (c, d) = rails
        strip += [(a, c, b), (b, c, d)]
    assert "only one side" in refusal(welded(np.array(strip)))
    tube = ball()
    open_wide = tube[abs(tube.mean(axis=1)[:, 0] + 3 * np.sin(tube.mean(axis=1)[:, 1])) < 7]
    assert "too wide" in refusal(welded(open_wide))
    assert "encloses nothing" in refusal(welded(block()[:2]))


def test_a_rim_that_touches_itself_is_cut_into_simple_loops() -> None:
    # Two triangles that share one point: their rims run the other way round.
    loops = rims(np.array([[0, 1, 2], [0, 3, 4]]))
    assert loops is not None
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [0, 3, 4]]
    # An L of six corners is closed by its own area, not by that of its hull.
    corner = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2.0]])
    points = np.column_stack([corner, np.zeros(6)])
    faces = points[closing(points)]
    areas = np.linalg.norm(np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]), axis=1) / 2
    assert areas.sum() == pytest.approx(3)


def test_the_command_writes_a_new_file_and_keeps_the_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = save(tmp_path, "open.stl", binary_stl(block((10, 10, 10))[1:]))
    before = broken.read_bytes()
    fixed = tmp_path / "fixed.stl"
    assert main(["repair", str(broken), "--out", str(fixed)]) == 0
    assert "undefined → 1.000 cm³" in capsys.readouterr().out
    assert geometry.measure(fixed, unit="mm").volume_mm3 == pytest.approx(1000)
    assert main(["repair", str(broken), "--out", str(broken)]) == 2
    assert broken.read_bytes() == before
    assert main(["repair", str(fixed), "--out", str(tmp_path / "no.stl"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "nothing_to_repair"
    assert not (tmp_path / "no.stl").exists()
