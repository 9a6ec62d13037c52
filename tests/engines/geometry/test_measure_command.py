"""`penstock measure`: JSON lines, table and exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from geometry_shapes import binary_stl, block, save

from penstock import cli

KEYS = {
    "file", "format", "unit", "triangles", "bodies", "size_mm", "volume_mm3", "area_mm2", "watertight",
    "consistent_winding", "printable", "findings", "seconds",
}  # fmt: skip


def test_json_has_one_object_per_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(save(tmp_path, "good.stl", binary_stl(block())))
    bad = str(save(tmp_path, "bad.stl", b""))
    assert cli.main(["measure", bad, good, "--json"]) == 2
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"file": bad, "error": {"code": "empty_file", "message": first["error"]["message"]}}
    assert second.keys() >= KEYS
    assert second["volume_mm3"] == pytest.approx(1000)
    assert second["size_mm"] == pytest.approx([10, 10, 10])
    assert {"code", "severity", "message"} <= second["findings"][0].keys()


def test_table_and_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(save(tmp_path, "good.stl", binary_stl(block((1, 1, 1)))))
    assert cli.main(["measure", good, "--unit", "inch"]) == 0
    said = capsys.readouterr().out
    assert "16.387" in said
    assert "25.40 × 25.40 × 25.40" in said


def test_refusal_in_the_table_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["measure", str(tmp_path / "none.stl")]) == 2
    assert "There is no such file." in capsys.readouterr().out


def test_findings_of_a_process_are_told_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thin = str(save(tmp_path, "thin.stl", binary_stl(block((40, 30, 0.5)))))
    assert cli.main(["measure", thin, "--process", "sls", "--process", "sla", "--unit", "mm"]) == 0
    said = capsys.readouterr().out
    assert "sls: warning: Walls are as thin as 0.50 mm, over 24.0 cm²; this process needs at least 0.7 mm." in said
    assert "sla: " not in said
    assert cli.main(["measure", thin, "--process", "all", "--unit", "mm", "--json"]) == 0
    (found,) = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["process"] == "sls"]
    assert found["code"] == "thin_wall"
    assert found["place"]["triangles"] == [[0, 4]]  # top and bottom


def test_a_process_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["measure", "part.stl", "--process", "magic"])
    assert "'magic' is not a process; choose among all, " in capsys.readouterr().err
