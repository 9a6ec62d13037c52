"""Makespan of builds on several machines: value, proven bound and gap on the LUZEDI planning instances.

    python bench/scheduling.py [INSTANCE…] [--tables DIR] [--seconds 30] [--json]

The tables (`part-machine-information.xlsx`, `instances/*.txt`) come from LUZEDI/AM-Production-Planning-Instances;
boxes are taken by their area.  HELD when every gap is at most 2 % and P25M2-0 is proven at 184 465.27 s.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

from penstock.engines.dispatch.makespan import Piece, PlateMachine, loads, schedule, violations

TABLES = Path(__file__).resolve().parents[2] / "shared/bench-data/nesting/luzedi"
MOST_GAP = 0.02
KNOWN = {"P25M2-0": 184_465.27}
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(book: zipfile.ZipFile, name: str) -> list[list[float]]:
    """The rows of numbers of one sheet; an empty cell ends a row."""
    titles = [s.attrib["name"] for s in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{SPACE}sheet")]
    part = book.read(f"xl/worksheets/sheet{titles.index(name) + 1}.xml")
    rows = []
    for row in ElementTree.fromstring(part).iter(f"{SPACE}row"):
        cells = [c for c in row.iter(f"{SPACE}c") if c.find(f"{SPACE}v") is not None]
        if cells and all(c.attrib.get("t") != "s" for c in cells):
            rows.append([float(c.findtext(f"{SPACE}v") or 0) for c in cells])
    return rows


def read_tables(folder: Path) -> tuple[dict[int, Piece], list[PlateMachine]]:
    with zipfile.ZipFile(folder / "part-machine-information.xlsx") as book:
        pieces = {int(row[0]): Piece(*row[1:6]) for row in sheet(book, "part")}
        machines = [PlateMachine(*row[1:8]) for row in sheet(book, "machine")]
    return pieces, machines


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("instances", nargs="*", help="names such as P25M2-0, or files; all of the tables' by default")
    ask.add_argument("--tables", type=Path, default=TABLES)
    ask.add_argument("--seconds", type=float, default=30.0, help="for proofs, per instance")
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    if not given.tables.is_dir():
        print(f"{given.tables} is not there: give the folder of the tables with --tables", file=sys.stderr)
        return 2
    pieces, machines = read_tables(given.tables)
    files = [Path(i) if Path(i).is_file() else given.tables / "instances" / f"{i}.txt" for i in given.instances]
    files = files or sorted(
        (given.tables / "instances").glob("*.txt"), key=lambda f: [int(n) for n in re.findall(r"\d+", f.stem)]
    )
    schedule([pieces[0], pieces[1]], machines, seconds=1, moves=1000)  # compiled before the clock starts
    held = True
    for file in files:
        part = [pieces[int(number)] for number in file.read_text().split()]
        used = machines[2:] if "M2" in file.stem else machines
        started = time.perf_counter()
        found = schedule(part, used, seconds=given.seconds)
        took = time.perf_counter() - started
        wrong = violations(part, used, found.builds)
        good = (
            not wrong and found.gap <= MOST_GAP and abs(max(loads(part, used, found.builds)) - found.makespan_s) < 1e-3
        )
        if file.stem in KNOWN:
            good &= found.makespan_s <= KNOWN[file.stem] and found.gap < 1e-6 and took <= 5.0
        held &= good
        if given.json:
            print(json.dumps({"instance": file.stem, "gap": found.gap, "seconds": took, **asdict(found)}))
        else:
            print(
                f"{file.stem:10s} makespan {found.makespan_s:10.2f} s  bound {found.bound_s:9.2f} s gap {found.gap:.2%}"
                f"   {len(found.builds):3d} builds   {took:5.1f} s   {'ok' if good else 'MISSED'}",
                flush=True,
            )
    if not given.json:
        print("HELD" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
