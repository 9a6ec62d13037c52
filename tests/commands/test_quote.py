"""`penstock quote` on real files: tables for people, JSON for programs, refusals with exit status 2."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.cli import main
from penstock.engines.pricing import default_book

# Twelve triangles of a box, as indices into its corners (bit 0: x, bit 1: y, bit 2: z), facing outwards.
_BOX = [(0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
        (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)]  # fmt: skip


def box_stl(path: Path, x: float, y: float, z: float) -> Path:
    corners = [(x * (each & 1), y * (each >> 1 & 1), z * (each >> 2)) for each in range(8)]
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {a} {b} {c}\n" for a, b, c in (corners[index] for index in triangle))
        + "endloop\nendfacet\n"
        for triangle in _BOX
    )
    path.write_text(f"solid box\n{facets}endsolid box\n")
    return path


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    return box_stl(tmp_path / "plate.stl", 80, 50, 3)


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    path = tmp_path / "garbage.stl"
    path.write_bytes(b"this is no model file")
    return path


def quoted(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    main(["quote", *map(str, arguments), "--json"])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_way_of_making_it_is_priced(plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = quoted(capsys, plate, "--quantity", 25)
    assert answer["file"] == str(plate)
    assert answer["measurement"]["volume_mm3"] == pytest.approx(12_000)
    rows = {(row["process"], row["material"], row["finish"]): row for row in answer["rows"]}
    assert len(rows) > 80
    price = next(each for each in rows["sheet-laser", "steel-304", None]["prices"] if each["quantity"] == 25)
    assert sum(Decimal(item["amount"]) for item in price["breakdown"]) == Decimal(price["unit_price"])
    assert {each["quantity"] for each in rows["sls", "pa12", None]["prices"]} == {1, 10, 25, 100}
    (refusal,) = rows["cnc-turning", "brass", None]["obstacles"]
    assert refusal["code"] == "not_round"


def test_the_table_is_for_people(plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", str(plate), "--process", "sls", "--quantity", "25"]) == 0
    shown = capsys.readouterr().out
    assert "80.0 x 50.0 x 3.0 mm" in shown
    assert "at 25" in shown
    assert "PA12 with glass beads" in shown
    assert "MJF" not in shown


def test_a_refused_file_says_why_and_the_others_are_still_priced(
    plate: Path, garbage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quote", str(garbage), str(plate), "--material", "pa12", "--json"]) == 2
    refused, priced = map(json.loads, capsys.readouterr().out.splitlines())
    assert refused["file"] == str(garbage)
    assert refused["error"]["code"]
    assert refused["error"]["message"]
    assert priced["rows"][0]["prices"]
    assert main(["quote", str(garbage)]) == 2
    assert "refused: " in capsys.readouterr().out


def test_carriage_to_a_city(plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (plate, "--material", "pa12", "--to")
    (near,), (far,) = quoted(capsys, *arguments, "苏州"), quoted(capsys, *arguments, "Urumqi")
    assert near["to"]["city"] == "Suzhou"
    assert near["to"]["distance_km"] == pytest.approx(85, abs=15)
    cost = [Decimal(each["rows"][0]["prices"][0]["carriage"]) for each in (near, far)]
    assert 0 < cost[0] < cost[1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--process", "teleport"], "no process 'teleport'; known are"),
        (["--material", "cheese"], "no material 'cheese'"),
        (["--finish", "glitter"], "no finish 'glitter'"),
        (["--to", "Hangzou"], "did you mean Hangzhou (CN)"),
        (["--lead", "yesterday"], "no lead class 'yesterday'"),
        (["--book", "/nowhere/book.yaml"], "/nowhere/book.yaml"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(
    plate: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert main(["quote", str(plate), *arguments]) == 1
    assert why in capsys.readouterr().err


def test_a_quantity_below_one_is_refused(plate: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["quote", str(plate), "--quantity", "0"])
    assert caught.value.code == 2


def test_another_price_book(plate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = default_book().to_dict()
    document["version"] = "mine"
    document["minimum"]["per_line"]["amount"] = 5000
    book = tmp_path / "book.yaml"
    book.write_text(yaml.safe_dump(document))
    (answer,) = quoted(capsys, plate, "--process", "mjf", "--book", book)
    price = answer["rows"][0]["prices"][0]
    assert Decimal(price["total"]) >= 5000
    assert price["rule_version"].startswith("book mine+")


def test_real_files_are_priced_or_refused(real_models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(real_models.glob("mikedh__trimesh__*.STL"))
    assert files
    for answer in quoted(capsys, *files, "--unit", "mm", "--material", "pa12"):
        assert "error" in answer or answer["rows"][0]["prices"] or answer["rows"][0]["obstacles"]
