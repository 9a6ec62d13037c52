"""`penstock nest`: what is written can be checked by somebody else, and what is left out is named."""

from __future__ import annotations

import json
import os
import signal
import time
from importlib import import_module
from pathlib import Path

import lib3mf
import manifold3d
import numpy as np
import pytest
import trimesh

from penstock import cli
from penstock.commands import nest


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    block = trimesh.creation.box((20, 30, 10))
    block.apply_translation((100, -40, 7))
    block.export("block.stl")
    trimesh.creation.cone(6, 14, sections=12).export("cone.stl")
    trimesh.creation.icosphere(1, 3).export("ball.stl")
    trimesh.creation.box((500, 500, 500)).export("big.stl")
    lidless = trimesh.creation.box((10, 10, 10))
    lidless.update_faces(np.arange(12) > 1)
    lidless.export("lidless.stl")
    flat = trimesh.Trimesh([[0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 1, 2], [0, 2, 1]], process=False)
    flat.export("flat.stl")
    Path("text.stl").write_text("no model")
    return tmp_path


def nested(*arguments: str) -> tuple[int, dict]:
    status = cli.main(["nest", *arguments, "--seconds", "0.1", "--out", "build.3mf", "--report", "build.json"])
    return status, json.loads(Path("build.json").read_text())


def placed_solids(report: dict) -> list[tuple[trimesh.Trimesh, manifold3d.Manifold]]:
    """Every copy where the report says it is, read without Penstock."""
    solids = []
    for placement in report["placements"]:
        solid = trimesh.load_mesh(placement["file"])
        solid.apply_transform(np.array(placement["matrix"]))
        mesh = manifold3d.Mesh64(solid.vertices.astype(np.float64), solid.faces.astype(np.uint64))
        solids.append((solid, manifold3d.Manifold(mesh)))
    return solids


def test_an_outside_check_agrees_with_the_report(folder):
    status, report = nested("block.stl=3", "cone.stl=2", "--chamber", "60x50x80", "--clearance", "1.5")
    assert status == nest.DONE
    assert report["placed"] == 5
    assert report["unplaced"] == []
    assert {(p["file"], p["copy"]) for p in report["placements"]} == {
        *(("block.stl", copy) for copy in range(3)),
        *(("cone.stl", copy) for copy in range(2)),
    }
    solids = placed_solids(report)
    for number, (solid, body) in enumerate(solids):
        assert (solid.bounds[0] >= -1e-6).all()
        assert (solid.bounds[1] <= np.array([60, 50, 80]) + 1e-6).all()
        assert all(body.min_gap(other, 5.0) >= 1.5 - 1e-4 for _, other in solids[number + 1 :])
    height = max(solid.bounds[1][2] for solid, _ in solids)
    assert report["height_mm"] == pytest.approx(height, abs=1e-4)
    volume = sum(solid.volume for solid, _ in solids)
    assert report["mesh_density"] == pytest.approx(volume / (60 * 50 * height), rel=1e-4)


def test_the_3mf_holds_each_shape_once_and_each_copy_in_place(folder):
    _, report = nested("block.stl=2", "cone.stl", "--chamber", "60x60x60")
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile("build.3mf")
    assert reader.GetWarningCount() == 0
    objects = model.GetMeshObjects()
    names = []
    while objects.MoveNext():
        names.append(objects.GetCurrentMeshObject().GetName())
    assert names == ["block", "cone"]
    items, labels, tops = model.GetBuildItems(), [], []
    while items.MoveNext():
        item = items.GetCurrent()
        labels.append(item.GetPartNumber())
        body = model.GetMeshObjectByID(item.GetObjectResourceID())
        fields = np.array([list(row) for row in item.GetObjectTransform().Fields])
        points = np.array([list(vertex.Coordinates) for vertex in body.GetVertices()])
        tops.append((points @ fields[:3] + fields[3])[:, 2].max())
    assert sorted(labels) == ["block#0", "block#1", "cone#0"]
    assert max(tops) == pytest.approx(report["height_mm"], abs=1e-3)


def test_what_cannot_be_placed_is_named_and_the_rest_is_packed(folder):
    wanted = ("block.stl", "big.stl", "lidless.stl", "flat.stl", "text.stl", "gone.stl", "cone.stl=1000")
    status, report = nested(*wanted, "--chamber", "60x60x30")
    assert status == nest.LEFT_OUT
    reasons = {row["file"]: row["reason"] for row in report["unplaced"]}
    copies = {row["file"]: row["copies"] for row in report["unplaced"]}
    assert set(reasons) == {"big.stl", "lidless.stl", "flat.stl", "text.stl", "gone.stl", "cone.stl"}
    assert "500" in reasons["big.stl"]
    assert "open" in reasons["lidless.stl"]
    assert all(reasons.values())
    placed = [p["file"] for p in report["placements"]]
    assert placed.count("block.stl") == 1
    assert placed.count("cone.stl") + copies["cone.stl"] == 1000
    assert report["placed"] == len(placed) > 10


def test_of_nothing_no_build_is_written(folder):
    status, report = nested("big.stl", "gone.stl", "--chamber", "60x60x30")
    assert (status, report["placed"], report["height_mm"]) == (nest.LEFT_OUT, 0, 0)
    assert not Path("build.3mf").exists()


def test_an_open_file_can_be_taken_as_it_is(folder):
    status, report = nested("lidless.stl", "--chamber", "60x60x30", "--allow-open")
    assert (status, report["placed"]) == (nest.DONE, 1)


def test_gaps_are_filled_without_raising_the_build(folder):
    arguments = ("block.stl=4", "--chamber", "60x60x60", "--orient", "fixed")
    _, bare = nested(*arguments)
    status, full = nested(*arguments, "--fill", "ball.stl", "cone.stl=1")
    assert status == nest.DONE
    assert full["filled"] > 1
    assert full["placed"] == bare["placed"] + full["filled"]
    assert full["height_mm"] <= bare["height_mm"] + 1e-6
    assert full["mesh_density"] > bare["mesh_density"]
    assert sum(p["file"] == "cone.stl" for p in full["placements"]) <= 1
    assert full["placements"][:4] == bare["placements"]


def test_orientation_is_kept(folder):
    _, fixed = nested("block.stl=3", "--chamber", "60x60x60", "--orient", "fixed")
    assert all(np.allclose(np.array(p["matrix"])[:3, :3], np.eye(3)) for p in fixed["placements"])
    _, upright = nested("block.stl=3", "--chamber", "60x60x60", "--orient", "z")
    assert all(np.array(p["matrix"])[2, 2] == pytest.approx(1) for p in upright["placements"])


def test_a_file_may_have_an_equals_sign_in_its_name(folder):
    (folder / "block.stl").rename("a=2.stl")
    _, report = nested("a=2.stl", "a=2.stl=2", "--chamber", "90x90x90")
    assert report["placed"] == 3


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["block.stl=0", "--chamber", "60x60x60"], "copies"),
        (["block.stl=many", "--chamber", "60x60x60"], "copies"),
        (["block.stl", "--chamber", "60x60x60", "--out", "nowhere/b.3mf"], "nowhere"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(folder, capsys, arguments, word):
    assert cli.main(["nest", *arguments]) == 1
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("chamber", ["60x60", "0x5x5", "axbxc", "60x60x-1", "nanx1x1"])
def test_a_chamber_must_have_a_size(folder, chamber):
    with pytest.raises(SystemExit):
        cli.main(["nest", "block.stl", "--chamber", chamber])


def test_ctrl_c_gives_the_best_so_far(folder, monkeypatch):
    """An interrupted search is one that is told to stop; the build it has is written."""
    told = []
    # The package's `nest` is the function.
    engine = import_module("penstock.engines.packing.nest")
    whole = engine.pack

    def pack(items, chamber, *, stop=None, **rest):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        told.append(stop())
        return whole(items, chamber, stop=stop, **rest)

    monkeypatch.setattr(engine, "pack", pack)
    status, report = nested("block.stl=2", "--chamber", "60x60x60")
    assert told == [True]
    assert (status, report["placed"]) == (nest.DONE, 2)
