"""Plate packing on real outlines: one strip, the length to keep short, with openings used and not, and the peer.

    python bench/plates.py [--seconds 30] [--instance P50M2-0]

Needs ../shared/bench-data (outlines of LUZEDI's parts, made by projection of parts with supports). The peer is
`spyrrow` (sparrow's search in Rust, outer outlines only): `pip install spyrrow` beside this, else its row is left out.
*Filled* counts openings as area, as the published 83.4 % does; *net* does not. Every layout of ours is verified.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

import manifold3d
import numpy as np

from penstock.engines.packing import Chamber, Item, Mesh, verify
from penstock.engines.packing.plates import PlateRules, outline_of, pack_plate

SHARED = Path(os.environ.get("PENSTOCK_SHARED", Path(__file__).resolve().parents[2] / "shared"))
LUZEDI = SHARED / "bench-data" / "nesting" / "luzedi"
WIDTH_MM = 400.0
ROOM_MM = 1600.0
GOAL = 0.83


def polygons(lines: list[str], part: int) -> list[np.ndarray]:
    """The contours of a part: x and y on two lines, contours parted by NaN."""
    x, y = (np.array(line.split(), dtype=float) for line in lines[2 * part : 2 * part + 2])
    cuts = np.flatnonzero(np.isnan(x))
    pieces = zip([0, *(cuts + 1)], [*cuts, len(x)], strict=True)
    return [np.column_stack([x[a:b], y[a:b]]) for a, b in pieces if b - a > 2]


def slab(contours: list[np.ndarray]) -> Mesh:
    region = manifold3d.CrossSection(contours, manifold3d.FillRule.EvenOdd)
    mesh = manifold3d.Manifold.extrude(region, 5.0).to_mesh()
    return Mesh(np.asarray(mesh.vert_properties, dtype=float)[:, :3], np.asarray(mesh.tri_verts).astype(np.int64))


def length_mm(packing, items: dict[str, Item]) -> float:
    return max(
        float((items[p.item_id].mesh.vertices @ p.matrix[1, :3]).max() + p.matrix[1, 3]) for p in packing.placements
    )


def peer(items: list[Item], seconds: float) -> float | None:
    """The strip's length by spyrrow; None where it is not installed."""
    try:
        import spyrrow
    except ImportError:
        return None
    shapes = []
    for item in items:
        outer = max(outline_of(item.mesh).without_holes().polygons, key=len)
        shapes.append(spyrrow.Item(item.id, [tuple(corner) for corner in outer.tolist()], item.copies, None))
    config = spyrrow.StripPackingConfig(total_computation_time=int(seconds), seed=1, num_workers=2)
    return spyrrow.StripPackingInstance("plates", WIDTH_MM, shapes).solve(config).width


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--instance", default="P50M2-0")
    asked = arguments.parse_args()
    if not LUZEDI.exists():
        print(f"skipped: there is no {LUZEDI}")
        return 0
    lines = (LUZEDI / "projection.txt").read_text().splitlines()
    wanted = Counter((LUZEDI / "instances" / f"{asked.instance}.txt").read_text().split())
    items = [
        Item(part, mesh=slab(polygons(lines, int(part))), copies=copies, orientation="about_z")
        for part, copies in wanted.items()
    ]
    by_id = {item.id: item for item in items}
    outlines = {item.id: outline_of(item.mesh) for item in items}
    net = sum(outlines[item.id].area_mm2 * item.copies for item in items)
    filled = sum(outlines[item.id].without_holes().area_mm2 * item.copies for item in items)
    print(f"{asked.instance}: {sum(wanted.values())} outlines on a strip of {WIDTH_MM:.0f} mm, {asked.seconds:.0f} s")
    print(f"{'':<28}{'length mm':>10}{'filled':>9}{'net':>9}{'verified':>10}")

    def row(name: str, length: float, verified: str) -> None:
        shares = (filled / (WIDTH_MM * length), net / (WIDTH_MM * length))
        print(f"{name:<28}{length:>10.1f}{shares[0]:>9.1%}{shares[1]:>9.1%}{verified:>10}", flush=True)

    chamber = Chamber((WIDTH_MM, ROOM_MM, 20.0), clearance_mm=0.0, single_layer=True)
    best = np.inf
    for name, holes in (("penstock, openings used", True), ("penstock, outer outlines", False)):
        packing = pack_plate(items, chamber, rules=PlateRules(holes_usable=holes), deadline_s=asked.seconds, seed=1)
        fine = not packing.unplaced and not verify(packing, items, chamber)
        length = length_mm(packing, by_id)
        best = min(best, length) if fine else best
        row(name, length, "yes" if fine else "NO")
    length = peer(items, asked.seconds)
    if length is not None:
        row("spyrrow, outer outlines", length, "-")
    held = filled / (WIDTH_MM * best) >= GOAL
    print(f"goal {GOAL:.0%} filled: {'HELD' if held else 'NOT HELD'}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
