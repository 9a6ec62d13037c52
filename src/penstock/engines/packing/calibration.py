"""How the constants of `expected_fill` were measured: `python -m penstock.engines.packing.calibration`.

Random pools (log-normal sizes, one seed per pool) are laid out by the greedy packer in chambers tall enough
to take all of them; the box density reached is fitted by least squares on the pool's statistics. The same with made-up
meshes, nested by their true shapes.
"""

from __future__ import annotations

import manifold3d
import numpy as np

from penstock.engines.packing.layout import Layout, prepare
from penstock.engines.packing.model import Chamber, FloatArray, Item, Mesh
from penstock.engines.packing.pack import pack
from penstock.engines.packing.predict import density_features, nested_features, stats_of

POOLS = 240
NESTED_POOLS = 60
FLOORS_MM = ((380.0, 284.0), (340.0, 340.0), (165.0, 165.0), (200.0, 250.0))
SIZE_SPREAD = 0.45
SHAPE_SPREAD = 0.4


def pool(seed: int) -> tuple[list[Item], Chamber]:
    """A made-up pool of ten to two hundred parts in up to eight copies, and a machine for it."""
    rng = np.random.default_rng(seed)
    floor = FLOORS_MM[int(rng.integers(len(FLOORS_MM)))]
    edge = rng.uniform(0.05, 0.22) * min(floor)
    items = []
    parts = int(np.exp(rng.uniform(np.log(10), np.log(200))))
    for number in range(parts):
        size = np.clip(edge * np.exp(rng.normal(0, SIZE_SPREAD) + rng.normal(0, SHAPE_SPREAD, 3)), 3.0, min(floor))
        x, y, z = size.tolist()
        items.append(Item(f"{number}", (x, y, z), copies=int(rng.integers(1, 9))))
    return items, Chamber((*floor, 100_000.0), clearance_mm=float(rng.uniform(0.5, 5.0)))


def measure(seed: int) -> tuple[FloatArray, float]:
    """(features, box density reached) of one pool."""
    items, chamber = pool(seed)
    layout = Layout(chamber)
    for prepared in sorted((prepare(item, chamber) for item in items), key=lambda p: -p.box_mm3):
        layout.add(prepared, prepared.item.copies)
    return density_features(stats_of(items), chamber), layout.packing().metrics.box_density


def calibrate(pools: int = POOLS, nested: bool = False) -> tuple[FloatArray, float, float]:
    """(coefficients, spread of the error, mean density) over `pools` pools."""
    sample = measure_nested if nested else measure
    rows, reached = zip(*(sample(seed) for seed in range(pools)), strict=True)
    matrix, target = np.array(rows), np.array(reached)
    coefficients = np.linalg.lstsq(matrix, target, rcond=None)[0]
    return coefficients, float((matrix @ coefficients - target).std()), float(target.mean())


def nested_pool(seed: int) -> tuple[list[Item], Chamber]:
    """A made-up pool of brackets, frames, tubes, rods and balls, and a machine for it."""
    rng = np.random.default_rng([seed, 1])
    floor = FLOORS_MM[int(rng.integers(len(FLOORS_MM)))]
    edge = rng.uniform(0.12, 0.25) * min(floor)
    items = []
    for number in range(int(rng.integers(4, 16))):
        x, y, z = np.clip(edge * np.exp(rng.normal(0, SIZE_SPREAD, 3)), 8.0, 0.8 * min(floor)).tolist()
        wall = rng.uniform(0.1, 0.35) * min(x, y, z)
        block = manifold3d.Manifold.cube((x, y, z))
        inner = manifold3d.Manifold.cube((x - 2 * wall, y - 2 * wall, 2 * z)).translate((wall, wall, -z / 2))
        solid = (
            block,
            block - manifold3d.Manifold.cube((x, y, z)).translate((wall, 0, wall)),
            block - inner,
            manifold3d.Manifold.cylinder(z, x / 2, circular_segments=24),
            manifold3d.Manifold.cylinder(z, x / 2, circular_segments=24)
            - manifold3d.Manifold.cylinder(z, x / 2 - wall, circular_segments=24),
        )[int(rng.integers(5))]
        mesh = solid.to_mesh()
        vertices = np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3]
        surface = Mesh(vertices, np.asarray(mesh.tri_verts).astype(np.int64))
        items.append(Item(f"{number}", mesh=surface, copies=int(rng.integers(1, 6))))
    return items, Chamber((*floor, 2_000.0), clearance_mm=float(rng.uniform(0.5, 3.0)))


def measure_nested(seed: int) -> tuple[FloatArray, float]:
    """(features, density reached) of one pool by one greedy layout of true shapes."""
    items, chamber = nested_pool(seed)
    return nested_features(stats_of(items), chamber), pack(items, chamber, deadline_s=0).density


if __name__ == "__main__":
    found, spread, mean = calibrate()
    print("coefficients", [round(float(value), 3) for value in found])
    print(f"spread {spread:.3f}, mean box density {mean:.3f}, {POOLS} pools")
    found, spread, mean = calibrate(NESTED_POOLS, nested=True)
    print("nested by true shape", [round(float(value), 3) for value in found])
    print(f"spread {spread:.3f}, mean density {mean:.3f}, {NESTED_POOLS} pools")
