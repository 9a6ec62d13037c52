"""Orientation: known shapes lie as a technologist would lay them, and every pose is what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import ball, binary_stl, block, rotation, save

from penstock.cli import main
from penstock.engines import geometry


def welded(corners: np.ndarray) -> geometry.Mesh:
    points, number = np.unique(corners.reshape(-1, 3).round(9), axis=0, return_inverse=True)
    return geometry.Mesh(points, number.reshape(-1, 3).astype(np.int32))


# A table: a plate on one leg in its middle.
TABLE = np.concatenate([block((40, 40, 4), at=(0, 0, 20)), block((8, 8, 20), at=(16, 16, 0))])


def test_a_plate_lies_flat_where_height_counts_and_stands_where_area_does() -> None:
    found = geometry.orient(welded(block((60, 40, 8))), overhang_deg=None)
    low = found.poses[found.best["height"]]
    small = found.poses[found.best["area"]]
    assert (low.height_mm, low.footprint_mm) == (pytest.approx(8), pytest.approx((60, 40)))
    assert low.projected_area_mm2 == pytest.approx(2400, rel=0.02)
    assert low.contact_area_mm2 == pytest.approx(2400)
    assert (small.height_mm, small.footprint_mm) == (pytest.approx(60), pytest.approx((40, 8)))
    assert found.poses[0] == low
    assert all(pose.support_volume_mm3 == 0 for pose in found.poses)


def test_support_under_a_table_is_counted_to_the_plate_and_avoided_by_turning_it() -> None:
    found = geometry.orient(welded(TABLE), overhang_deg=45)
    assert found.drawn.support_volume_mm3 == pytest.approx((40 * 40 - 8 * 8) * 20, rel=0.03)
    assert found.drawn.supported_area_mm2 == pytest.approx(40 * 40)  # as two bodies that touch
    best = found.poses[0]
    assert best.support_volume_mm3 == 0
    assert best.stands
    assert np.array(best.rotation)[2] == pytest.approx([0, 0, -1], abs=1e-6)  # on its top


def test_support_ends_on_the_part_below() -> None:
    shelf = np.concatenate([block((20, 20, 5)), block((20, 4, 15), at=(0, 0, 5)), block((20, 20, 5), at=(0, 0, 20))])
    drawn = geometry.orient(welded(shelf), overhang_deg=45).drawn
    assert drawn.support_volume_mm3 == pytest.approx(20 * 16 * 15, rel=0.03)


@pytest.mark.parametrize("corners", [block((60, 40, 8)), TABLE, ball(10, 12, 24)], ids=["plate", "table", "ball"])
def test_every_pose_is_a_rotation_and_its_extents_are_true(corners: np.ndarray) -> None:
    mesh = welded(corners @ rotation((1, 2, 3), 37).T + 5)
    found = geometry.orient(mesh, overhang_deg=60, chamber_mm=(50, 300, 300))
    for pose in found.poses:
        turn = np.array(pose.rotation)
        assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
        assert np.linalg.det(turn) == pytest.approx(1)
        size = np.ptp(mesh.vertices @ turn.T, axis=0)
        assert size == pytest.approx([*pose.footprint_mm, pose.height_mm])
        assert pose.footprint_mm[0] >= pose.footprint_mm[1] - 1e-9
        assert pose.fits is bool(min(size[:2]) <= 50)
    # Turning the drawing turns the poses with it: the lowest stays the lowest.
    straight = geometry.orient(welded(corners), overhang_deg=60)
    lowest = straight.poses[straight.best["height"]].height_mm
    assert found.poses[found.best["height"]].height_mm == pytest.approx(lowest, rel=0.02)


def test_the_command_lists_poses_and_gives_their_matrices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(save(tmp_path, "table.stl", binary_stl(TABLE)))
    assert main(["orient", path, "--process", "fdm"]) == 0
    assert "as drawn" in capsys.readouterr().out
    assert main(["orient", path, "--process", "sls", "--json"]) == 0
    poses = json.loads(capsys.readouterr().out)["poses"]
    assert poses[0]["support_volume_mm3"] == 0
    assert np.array(poses[0]["rotation"]).shape == (3, 3)
    assert main(["orient", str(tmp_path / "no.stl")]) == 2
