"""Facts of shapes with known answers, and what must not change when a part is moved, turned or mirrored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import ball, binary_stl, block, inside_out, rotation, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.engines import geometry
from penstock.engines.geometry.analyse import analyse
from penstock.engines.geometry.mesh import RawModel


def measured(*parts: np.ndarray) -> geometry.Measurement:
    """Measure in this process, from float64 corners, so that shapes are exact."""
    corners = np.concatenate(parts).astype(float)
    triangles = np.arange(3 * len(corners)).reshape(-1, 3)
    return analyse(RawModel(corners.reshape(-1, 3), triangles), "stl", "mm", geometry.Limits())[0]


def codes(measurement: geometry.Measurement) -> set[str]:
    return {finding.code for finding in measurement.findings}


def test_block() -> None:
    facts = measured(block((10, 20, 30), at=(5, 6, 7)))
    assert facts.volume_mm3 == pytest.approx(6000)
    assert facts.area_mm2 == pytest.approx(2200)
    assert facts.hull_volume_mm3 == pytest.approx(6000)
    assert facts.projected_area_mm2 == pytest.approx((600, 300, 200))
    assert facts.centre_of_mass_mm == pytest.approx((10, 16, 22))
    assert facts.min_box_mm == pytest.approx((30, 20, 10))
    assert facts.min_box_kind == "axis_aligned"
    assert facts.thin_wall_mm == pytest.approx(10)
    assert facts.void_volume_mm3 == 0
    assert facts.overlapping is False


def test_tilted_block_has_its_own_box() -> None:
    facts = measured(block((10, 20, 30)) @ rotation((1, 2, 3), 37).T)
    assert facts.min_box_mm == pytest.approx((30, 20, 10), rel=1e-3)
    assert facts.min_box_kind == "oriented"
    assert facts.thin_wall_mm == pytest.approx(10, abs=1e-6)


def test_ball() -> None:
    facts = measured(ball(10, 64, 128))
    assert facts.volume_mm3 == pytest.approx(4 / 3 * np.pi * 1000, rel=3e-3)
    assert facts.projected_area_mm2 == pytest.approx([np.pi * 100] * 3, rel=0.01)
    assert facts.thin_wall_mm == pytest.approx(20, rel=0.01)


@pytest.mark.parametrize("wall", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("tilt", [0.0, 33.0])
def test_thickness_of_a_plate_and_of_a_hollow_box(wall: float, tilt: float) -> None:
    turn = rotation((3, 1, 2), tilt).T
    assert measured(block((40, 30, wall)) @ turn).thin_wall_mm == pytest.approx(wall, abs=0.01)
    inner = block((30 - 2 * wall,) * 3, at=(wall,) * 3)
    assert measured(block((30, 30, 30)) @ turn, inside_out(inner) @ turn).thin_wall_mm == pytest.approx(wall, abs=0.01)


def test_closed_void_is_taken_off_and_told() -> None:
    facts = measured(block(), inside_out(block((4, 4, 4), at=(3, 3, 3))))
    assert facts.volume_mm3 == pytest.approx(936)
    assert facts.void_volume_mm3 == pytest.approx(64)
    assert (facts.bodies, facts.shells) == (1, 2)
    assert "closed_void" in codes(facts)
    assert facts.printable


def test_hollows_that_run_into_each_other_are_taken_off_once() -> None:
    hollows = [inside_out(block((4, 4, 4), at=(n, n, n))) for n in (1, 3)]
    facts = measured(block(), *hollows, block(at=(20, 0, 0)))
    assert facts.volume_mm3 == pytest.approx(2000 - 120)
    assert facts.void_volume_mm3 == pytest.approx(120)
    assert facts.overlapping is False


def test_a_body_inside_a_hollow_is_a_body() -> None:
    hollow = inside_out(block((6, 6, 6), at=(2, 2, 2)))
    facts = measured(block(), hollow, block((2, 2, 2), at=(4, 4, 4)))
    assert facts.volume_mm3 == pytest.approx(1000 - 216 + 8)
    assert (facts.bodies, facts.shells, facts.overlapping) == (2, 3, False)


def test_overlap_is_counted_once() -> None:
    facts = measured(block(), block(at=(5, 0, 0)))
    assert facts.volume_mm3 == pytest.approx(1500)
    assert facts.signed_volume_mm3 == pytest.approx(2000)
    assert facts.overlapping is True
    assert "overlapping_bodies" in codes(facts)
    assert facts.centre_of_mass_mm == pytest.approx((7.5, 5, 5))


def test_a_body_within_a_solid_body_overlaps_it() -> None:
    facts = measured(block(), block((4, 4, 4), at=(3, 3, 3)))
    assert facts.volume_mm3 == pytest.approx(1000)
    assert facts.overlapping is True


def test_inside_out_is_measured_with_a_notice() -> None:
    facts = measured(inside_out(block()))
    assert facts.volume_mm3 == pytest.approx(1000)
    assert "inverted" in codes(facts)
    assert facts.printable


def test_one_body_inside_out_does_not_cancel_the_other() -> None:
    facts = measured(block(), inside_out(block(at=(20, 0, 0))))
    assert facts.volume_mm3 == pytest.approx(2000)
    assert "inverted_body" in codes(facts)


def test_bodies_touching_along_an_edge_are_two_solids() -> None:
    facts = measured(block(), block(at=(10, 10, 0)))
    assert facts.watertight
    assert facts.bodies == 2
    assert facts.volume_mm3 == pytest.approx(2000)
    assert "shared_edges" in codes(facts)


def test_open_surface_has_no_volume_and_says_why() -> None:
    facts = measured(block()[1:])
    assert not facts.watertight
    assert facts.volume_mm3 is None
    assert not facts.printable
    assert "not closed" in (facts.volume_note or "")
    assert "open_surface" in codes(facts)


def test_wrongly_wound_surface_has_no_volume_and_says_why() -> None:
    corners = block()
    corners[0] = corners[0, ::-1]
    facts = measured(corners)
    assert facts.watertight
    assert not facts.consistent_winding
    assert facts.volume_mm3 is None
    assert "inconsistent_winding" in codes(facts)
    assert not facts.printable


def test_closed_but_flat_encloses_nothing() -> None:
    sheet = np.array([[[0, 0, 0], [10, 0, 0], [0, 10, 0]]], dtype=float)
    facts = measured(sheet, inside_out(sheet))
    assert facts.watertight
    assert facts.volume_mm3 is None
    assert "no_volume" in codes(facts)


def test_repeated_and_degenerate_triangles_change_nothing() -> None:
    facts = measured(block(), block(), np.zeros((3, 3, 3)))
    assert facts.volume_mm3 == pytest.approx(1000)
    assert facts.triangles == 27
    assert {"duplicate_triangles", "degenerate_triangles"} <= codes(facts)


def test_seams_open_by_rounding_only_are_joined() -> None:
    corners = block()
    corners[corners == 10] += np.resize([0.0, 4e-6, -3e-6], int((corners == 10).sum()))
    facts = measured(corners)
    assert facts.watertight
    assert facts.volume_mm3 == pytest.approx(1000, rel=1e-5)
    assert "points_joined" in codes(facts)


def test_a_real_gap_is_not_joined() -> None:
    corners = block()
    corners[0, 0] += 0.01
    assert not measured(corners).watertight


@pytest.mark.parametrize("turned", [False, True])
def test_overlapping_bodies_have_the_centre_of_their_union(turned: bool) -> None:
    parts = [block((10, 10, 10)), block((10, 10, 10), at=(8, 0, 0)), block((2, 2, 2), at=(40, 4, 4))]
    facts = measured(*(inside_out(part) if turned else part for part in parts))
    assert facts.volume_mm3 == pytest.approx(1808)
    assert facts.centre_of_mass_mm == pytest.approx(((1800 * 9 + 8 * 41) / 1808, 5, 5))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(range(4)), cut=st.integers(0, 23), gap=st.floats(0.5, 50))
def test_the_order_of_triangles_and_the_distance_of_bodies_change_no_sum(
    order: list[int], cut: int, gap: float
) -> None:
    parts = [block((4, 5, 6), at=(n * (4 + gap), 0, 0)) for n in range(4)]
    whole = np.concatenate([parts[n] for n in order])
    facts = measured(np.roll(whole, cut, axis=0))
    assert (facts.bodies, facts.volume_mm3) == (4, pytest.approx(480))
    assert facts.area_mm2 == pytest.approx(4 * 148)
    assert facts.centre_of_mass_mm == pytest.approx((1.5 * (4 + gap) + 2, 2.5, 3))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    axis=st.tuples(*[st.floats(0.1, 1)] * 3),
    degrees=st.floats(-180, 180),
    shift=st.tuples(*[st.floats(-500, 500)] * 3),
    scale=st.floats(0.5, 20),
    mirrored=st.booleans(),
)
def test_moving_turning_and_mirroring_change_no_fact(
    axis: tuple[float, ...], degrees: float, shift: tuple[float, ...], scale: float, mirrored: bool
) -> None:
    part = np.concatenate(
        [ball(5, 8, 12), inside_out(block((2, 2, 2), at=(-1, -1, -1))), block((3, 4, 5), at=(10, 0, 0))]
    )
    moved = part @ rotation(axis, degrees).T * scale + np.array(shift)
    if mirrored:
        moved = moved * [-1, 1, 1]
    before, after = measured(part), measured(moved)
    assert after.volume_mm3 == pytest.approx(before.volume_mm3 * scale**3, rel=1e-9)
    assert after.area_mm2 == pytest.approx(before.area_mm2 * scale**2, rel=1e-9)
    assert after.void_volume_mm3 == pytest.approx(8 * scale**3, rel=1e-9)
    assert (after.bodies, after.shells, after.watertight) == (2, 3, True)
    assert after.hull_volume_mm3 == pytest.approx(before.hull_volume_mm3 * scale**3, rel=1e-6)


def test_loaded_mesh_is_outward_whatever_the_file(tmp_path: Path) -> None:
    mesh = geometry.load_mesh(save(tmp_path, "a.stl", binary_stl(inside_out(block()))))
    a, b, c = (mesh.corners[:, k] for k in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 == pytest.approx(1000)
    assert mesh.bounds_mm.tolist() == [[0, 0, 0], [10, 10, 10]]
