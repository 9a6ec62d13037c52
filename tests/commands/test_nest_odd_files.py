"""`penstock nest` on what people send: builds of odd parts hold when others measure them."""

from __future__ import annotations

import json
import locale
from pathlib import Path

import lib3mf
import numpy as np
import pytest
import trimesh
from outside_check import objections

from geometry_step import step_block
from penstock import cli
from penstock.commands import nest


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nested(*arguments: str, seconds: float = 0.5) -> tuple[int, dict]:
    status = cli.main(["nest", *arguments, "--seconds", str(seconds), "--report", "build.json", "--out", "build.3mf"])
    return status, json.loads(Path("build.json").read_text())


def ring(radius: float, wire: float) -> trimesh.Trimesh:
    return trimesh.creation.torus(radius, wire, major_sections=24, minor_sections=10)


def test_thin_plates_long_rods_and_rings_that_could_hold_each_other(folder):
    trimesh.creation.box((60, 45, 0.4)).export("foil.stl")
    # Longer than any side, shorter than the diagonal.
    trimesh.creation.cylinder(2, 105, sections=16).export("rod.stl")
    ring(20, 3).export("ring.stl")
    asked = {"foil.stl": 6, "rod.stl": 2, "ring.stl": 5}
    status, report = nested(*(f"{file}={copies}" for file, copies in asked.items()), "--chamber", "90x80x80",
                            "--clearance", "0.7", seconds=2.0)  # fmt: skip
    assert status == nest.DONE, report["unplaced"]
    assert objections(report, asked) == []
    assert report["interlocked"] == []


def test_nothing_is_shut_into_a_hollow_part(folder):
    outer, inner = trimesh.creation.box((40, 40, 40)), trimesh.creation.box((34, 34, 34))
    inner.invert()
    trimesh.util.concatenate([outer, inner]).export("shell.stl")
    trimesh.creation.icosphere(2, 6).export("ball.stl")
    asked = {"shell.stl": 2, "ball.stl": 12}
    status, report = nested("shell.stl=2", "ball.stl=12", "--chamber", "90x50x90", "--clearance", "1")
    assert status == nest.DONE
    assert objections(report, asked) == []
    shells = [np.array(p["matrix"])[:3, 3] for p in report["placements"] if p["file"] == "shell.stl"]
    balls = [np.array(p["matrix"])[:3, 3] for p in report["placements"] if p["file"] == "ball.stl"]
    assert min(np.abs(shell - ball).max() for shell in shells for ball in balls) > 20


def test_of_a_thousand_copies_as_many_lie_as_there_is_room_for(folder):
    trimesh.creation.annulus(3, 6, 5, sections=12).export("ring.stl")
    status, report = nested("ring.stl=1000", "--chamber", "70x60x50", "--clearance", "0.5", "--allow-interlocking")
    assert status == nest.LEFT_OUT
    assert objections(report, {"ring.stl": 1000}) == []
    assert report["placed"] > 150
    assert report["unplaced"][0]["code"] == "no_room"


def test_files_in_other_formats_and_units_are_placed_in_millimetres(folder):
    Path("block.step").write_bytes(step_block((10.0, 20.0, 30.0)))
    wedge = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    model = lib3mf.get_wrapper().CreateModel()
    model.SetUnit(lib3mf.ModelUnit.Inch)
    solid = model.AddMeshObject()
    corners = [solid.AddVertex(lib3mf.Position(tuple(corner))) for corner in wedge.vertices.tolist()]
    for triangle in wedge.faces.tolist():
        solid.AddTriangle(lib3mf.Triangle(tuple(corners[corner] for corner in triangle)))
    model.AddBuildItem(solid, lib3mf.get_wrapper().GetIdentityTransform())
    kept = locale.setlocale(locale.LC_ALL)
    model.QueryWriter("3mf").WriteToFile("wedge.3mf")
    locale.setlocale(locale.LC_ALL, kept)  # lib3mf leaves the process in another one, in which text files are ASCII
    wedge.apply_scale(25.4)
    block = trimesh.creation.box(bounds=[[0, 0, 0], [10, 20, 30]])
    asked = {"block.step": 2, "wedge.3mf": 3}
    status, report = nested("block.step=2", "wedge.3mf=3", "--chamber", "60x60x60", "--clearance", "1")
    assert status == nest.DONE
    assert objections(report, asked, {"block.step": block, "wedge.3mf": wedge}) == []


def test_a_filled_build_holds_and_a_file_may_be_part_and_filler(folder):
    trimesh.creation.box((50, 50, 30)).export("block.stl")
    trimesh.creation.icosphere(2, 5).export("ball.stl")
    status, report = nested("block.stl", "ball.stl=2", "--fill", "ball.stl", "--chamber", "80x70x60", seconds=1.0)
    assert status == nest.DONE
    assert objections(report, {}) == []
    assert report["filled"] > 3


@pytest.mark.parametrize("orient", ["z", "fixed"])
def test_parts_stay_upright_where_that_is_asked(folder, orient):
    trimesh.creation.cone(10, 25, sections=16).export("cone.stl")
    status, report = nested("cone.stl=4", "--chamber", "60x60x60", "--orient", orient)
    assert status == nest.DONE
    assert objections(report, {"cone.stl": 4}) == []
    turns = [np.array(p["matrix"])[:3, :3] for p in report["placements"]]
    assert all(np.allclose(turn[2], (0, 0, 1)) for turn in turns)
    assert orient == "z" or all(np.allclose(turn, np.eye(3)) for turn in turns)
