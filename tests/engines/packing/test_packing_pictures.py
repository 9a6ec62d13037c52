"""Pictures of builds show what lies in front, where it lies, in its colour."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from penstock.engines.packing import Mesh
from penstock.engines.packing.pictures import PALETTE, Shown, picture


def block(size: tuple[float, float, float], at: tuple[float, float, float], colour: int) -> Shown:
    solid = trimesh.creation.box(size)
    matrix = np.eye(4)
    matrix[:3, 3] = np.array(at) + np.array(size) / 2
    return Shown(Mesh(np.asarray(solid.vertices), np.asarray(solid.faces, dtype=np.int64)), matrix, colour)


LOW = block((40, 40, 10), (0, 0, 0), 0)
HIGH = block((20, 20, 10), (10, 10, 30), 1)


def hue(pixel: np.ndarray) -> int:
    """Which colour of the palette a lit pixel is."""
    unit = pixel / np.linalg.norm(pixel)
    return int(np.argmax([unit @ (np.array(c) / np.linalg.norm(c)) for c in PALETTE]))


def test_from_above_the_higher_part_hides_the_lower():
    seen = picture([LOW, HIGH], (100, 50, 50), "top", pixels=101)
    assert seen.pixels.shape == (51, 101, 3)
    assert hue(seen.pixels[30, 20]) == 1
    assert hue(seen.pixels[47, 3]) == 0
    assert (seen.pixels[10, 80] == 255).all()
    assert seen.anchors[1] == pytest.approx([20, 30])
    assert list(seen.visible) == [False, True]


def test_what_is_higher_is_taken_off():
    seen = picture([LOW, HIGH], (100, 50, 50), "top", below_mm=20, pixels=101)
    assert hue(seen.pixels[30, 20]) == 0


def test_from_the_front_heights_go_up():
    seen = picture([LOW, HIGH], (100, 50, 50), "front", pixels=101)
    assert hue(seen.pixels[45, 20]) == 0
    assert hue(seen.pixels[15, 20]) == 1
    assert (seen.pixels[30, 20] == 255).all()


def test_from_the_corner_all_is_within_the_frame():
    seen = picture([LOW, HIGH], (100, 50, 50), "corner", pixels=200)
    assert max(seen.pixels.shape) == 200
    assert {hue(pixel) for pixel in seen.pixels.reshape(-1, 3) if (pixel < 250).any()} == {0, 1}
