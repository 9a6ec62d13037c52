"""Walls, gaps, holes, pins and details: thickness on known shapes, and what is said about which."""

from __future__ import annotations

import numpy as np
import pytest
from geometry_shapes import Corners, ball, block, inside_out, rotation, solid, welded
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import Manifold

from penstock.engines.geometry import Finding, Limits, ProcessLimits
from penstock.engines.geometry.analyse import analyse
from penstock.engines.geometry.findings.inspection import inspect_mesh
from penstock.engines.geometry.findings.samples import spread, surface_of
from penstock.engines.geometry.findings.thickness import walls
from penstock.engines.geometry.findings.tree import plant
from penstock.engines.geometry.mesh import RawModel

LIMITS = ProcessLimits("p", "PBF", min_wall_mm=0.7, min_gap_mm=0.5, min_hole_mm=1.5, min_pin_mm=1.0, min_detail_mm=0.5)
TILT = rotation((1, 2, 3), 37)


def found(corners: Corners, limits: ProcessLimits = LIMITS) -> dict[str, Finding]:
    """The findings of one process by code, looked for as the worker does."""
    triangles = np.arange(3 * len(corners)).reshape(-1, 3)
    measurement, mesh = analyse(RawModel(corners.reshape(-1, 3), triangles), "stl", "mm", Limits())
    _, findings, thickness = inspect_mesh(mesh, measurement, [limits])
    assert len(thickness) == len(mesh.triangles)
    assert all(each.process == limits.process for each in findings)
    return {each.code: each for each in findings}


def cylinder(radius: float, height: float) -> Manifold:
    return Manifold.cylinder(height, radius, circular_segments=96)


def box(size: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)) -> Manifold:
    return Manifold.cube(size).translate(at)


KNOWN = {
    "plate": (block((50, 30, 0.6)), 0.6),
    "tube": (solid(cylinder(10, 40) - cylinder(9.2, 40)), 0.8),
    "hollow ball": (np.concatenate([ball(20, 96, 192), inside_out(ball(18.5, 96, 192))]), 1.5),
    "hollow cube": (np.concatenate([block((30,) * 3), inside_out(block((28,) * 3, at=(1,) * 3))]), 1.0),
}


@pytest.mark.parametrize("tilted", [False, True], ids=["straight", "tilted"])
@pytest.mark.parametrize("shape", KNOWN)
def test_thickness_of_known_shapes_is_exact_to_a_hundredth(shape: str, tilted: bool) -> None:
    corners, true = KNOWN[shape]
    mesh = welded(corners @ TILT.T if tilted else corners)
    surface = surface_of(mesh)
    samples = spread(mesh, surface)
    assert samples.areas.sum() == pytest.approx(surface.area_mm2, rel=1e-3)
    depths = walls(plant(mesh), samples, surface, 2.0, 2.0)
    near = depths.distance < 2.0
    # On a plate's narrow sides the ray runs along it, which is no wall.
    assert samples.areas[near].sum() > 0.9 * surface.area_mm2
    assert depths.distance[near] == pytest.approx(true, abs=0.01)


def test_a_block_has_nothing_too_fine() -> None:
    assert found(block((20, 20, 20))) == {}


@pytest.mark.parametrize(("wall", "severity"), [(0.3, "blocker"), (0.6, "warning"), (0.7, None), (0.8, None)])
def test_a_thin_wall_is_found_with_its_value_limit_and_place(wall: float, severity: str | None) -> None:
    part = solid(box((40, 40, 5)) + box((40, wall, 25), (0, 20, 0)))
    findings = found(part @ TILT.T)
    assert {code: each.severity for code, each in findings.items()} == ({"thin_wall": severity} if severity else {})
    if severity:
        finding = findings["thin_wall"]
        assert (finding.measured, finding.limit, finding.unit) == (pytest.approx(wall, abs=0.01), 0.7, "mm")
        assert finding.data["area_mm2"] == pytest.approx(2 * 40 * 20, rel=0.1)
        place = finding.place
        assert place is not None
        target = np.array(place.target_mm) @ TILT
        assert 5 < target[2] < 25
        assert 20 - 0.01 < target[1] < 20 + wall + 0.01
        assert abs(np.array(place.direction) @ TILT)[1] > 0.3


def test_only_the_thin_part_is_lit() -> None:
    mesh = welded(solid(box((40, 40, 5)) + box((40, 0.5, 25), (0, 20, 0))))
    place = found(mesh.corners)["thin_wall"].place
    assert place is not None
    lit = np.concatenate([np.arange(first, after) for first, after in place.triangles])
    # Numbers refer to the mesh as it is welded by the reader, so it is taken from there.
    triangles = np.arange(3 * len(mesh.triangles)).reshape(-1, 3)
    _, welded_again = analyse(RawModel(mesh.corners.reshape(-1, 3), triangles), "stl", "mm", Limits())
    corners = welded_again.corners[lit]
    assert ((corners[:, :, 1] >= 19.99) & (corners[:, :, 1] <= 20.51)).all()


def test_a_tapered_tip_is_no_wall() -> None:
    wedge = Manifold.hull_points([(x, y, z) for x in (0, 30) for y, z in ((0, 0), (20, 0), (10, 20))])
    assert found(solid(wedge)) == {}


def test_a_pin_is_told_from_a_wall_and_a_hole_from_a_gap() -> None:
    part = box((30, 30, 10)) + cylinder(0.4, 8).translate((8, 8, 9)) - cylinder(0.5, 10).translate((20, 20, 0))
    findings = found(solid(part))
    assert sorted(findings) == ["small_hole", "thin_pin"]
    assert findings["thin_pin"].measured == pytest.approx(0.8, abs=0.01)
    assert findings["small_hole"].measured == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("gap", "codes"), [(0.3, ["narrow_gap"]), (0.6, [])])
def test_bodies_close_to_each_other(gap: float, codes: list[str]) -> None:
    findings = found(np.concatenate([block((30, 30, 4)), block((30, 30, 4), at=(0, 0, 4 + gap))]))
    assert sorted(findings) == codes
    if codes:
        assert findings["narrow_gap"].measured == pytest.approx(gap, abs=0.01)
        assert findings["narrow_gap"].data["area_mm2"] == pytest.approx(2 * 900, rel=0.05)


def test_a_slot_is_a_gap() -> None:
    assert sorted(found(solid(box((30, 30, 10)) - box((20, 0.4, 8), (5, 15, 3))))) == ["narrow_gap"]


def test_letters_are_details() -> None:
    bars = [box((0.3, 4, 0.8), (5, 5, 4.6)), box((3, 0.3, 0.8), (5, 5, 4.6)), box((3, 0.3, 0.8), (5, 8.7, 4.6))]
    plate = box((20, 15, 5))
    letter = Manifold.batch_boolean(bars, _add())
    assert sorted(found(solid(plate + letter))) == ["fine_detail"]
    assert sorted(found(solid(plate - letter))) == ["fine_engraving"]


def _add():
    import manifold3d

    return manifold3d.OpType.Add


def test_thickness_is_given_for_every_triangle_of_a_mesh_too_large_to_sample_each() -> None:
    mesh = welded(np.concatenate([ball(20, 40, 80), inside_out(ball(18, 40, 80))]))
    from penstock.engines.geometry.findings.study import Study

    measurement, outward = analyse(
        RawModel(mesh.corners.reshape(-1, 3), np.arange(3 * len(mesh.triangles)).reshape(-1, 3)), "stl", "mm", Limits()
    )
    study = Study(outward, measurement, [LIMITS])
    study.__dict__["samples"] = spread(outward, study.surface, 200, 3000)
    assert (study.places.sampled == 0).any()
    assert study.thickness_per_triangle() == pytest.approx(2.0, abs=0.1)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 360), st.floats(-500, 500))
def test_findings_do_not_depend_on_where_the_part_lies(seed: int, degrees: float, shift: float) -> None:
    part = solid(box((20, 20, 6)) + box((20, 0.5, 9), (0, 8, 5)) - cylinder(0.4, 8).translate((15, 15, -1)))
    turned = part @ rotation(np.random.default_rng(seed).normal(size=3), degrees).T + shift
    findings = found(turned)
    assert sorted(findings) == ["small_hole", "thin_wall"]
    assert findings["thin_wall"].measured == pytest.approx(0.5, abs=0.01)
    assert findings["small_hole"].measured == pytest.approx(0.8, abs=0.02)


@settings(max_examples=4, deadline=None)
@given(st.floats(0.5, 3))
def test_findings_scale_with_part_and_limits(scale: float) -> None:
    part = solid(box((20, 20, 6)) + box((20, 0.5, 9), (0, 8, 5)))
    limits = ProcessLimits("p", "PBF", min_wall_mm=0.7 * scale, min_gap_mm=0.5 * scale)
    finding = found(part * scale, limits)["thin_wall"]
    assert finding.measured == pytest.approx(0.5 * scale, abs=0.01)


def test_what_takes_too_long_is_told_and_the_facts_stay() -> None:
    corners = solid(box((20, 20, 20)))
    measurement, mesh = analyse(
        RawModel(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)), "stl", "mm", Limits()
    )
    tight = ProcessLimits("p", "PBF", max_part_mm=(10, 10, 10), min_wall_mm=0.7, escape_hole_mm=3, traps_material=True)
    inspected, findings, thickness = inspect_mesh(mesh, measurement, [tight], cpu_seconds=0)
    assert sorted((each.code, each.data.get("rule")) for each in findings) == [
        ("not_judged", "fine_features"),
        ("not_judged", "trapped_material"),
        ("too_large_for_process", None),
    ]
    assert len(thickness) == 0
    assert (inspected.volume_mm3, inspected.thin_wall_mm) == (pytest.approx(8000), None)
    assert inspected.thin_wall_note
    # The next part has all its time.
    assert "not_judged" not in found(corners)
