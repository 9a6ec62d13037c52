"""Parametric parts for the demo, made with manifold3d: each closed, consistently wound, different by its numbers.

Lengths in mm. Each maker of a part takes a random generator and returns a solid; `generate` names and writes it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from manifold3d import CrossSection, Manifold, OpType

Shape = Callable[[random.Random], Manifold]


def _box(x: float, y: float, z: float) -> Manifold:
    return Manifold.cube((x, y, z))


def _hole(diameter: float, length: float, x: float, y: float) -> Manifold:
    return Manifold.cylinder(length + 2, diameter / 2, diameter / 2, 32).translate((x, y, -1))


def bracket(rng: random.Random) -> Manifold:
    """An L of sheet-like walls with holes in both legs and a rib."""
    width, height, depth = rng.choice((30, 40, 50)), rng.choice((30, 45, 60)), rng.choice((20, 25, 35))
    wall = rng.choice((3, 4, 5))
    part = _box(width, depth, wall) + _box(wall, depth, height)
    rib = CrossSection([[(0.0, 0.0), (width * 0.6, 0.0), (0.0, height * 0.6)]]).extrude(wall)
    part += rib.rotate((90, 0, 0)).translate((wall, depth / 2 + wall / 2, wall))
    for y in (depth * 0.25, depth * 0.75):
        part -= _hole(4.5, wall, width * 0.75, y)
        part -= _hole(4.5, wall, 0, 0).rotate((0, 90, 0)).translate((0, y, height * 0.75))
    return part


def housing(rng: random.Random) -> Manifold:
    """An open box with screw domes in the corners and a cable opening."""
    x, y, z = rng.choice((50, 70, 90)), rng.choice((35, 50, 60)), rng.choice((18, 25, 32))
    wall = rng.choice((1.6, 2.0, 2.5))
    part = _box(x, y, z) - _box(x - 2 * wall, y - 2 * wall, z).translate((wall, wall, wall))
    for corner_x in (wall + 3, x - wall - 3):
        for corner_y in (wall + 3, y - wall - 3):
            dome = Manifold.cylinder(z - 2, 3.5, 3.5, 32).translate((corner_x, corner_y, 0))
            part += dome - Manifold.cylinder(z, 1.25, 1.25, 24).translate((corner_x, corner_y, wall))
    return part - _box(12, wall + 2, 8).translate((x / 2 - 6, -1, z / 2))


def gear(rng: random.Random) -> Manifold:
    """A spur gear with trapezoidal teeth, a bore and a keyway."""
    teeth, module = rng.choice((16, 20, 24, 32)), rng.choice((1.0, 1.5, 2.0))
    pitch = teeth * module / 2
    outer, root = pitch + module, pitch - 1.25 * module
    outline = []
    for tooth in range(teeth):
        for radius, share in ((root, 0.0), (root, 0.22), (outer, 0.36), (outer, 0.64), (root, 0.78)):
            angle = 2 * math.pi * (tooth + share) / teeth
            outline.append((radius * math.cos(angle), radius * math.sin(angle)))
    width, bore = rng.choice((6, 8, 12)), max(4.0, round(root * 0.4))
    part = CrossSection([outline]).extrude(width) - _hole(bore, width, 0, 0)
    return part - _box(bore * 0.3, bore * 0.3, width + 2).translate((bore / 2 - 0.5, -bore * 0.15, -1))


def lattice(rng: random.Random) -> Manifold:
    """A cubic strut lattice between two plates."""
    cells, pitch, strut = rng.choice((3, 4)), rng.choice((8.0, 10.0)), rng.choice((1.8, 2.2))
    side = cells * pitch
    rods = []
    for i in range(cells + 1):
        for j in range(cells + 1):
            for turn in ((0, 0, 0), (0, 90, 0), (-90, 0, 0)):
                rod = Manifold.cylinder(side, strut / 2, strut / 2, 10).rotate(turn)
                at = {0: (i * pitch, j * pitch, 0), 90: (0, i * pitch, j * pitch)}.get(
                    turn[1] or turn[0], (i * pitch, 0, j * pitch)
                )
                rods.append(rod.translate(at))
    body = Manifold.batch_boolean(rods, OpType.Add)
    plate = _box(side + strut, side + strut, strut).translate((-strut / 2, -strut / 2, -strut / 2))
    return body + plate + plate.translate((0, 0, side))


def flange(rng: random.Random) -> Manifold:
    """A turned flange with a bolt circle."""
    diameter, thickness, neck = rng.choice((40, 55, 80)), rng.choice((5, 8)), rng.choice((15, 25))
    bore = diameter * 0.3
    part = Manifold.cylinder(thickness, diameter / 2, diameter / 2, 96)
    part += Manifold.cylinder(neck, diameter * 0.28, diameter * 0.25, 96)
    part -= _hole(bore, neck, 0, 0)
    for bolt in range(rng.choice((4, 6))):
        angle = bolt * math.tau / 6
        part -= _hole(4.5, thickness, math.cos(angle) * diameter * 0.4, math.sin(angle) * diameter * 0.4)
    return part


def shaft(rng: random.Random) -> Manifold:
    """A stepped shaft."""
    part, z, diameter = Manifold(), 0.0, float(rng.choice((16, 20, 25)))
    for length in (rng.choice((20, 30)), rng.choice((35, 50)), rng.choice((12, 18))):
        part += Manifold.cylinder(length + 0.01, diameter / 2, diameter / 2, 64).translate((0, 0, z))
        z, diameter = z + length, diameter * 0.75
    return part


def manifold_block(rng: random.Random) -> Manifold:
    """A block with crossing bores, as in fluid handling."""
    x, y, z = rng.choice((40, 60)), rng.choice((25, 30)), rng.choice((25, 30))
    part = _box(x, y, z) - Manifold.cylinder(x - 6, 4, 4, 32).rotate((0, 90, 0)).translate((-1, y / 2, z / 2))
    for at in range(12, int(x) - 8, 14):
        part -= Manifold.cylinder(z, 3, 3, 32).translate((at, y / 2, z / 2))
    return part


def knob(rng: random.Random) -> Manifold:
    """A fluted knob with a blind bore."""
    radius, height, flutes = rng.choice((12, 16, 20)), rng.choice((12, 18)), rng.choice((8, 12))
    part = Manifold.cylinder(height, radius, radius * 0.9, 72)
    for flute in range(flutes):
        angle = flute * math.tau / flutes
        part -= _hole(radius * 0.3, height, math.cos(angle) * radius * 1.05, math.sin(angle) * radius * 1.05)
    return part - Manifold.cylinder(height * 0.7, 3, 3, 32).translate((0, 0, -0.5))


def ornament(rng: random.Random) -> Manifold:
    """A twisted star, the kind of small product a shop sells."""
    points, radius, height = rng.choice((5, 6, 8)), rng.choice((9, 12, 16)), rng.choice((15, 25, 30))
    outline = [
        (
            (radius if k % 2 else radius * 0.6) * math.cos(k * math.pi / points),
            (radius if k % 2 else radius * 0.6) * math.sin(k * math.pi / points),
        )
        for k in range(2 * points)
    ]
    return CrossSection([outline]).extrude(height, 24, float(rng.choice((40, 60, 90))), (0.6, 0.6))


SHAPES: dict[str, Shape] = {
    "bracket": bracket,
    "housing": housing,
    "gear": gear,
    "lattice": lattice,
    "flange": flange,
    "shaft": shaft,
    "fluid block": manifold_block,
    "knob": knob,
    "ornament": ornament,
}


def write_stl(solid: Manifold, path: Path) -> None:
    """Binary STL in mm."""
    # Edges shorter than 0.01 mm would collapse in the file's single precision and open the mesh.
    mesh = solid.simplify(0.01).to_mesh()
    corners = np.asarray(mesh.vert_properties, dtype="<f4")[np.asarray(mesh.tri_verts)][:, :, :3]
    records = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["corners"] = corners
    path.write_bytes(b"Penstock demo part".ljust(80, b" ") + np.uint32(len(corners)).tobytes() + records.tobytes())


def generate(rng: random.Random, directory: Path, shape: str | None = None) -> Path:
    """Write one part (of `shape`, or any) into `directory`; the file's name says what it is."""
    name = shape or rng.choice(sorted(SHAPES))
    path = directory / f"{name.replace(' ', '-')}-{rng.randrange(1000, 9999)}.stl"
    write_stl(SHAPES[name](rng), path)
    return path
