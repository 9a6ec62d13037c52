"""Hollows with narrow mouths, support, massive sections, flats, poses, milling: shapes with known answers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import Corners, ball, binary_stl, block, inside_out, rotation, save, solid, welded
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import Manifold
from test_geometry_walls import box, cylinder, found

from penstock.engines import geometry
from penstock.engines.geometry import ProcessLimits
from penstock.engines.geometry.findings.columns import columns_of
from penstock.engines.geometry.findings.overhangs import Stand
from penstock.engines.geometry.findings.samples import surface_of

POWDER = ProcessLimits("sls", "PBF", escape_hole_mm=3.5, traps_material=True, sources={"min_escape_hole": "A page"})
MILLING = ProcessLimits("cnc-milling", "milling", tool_radius_mm=1.0)
HOLLOW = box((30, 30, 30)) - box((26, 26, 26), (2, 2, 2))


def drilled(*diameters: float) -> Manifold:
    part = HOLLOW
    for n, diameter in enumerate(diameters):
        part -= cylinder(diameter / 2, 5).translate((8 + 8 * n, 15, 27))
    return part


@pytest.mark.parametrize(("diameter", "measured"), [(1.0, 1.5), (2.0, 2.0), (3.0, 3.0)])
@pytest.mark.parametrize("tilted", [False, True], ids=["straight", "tilted"])
def test_a_hollow_with_a_narrow_mouth(diameter: float, measured: float, tilted: bool) -> None:
    corners = solid(drilled(diameter))
    finding = found(corners @ rotation((1, 2, 3), 37).T if tilted else corners, POWDER)["narrow_opening"]
    # Below three cubes of the grid only a bound is known.
    assert finding.measured == pytest.approx(measured, abs=0.1) or (diameter == 1 and 1 < (finding.measured or 0) < 2.5)
    assert finding.data["volume_mm3"] == pytest.approx(26**3, rel=0.05)
    assert (finding.limit, finding.source, finding.severity) == (3.5, "A page", "warning")
    if diameter > 1 and not tilted:
        place = finding.place
        assert place is not None
        assert place.target_mm == pytest.approx((8, 15, 29), abs=1.1)
        assert place.direction[2] > 0.5


@pytest.mark.parametrize(
    "part",
    [
        drilled(5.0),
        box((30, 30, 30)) - box((26, 26, 30), (2, 2, 2)),
        box((20, 20, 20)) - cylinder(1, 30).translate((10, 10, -5)),
        box((30, 60, 20)) - box((3, 70, 12), (13.5, -5, 10)),
        HOLLOW - box((3, 22, 5), (13, 4, 27)),
    ],
    ids=["wide hole", "cup", "through hole", "groove", "long slit"],
)
def test_what_lets_material_out(part: Manifold) -> None:
    assert found(solid(part), POWDER) == {}


def test_closed_voids_are_told_apart_from_narrow_mouths() -> None:
    both = found(np.concatenate([solid(drilled(2.0)), solid(HOLLOW) + np.array([50, 0, 0])]), POWDER)
    assert sorted(both) == ["narrow_opening", "trapped_material"]
    assert both["trapped_material"].measured == pytest.approx(26**3)
    assert both["narrow_opening"].data["volume_mm3"] == pytest.approx(26**3, rel=0.05)
    place = both["trapped_material"].place
    assert place is not None
    assert 52 <= place.target_mm[0] <= 78
    void = found(np.concatenate([ball(20), inside_out(ball(10))]), POWDER)
    assert sorted(void) == ["trapped_material"]


def stand(part: Manifold | Corners, turn: np.ndarray | None = None) -> Stand:
    mesh = welded(solid(part) if isinstance(part, Manifold) else part)
    return Stand(mesh, surface_of(mesh), turn)


def test_support_under_a_block_that_sticks_out() -> None:
    over = stand(box((10, 10, 30)) + box((40, 10, 5), (-15, 0, 25))).overhangs(45, 0)
    assert over.area_mm2 == pytest.approx(300)
    assert over.support_mm3 == pytest.approx(300 * 25, rel=0.01)
    assert stand(block((10, 10, 30))).overhangs(45, 0).area_mm2 == 0


@pytest.mark.parametrize(("bridge", "area"), [(0, 80), (7.5, 80), (10, 0)])
def test_a_short_bridge_needs_no_support(bridge: float, area: float) -> None:
    gate = box((5, 10, 20)) + box((5, 10, 20), (13, 0, 0)) + box((18, 10, 5), (0, 0, 20))
    over = stand(gate).overhangs(45, bridge)
    assert over.area_mm2 == pytest.approx(area)
    assert over.support_mm3 == pytest.approx(area * 20, rel=0.01)


@pytest.mark.parametrize(("steepest", "area"), [(44.0, 10 * 20 * math.sqrt(2)), (46.0, 0.0)])
def test_a_slope_of_45_degrees(steepest: float, area: float) -> None:
    slope = Manifold.hull_points([(x, y, z) for y in (0, 10) for x, z in ((0, 0), (10, 0), (0, 20), (30, 20))])
    over = stand(slope).overhangs(steepest, 0)
    assert over.area_mm2 == pytest.approx(area)
    assert over.support_mm3 == pytest.approx(2000 if area else 0, rel=0.01)


def test_the_pose_decides_about_support() -> None:
    table = box((40, 40, 4), (0, 0, 20)) + box((6, 6, 24), (17, 17, 0))
    assert stand(table).overhangs(45, 0).area_mm2 == pytest.approx(40 * 40 - 36)
    assert stand(table, rotation((1, 0, 0), 180)).overhangs(45, 0).area_mm2 == 0


@settings(max_examples=5, deadline=None)
@given(st.floats(0, 360), st.integers(0, 1000))
def test_columns_of_a_closed_part_hold_its_volume(degrees: float, seed: int) -> None:
    turn = rotation(np.random.default_rng(seed).normal(size=3), degrees)
    mesh = welded(solid(drilled(4.0)) @ turn.T)
    columns = columns_of(mesh.vertices, mesh.triangles, (150, 150))
    sums = np.add.reduceat(np.append(columns.enters, 0), columns.starts[:-1]) * (np.diff(columns.starts) > 0)
    assert not sums.any()
    volume = -(columns.heights * columns.enters).sum() * columns.cell.prod()
    assert volume == pytest.approx(drilled(4.0).volume(), rel=0.01)


def test_support_is_a_notice_where_the_process_needs_it() -> None:
    table = solid(box((40, 40, 4), (0, 0, 20)) + box((6, 6, 24), (17, 17, 0)))
    finding = found(table, ProcessLimits("fdm", "MEX", max_overhang_deg=45))["needs_support"]
    assert (finding.severity, finding.measured) == ("notice", pytest.approx(1564))
    assert finding.data["support_mm3"] == pytest.approx(1564 * 20, rel=0.01)
    assert found(table, ProcessLimits("sls", "PBF")) == {}


def test_support_is_judged_in_the_pose_chosen(tmp_path: Path) -> None:
    table = solid(box((40, 40, 4), (0, 0, 20)) + box((6, 6, 24), (17, 17, 0)))
    path = save(tmp_path, "table.stl", binary_stl(table))
    limits = ProcessLimits("fdm", "MEX", max_overhang_deg=45)
    upside_down, on_its_side = [[1, 0, 0], [0, -1, 0], [0, 0, -1]], [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    assert geometry.inspect(path, [limits], unit="mm", turn=upside_down).findings == ()
    (finding,) = geometry.inspect(path, [limits], unit="mm", turn=on_its_side).findings
    assert finding.measured == pytest.approx(6 * 20)
    assert finding.message.startswith("In the pose chosen, 1.2 cm²")


def test_massive_sections() -> None:
    limits = ProcessLimits("sls", "PBF", max_massive_mm=20)
    assert found(block((30, 40, 50)), limits)["massive_section"].measured == pytest.approx(30, abs=0.1)
    assert found(block((15, 40, 50)), limits) == {}
    assert found(solid(box((40, 40, 40)) - box((30, 30, 40), (5, 5, 5))), limits) == {}


def test_a_large_thin_flat_may_warp_and_a_frame_or_a_thick_one_less() -> None:
    limits = ProcessLimits("sls", "PBF", max_flat_mm=150, flat_thickness_mm=3)
    finding = found(block((200, 100, 2)) @ rotation((1, 1, 0), 30).T, limits)["large_flat"]
    assert finding.data["thickness_mm"] == pytest.approx(2, abs=0.01)
    for part in (block((200, 100, 4)), block((140, 100, 2)), block((200, 20, 2))):
        assert found(part, limits) == {}
    assert found(solid(box((200, 200, 2)) - box((180, 180, 2), (10, 10, 0))), limits) == {}


def test_a_rod_too_long_for_the_chamber_fits_across_it() -> None:
    limits = ProcessLimits("sls", "PBF", chambers_mm=((100.0, 100.0, 100.0),))
    assert found(block((90, 90, 90)), limits) == {}
    finding = found(block((5, 5, 160)), limits)["fits_turned_only"]
    turned = block((5, 5, 160)).reshape(-1, 3) @ np.array(finding.data["pose"]).T
    assert (np.ptp(turned, axis=0) <= 100.001).all()
    assert found(block((5, 5, 174)), limits)["too_large_for_process"].severity == "blocker"


def test_milling_does_not_reach_undercuts() -> None:
    assert found(solid(box((40, 40, 20)) - cylinder(5, 30).translate((20, 20, -5))), MILLING) == {}
    assert sorted(found(solid(drilled(5.0)), MILLING)) == ["unreachable"]


def test_sharp_corners_of_a_pocket_but_not_of_a_step() -> None:
    pocket = found(solid(box((40, 40, 20)) - box((20, 20, 12), (10, 10, 8))), MILLING)
    assert pocket["sharp_inner_corner"].data["length_mm"] == pytest.approx(4 * 12)
    assert found(solid(box((40, 40, 20)) - box((20, 50, 12), (25, -5, 8))), MILLING) == {}
    rounded = Manifold.hull(
        cylinder(3, 12) + cylinder(3, 12).translate((14, 0, 0)) + cylinder(3, 12).translate((14, 14, 0))
        + cylinder(3, 12).translate((0, 14, 0))
    )  # fmt: skip
    assert found(solid(box((40, 40, 20)) - rounded.translate((13, 13, 8))), MILLING) == {}
