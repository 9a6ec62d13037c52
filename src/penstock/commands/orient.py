"""`penstock orient`: how a part can be laid in the machine, and what each pose costs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from penstock.engines import geometry, knowledge
from penstock.engines.geometry.units import UNIT_MM

EXIT_REFUSED = 2
COLUMNS = ("pose", "height mm", "on the plate mm", "covers cm²", "support cm³", "rough cm²", "stands", "best for")


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser(
        "orient",
        help="propose how to lay a part in the machine, with the trade-offs",
        description="Poses of a part with their height, support and area, the recommended one first. "
        f"Exit status 0, {EXIT_REFUSED} if the file was refused.",
    )
    parser.add_argument("file", metavar="FILE")
    codes = sorted(code for code, each in knowledge.default().processes.items() if each.shape_rule == "additive")
    parser.add_argument("--process", choices=codes, default="sls", help="whose overhang and chamber count (sls)")
    parser.add_argument("--goal", choices=("height", "support", "area"), help="what to recommend by (a balance)")
    parser.add_argument("--unit", choices=UNIT_MM, help="unit of a file that does not state one (default: mm)")
    parser.add_argument("--json", action="store_true", help="all poses with their rotation matrices as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the poses of one file."""
    known = knowledge.default()
    overhang = known.limit(args.process, "max_overhang")
    try:
        mesh = geometry.load_mesh(args.file, args.unit)
    except geometry.Refused as error:
        print(f"{args.file}: refused: {error.message} [{error.code}]")
        return EXIT_REFUSED
    found = geometry.orient(
        mesh,
        overhang_deg=overhang,
        chamber_mm=known.largest_chamber(args.process),
        goal=args.goal,
    )
    if args.json:
        print(json.dumps({"file": args.file, "process": args.process} | found.to_dict()))
        return 0
    needs = "needs no support" if overhang is None else f"supports surfaces more than {overhang:g}° from vertical"
    print(f"{args.file} by {args.process}, which {needs}")
    print("  ".join(f"{head:>15}" for head in COLUMNS))
    for number, pose in enumerate(found.poses):
        best = ", ".join(goal for goal, place in found.best.items() if place == number)
        print("  ".join(f"{cell:>15}" for cell in _row(str(number + 1), pose, best)))
    print("  ".join(f"{cell:>15}" for cell in _row("as drawn", found.drawn, "")))
    return 0


def _row(name: str, pose: geometry.Pose, best: str) -> tuple[str, ...]:
    return (
        name if pose.fits is not False else f"{name} (too large)",
        f"{pose.height_mm:.1f}",
        f"{pose.footprint_mm[0]:.1f} × {pose.footprint_mm[1]:.1f}",
        f"{pose.projected_area_mm2 / 100:.1f}",
        f"{pose.support_volume_mm3 / 1000:.2f}",
        f"{pose.supported_area_mm2 / 100:.1f}",
        "yes" if pose.stands else "no",
        best,
    )
