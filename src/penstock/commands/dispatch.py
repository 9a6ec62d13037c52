"""`penstock dispatch`: one wave from a plan file, without any server."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from penstock.engines import dispatch
from penstock.errors import OperatorError


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser(
        "dispatch",
        help="decide who makes what, in which build and when, from a plan file",
        description="Plan the jobs of a JSON file on the makers of the same file (its schema: --schema; an example: "
        "docs/examples/plan.json). The plan is checked by an independent verifier before it is shown.",
    )
    parser.add_argument("file", nargs="?", metavar="PLAN.json")
    parser.add_argument("--json", action="store_true", help="the whole plan as JSON")
    parser.add_argument("--seed", type=int, default=0, help="orders what is equal (default: 0)")
    parser.add_argument("--seconds", type=float, default=30.0, help="time for the search (default: 30)")
    parser.add_argument("--no-layouts", action="store_true", help="estimate what a build holds; no layouts")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of plan files")


def run(args: argparse.Namespace) -> int:
    """Plan, verify, show."""
    if args.schema:
        print(json.dumps(dispatch.schema(), indent=2, ensure_ascii=False))
        return 0
    if not args.file:
        raise OperatorError("dispatch needs a plan file; --schema shows what is in one")
    try:
        file = dispatch.read_plan_file(json.loads(Path(args.file).read_text(encoding="utf-8")))
        made = dispatch.plan(
            file.jobs,
            file.makers,
            now=file.now,
            policy=file.policy,
            seed=args.seed,
            deadline_s=args.seconds,
            forecast=dispatch.forecast_of(file),
            layouts=not args.no_layouts,
        )
    except OSError as error:
        raise OperatorError(f"{args.file} cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise OperatorError(f"{args.file} is no JSON: {error.msg} in line {error.lineno}") from error
    except dispatch.DispatchError as error:
        raise OperatorError(f"{args.file}: {error}") from error
    faults = dispatch.verify_plan(made, file.jobs, file.makers, file.now)
    if faults:
        raise OperatorError(f"the plan is wrong, please report it: {'; '.join(fault.message for fault in faults[:5])}")
    if args.json:
        json.dump(
            dispatch.plan_to_dict(made), sys.stdout, ensure_ascii=False, default=lambda moment: moment.isoformat()
        )
        print()
    else:
        _print(made, file.policy.currency)
    return 0


def _print(made: dispatch.Plan, currency: str) -> None:
    for build in made.builds:
        jobs = ", ".join(f"{line.quantity} × {line.job_id}" for line in build.lines)
        machine = f"{build.maker_id} / {build.machine_id}"
        print(f"{build.start:%Y-%m-%d %H:%M}  {machine}  {build.fill:4.0%}  {build.hours:5.1f} h  {jobs}")
    for given in made.assignments:
        print(f"\n{given.job_id}: {' '.join(str(reason) for reason in given.reasons)}")
        for other in given.alternatives:
            print(f"  not {other.maker_id} / {other.machine_id}: {other.why_not}")
    for held in made.waiting:
        print(f"\n{held.job_id}: {' '.join(str(reason) for reason in held.reasons)}")
    for refused in made.unassigned:
        print(
            f"\n{refused.job_id}, {refused.quantity} pieces, nobody: {' '.join(str(each) for each in refused.reasons)}"
        )
    print(
        f"\n{made.cost.total:,.2f} {currency}, of which "
        + ", ".join(f"{name} {value:,.2f}" for name, value in made.cost.as_dict().items() if value)
    )
