"""Findings of one process from a measurement and the process's limits."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from geometry_shapes import block, inside_out

from penstock.engines import geometry
from penstock.engines.geometry.analyse import analyse
from penstock.engines.geometry.mesh import RawModel

SLS = geometry.ProcessLimits(
    "SLS",
    "PBF",
    max_part_mm=(600, 340, 340),
    min_wall_mm=0.7,
    min_detail_mm=0.7,
    escape_hole_mm=3.5,
    traps_material=True,
)


def measured(*parts: np.ndarray) -> geometry.Measurement:
    corners = np.concatenate(parts)
    triangles = np.arange(3 * len(corners)).reshape(-1, 3)
    return analyse(RawModel(corners.reshape(-1, 3), triangles), "stl", "mm", geometry.Limits())[0]


def found(measurement: geometry.Measurement, **changes: Any) -> dict[str, str]:
    findings = geometry.check_process(measurement, dataclasses.replace(SLS, **changes))
    assert all(finding.process == "SLS" for finding in findings)
    return {finding.code: finding.severity for finding in findings}


def test_a_sound_part_has_no_findings() -> None:
    assert found(measured(block((300, 20, 500)))) == {}


def test_a_part_fits_in_any_turn_but_not_beyond() -> None:
    part = measured(block((340, 600, 340)))
    assert found(part) == {}
    assert found(part, max_part_mm=(599, 340, 340)) == {"too_large_for_process": "blocker"}
    assert found(part, max_part_mm=None) == {}


@pytest.mark.parametrize(("wall", "severity"), [(0.69, "blocker"), (0.71, None)])
def test_a_plate_thinner_than_the_limit(wall: float, severity: str | None) -> None:
    assert found(measured(block((50, 50, wall)))).get("thin_wall") == severity


@pytest.mark.parametrize(("wall", "severity"), [(0.3, "blocker"), (0.5, "warning"), (0.9, None)])
def test_a_hollow_box_with_thin_walls(wall: float, severity: str | None) -> None:
    hollow = inside_out(block((30 - 2 * wall,) * 3, at=(wall,) * 3))
    assert found(measured(block((30, 30, 30)), hollow)).get("thin_wall") == severity


def test_trapped_material_only_where_the_process_traps_it() -> None:
    part = measured(block(), inside_out(block((4, 4, 4), at=(3, 3, 3))))
    assert found(part) == {"trapped_material": "warning"}
    assert found(part, traps_material=False) == {}
    (finding,) = geometry.check_process(part, SLS)
    assert finding.data == {"void_volume_mm3": pytest.approx(64), "escape_hole_mm": 3.5}


def test_smaller_than_the_finest_detail() -> None:
    assert found(measured(block((0.5, 0.5, 0.5))))["too_small_for_process"] == "blocker"


def test_an_unprintable_part_gets_that_finding_alone() -> None:
    part = measured(block((1000, 1000, 1000))[1:])
    assert found(part) == {"not_printable": "blocker"}
    (finding,) = geometry.check_process(part, SLS)
    assert finding.data["because"] == ["open_surface"]
