"""When to start a build and with which parts: profit on instances of Wu and Yu (2026).

    python bench/postponement.py FILE… --online|--offline [--seed 1] [--json]

FILE is one of their instances ("Within 36 hours …", then a line per part); the horizon is read from its first line.
With --online the policy is shown each part when it has arrived; with --offline everything is known.  `profit` is
computed again from batches, starts and places by `recomputed`, which shares nothing with the engine.  HELD compares
with a `best-known.csv` beside the files where there is one: online, the mean of each horizon with the published
policy's; offline, each file with the published value (equal where that is an optimum).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock.engines.dispatch.postponement import (
    ArrivingPart,
    Batch,
    LookAhead,
    Now,
    PlateShop,
    plan_offline,
    run_online,
)

PART = re.compile(
    r"ID: (\w+), .*?Arrival time: ([\d.]+)h, Length: ([\d.]+)mm, Width: ([\d.]+)mm, Height: ([\d.]+)mm, "
    r"Volume: ([\d.]+)mm3, Support: ([\d.]+)mm3, Due: ([\d.]+)h, Price: ([\d.]+)CNY"
)
SLOWEST_DECISION_S = 0.5
MOST_SECONDS = 0.4
"""After which the policy looks at no further future."""


def read_instance(file: Path) -> tuple[int, list[ArrivingPart]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    hours = re.search(r"Within (\d+) hours", text)
    parts = [ArrivingPart(row[0], *map(float, row[1:])) for row in PART.findall(text)]
    if hours is None or not parts:
        raise SystemExit(f"{file}: not an instance of this kind (no 'Within … hours' or no part)")
    return int(hours.group(1)), parts


def recomputed(parts: Sequence[ArrivingPart], horizon: int, batches: Sequence[dict[str, Any]]) -> float:
    """Profit by the published rules from the printed answer; raises ValueError where the answer breaks one."""
    named = {part.id: part for part in parts}
    free, made, money = 0.0, {}, 0.0
    for batch in batches:
        start = batch["start_h"]
        if start < free - 1e-6 or not 0 <= start < horizon or not batch["parts"]:
            raise ValueError(f"a batch may not start at {start} h")
        if abs(start - round(start)) > 1e-6 and abs(start - free) > 1e-6:
            raise ValueError(f"{start} h is neither on the hour nor the end of the batch before")
        hours, boxes, tallest = 0.0, [], 0.0
        for lying in batch["parts"]:
            part = named[lying["part"]]
            if part.id in made or part.arrival_h > int(start + 1e-6):
                raise ValueError(f"{part.id} is made twice or before it is there")
            made[part.id] = start
            x, y = lying["x_mm"], lying["y_mm"]
            w, d = (part.width_mm, part.length_mm) if lying["turned"] else (part.length_mm, part.width_mm)
            if x < -1e-6 or y < -1e-6 or x + w > 200 + 1e-6 or y + d > 200 + 1e-6 or part.height_mm > 200:
                raise ValueError(f"{part.id} is off the plate")
            for u, v, s, t in boxes:
                if x < u + s - 1e-6 and u < x + w - 1e-6 and y < v + t - 1e-6 and v < y + d - 1e-6:
                    raise ValueError(f"{part.id} overlaps another part")
            boxes.append((x, y, w, d))
            hours += part.volume_mm3 / 15 / 3600 + part.support_mm3 / 30 / 3600
            tallest = max(tallest, part.height_mm)
            money += part.price - 0.001 * (part.volume_mm3 + part.support_mm3)
        hours += 200 * tallest / 3600
        money -= 300 + 11.6 * hours
        free = start + 1 + hours
        for lying in batch["parts"]:
            made[lying["part"]] = free
    for part in parts:
        money -= 30 * max(0.0, min(made.get(part.id, horizon), horizon) - part.due_h)
    return money


class Timed:
    """A policy and the slowest of its decisions."""

    def __init__(self, policy: LookAhead) -> None:
        self.policy = policy
        self.slowest = 0.0

    def decide(self, now: Now) -> Sequence[ArrivingPart]:
        started = time.perf_counter()
        chosen = self.policy.decide(now)
        self.slowest = max(self.slowest, time.perf_counter() - started)
        return chosen


def answer(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    return [
        {
            "start_h": batch.start_h,
            "end_h": batch.end_h,
            "parts": [{"part": p.part, "x_mm": p.x_mm, "y_mm": p.y_mm, "turned": p.turned} for p in batch.parts],
        }
        for batch in batches
    ]


def solve(file: Path, online: bool, seed: int) -> dict[str, Any]:
    horizon, parts = read_instance(file)
    started = time.perf_counter()
    row: dict[str, Any] = {"instance": file.stem, "horizon_h": horizon, "seed": seed}
    if online:
        policy = Timed(LookAhead(seed=seed, most_seconds=MOST_SECONDS))
        batches: Sequence[Batch] = run_online(parts, horizon, policy)
        row["slowest_decision_s"] = policy.slowest
    else:
        hindsight = plan_offline(parts, horizon)
        batches = hindsight.batches
        row["proven"] = hindsight.proven
    row["seconds"] = time.perf_counter() - started
    row["batches"] = answer(batches)
    row["profit"] = recomputed(parts, horizon, row["batches"])
    return row


def published(file: Path) -> dict[str, str]:
    beside = file.parent / "best-known.csv"
    if beside.is_file():
        with beside.open() as rows:
            for row in csv.DictReader(rows):
                if row["instance"] in file.stem:
                    return row
    return {}


def warm_up() -> None:
    """Everything is compiled before the clock starts."""
    parts = [ArrivingPart(f"w{j}", 0.0, 50, 50, 50, 10_000, 0, 20.0, 300) for j in range(3)]
    run_online(parts, 3, LookAhead(futures=1), shop=PlateShop())
    plan_offline(parts, 3)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="+", type=Path)
    how = ask.add_mutually_exclusive_group(required=True)
    how.add_argument("--online", action="store_true")
    how.add_argument("--offline", action="store_true")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seeds", type=int, default=1, help="so many seeds from --seed on (online)")
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    warm_up()
    ours: dict[int, list[float]] = defaultdict(list)
    theirs: dict[int, list[float]] = defaultdict(list)
    held = True
    for file in given.files:
        rows = [
            solve(file, given.online, seed)
            for seed in range(given.seed, given.seed + (given.seeds if given.online else 1))
        ]
        mean = sum(row["profit"] for row in rows) / len(rows)
        known = published(file)
        if given.json:
            print("\n".join(json.dumps(row) for row in rows), flush=True)
            continue
        goal = float(known["online_best_mean" if given.online else "offline_milp"]) if known else None
        if given.online:
            slowest = max(row["slowest_decision_s"] for row in rows)
            note = f"slowest decision {slowest:.2f} s"
            held &= slowest <= SLOWEST_DECISION_S
            ours[rows[0]["horizon_h"]].append(mean)
            if goal is not None:
                theirs[rows[0]["horizon_h"]].append(goal)
        else:
            note = f"{rows[0]['seconds']:.1f} s{', proven' if rows[0]['proven'] else ''}"
            held &= goal is None or mean >= goal - 0.15  # the published values come from rounded prices
        print(
            f"{file.stem:32s} profit {mean:9.2f}   published {goal if goal is not None else '—':>9}   {note}",
            flush=True,
        )
    if given.json:
        return 0
    for horizon, values in ours.items() if theirs else ():
        mean, other = sum(values) / len(values), sum(theirs[horizon]) / max(1, len(theirs[horizon]))
        print(f"mean of {horizon} h: {mean:9.2f}   published {other:9.2f}")
        held &= mean >= other
    print("HELD" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
