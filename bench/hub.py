"""How fast the hub's most used reads are with 20 000 orders in the database, and how many requests it serves.

    python bench/hub.py [--orders 20000] [--json] [--keep] [--seconds 10]

A database of its own on the embedded server in PENSTOCK_HOME (var/bench unless set) is filled in bulk (see
`filling/`) with a tenth of the orders first and then with the rest. At both sizes every read is asked through Django's
test client in this process: its SQL statements are counted, and its time is taken around the whole request, middleware
and templates included, network excluded. Every read goes around several organisations and rows, the largest buyer (a
tenth of everything) among them; the first round is not counted. Then a real gunicorn with two workers is asked over
the loopback by eight connections at once; the load generator shares the machine with it.

Exit status 1 when a p95 is over the goal, or a read takes more statements with more rows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("PENSTOCK_HOME", str(ROOT / "var" / "bench"))
os.environ.setdefault("PENSTOCK_INSECURE_HTTP", "on")
os.environ.setdefault("PENSTOCK_SECRET_KEY", "a key for measurements only")
os.environ.setdefault("PENSTOCK_LOG_LEVEL", "ERROR")

GOAL_P95_MS = 150.0
MOST_STATEMENTS = 30
ROUNDS = 40
DATABASE = "penstock_bench"
SEED = 2026


@dataclass(frozen=True, slots=True)
class Measured:
    """One read: statements and median time at a tenth of the rows and at all of them, how much of it is computing here
    (the rest is the database, or waiting for a core), and how large the answer is."""

    read: str
    statements_small: int
    statements: int
    p50_small_ms: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    kilobytes: float

    @property
    def good(self) -> bool:
        return (
            self.p95_ms <= GOAL_P95_MS
            and self.statements <= self.statements_small
            and self.statements <= MOST_STATEMENTS
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10, help="how long gunicorn is asked, per address")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the database as it is")
    args = parser.parse_args()
    say = (lambda _line: None) if args.json else (lambda line: print(line, flush=True))

    from penstock.hub.conf import database

    server = database.embedded_server()
    server.drop(DATABASE)
    os.environ["DATABASE_URL"] = server.ensure(DATABASE)
    try:
        found = measure(args.orders, args.seconds, say)
    finally:
        if not args.keep:
            from django.db import connections

            connections.close_all()
            server.drop(DATABASE)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    return 0 if found["good"] else 1


def measure(orders: int, seconds: float, say: Any) -> dict[str, Any]:
    from penstock.commands.prepare import prepare

    prepare(demo=False, say=say)
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from filling.asked import ask
    from filling.orders import Filling
    from filling.reads import Readers
    from filling.serving import serve
    from filling.templates import found as found_network
    from penstock.hub.conf.boot import settle

    started = time.perf_counter()
    network = found_network(SEED)
    filling = Filling(network, SEED)
    filling.write(orders // 10)
    ask(orders // 20, SEED)
    say(f"{orders // 10} orders after {time.perf_counter() - started:.0f} s")
    small = Readers(network).ask(ROUNDS // 2)
    filling.write(orders - orders // 10)
    ask(orders // 2 - orders // 20, SEED)
    say(f"{orders} orders after {time.perf_counter() - started:.0f} s")
    settle()  # as a web process does when it starts
    readers = Readers(network)
    full = readers.ask(ROUNDS)
    measured = [
        Measured(
            read=name,
            statements_small=small[name].statements,
            statements=asked.statements,
            p50_small_ms=round(statistics.median(small[name].ms), 1),
            p50_ms=round(statistics.median(asked.ms), 1),
            p95_ms=round(statistics.quantiles(asked.ms, n=20, method="inclusive")[-1], 1),
            cpu_ms=round(statistics.median(asked.cpu_ms), 1),
            kilobytes=round(asked.bytes / 1024, 1),
        )
        for name, asked in full.items()
    ]
    say("asking gunicorn …")
    served = serve(readers.addresses(), seconds)
    return {
        "orders": orders,
        "rows": filling.count_rows(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": [round(each, 1) for each in os.getloadavg()],
        "goal_p95_ms": GOAL_P95_MS,
        "reads": [asdict(each) | {"good": each.good} for each in measured],
        "served": [asdict(each) for each in served],
        "good": all(each.good for each in measured),
    }


def show(found: dict[str, Any]) -> None:
    print(
        f"\n{found['orders']} orders, {sum(found['rows'].values())} rows, {found['cores']} cores, "
        f"load average {found['load_average'][0]} (this takes one core: what is above waits for others)"
    )
    print(f"{'read':<34}{'SQL':>5}{'at 1/10':>9}{'p50 ms':>9}{'at 1/10':>9}{'p95 ms':>9}{'CPU ms':>9}{'kB':>8}")
    for each in found["reads"]:
        mark = "" if each["good"] else "  <-- over the goal"
        print(
            f"{each['read']:<34}{each['statements']:>5}{each['statements_small']:>9}{each['p50_ms']:>9}"
            f"{each['p50_small_ms']:>9}{each['p95_ms']:>9}{each['cpu_ms']:>9}{each['kilobytes']:>8}{mark}"
        )
    print(f"\n{'gunicorn, 2 workers, 8 connections':<38}{'requests/s':>11}{'p50 ms':>9}{'p95 ms':>9}{'errors':>8}")
    for each in found["served"]:
        print(f"{each['read']:<38}{each['per_second']:>11}{each['p50_ms']:>9}{each['p95_ms']:>9}{each['errors']:>8}")
    print(f"\ngoal: p95 at most {GOAL_P95_MS:.0f} ms, statements not growing with the rows: "
          f"{'held' if found['good'] else 'NOT HELD'}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
