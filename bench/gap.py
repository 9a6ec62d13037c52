"""Generalised assignment: value, proven bound and gap on instances in the OR-library's format (minimise).

    python bench/gap.py FILE… [--seconds 20] [--seed 1] [--json]

A file holds one instance, "agents items", costs, uses, capacities, or a number of instances followed by as many of
those.  With --json each line is one instance with its assignment (agents numbered from 1).  Feasibility and value are
computed again here.  HELD when every gap to the best known value is at most 0.2 %; best known values are read from
`best-known.csv` beside the file; without one the gap to our own bound counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch.assignment import assign

GOAL = 0.002
Arrays = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def read_instances(file: Path) -> Iterator[Arrays]:
    """Costs (agents × items), uses and capacities of each instance in the file."""
    try:
        numbers = np.array(file.read_text().split(), dtype=np.float64)
    except ValueError as error:
        raise SystemExit(f"{file}: not an instance, it holds more than numbers ({error})") from None

    def length(at: int) -> int:
        agents, items = int(numbers[at]), int(numbers[at + 1])
        return 2 + 2 * agents * items + agents

    single = numbers.size >= 2 and length(0) == numbers.size
    at = 0 if single else 1
    for number in range(1 if single else int(numbers[0]) if numbers.size else 0):
        if at + 2 > numbers.size or at + length(at) > numbers.size:
            raise SystemExit(f"{file}: ends within instance {number + 1}")
        agents, items = int(numbers[at]), int(numbers[at + 1])
        body = numbers[at + 2 : at + length(at)]
        pairs = agents * items
        yield (
            body[:pairs].reshape(agents, items).astype(np.int64),
            body[pairs : 2 * pairs].reshape(agents, items).astype(np.int64),
            body[2 * pairs :].astype(np.int64),
        )
        at += length(at)


def best_known(file: Path) -> int | None:
    table = file.parent / "best-known.csv"
    if table.is_file():
        with table.open() as rows:
            for row in csv.DictReader(rows):
                if row["Path"].rsplit("/", 1)[-1] == file.name:
                    return int(row["Best known solution value"])
    return None


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="+", type=Path)
    ask.add_argument("--seconds", type=float, default=20.0)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    assign([[1, 2], [2, 1]], [[1, 2], [2, 1]], [2, 2], steps=10)  # compiled before the clock starts
    assign([[2, 1], [1, 2]], [[2, 2], [2, 2]], [3, 3], steps=2000)
    held = True
    for file in given.files:
        for number, (cost, use, capacity) in enumerate(read_instances(file), start=1):
            name = file.name if number == 1 else f"{file.name}#{number}"
            started = time.perf_counter()
            try:
                found = assign(cost, use, capacity, seconds=given.seconds, seed=given.seed)
            except DispatchError as error:
                print(
                    json.dumps({"instance": name, "error": str(error)}) if given.json else f"{name}: {error}",
                    flush=True,
                )
                continue
            took = time.perf_counter() - started
            chosen = np.array(found.agents)
            spread = np.arange(cost.shape[1])
            load = np.bincount(chosen, use[chosen, spread], len(capacity))
            if (load > capacity).any() or cost[chosen, spread].sum() != found.value or found.bound > found.value:
                raise SystemExit(f"{name}: the answer breaks the rules")
            known = best_known(file)
            gap = found.value / known - 1 if known else found.gap
            held &= gap <= GOAL
            if given.json:
                row = {
                    "instance": name,
                    "value": found.value,
                    "bound": found.bound,
                    "best_known": known,
                    "gap": gap,
                    "seconds": took,
                    "assignment": [agent + 1 for agent in found.agents],
                }
                print(json.dumps(row), flush=True)
            else:
                print(
                    f"{name:12s} value {found.value:8d}   bound {found.bound:8d}   best known {known or '—':>8}   "
                    f"gap {gap:7.3%}   {took:5.1f} s",
                    flush=True,
                )
    if not given.json:
        print("HELD" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
