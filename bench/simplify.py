"""Preview meshes: time, size and fidelity of our simplifier beside others', in one run.

    python bench/simplify.py [FILE …]        (default: the example part and two made shapes of a million triangles)

Peers take part where they are installed: `uv pip install fast-simplification`; manifold3d is a dependency anyway.
Every file is also cut finer (midpoints of edges) to 0.2 and 1 million triangles, so that there is something to
simplify. `away` is the distance of points sampled on the original to the simplified surface (and back), as a share of
the diagonal: the 95th percentile and the largest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from penstock.engines import geometry
from penstock.engines.geometry.mesh import Mesh
from penstock.engines.geometry.preview import MAX_BYTES, SIMPLIFIED_BYTES, preview
from penstock.engines.geometry.simplify import simplify

EXAMPLE = Path(__file__).resolve().parent.parent / "docs" / "examples" / "bracket.stl"
TARGET = int(MAX_BYTES / SIMPLIFIED_BYTES)
SAMPLES = 60_000
# For a million triangles; shares of the diagonal and of the volume.
SECONDS_GOAL, AWAY_GOAL, VOLUME_GOAL = 0.6, 0.005, 0.02


def bumpy_torus(side: int) -> Mesh:
    """A closed, curved surface of 2 · side² triangles."""
    turn = np.linspace(0, 2 * np.pi, side, endpoint=False)
    u, v = np.meshgrid(turn, turn, indexing="ij")
    r = 10 + 0.4 * np.sin(18 * u) * np.sin(12 * v)
    points = np.stack([(30 + r * np.cos(v)) * np.cos(u), (30 + r * np.cos(v)) * np.sin(u), r * np.sin(v)], -1)
    a = np.arange(side * side).reshape(side, side)
    b, d = np.roll(a, -1, 0), np.roll(a, -1, 1)
    c = np.roll(b, -1, 1)
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return Mesh(points.reshape(-1, 3), faces.astype(np.int32))


def finer(mesh: Mesh, least: int) -> Mesh:
    vertices, faces = mesh.vertices, np.asarray(mesh.triangles, dtype=np.int64)
    while len(faces) < least:
        vertices, faces = trimesh.remesh.subdivide(vertices, faces)
    return Mesh(vertices, faces.astype(np.int32))


def ours(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    found = simplify(mesh, TARGET)
    return found.vertices, found.triangles


def methods() -> Iterator[tuple[str, Callable[[Mesh], tuple[np.ndarray, np.ndarray]]]]:
    yield "ours", ours
    try:
        import fast_simplification

        def fast(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
            wanted = 1 - TARGET / len(mesh.triangles)
            return fast_simplification.simplify(mesh.vertices.astype(np.float32), mesh.triangles, wanted)

        yield "fast-simplification", fast
    except ImportError:
        print("fast-simplification is not installed; it is left out")
    import manifold3d

    def manifold(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
        """It takes a tolerance, not a number: doubled from a hundred-thousandth until the mesh is small enough."""
        body = manifold3d.Manifold(manifold3d.Mesh64(mesh.vertices, mesh.triangles.astype(np.uint64)))
        if body.status() != manifold3d.Error.NoError:
            raise ValueError("not a manifold")
        tolerance = float(np.ptp(mesh.vertices, axis=0).max()) * 1e-5
        while True:
            made = body.simplify(tolerance)
            if made.num_tri() <= TARGET:
                out = made.to_mesh64()
                return out.vert_properties[:, :3], out.tri_verts.astype(np.int64)
            tolerance *= 2

    yield "manifold3d", manifold


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def spread(vertices: np.ndarray, faces: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points spread over the surface, and the unit normal at each."""
    random = np.random.default_rng(seed)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    t = np.minimum(np.searchsorted(np.cumsum(area), random.random(SAMPLES) * area.sum()), len(faces) - 1)
    u, v = random.random((2, SAMPLES, 1))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    return a[t] + u * (b[t] - a[t]) + v * (c[t] - a[t]), normal[t] / area[t, None]


def away(mesh: Mesh, vertices: np.ndarray, faces: np.ndarray) -> tuple[float, float]:
    """Both ways, 95th percentile and largest: from points of one to the planes at the nearest points of the other."""
    here = spread(mesh.vertices, mesh.triangles, 1)
    there = spread(vertices, faces, 2)
    found = []
    for (points, _), (dense, normals) in ((here, there), (there, here)):
        _, nearest = cKDTree(dense).query(points[: SAMPLES // 3])
        # The samples' own spacing would count as distance, so only what lies across the surface is measured.
        found.append(abs(np.einsum("ij,ij->i", points[: SAMPLES // 3] - dense[nearest], normals[nearest])))
    distances = np.concatenate(found) / float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    return float(np.percentile(distances, 95)), float(distances.max())


def main() -> int:
    cases: list[tuple[str, Mesh]] = []
    for path in [Path(each) for each in sys.argv[1:]] or [EXAMPLE]:
        try:
            mesh = geometry.load_mesh(path)
        except geometry.Refused as refused:
            print(f"{path.name}: {refused.message}")
            continue
        cases += [(f"{path.name[-32:]} {size // 1000}k", finer(mesh, size)) for size in (200_000, 1_000_000)]
    if not sys.argv[1:]:
        cases.append(("bumpy torus 1M", bumpy_torus(708)))
    held = True
    heads = ("from", "to", "seconds", "volume", "away p95", "max", "GLB kB")
    print(f"{'mesh':40} {'method':20} " + " ".join(f"{head:>9}" for head in heads))
    for name, mesh in cases:
        for method, run in methods():
            begun = time.perf_counter()
            try:
                vertices, faces = run(mesh)
            except ValueError as failure:
                print(f"{name:40} {method:20} {failure}")
                continue
            seconds = time.perf_counter() - begun
            before = volume(mesh.vertices, mesh.triangles)
            change = abs(volume(vertices, faces) / before - 1) if before else 0.0
            p95, most = away(mesh, vertices, faces)
            kept = len(preview(Mesh(vertices, np.asarray(faces, dtype=np.int32))))
            print(
                f"{name:40} {method:20} {len(mesh.triangles):9,} {len(faces):9,} {seconds:9.2f} {change:9.3%} "
                f"{p95:9.4%} {most:9.3%} {kept / 1000:9.0f}"
            )
            if method == "ours":
                held &= (
                    seconds <= SECONDS_GOAL * max(len(mesh.triangles) / 1e6, 0.5)
                    and p95 <= AWAY_GOAL
                    and change <= VOLUME_GOAL
                    and kept <= 1.01e6
                )
    print("HELD" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
