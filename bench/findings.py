"""What all findings of a part cost, and whether they are right: `python bench/findings.py`.

Through the public door, the guarded worker, for every process of the catalogue at once together with the thumbnail.
Binary STL files of 1, 10 and 50 MB are made here: a housing with ribs, holes and a hollow (large flat triangles beside
fine ones), and a wavy shell (all triangles alike). A table is thickness on known shapes, beside trimesh and its
own rays at 200 points (`.venv/bin/uv run --with rtree bench/findings.py`; without rtree its column says "not there").
Goals are for two cores.
"""

from __future__ import annotations

import os
import statistics
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from manifold3d import Manifold

from penstock.engines import geometry, knowledge
from penstock.engines.geometry.findings.samples import spread, surface_of
from penstock.engines.geometry.findings.thickness import walls
from penstock.engines.geometry.findings.tree import plant

SIZES_MB = (1, 10, 50)
P50 = {1: 0.15, 10: 0.8, 50: 2.5}
P95 = {1: 0.4, 10: 1.5, 50: 5.0}
RUNS = {1: 20, 10: 10, 50: 5}
BYTES = 50
EXACT_MM = 0.01


def main() -> int:
    held = [_thickness()]
    known = knowledge.default()
    processes = [geometry.limits_of(known, code) for code in known.processes]
    print(f"\nAll findings for {len(processes)} processes and a thumbnail, seconds (goal)")
    print(f"{'file':<14}{'MB':>4}{'triangles':>11}{'p50':>16}{'p95':>16}{'peak MB':>9}  findings")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES_MB:
            for name, make in (("housing", _housing), ("wavy shell", _shell)):
                path = Path(folder) / "part.stl"
                triangles = _write(path, make(size * 1_000_000 // BYTES))
                held.append(_timed(name, size, triangles, path, processes))
    print("HELD" if all(held) else "NOT HELD")
    return 0


def _timed(name: str, size: int, triangles: int, path: Path, processes: list[geometry.ProcessLimits]) -> bool:
    geometry.inspect(path, processes, unit="mm", size=256)  # the worker is up and its kernels are loaded
    times = []
    for _ in range(RUNS[size]):
        started = time.perf_counter()
        inspection = geometry.inspect(path, processes, unit="mm", size=256)
        times.append(time.perf_counter() - started)
    middle, worst = statistics.median(times), float(np.percentile(times, 95))
    codes = sorted({finding.code for finding in inspection.findings})
    print(
        f"{name:<14}{size:>4}{triangles:>11,}{middle:>9.2f} ({P50[size]:.2f}){worst:>9.2f} ({P95[size]:.2f})"
        f"{_peak_mb():>9,.0f}  {', '.join(codes)}"
    )
    return middle <= P50[size] and worst <= P95[size]


def _peak_mb() -> float:
    """The most memory any worker has held so far."""
    from penstock.engines.geometry.guard import pool

    peaks = [0]
    for process in pool().process_ids():
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return max(peaks) / 1024


def _thickness() -> bool:
    print(f"Thickness on known shapes, mm (goal: within {EXACT_MM})")
    print(f"{'shape':<24}{'true':>8}{'worst error':>14}{'trimesh':>12}")
    cylinder = Manifold.cylinder(40, 10, circular_segments=128) - Manifold.cylinder(40, 9.2, circular_segments=128)
    shapes = [
        ("plate", Manifold.cube((50, 30, 0.6)), 0.6),
        ("tube", cylinder, 0.8),
        ("ball with a void", Manifold.sphere(20, 256) - Manifold.sphere(18.5, 256), 1.5),
        ("hollow cube", Manifold.cube((30, 30, 30)) - Manifold.cube((28, 28, 28)).translate((1, 1, 1)), 1.0),
    ]
    worst = 0.0
    for name, shape, true in shapes:
        for tilt in ((0, 0, 0), (17, 29, 41)):
            mesh = _mesh(shape.rotate(tilt))
            surface = surface_of(mesh)
            samples = spread(mesh, surface)
            distance = walls(plant(mesh), samples, surface, 2.0, 2.0).distance
            error = float(abs(distance[distance < 1.2 * true] - true).max())
            worst = max(worst, error)
            peer = _trimesh_error(mesh, true)
            print(f"{name + (', tilted' if any(tilt) else ''):<24}{true:>8.2f}{error:>14.4f}{peer:>12}")
    return worst <= EXACT_MM


def _trimesh_error(mesh: geometry.Mesh, true: float) -> str:
    try:
        import trimesh

        peer = trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)
        points, faces = trimesh.sample.sample_surface(peer, 200, seed=1)
        thick = trimesh.proximity.thickness(peer, points, normals=peer.face_normals[faces], method="ray")
    except (ImportError, AttributeError):
        return "not there"
    near = thick[np.isfinite(thick) & (thick < 1.2 * true) & (thick > 0)]
    return f"{abs(near - true).max():.4f}" if len(near) else "none"


def _mesh(solid: Manifold) -> geometry.Mesh:
    mesh = solid.to_mesh64()
    return geometry.Mesh(np.array(mesh.vert_properties)[:, :3].copy(), np.asarray(mesh.tri_verts).astype(np.int32))


def _housing(triangles: int) -> np.ndarray:
    """A box with thin ribs, holes, a hollow with a narrow mouth and a finely meshed dome."""
    part = Manifold.cube((120, 80, 40)) - Manifold.cube((112, 72, 40)).translate((4, 4, 4))
    for n in range(8):
        part += Manifold.cube((0.6 if n == 3 else 1.5, 72, 20)).translate((16 + 12 * n, 4, 3))
        part -= Manifold.cylinder(10, 0.5 + 0.4 * n, circular_segments=48).translate((16 + 12 * n, 40, -1))
    bulb = Manifold.sphere(14, 64) - Manifold.sphere(12, 64) - Manifold.cylinder(20, 1.2, circular_segments=48)
    part += bulb.translate((140, 40, 14)) + Manifold.cube((12, 10, 8)).translate((118, 35, 10))
    segments = 4 * round(np.sqrt(triangles * 0.5) / 2)
    part += Manifold.sphere(25, segments).translate((60, 40, 60)) + Manifold.cube((10, 10, 40)).translate((55, 35, 2))
    return _mesh(part).corners


def _shell(triangles: int) -> np.ndarray:
    """A closed wavy shell of 0.9 mm: two surfaces of equal triangles."""
    rings = max(8, int(np.sqrt(triangles / 8)))
    polar = np.linspace(0, np.pi, rings + 1)
    around = np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    p, a = np.meshgrid(polar, around, indexing="ij")
    direction = np.stack([np.sin(p) * np.cos(a), np.sin(p) * np.sin(a), np.cos(p)], axis=2)
    radius = (60 + 2 * np.sin(9 * a) * np.sin(p) ** 2)[..., None]
    quads = []
    for depth in (0.0, 0.9):
        grid = direction * (radius - depth)
        low, high = grid[:-1], grid[1:]
        low_next, high_next = np.roll(low, -1, axis=1), np.roll(high, -1, axis=1)
        one, other = np.stack([low, high, high_next], axis=2), np.stack([low, high_next, low_next], axis=2)
        both = np.concatenate([one[:-1].reshape(-1, 3, 3), other[1:].reshape(-1, 3, 3)])
        quads.append(both if depth == 0 else both[:, ::-1])
    return np.concatenate(quads)


def _write(path: Path, corners: np.ndarray) -> int:
    records = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    records["c"] = corners
    path.write_bytes(b"a part".ljust(80) + struct.pack("<I", len(corners)) + records.tobytes())
    return len(corners)


if __name__ == "__main__":
    os.environ.setdefault("PENSTOCK_GEOMETRY_WORKERS", "1")
    sys.exit(main())
