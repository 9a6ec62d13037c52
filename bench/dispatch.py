"""The figures of dispatch: one row per goal, with the instances they were published on.

    python bench/dispatch.py [ROW…] [--data DIR] [--peers] [--list]

A row is a command of its own that ends with HELD or NOT HELD; without names all rows are run. `--peers` adds what
CP-SAT and HiGHS reach on the hardest of the assignment instances in the same time, each in a process of its own
(two copies of HiGHS do not live in one). Instances are not part of the project; DIR holds them (see the rows'
commands).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared/bench-data"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: name, goal in words, and the command after `python bench/`; {data} and globs are filled in."""

    name: str
    goal: str
    command: tuple[str, ...]
    peers: bool = False


GAP = "{data}/allocation/gap/[cde][0-9]*"
POSTPONEMENT = "{data}/scheduling/postponement/Instance_*.txt"
ROWS = [
    Row("assignment", "gap to best known ≤ 0.2 % each in 20 s", ("gap.py", GAP, "--seconds", "20")),
    Row("assignment-cpsat", "CP-SAT on the same", ("gap_peers.py", "cpsat", GAP, "--seconds", "20"), peers=True),
    Row("assignment-highs", "HiGHS on the same", ("gap_peers.py", "highs", GAP, "--seconds", "20"), peers=True),
    Row(
        "online", "mean ≥ published on every horizon, ≤ 0.5 s a decision", ("postponement.py", POSTPONEMENT, "--online")
    ),
    Row("offline", "the optimum, or ≥ the published value", ("postponement.py", POSTPONEMENT, "--offline")),
    Row("waves", "100 000 jobs ≤ 60 s, ≤ 4 GB, ≤ n^1.15; one change ≤ 1 s; ≤ 2 % over the bound", ("waves.py",)),
    Row("makespan", "gap ≤ 2 %, P25M2-0 proven in 5 s", ("scheduling.py", "--tables", "{data}/nesting/luzedi")),
]


def filled(argument: str, data: Path) -> list[str]:
    if "{data}" not in argument:
        return [argument]
    path = Path(argument.format(data=data))
    if "*" not in path.name:
        return [str(path)]
    return sorted(str(found) for found in path.parent.glob(path.name))


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(row.name for row in ROWS))
    ask.add_argument("--data", type=Path, default=DATA)
    ask.add_argument("--peers", action="store_true")
    ask.add_argument("--list", action="store_true")
    given = ask.parse_args()
    if unknown := set(given.rows) - {row.name for row in ROWS}:
        ask.error(f"no such row: {', '.join(sorted(unknown))}; rows are {', '.join(row.name for row in ROWS)}")
    held = True
    for row in ROWS:
        if (given.rows and row.name not in given.rows) or (row.peers and not (given.peers or row.name in given.rows)):
            continue
        print(f"== {row.name}: {row.goal}", flush=True)
        if given.list:
            continue
        if any("{data}" in part for part in row.command) and not given.data.is_dir():
            print(f"{given.data} is not there: give the folder of the instances with --data")
            held = False
            continue
        script, *rest = row.command
        arguments = [found for part in rest for found in filled(part, given.data)]
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], check=False)
        held &= row.peers or done.returncode == 0
    if not given.list:
        print("HELD" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
