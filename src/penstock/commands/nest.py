"""`penstock nest`: model files into one build chamber, as a 3MF build file and a report, without any server.

What cannot be placed is named with its reason and the rest is packed. Ctrl-C ends the search and keeps the best build
found so far; a second one ends the command.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.engines import geometry, packing
from penstock.engines.geometry.units import UNIT_MM
from penstock.errors import OperatorError

DONE, LEFT_OUT = 0, 2
ORIENTATIONS: dict[str, packing.Orientation] = {"free": "any", "z": "about_z", "fixed": "fixed"}
EPILOG = f"""\
FILE=COPIES asks for that many copies; a --fill file without a number goes in as often as there is room.
Lengths are mm. A placement's matrix is 4 x 4, row by row, and takes a point of the file, as a column (x, y, z, 1) in
mm, to the chamber, whose lower corner is (0, 0, 0). Copies count from 0.

exit status: {DONE} everything is in the build; {LEFT_OUT} something was left out (`unplaced` in the report says what
and why; of a build without any part no 3MF is written); 1 the request makes no sense; 130 interrupted before there was
a build.
"""


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "nest",
        help="nest model files in a build chamber and write the build as 3MF",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE[=COPIES]")
    parser.add_argument(
        "--chamber", type=_chamber, required=True, metavar="XxYxZ", help="its size, such as 380x284x380"
    )
    parser.add_argument("--shape", choices=("box", "rounded", "cylinder"), default="box", help="of the chamber")
    parser.add_argument("--corner-radius", type=_length, default=0.0, metavar="MM", help="of a rounded chamber")
    parser.add_argument("--clearance", type=_length, default=1.0, metavar="MM", help="between parts (default 1)")
    parser.add_argument("--wall", type=_length, default=0.0, metavar="MM", help="to walls, floor and lid (default 0)")
    parser.add_argument("--seconds", type=_length, default=60.0, metavar="S", help="how long to search (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="another seed searches in another order (default 1)")
    parser.add_argument("--orient", choices=ORIENTATIONS, default="free", help="how parts may be turned")
    parser.add_argument("--fill", nargs="+", default=[], metavar="FILE", help="small parts for the gaps")
    parser.add_argument("--plate", action="store_true", help="one layer, every part on the floor")
    parser.add_argument("--even", action="store_true", help="spread parts over the height, for the heat")
    parser.add_argument("--allow-interlocking", action="store_true", help="parts need not come out one by one")
    parser.add_argument("--allow-open", action="store_true", help="take files whose surface has holes as they are")
    parser.add_argument("--unit", choices=UNIT_MM, help="unit of files that do not state one (default: mm)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the build as 3MF")
    parser.add_argument("--report", type=Path, metavar="FILE", help="the report as JSON")
    parser.add_argument("--json", action="store_true", help="print the report")


def run(args: argparse.Namespace) -> int:
    chamber = packing.Chamber(
        args.chamber,
        shape=args.shape,
        clearance_mm=args.clearance,
        wall_clearance_mm=args.wall,
        corner_radius_mm=args.corner_radius,
        single_layer=args.plate,
    )
    for path in filter(None, (args.out, args.report)):
        if not path.absolute().parent.is_dir():
            raise OperatorError(f"{path} cannot be written: there is no folder {path.absolute().parent}.")
    parts = _read(_asked(args.files, 1), args)
    fillers = _read(_asked(args.fill, 0), args, known=parts)
    with _progress() as (progress, stop):
        try:
            nested = packing.nest(
                list(parts.items.values()),
                chamber,
                fillers=list(fillers.items.values()),
                deadline_s=args.seconds,
                seed=args.seed,
                allow_interlocking=args.allow_interlocking,
                even=args.even,
                progress=progress,
                stop=stop,
            )
        except packing.PackingError as error:
            raise OperatorError(str(error)) from error
    files = parts.files | fillers.files
    report = _report(nested, files, [*parts.refused, *fillers.refused], args)
    if args.out and report["placed"]:
        meshes = {key: item.mesh for key, item in (parts.items | fillers.items).items() if item.mesh is not None}
        packing.build_file(nested.packing, meshes, args.out, _names(files))
    if args.report:
        args.report.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _say(report, args)
    return LEFT_OUT if report["unplaced"] else DONE


# --- what is asked for ------------------------------------------------------------------------------------


def _chamber(text: str) -> packing.Vector:
    try:
        x, y, z = (float(side) for side in text.lower().replace("×", "x").split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 380x284x380") from error
    if not (min(x, y, z) > 0 and max(x, y, z) < 1e6):
        raise argparse.ArgumentTypeError(f"{text!r} is no size of a chamber in mm")
    return x, y, z


def _length(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 1000000")
    return value


def _asked(arguments: list[str], otherwise: int) -> dict[str, int]:
    """Copies by file; a file named twice is wanted twice."""
    wanted: Counter[str] = Counter()
    for argument in arguments:
        file, sign, number = argument.rpartition("=")
        if not sign or Path(argument).exists():
            file, number = argument, str(otherwise)
        if not number.isdigit() or (sign and file != argument and int(number) == 0):
            raise OperatorError(f"{argument}: the number of copies after = must be a whole number from 1 on.")
        wanted[file] += int(number)
    return dict(wanted)


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Parts:
    """What can be packed, by item id; `files`: id → file as it was named; `refused`: rows of the report."""

    items: dict[str, packing.Item]
    files: dict[str, str]
    refused: list[dict[str, Any]]


def _read(wanted: dict[str, int], args: argparse.Namespace, known: _Parts | None = None) -> _Parts:
    items, files, refused = {}, {}, []
    # Reading waits for the guarded processes.
    with ThreadPoolExecutor(os.cpu_count() or 1) as readers:
        meshes = list(readers.map(lambda file: _mesh(file, args), wanted))
    for (file, copies), mesh in zip(wanted.items(), meshes, strict=True):
        if isinstance(mesh, geometry.Refused):
            refused.append({"file": file, "copies": copies, "reason": mesh.message, "code": mesh.code})
            continue
        key = f"{file} (fill)" if known is not None and file in known.files else file
        items[key] = packing.Item(key, mesh=mesh, copies=copies, orientation=ORIENTATIONS[args.orient])
        files[key] = file
    return _Parts(items, files, refused)


def _mesh(file: str, args: argparse.Namespace) -> packing.Mesh | geometry.Refused:
    """The mesh, or why it cannot be taken: the file is refused, or its surface has holes."""
    try:
        read = geometry.load_mesh(file, args.unit)
    except geometry.Refused as refusal:
        return refusal
    mesh = packing.Mesh(read.vertices, read.triangles.astype(np.int64))
    holes = packing.openings(mesh)
    if holes.is_open and not args.allow_open:
        return geometry.Refused(
            "open_surface",
            f"The surface is open: {holes.edges} edges have a triangle on one side only and leave "
            f"{holes.area_mm2:.3g} mm² ({100 * holes.share:.2g} %) uncovered. Close it, or take it as it is with "
            "--allow-open.",
        )
    return mesh


# --- while it runs ----------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[tuple[packing.ProgressCallback, packing.StopCallback]]:
    """A line that says how far it is, on a terminal; and an ear for Ctrl-C."""
    interrupted = False
    lively = sys.stderr.isatty()

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        if lively:
            print("\nstopping; Ctrl-C again to give up", file=sys.stderr)

    def progress(now: packing.Progress) -> None:
        if lively:
            line = f"{now.seconds:6.1f} s  {now.pieces} placed  {now.height_mm:.1f} mm  {100 * now.density:.1f} %"
            print(f"\r{line:<60}", end="", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield progress, lambda: interrupted
    finally:
        signal.signal(signal.SIGINT, before)
        if lively:
            print(file=sys.stderr)


# --- what came out ----------------------------------------------------------------------------------------


def _report(
    nested: packing.Nested, files: dict[str, str], refused: list[dict[str, Any]], args: argparse.Namespace
) -> dict[str, Any]:
    build = nested.packing
    left = [
        {"file": files[each.item_id], "copies": each.copies, "reason": each.reason, "code": each.code}
        for each in build.unplaced
    ]
    pairs = [[f"{files[item_id]}#{copy}" for item_id, copy in pair] for pair in nested.interlocked]
    return {
        "placed": len(build.placements),
        "unplaced": [*refused, *left],
        "height_mm": build.height_mm,
        "mesh_density": build.density,
        "seconds": round(build.seconds, 3),
        "filled": nested.filled,
        "interlocked": pairs,
        "chamber_mm": list(args.chamber),
        "clearance_mm": args.clearance,
        "seed": args.seed,
        "volume_mm3": build.metrics.volume_mm3,
        "placements": [
            {"file": files[p.item_id], "copy": copy, "matrix": p.matrix.tolist()} for p, copy in _copies(build, files)
        ],
    }


def _copies(build: packing.Packing, files: dict[str, str]) -> Iterator[tuple[packing.Placement, int]]:
    """Placements with copies counted by file: one that is both a part and a filler goes on counting."""
    own = Counter(files[p.item_id] for p in build.placements if files[p.item_id] == p.item_id)
    for placement in build.placements:
        file = files[placement.item_id]
        yield placement, placement.copy if file == placement.item_id else own[file] + placement.copy


def _names(files: dict[str, str]) -> dict[str, str]:
    """Files' names without folder and ending where that is enough to tell them apart."""
    short = {key: Path(file).stem for key, file in files.items()}
    often = Counter(short.values())
    return {key: name if often[name] == 1 else files[key] for key, name in short.items()}


def _say(report: dict[str, Any], args: argparse.Namespace) -> None:
    print(
        f"{report['placed']} placed, {report['height_mm']:.1f} mm high, "
        f"{100 * report['mesh_density']:.1f} % of the used chamber, {report['seconds']:.0f} s"
        + (f", {report['filled']} of them in gaps" if report["filled"] else "")
    )
    for left in report["unplaced"]:
        print(f"left out: {left['copies']} x {left['file']}: {left['reason']}")
    for one, other in report["interlocked"]:
        print(f"interlocked: {one} and {other}")
    for path in filter(None, (args.out if report["placed"] else None, args.report)):
        print(f"written: {path}")
