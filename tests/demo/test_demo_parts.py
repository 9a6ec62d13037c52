"""The parts the demo generates are solids that a buyer could upload."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from penstock.demo.parts import SHAPES, generate
from penstock.engines import geometry


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_shape_is_one_watertight_solid(tmp_path: Path, shape: str, seed: int) -> None:
    measured = geometry.measure(generate(random.Random(seed), tmp_path, shape))
    assert measured.watertight
    assert measured.consistent_winding
    assert measured.printable
    assert measured.bodies == 1
    assert measured.volume_mm3 > 100
    assert max(measured.size_mm) < 250


def test_the_same_seed_gives_the_same_parts(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = [generate(rng, tmp_path / "a") for rng in [random.Random(9)] for _part in range(3)]
    second = [generate(rng, tmp_path / "b") for rng in [random.Random(9)] for _part in range(3)]
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
