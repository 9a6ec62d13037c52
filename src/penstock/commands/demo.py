"""`penstock demo`: a living demo network, made by calling the real services."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from penstock.errors import OperatorError


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("demo", help="load the demo network", description=__doc__)
    parser.add_argument("--firms-only", action="store_true", help="found the firms, tell no history")
    parser.add_argument("--json", action="store_true", help="print the accounts as one JSON object")


def run(args: argparse.Namespace) -> int:
    from penstock.commands.prepare import prepare

    prepare(demo=False, say=lambda line: print(line, file=sys.stderr))
    load(history=not args.firms_only)
    if args.json:
        print(json.dumps({"accounts": accounts()}))
    else:
        for account in accounts():
            print(f"{account['role']:<16} {account['email']:<28} {account['password']}")
    return 0


def accounts() -> list[dict[str, str]]:
    """The log-ins a visitor needs: one per role."""
    from penstock.demo.firms import LOGINS, PASSWORD

    return [{"role": role, "email": email, "password": PASSWORD} for role, email in LOGINS]


def load(*, history: bool = True) -> None:
    """Found the demo's firms and tell two months of their history. Raises OperatorError when they exist."""
    from penstock.hub.conf.boot import boot

    boot()
    from penstock.demo import history as story
    from penstock.demo import network

    if network.exists():
        raise OperatorError("The demo network is already here.")
    network.found()
    if history:
        story.tell()
