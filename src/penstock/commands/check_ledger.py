"""`penstock check-ledger`: whether the books balance to zero, naming the entries that do not."""

from __future__ import annotations

import argparse
import json
from typing import Any

from penstock.errors import OperatorError


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("check-ledger", help="check that the ledger balances to zero")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """0 when the books are in order, 1 when they are not."""
    from penstock.hub.conf.boot import boot_with_database

    boot_with_database()
    from django.db import ProgrammingError
    from hordak.models import Transaction

    from penstock.hub.ledger import selectors

    try:
        faults = selectors.check()
    except ProgrammingError as error:  # the tables are not there
        raise OperatorError("the database is not set up; run `penstock prepare`") from error
    transactions = Transaction.objects.count()
    if args.json:
        found = [{"entry": fault.entry, "why": fault.why} for fault in faults]
        print(json.dumps({"balanced": not faults, "transactions": transactions, "faults": found}, ensure_ascii=False))
    elif faults:
        print(*(f"{fault.entry}: {fault.why}" for fault in faults), sep="\n")
    else:
        print(f"balanced: {transactions} transactions")
    return 1 if faults else 0
