"""The checker finds what is wrong with layouts made wrong on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from penstock.engines.packing import Box, Chamber, Item, Packing, PackingMetrics, Placement, verify

CHAMBER = Chamber((100, 100, 100), clearance_mm=2, wall_clearance_mm=1)
ITEMS = [Item("a", (20, 20, 20), copies=2, mass_g=10), Item("b", (10, 10, 10), orientation="fixed")]


def at(item_id: str, copy: int, x: float, y: float, z: float, turn: np.ndarray | None = None) -> Placement:
    matrix = np.eye(4)
    if turn is not None:
        matrix[:3, :3] = turn
    matrix[:3, 3] = (x, y, z)
    return Placement(item_id, copy, matrix)


def packing(*placements: Placement) -> Packing:
    return Packing(placements, (), 0.0, 0.0, PackingMetrics(), 0.0, 0)


def codes(*placements: Placement, chamber: Chamber = CHAMBER) -> list[str]:
    return [violation.code for violation in verify(packing(*placements), ITEMS, chamber)]


def test_a_sound_layout_passes():
    assert codes(at("a", 0, 1, 1, 1), at("a", 1, 23, 1, 1), at("b", 0, 1, 23, 1)) == []


def test_distance_is_measured_across_corners():
    diagonal = 2 / np.sqrt(2)
    assert codes(at("a", 0, 1, 1, 1), at("a", 1, 21 + diagonal, 21 + diagonal, 1)) == []


TURNED = np.diag([-1.0, -1.0, 1.0])


@pytest.mark.parametrize(
    ("placements", "code"),
    [
        ((at("a", 0, 1, 1, 1), at("a", 1, 15, 1, 1)), "overlap"),
        ((at("a", 0, 1, 1, 1), at("a", 1, 22, 1, 1)), "clearance"),
        ((at("a", 0, 0.5, 1, 1),), "outside"),
        ((at("a", 0, 1, 1, 80),), "outside"),
        ((at("a", 0, 1, 1, 1), at("a", 0, 40, 1, 1)), "copies"),
        ((at("a", 7, 1, 1, 1),), "copies"),
        ((at("ghost", 0, 1, 1, 1),), "unknown_item"),
        ((at("a", 0, 1, 1, 1, np.diag([1.0, 1.0, 0.5])),), "not_rigid"),
        ((at("a", 0, 1, 21, 1, np.diag([1.0, -1.0, 1.0])),), "not_rigid"),
        ((at("b", 0, 30, 30, 1, TURNED),), "orientation"),
    ],
)
def test_each_fault_is_named(placements, code):
    assert codes(*placements) == [code]


def test_faults_that_depend_on_the_chamber():
    keep_out = replace(CHAMBER, keep_out=(Box((0, 0, 0), (30, 30, 30)),))
    assert codes(at("a", 0, 31, 1, 1), chamber=keep_out) == ["keep_out"]
    assert codes(at("a", 0, 1, 1, 5), chamber=replace(CHAMBER, single_layer=True)) == ["not_on_floor"]
    light = replace(CHAMBER, max_mass_g=15)
    assert codes(at("a", 0, 1, 1, 1), at("a", 1, 40, 1, 1), chamber=light) == ["too_heavy"]
    assert codes(at("a", 0, 2, 2, 1), chamber=replace(CHAMBER, shape="cylinder")) == ["outside"]
    rounded = replace(CHAMBER, shape="rounded", corner_radius_mm=20)
    assert codes(at("a", 0, 2, 2, 1), chamber=rounded) == ["outside"]
    assert codes(at("a", 0, 30, 1, 1), chamber=rounded) == []
