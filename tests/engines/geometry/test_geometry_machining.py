"""CAD files read with their faces: exact volume, and what a machine tool has to know. Needs `penstock[cad]`."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penstock import cli
from penstock.engines import geometry, knowledge
from penstock.engines.geometry import Measurement

pytest.importorskip("OCP", reason="the extra penstock[cad] is not installed (uv sync --extra cad)")

import cad_parts as cad

BLOCK = ((0, 0, 0), (60, 40, 20))
MILLING = geometry.limits_of(knowledge.default(), "cnc-milling")


def measured(folder: Path, shape: Any) -> Measurement:
    return geometry.measure(cad.step(folder, shape))


def block() -> Any:
    return cad.box(*BLOCK)


def test_volume_area_and_centre_are_exact(tmp_path: Path) -> None:
    ball = measured(tmp_path, cad.ball((5, 0, 0), 10))
    assert ball.volume_source == "brep"
    assert ball.volume_mm3 == pytest.approx(4000 / 3 * math.pi, rel=1e-9)
    assert ball.area_mm2 == pytest.approx(400 * math.pi, rel=1e-9)
    assert ball.centre_of_mass_mm == pytest.approx((5, 0, 0), abs=1e-6)
    # The triangles lie within the ball.
    assert ball.signed_volume_mm3 is not None
    assert 0.998 * ball.volume_mm3 < ball.signed_volume_mm3 < ball.volume_mm3


def test_a_hollow_is_taken_off(tmp_path: Path) -> None:
    found = measured(tmp_path, cad.cut(block(), cad.ball((30, 20, 10), 5)))
    assert found.volume_mm3 == pytest.approx(48000 - 500 / 3 * math.pi, rel=1e-9)
    assert found.volume_source == "brep"


def test_holes_with_diameter_depth_and_direction(tmp_path: Path) -> None:
    through_rod, blind_rod = cad.rod((10, 10, -1), cad.UP, 2.5, 50), cad.rod((40, 20, 8), cad.UP, 4, 50)
    shape = cad.cut(block(), through_rod, blind_rod, cad.rod((-1, 30, 10), (1, 0, 0), 1.5, 11))
    machining = measured(tmp_path, shape).machining
    assert machining is not None
    blind, through, aside = (dataclasses.replace(each, triangles=()) for each in machining.holes)
    assert dataclasses.astuple(blind)[:5] == (8.0, 12.0, False, (0.0, 0.0, 1.0), (40.0, 20.0, 20.0))
    assert dataclasses.astuple(through)[:4] == (5.0, 20.0, True, (0.0, 0.0, 1.0))
    assert dataclasses.astuple(aside)[:5] == (3.0, 10.0, False, (-1.0, 0.0, 0.0), (0.0, 30.0, 10.0))
    assert machining.pockets == machining.corners == ()
    assert machining.undercut_mm2 == 0
    assert {(0.0, 0.0, 1.0), (-1.0, 0.0, 0.0)} <= set(machining.setups)


def test_a_drilled_hole_ends_in_its_cone_and_a_milled_one_in_its_ball(tmp_path: Path) -> None:
    tools = [*cad.drill((15, 20, 8), 3, 20), cad.rod((45, 20, 8), cad.UP, 4, 20), cad.ball((45, 20, 8), 4)]
    machining = measured(tmp_path, cad.cut(block(), *tools)).machining
    assert machining is not None
    assert [(hole.diameter_mm, hole.depth_mm, hole.through) for hole in machining.holes] == [
        (8, 12, False),
        (6, 12, False),
    ]
    assert {hole.direction for hole in machining.holes} == {(0, 0, 1)}


def test_a_counterbore_is_a_blind_hole_over_a_through_one(tmp_path: Path) -> None:
    shape = cad.cut(block(), cad.rod((30, 20, -1), cad.UP, 5, 50), cad.rod((30, 20, 12), cad.UP, 9, 50))
    machining = measured(tmp_path, shape).machining
    assert machining is not None
    assert [(hole.diameter_mm, hole.depth_mm, hole.through) for hole in machining.holes] == [
        (18, 8, False),
        (10, 12, True),
    ]


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_a_pocket_with_round_corners(tmp_path: Path, angle: float) -> None:
    shape = cad.cut(block(), cad.rounded(cad.box((10, 10, 5), (30, 20, 30)), 3.0))
    found = measured(tmp_path, cad.turned(shape, (1, 2, 3), angle))
    assert found.volume_mm3 == pytest.approx(48000 - 15 * (600 - (4 - math.pi) * 9), rel=1e-9)
    machining = found.machining
    assert machining is not None
    (pocket,) = machining.pockets
    assert (pocket.depth_mm, *pocket.size_mm, pocket.inner_radius_mm) == pytest.approx((15, 30, 20, 3))
    (corner,) = machining.corners
    assert (corner.radius_mm, corner.depth_mm, corner.count) == pytest.approx((3, 15, 4))
    assert machining.wall_mm == pytest.approx(5)
    assert machining.holes == ()
    assert any(np.dot(pocket.direction, each) > 0.999 for each in machining.setups)


def test_sharp_pocket_slot_window_and_step(tmp_path: Path) -> None:
    def features(*tools: Any) -> Any:
        return measured(tmp_path, cad.cut(block(), *tools)).machining

    (sharp,) = features(cad.box((10, 10, 5), (30, 20, 30))).pockets
    assert (sharp.depth_mm, sharp.inner_radius_mm) == (15, 0)
    (slot,) = features(cad.box((-1, 10, 5), (62, 20, 30))).pockets
    assert (slot.depth_mm, slot.size_mm, slot.inner_radius_mm) == (15, (60, 20), None)
    window = features(cad.rounded(cad.box((10, 10, -5), (30, 20, 50)), 2.0))
    assert window.pockets == ()
    assert [(each.radius_mm, each.depth_mm, each.count) for each in window.corners] == [(2, 20, 4)]
    assert features(cad.box((30, -1, 10), (50, 60, 50))).pockets == ()


def test_walls_of_plates_and_tubes(tmp_path: Path) -> None:
    tube = measured(
        tmp_path, cad.cut(cad.rod((0, 0, 0), cad.UP, 20, 50), cad.rod((0, 0, -1), cad.UP, 19.4, 80))
    ).machining
    assert tube is not None
    assert tube.wall_mm == pytest.approx(0.6)
    # Two slots leave a wall; the plates beside it, which lie farther out, are no wall with it.
    plates = cad.cut(block(), cad.box((10, -1, 5), (20, 50, 30)), cad.box((30.5, -1, 5), (20, 50, 30)))
    found = measured(tmp_path, plates).machining
    assert found is not None
    assert found.wall_mm == pytest.approx(0.5)


def test_an_undercut_is_reached_from_no_side(tmp_path: Path) -> None:
    # A hollow under a lid with a hole: its walls hide from every direction, its floor does not.
    shape = cad.cut(block(), cad.box((10, 10, 5), (40, 20, 10)), cad.rod((30, 20, 10), cad.UP, 3, 20))
    machining = measured(tmp_path, shape).machining
    assert machining is not None
    lid, walls = 800 - 9 * math.pi, 10 * 120
    assert machining.undercut_mm2 == pytest.approx(lid + walls + 800, rel=0.01)


def test_set_ups_count_the_sides_with_blind_holes(tmp_path: Path) -> None:
    sides = {(0, 0, 1): (30, 20, 15), (0, 0, -1): (30, 20, 5), (1, 0, 0): (55, 20, 10)}
    sides |= {(-1, 0, 0): (5, 20, 10), (0, -1, 0): (30, 5, 10)}
    shape = cad.cut(block(), *(cad.rod(foot, along, 2, 30) for along, foot in sides.items()))
    found = measured(tmp_path, shape)
    assert found.machining is not None
    assert len(found.machining.setups) == 5
    (told,) = [each for each in geometry.check_process(found, MILLING) if each.code == "many_setups"]
    assert (told.severity, told.measured, told.limit) == ("notice", 5, 3)


def test_findings_have_their_place_on_the_mesh(tmp_path: Path) -> None:
    shape = cad.cut(
        block(), cad.rod((10, 10, -1), cad.UP, 0.8, 50), cad.rounded(cad.box((20, 10, 2), (30, 20, 30)), 0.5)
    )
    path = cad.step(tmp_path, shape)
    inspection = geometry.inspect(path, [MILLING])
    mesh = geometry.load_mesh(path)
    found = {each.code: each for each in inspection.findings}
    hole, radius = found["deep_hole"], found["small_inner_radius"]
    assert (hole.severity, hole.measured, hole.limit) == ("notice", 12.5, 10)
    assert (radius.measured, radius.limit) == (0.5, 1)
    assert found["deep_pocket"].severity == "warning"
    assert found["deep_pocket"].measured == pytest.approx(18)
    assert hole.place is not None
    lit = np.concatenate([np.arange(*pair) for pair in hole.place.triangles])
    away = np.linalg.norm(mesh.corners[lit].reshape(-1, 3)[:, :2] - (10, 10), axis=1)
    assert away == pytest.approx(0.8, abs=1e-6)


def test_features_survive_json_and_stand_in_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cad.step(tmp_path, cad.cut(block(), cad.rod((10, 10, -1), cad.UP, 2.5, 50)))
    found = geometry.measure(path)
    assert Measurement.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert cli.main(["measure", str(path)]) == 0
    said = capsys.readouterr().out
    assert "1 × 5 mm hole, 20 mm deep, through" in said
    assert "set-ups: 2" in said


def test_iges_with_solids_too(tmp_path: Path) -> None:
    found = geometry.measure(cad.iges(tmp_path, cad.cut(block(), cad.rod((10, 10, -1), cad.UP, 2.5, 50))))
    assert found.format == "iges"
    assert found.volume_mm3 == pytest.approx(48000 - 125 * math.pi, rel=1e-6)


def test_the_worker_alone_loads_it(tmp_path: Path) -> None:
    path = cad.step(tmp_path, block())
    program = f"""import sys
from penstock.engines import geometry
assert geometry.measure({str(path)!r}).volume_source == "brep"
print("OCP" in sys.modules)"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_a_part_of_many_holes_is_measured_in_time(tmp_path: Path) -> None:
    tools = [cad.rod((3 + 6 * n, 3 + 6 * m, -1), cad.UP, 1.5, 50) for n in range(9) for m in range(6)]
    found = measured(tmp_path, cad.cut(block(), *tools))
    assert found.machining is not None
    assert len(found.machining.holes) == 54
    assert found.seconds < 10
