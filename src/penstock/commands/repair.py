"""`penstock repair`: a repaired copy of a model file, and what was changed. The file itself stays as it is."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from penstock.engines import geometry
from penstock.engines.geometry.units import UNIT_MM

EXIT_REFUSED = 2


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser(
        "repair",
        help="close holes and mend the surface of a model, into a new file",
        description="Join narrow gaps, turn triangles that face the wrong way, close small or flat holes and merge "
        f"bodies that cross. Exit status 0 if a repaired file was written, {EXIT_REFUSED} if not.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--out", required=True, metavar="FILE", help="the new file: binary STL in millimetres")
    parser.add_argument("--unit", choices=UNIT_MM, help="unit of a file that does not state one (default: mm)")
    parser.add_argument("--json", action="store_true", help="what was changed as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Repair one file into another."""
    try:
        if os.path.exists(args.out) and os.path.samefile(args.file, args.out):
            raise geometry.Refused("same_file", "Name another file with --out: the original is kept.")
        mesh, report = geometry.repair(args.file, unit=args.unit)
    except geometry.Refused as error:
        if args.json:
            print(json.dumps({"file": args.file, "error": {"code": error.code, "message": error.message}}))
        else:
            print(f"{args.file}: {error.message} [{error.code}]")
        return EXIT_REFUSED
    try:
        geometry.write_stl(mesh, args.out)
    except OSError as error:
        print(f"{args.out}: cannot be written: {error.strerror}")
        return EXIT_REFUSED
    if args.json:
        print(json.dumps({"file": args.file, "out": args.out, "repair": report.to_dict()}))
        return 0
    print(f"{args.out}: repaired from {args.file}")
    for line in _lines(report):
        print(f"  {line}")
    return 0


def _lines(done: geometry.Repair) -> list[str]:
    before = "undefined" if done.volume_before_mm3 is None else f"{done.volume_before_mm3 / 1000:,.3f} cm³"
    wide = f", the widest {done.largest_hole_mm:.2f} mm, with {done.triangles_added:,} new triangles"
    changed = {
        f"points joined across gaps of at most {done.gap_mm:.3f} mm": done.gaps_joined,
        f"holes closed{wide}": done.holes_closed,
        "triangles turned": done.triangles_turned,
        "loose scraps left out": done.scraps_removed,
    }
    return [f"{count:,} {what}" for what, count in changed.items() if count] + [
        f"bodies    {done.bodies_before:,} → {done.bodies_after:,}",
        f"triangles {done.triangles_before:,} → {done.triangles_after:,}",
        f"area      {done.area_before_mm2 / 100:,.2f} → {done.area_after_mm2 / 100:,.2f} cm²",
        f"volume    {before} → {done.volume_after_mm3 / 1000:,.3f} cm³",
    ]
