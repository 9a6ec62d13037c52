"""Packing against its goals and against peers: `python bench/packing.py --data ../shared/bench-data/nesting`.

`--rows luzedi,chess` runs some rows only; `--list` names them. Peers run in the same process where they are installed:
MeshLib (`pip install meshlib`, free for non-commercial use only, so for this table alone). Times are wall time, and
searches with a deadline get as far as the machine lets them; the first line says how busy it was. Density is the
meshes' volume over floor area times height; voxel occupancy is another thing and never compared with it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh

from penstock.engines.packing import Chamber, Item, Mesh, pack, verify
from penstock.engines.packing.gaps import fill_gaps
from penstock.engines.packing.poses import AXIS_ROTATIONS
from penstock.engines.packing.voxels.compress import lower_scaled, top_of
from penstock.engines.packing.voxels.forms import Form, catalogue, runs_of, turned
from penstock.engines.packing.voxels.problem import Frame, Problem, pose
from penstock.engines.packing.voxels.search import Pieces, greedy, orders, sizes_of
from penstock.engines.packing.voxels.tray import empty_tray
from penstock.engines.packing.voxels.watch import FREE, Watch

BASE_MM = (380.0, 284.0)
MJF = Chamber((380.0, 284.0, 380.0), clearance_mm=1.0)
SEED = 1


@dataclass
class Row:
    """One line of the table. `held`: None for what has no goal (a peer)."""

    name: str
    value: str
    goal: str
    seconds: float
    held: bool | None


def luzedi_parts(data: Path) -> list[Item]:
    """The 84 parts; volumes by trimesh, as for the peers (of open meshes the number depends on the formula)."""
    items = []
    for path in sorted((data / "luzedi" / "models").glob("*.stl"), key=lambda path: int(path.stem)):
        shape = trimesh.load(path)
        mesh = Mesh(np.array(shape.vertices, dtype=np.float64), np.array(shape.faces, dtype=np.int64))
        items.append(Item(path.stem, mesh=mesh, volume_mm3=abs(float(shape.volume))))
    return items


def warm(items: list[Item]) -> None:
    """Compile the kernels, so that no row pays for it."""
    pack(items[:3], MJF, deadline_s=2.0)


def luzedi(data: Path) -> list[Row]:
    items = luzedi_parts(data)
    warm(items)
    fresh = [
        Item(item.id, mesh=Mesh(item.mesh.vertices, item.mesh.triangles), volume_mm3=item.volume_mm3) for item in items
    ]
    began = time.perf_counter()
    packing = pack(fresh, MJF, deadline_s=60.0, seed=SEED)
    seconds = time.perf_counter() - began
    faults = verify(packing, fresh, MJF)
    sound = not faults and not packing.unplaced
    text = f"{packing.density:.1%} ({packing.height_mm:.1f} mm), {len(faults)} faults"
    return [
        Row(
            "LUZEDI 84 parts, 1 mm clearance",
            text,
            "≥ 33 %, ≤ 60 s",
            seconds,
            sound and packing.density >= 0.33 and seconds < 63,
        ),
        *meshlib_row(items),
    ]


def fast(data: Path) -> list[Row]:
    items = luzedi_parts(data)
    warm(items)
    rows = []
    for name in ("first time", "warm"):
        began = time.perf_counter()
        packing = pack(items, MJF, deadline_s=0.0)
        seconds = time.perf_counter() - began
        held = None if name == "first time" else packing.density >= 0.26 and seconds <= 1.0 and not packing.unplaced
        rows.append(
            Row(
                f"  fast mode, {name}",
                f"{packing.density:.1%} ({packing.height_mm:.0f} mm)",
                "≥ 26 %, ≤ 1 s",
                seconds,
                held,
            )
        )
    return rows


def meshlib_row(items: list[Item]) -> list[Row]:
    """MeshLib's boxNesting of the same parts with the same gap."""
    try:
        from meshlib import mrmeshnumpy, mrmeshpy
    except ImportError:
        return [Row("  MeshLib boxNesting", "not installed", "", 0.0, None)]
    meshes = [
        mrmeshnumpy.meshFromFacesVerts(item.mesh.triangles.astype(np.int32), item.mesh.vertices) for item in items
    ]
    params = mrmeshpy.Nesting.BoxNestingParams()
    params.baseParams.nest = mrmeshpy.Box3f(mrmeshpy.Vector3f(0, 0, 0), mrmeshpy.Vector3f(*BASE_MM, 2000.0))
    params.baseParams.minInterval = 1.0
    objects = mrmeshpy.Vector_Nesting_MeshXf_ObjId()
    for mesh in meshes:
        one = mrmeshpy.Nesting.MeshXf()
        one.mesh, one.xf = mesh, mrmeshpy.AffineXf3f()
        objects.push_back(one)
    began = time.perf_counter()
    results = mrmeshpy.Nesting.boxNesting(objects, params)
    seconds = time.perf_counter() - began
    top = max(mesh.computeBoundingBox(result.xf).max.z for mesh, result in zip(meshes, results, strict=True))
    volume = sum(item.volume_mm3 for item in items)
    return [
        Row("  MeshLib boxNesting", f"{volume / (BASE_MM[0] * BASE_MM[1] * top):.1%} ({top:.0f} mm)", "", seconds, None)
    ]


def binvox(path: Path) -> tuple[np.ndarray, float]:
    """(cells (x, y, z) of the part's own box, voxels per unit) of a run-length coded binvox file, order x-z-y."""
    with path.open("rb") as file:
        file.readline()
        dims = [int(number) for number in file.readline().split()[1:]]
        file.readline()
        scale = float(file.readline().split()[1])
        file.readline()
        coded = np.frombuffer(file.read(), dtype=np.uint8)
    cells = np.repeat(coded[0::2], coded[1::2]).astype(bool).reshape(dims).transpose(0, 2, 1)
    where = np.argwhere(cells)
    (x0, y0, z0), (x1, y1, z1) = where.min(axis=0), where.max(axis=0) + 1
    return np.ascontiguousarray(cells[x0:x1, y0:y1, z0:z1]), dims[0] / scale


def voxel_problem(data: Path, instance: str, base: int) -> tuple[Problem, Pieces]:
    """A strip of `base` × `base` voxels and the pieces of an ESICUP instance in 24 poses each."""
    folder = data / "esicup" / "InstanceDescription"
    parts, items = [], []
    for line in (folder / f"{instance}.txt").read_text().splitlines():
        fields = line.split("\t")
        if not line.strip() or fields[0].startswith("CONTAINER"):
            continue
        cells, _ = binvox(folder / fields[0])
        seen: dict[tuple[tuple[int, ...], bytes], Form] = {}
        for turn in AXIS_ROTATIONS:
            out, corner = turned(cells, np.zeros(3), 1.0, turn)
            form = Form(turn, corner, out.shape, runs_of(out), int(cells.sum()))
            seen.setdefault((out.shape, np.packbits(out).tobytes()), form)
        parts.append(list(seen.values()))
        items.append(Item(str(len(items)), tuple(map(float, cells.shape)), copies=int(fields[-1])))
    height = 4 * max(max(item.size_mm) for item in items)
    frame = Frame(1.0, 0.0, np.zeros(3), np.array([base, base, height]), (base, base, int(height)))
    chamber = Chamber((float(base), float(base), height), clearance_mm=0.0)
    problem = Problem(tuple(items), chamber, frame, catalogue(parts), empty_tray(frame.shape))
    wanted = [(number, copy) for number, item in enumerate(items) for copy in range(item.copies)]
    table = np.array(wanted, dtype=np.int64)
    return problem, Pieces(table[:, 0].copy(), table[:, 1].copy())


def strip(data: Path, instance: str, base: int, seconds: float) -> tuple[int, float]:
    """(height in voxels, seconds) of the best layout found."""
    problem, pieces = voxel_problem(data, instance, base)
    gains = np.ones(len(pieces))
    first = next(orders(problem, pieces, None, SEED))
    greedy(problem, pieces, first, gains, np.inf, FREE)
    began = time.perf_counter()
    watch = Watch(seconds, None)
    layouts = [
        greedy(problem, pieces, order, gains, np.inf, FREE)
        for order, _ in zip(orders(problem, pieces, None, SEED), range(4), strict=False)
    ]
    best = min((layout for layout in layouts if layout is not None), key=lambda layout: layout.score)
    place = lower_scaled(problem, pieces.part, best.place, SEED, watch, None, lambda _: None)
    taken = np.zeros(problem.frame.shape, dtype=np.int64)
    for form, x, y, z in place.tolist():
        for rx, ry, low, high in problem.catalogue.forms[form].runs.tolist():
            taken[x + rx, y + ry, z + low : z + high] += 1
    if taken.max() > 1:
        raise AssertionError("two pieces share a voxel")
    return top_of(problem, place), time.perf_counter() - began


def chess(data: Path) -> list[Row]:
    height, seconds = strip(data, "chess", 50, 120.0)
    return [Row("ESICUP chess, rotated", f"{height}", "≤ 104 in 120 s", seconds, height <= 104)]


def merged5(data: Path) -> list[Row]:
    height, seconds = strip(data, "Merged5_normal", 150, 120.0)
    units = height / 5.875
    return [Row("ESICUP Merged5, rotated", f"{units:.2f} ({height} voxels)", "≤ 24.5 in 120 s", seconds, units <= 24.5)]


def engine(data: Path) -> list[Row]:
    height, seconds = strip(data, "engine", 83, 120.0)
    return [Row("ESICUP Engine 83 × 83, rotated", f"{height}", "≤ 64", seconds, height <= 64)]


def tray(data: Path) -> list[Row]:
    """Random draws of the LUZEDI shapes, their longest edge 20–50 mm, together 1.1 times the tray, largest first; as
    many as go in. The time includes covering them with voxels."""
    chamber = Chamber((240.0, 123.0, 100.0), clearance_mm=0.0)
    rng = np.random.default_rng(SEED)
    parts = luzedi_parts(data)
    warm(parts)
    items = []
    for item in parts:
        for copy in range(12):
            scale = float(rng.uniform(20.0, 50.0) / np.ptp(item.mesh.vertices, axis=0).max())
            items.append(Item(f"{item.id}-{copy}", mesh=Mesh(item.mesh.vertices * scale, item.mesh.triangles)))
    began = time.perf_counter()
    problem = pose(items, chamber, 1.0)
    pieces = Pieces(np.arange(len(items)), np.zeros(len(items), dtype=np.int64))
    cells = sizes_of(problem)
    found = greedy(problem, pieces, next(orders(problem, pieces, None, SEED)), cells, np.inf, FREE)
    seconds = time.perf_counter() - began
    share = (found.gain if found is not None else 0.0) / float(np.prod(problem.frame.shape))
    supply = cells.sum() / float(np.prod(problem.frame.shape))
    text = f"{share:.1%} of the voxels, of {supply:.0%} offered"
    return [
        Row("dense tray 240 × 123 × 100, 1 mm voxels", text, "≥ 64 %, ≤ 30 s", seconds, share >= 0.64 and seconds <= 30)
    ]


def fleet(data: Path) -> list[Row]:
    """1 000 and 5 000 instances of 50 shapes into as many chambers as it takes."""
    shapes = [item for item in luzedi_parts(data) if np.ptp(item.mesh.vertices, axis=0).max() <= 120][:50]
    warm(shapes)
    rows, times = [], {}
    for pieces in (1000, 5000):
        left = {item.id: pieces // len(shapes) for item in shapes}
        densities = []
        began = time.perf_counter()
        while any(left.values()):
            batch = [
                Item(item.id, mesh=item.mesh, copies=left[item.id], volume_mm3=item.volume_mm3)
                for item in shapes
                if left[item.id]
            ]
            packing = pack(batch, MJF, deadline_s=0.0)
            for placement in packing.placements:
                left[placement.item_id] -= 1
            densities.append(packing.metrics.volume_mm3 / MJF.volume_mm3)
            if not packing.placements:
                break
        times[pieces] = time.perf_counter() - began
        full = min(densities[:-1], default=densities[0])
        held = full >= 0.28 and times[pieces] <= 120 if pieces == 1000 else None
        rows.append(
            Row(
                f"{pieces} parts of 50 shapes, {len(densities)} chambers",
                f"{full:.1%} in the least of the full ones",
                "≥ 28 %, ≤ 120 s" if pieces == 1000 else "",
                times[pieces],
                held,
            )
        )
    growth = float(np.log(times[5000] / times[1000]) / np.log(5.0))
    rows.append(Row("  growth of time from 1 000 to 5 000", f"n^{growth:.2f}", "≤ n^1.3", 0.0, growth <= 1.3))
    return rows


def gaps(data: Path) -> list[Row]:
    """The nested LUZEDI build filled with the shapes scaled to 50 mm, at the same height."""
    items = luzedi_parts(data)
    warm(items)
    build = pack(items, MJF, deadline_s=20.0, seed=SEED)
    fillers = []
    for item in items:
        scale = 50.0 / np.ptp(item.mesh.vertices, axis=0).max()
        if scale < 1.0:
            volume = item.volume_mm3 * scale**3
            fillers.append(
                Item(
                    f"{item.id} small",
                    mesh=Mesh(item.mesh.vertices * scale, item.mesh.triangles),
                    volume_mm3=volume,
                    copies=20,
                )
            )
    began = time.perf_counter()
    full = fill_gaps(build, items, fillers, MJF, deadline_s=30.0, seed=SEED)
    seconds = time.perf_counter() - began
    gained = full.metrics.volume_mm3 / (MJF.floor_mm2 * build.height_mm) - build.density
    held = gained >= 0.08 and full.height_mm <= build.height_mm + 1e-6
    text = f"{build.density:.1%} + {gained:.1%} at {full.height_mm:.1f} mm (was {build.height_mm:.1f})"
    return [Row("gaps of the LUZEDI build, 5 cm items", text, "+ 8 points", seconds, held)]


ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "luzedi": luzedi, "fast": fast, "tray": tray, "chess": chess, "merged5": merged5, "engine": engine,
    "fleet": fleet, "gaps": gaps,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "bench-data" / "nesting")
    parser.add_argument("--rows", default=",".join(ROWS), help="names, with commas")
    parser.add_argument("--list", action="store_true", help="name the rows")
    args = parser.parse_args()
    if args.list:
        print("\n".join(ROWS))
        return
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {busy:.1f} at the start\n")
    print(f"{'instance':<44} {'result':<44} {'goal':<18} {'seconds':>8}")
    missed = []
    for name in args.rows.split(","):
        for row in ROWS[name.strip()](args.data):
            mark = "" if row.held is None else ("  held" if row.held else "  NOT held")
            print(f"{row.name:<44} {row.value:<44} {row.goal:<18} {row.seconds:>8.2f}{mark}", flush=True)
            if row.held is False:
                missed.append(row.name.strip())
    print("\nHELD" if not missed else "\nNOT HELD: " + "; ".join(missed))


if __name__ == "__main__":
    main()
