"""`penstock road`: the whole road on given files, its story and its exit status."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from penstock.cli import main
from penstock.demo.parts import generate
from penstock.hub.ledger import selectors as ledger
from penstock.hub.orders.models import Order

# Some of the real files are tests of readers: empty, cut off, or data without a shape.
NOTHING_TO_MAKE = {
    "huge_coordinates", "malformed", "no_solid", "no_triangles", "too_large_for_workshops", "truncated",
    "unsupported_extension",
}  # fmt: skip

pytestmark = pytest.mark.django_db


def walk(capsys, *arguments: object) -> tuple[int, list[dict]]:
    """Exit status and the steps told."""
    status = main(["road", "--json", *map(str, arguments)])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def texts(steps: list[dict], step: str) -> list[str]:
    return [each["text"] for each in steps if each["step"] == step]


def test_generated_parts_go_the_whole_road(tmp_path: Path, capsys) -> None:
    rng = random.Random(4)
    files = [generate(rng, tmp_path, shape) for shape in ("bracket", "gear", "lattice")]
    status, steps = walk(capsys, *files, "--quantity", 3)
    assert status == 0, steps[-5:]
    order = Order.objects.across_tenants().get()
    assert order.state == "settled"
    assert [line.quantity for line in order.lines.all()] == [3, 3, 3]
    told = [each["step"] for each in steps]
    for step in ("network", "upload", "quote", "order", "pay", "decompose", "maker", "route", "parcel", "ledger"):
        assert step in told, f"the road says nothing of {step}"
    assert len(texts(steps, "maker")) >= 3
    assert texts(steps, "ledger")[-1] == "Every entry balances and the whole adds up to zero"


def test_it_reads_as_a_story_without_json(tmp_path: Path, capsys) -> None:
    assert main(["road", str(generate(random.Random(5), tmp_path, "knob"))]) == 0
    out = capsys.readouterr().out
    assert "is settled after" in out
    assert "{" not in out


def test_a_file_that_is_refused_is_left_at_the_door(tmp_path: Path, capsys) -> None:
    garbage = tmp_path / "garbage.stl"
    garbage.write_bytes(b"nothing of the kind" * 50)
    status, steps = walk(capsys, garbage, generate(random.Random(6), tmp_path, "bracket"))
    assert status == 0
    assert len(texts(steps, "refused")) == 1
    assert Order.objects.across_tenants().get().lines.count() == 1

    status, steps = walk(capsys, garbage, tmp_path / "nowhere.stl")
    assert status == 2
    assert len(texts(steps, "refused")) == 2
    assert Order.objects.across_tenants().count() == 1


def test_no_pieces_are_no_order(tmp_path: Path, capsys) -> None:
    assert main(["road", str(tmp_path / "a.stl"), "--quantity", "0"]) == 2
    assert not Order.objects.across_tenants().exists()


@pytest.mark.timeout(900)
def test_the_shared_real_models_go_the_whole_road(real_models: Path, capsys) -> None:
    files = sorted(path for path in real_models.iterdir() if path.suffix.lower() not in (".tsv", ".md", ".txt"))
    assert files
    status, steps = walk(capsys, *files, "--quantity", 2)
    assert status == 0, [each for each in steps if each["step"] in ("refused", "waiting", "fault", "state")]
    refused = [each for each in steps if each["step"] == "refused"]
    assert {each["code"] for each in refused} <= NOTHING_TO_MAKE
    assert Order.objects.across_tenants().get().lines.count() == len(files) - len(refused) > 40
    assert ledger.check() == ()
