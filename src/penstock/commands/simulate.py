"""`penstock simulate`: a network over weeks, pooled against alone; with own machines and orders or made-up ones."""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from penstock.engines import dispatch
from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch import simulation as sim
from penstock.engines.dispatch.simulation import page
from penstock.errors import OperatorError

SCALES = (5, 10, 20, 30)
LOADS = (0.4, 0.6, 0.8)
MARKS = ("<!-- figures -->", "<!-- end of figures -->")


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser(
        "simulate",
        help="simulate a network: is it worth it, and for whom",
        description="Run the same orders on the same machines under four policies: each maker alone, the nearest "
        "maker, the cheapest maker, and pooled dispatch. Figures are means with 95 %% intervals.",
    )
    parser.add_argument("--makers", type=int, default=30, help="made-up makers with a machine each (default: 30)")
    parser.add_argument("--days", type=int, default=60, help="days on which orders come (default: 60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--load", type=float, default=0.8, help="machine hours wanted of those that can run (default: 0.8)"
    )
    parser.add_argument("--replications", type=int, default=5, help="worlds, each for all policies (default: 5)")
    parser.add_argument("--machines", metavar="CSV", help="own makers and machines instead of made-up ones")
    parser.add_argument("--orders", metavar="CSV", help="own orders; needs --machines")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--docs", metavar="DIR", help="write the figures into DIR/simulation.md and its pictures")


def run(args: argparse.Namespace) -> int:
    """Simulate, then print or write."""
    if args.makers < 1 or args.days < 1 or args.replications < 1 or not 0 < args.load <= 2:
        raise OperatorError("makers, days and replications must be 1 or more, the load over 0 and at most 2")
    if args.orders and not args.machines:
        raise OperatorError("--orders needs --machines: whose customers they are, and what can make them")
    try:
        answer = _answer(args, args.makers, args.load)
    except OSError as error:
        raise OperatorError(f"{error.filename} cannot be read: {error.strerror}") from error
    except DispatchError as error:
        raise OperatorError(str(error)) from error
    if args.json:
        told = {"makers": args.makers, "days": args.days, "seed": args.seed, "load": args.load, **asdict(answer)}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(page.table(answer))
        print("\n" + _verdict(answer))
    if args.docs:
        _write(args, answer, Path(args.docs))
    return 0


def _answer(
    args: argparse.Namespace, makers: int, load: float, policies: tuple[sim.PolicyName, ...] = sim.POLICIES
) -> sim.Answer:
    numbers = [(number, name) for number in range(args.replications) for name in policies]
    one = partial(_outcome, args, makers, load)
    runs: dict[str, list[sim.Outcome]] = {name: [] for name in policies}
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(numbers))) as processes:
        for (_, name), outcome in zip(numbers, processes.map(one, numbers), strict=True):
            runs[name].append(outcome)
    owners, _ = _own(args)
    return sim.summarise(runs, len(owners) or makers)


def _own(args: argparse.Namespace) -> tuple[tuple[dispatch.MakerSpec, ...], tuple[sim.Arrival, ...]]:
    """Own makers and orders, empty where none are given."""
    owners: tuple[dispatch.MakerSpec, ...] = ()
    arrivals: tuple[sim.Arrival, ...] = ()
    if args.machines:
        with open(args.machines, encoding="utf-8", newline="") as lines:
            owners = sim.read_machines(lines)
    if args.orders:
        with open(args.orders, encoding="utf-8", newline="") as lines:
            arrivals = sim.read_orders(lines, owners)
    return owners, arrivals


def _outcome(args: argparse.Namespace, makers: int, load: float, which: tuple[int, sim.PolicyName]) -> sim.Outcome:
    """One policy in one world."""
    number, policy = which
    owners, arrivals = _own(args)
    world = sim.make_world(makers, args.days, 1000 * args.seed + number, load=load, owners=owners)
    if arrivals:
        days = max(args.days, int(arrivals[-1].hour / 24.0) + 1)
        world = replace(world, arrivals=arrivals, days=days)
    return sim.simulate(world, policy)


def _verdict(answer: sim.Answer) -> str:
    told = {
        name: page.change(answer, "pooled", name) for name in ("fill", "unit_cost", "lead_days", "transport_per_order")
    }
    on_time = answer.policies["pooled"]["on_time"].mean
    return (
        f"Pooled against alone: fill {told['fill']}, unit cost {told['unit_cost']}, lead time {told['lead_days']}, "
        f"transport {told['transport_per_order']}; in time {on_time:.1%}."
    )


def _write(args: argparse.Namespace, answer: sim.Answer, directory: Path) -> None:
    """Put the figures between the marks of simulation.md, and the picture beside the others."""
    two: tuple[sim.PolicyName, ...] = ("alone", "pooled")
    rows = [
        "| makers | load | fill | unit cost | in time, alone | in time, pooled |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for makers, load in [
        *((each, args.load) for each in SCALES),
        *((args.makers, each) for each in LOADS if each != args.load),
    ]:
        found = answer if (makers, load) == (args.makers, args.load) else _answer(args, makers, load, two)
        late = [f"{100 * found.policies[name]['on_time'].mean:.1f} %" for name in two]
        changes = [page.change(found, "pooled", name) for name in ("fill", "unit_cost")]
        rows.append(f"| {makers} | {load:.0%} | " + " | ".join([*changes, *late]) + " |")
    given = (f"--{name} {getattr(args, name)}" for name in ("makers", "days", "seed", "replications"))
    command = f"penstock simulate {' '.join(given)}"
    figures = "\n".join(
        [
            f"Made by `{command} --docs docs`.",
            "",
            page.table(answer),
            "",
            "![Policies side by side](pictures/simulation.svg)",
            "",
            _verdict(answer),
            "",
            "Pooled against alone as the network and its orders grow:",
            "",
            *rows,
        ]
    )
    path = directory / "simulation.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    path.write_text(f"{before}{MARKS[0]}\n\n{figures}\n\n{MARKS[1]}{after}", encoding="utf-8")
    (directory / "pictures" / "simulation.svg").write_text(page.bars(answer), encoding="utf-8")
