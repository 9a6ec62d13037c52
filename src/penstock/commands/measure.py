"""`penstock measure`: facts and findings of model files, without any server."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from penstock.engines import geometry, knowledge
from penstock.engines.geometry.units import UNIT_MM

EXIT_REFUSED = 2
COLUMNS = ("file", "format", "size mm", "volume cm³", "area cm²", "bodies", "triangles", "printable")


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser(
        "measure",
        help="measure model files and list what is wrong with them",
        description="Measure STL, 3MF, OBJ, PLY, OFF, AMF, STEP and IGES files. "
        f"Exit status 0 if all were measured, {EXIT_REFUSED} if any was refused.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--unit", choices=UNIT_MM, help="unit of files that do not state one (default: mm)")
    parser.add_argument(
        "--process",
        action="append",
        default=[],
        metavar="CODE",
        type=_process,
        help="also judge whether this process can make the part (sls, fdm, …, or all); may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def _process(code: str) -> str:
    # Only who asks for a process waits for the catalogue.
    codes = knowledge.default().processes
    if code != "all" and code not in codes:
        raise argparse.ArgumentTypeError(f"{code!r} is not a process; choose among all, {', '.join(codes)}")
    return code


def run(args: argparse.Namespace) -> int:
    """Measure every file; a refused one does not stop the others."""
    refused = 0
    rows: list[tuple[str, ...]] = []
    remarks: list[str] = []
    for file in args.files:
        try:
            measurement, findings = _measured(file, args.unit, args.process)
        except geometry.Refused as error:
            refused += 1
            if args.json:
                _print_json({"file": file, "error": {"code": error.code, "message": error.message}})
            remarks.append(f"{file}: refused: {error.message} [{error.code}]")
            continue
        if args.json:
            _print_json({"file": file} | measurement.to_dict() | {"findings": [each.to_dict() for each in findings]})
            continue
        rows.append(_row(file, measurement))
        remarks.extend(f"{file}: {line}" for line in (*_said_of_itself(measurement), *_machined(measurement)))
        remarks.extend(f"{file}: {_remark(finding)}" for finding in findings)
    if not args.json:
        _print_table(rows)
        for remark in remarks:
            print(remark)
    return EXIT_REFUSED if refused else 0


def _measured(
    file: str, unit: str | None, asked: list[str]
) -> tuple[geometry.Measurement, tuple[geometry.Finding, ...]]:
    """The measurement and all findings, those of the processes asked for behind its own."""
    if not asked:
        measurement = geometry.measure(file, unit=unit)
        return measurement, measurement.findings
    known = knowledge.default()
    codes = list(known.processes) if "all" in asked else asked
    inspection = geometry.inspect(file, [geometry.limits_of(known, code) for code in codes], unit=unit)
    return inspection.measurement, inspection.measurement.findings + inspection.findings


def _remark(finding: geometry.Finding) -> str:
    process = f"{finding.process}: " if finding.process else ""
    advice = f" {finding.advice}" if finding.advice else ""
    return f"{process}{finding.severity}: {finding.message}{advice} [{finding.code}]"


def _said_of_itself(measurement: geometry.Measurement) -> list[str]:
    lines = [f"{name}: {text}" for name, text in measurement.metadata.items()]
    return lines + ([f"colours: {', '.join(measurement.colours)}"] if measurement.colours else [])


def _machined(measurement: geometry.Measurement) -> list[str]:
    """What there is for a machine tool, alike holes in one line."""
    found = measurement.machining
    if found is None:
        return []
    holes = Counter(
        f"{hole.diameter_mm:.4g} mm hole, {hole.depth_mm:.4g} mm deep, {'through' if hole.through else 'blind'}"
        for hole in found.holes
    )
    lines = [f"{count} × {words}" for words, count in holes.items()]
    for pocket in found.pockets:
        radius = "" if pocket.inner_radius_mm is None else f", inner radius {pocket.inner_radius_mm:.4g} mm"
        lines.append(f"pocket {_product(pocket.size_mm)} mm, {pocket.depth_mm:.4g} mm deep{radius}")
    lines += [f"{each.count} × inner corner {each.radius_mm:.4g} mm, {each.depth_mm:.4g} mm" for each in found.corners]
    if found.wall_mm is not None:
        lines.append(f"thinnest wall between faces {found.wall_mm:.4g} mm")
    if found.undercut:
        lines.append(f"undercut {found.undercut_mm2 / 100:.2f} cm²")
    return [*lines, f"set-ups: {len(found.setups)}"]


def _product(sides: Iterable[float]) -> str:
    return " × ".join(f"{side:.4g}" for side in sides)


def _print_json(record: dict[str, Any]) -> None:
    # Flushed line by line: with many files the reader sees each as it is done.
    print(json.dumps(record, ensure_ascii=False), flush=True)


def _row(file: str, measurement: geometry.Measurement) -> tuple[str, ...]:
    volume = measurement.volume_mm3
    return (
        file,
        measurement.format,
        " × ".join(f"{side:.2f}" for side in measurement.size_mm),
        "undefined" if volume is None else f"{volume / 1000:,.3f}",
        f"{measurement.area_mm2 / 100:,.2f}",
        f"{measurement.bodies:,}",
        f"{measurement.triangles:,}",
        "yes" if measurement.printable else "no",
    )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    for row in (COLUMNS, *rows):
        cells = [
            cell.ljust(width) if n < 2 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
    print()
