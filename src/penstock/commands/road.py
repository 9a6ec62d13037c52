"""`penstock road FILE…`: the whole road on real files against the configured database, each step printed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "road",
        help="walk real files from upload to settlement",
        description="Upload, quote, order, pay, decompose, dispatch, accept, build, ship, deliver and settle the "
        "given files against the configured database. A file that is refused at the door is named and left there.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--quantity", type=int, default=2, metavar="N", help="pieces of each part (2)")
    parser.add_argument("--process", help="only this process, e.g. sls")
    parser.add_argument("--json", action="store_true", help="one JSON object per step")


def run(args: argparse.Namespace) -> int:
    """0 when every file that was let in was delivered and settled and the ledger balances; 1 otherwise;
    2 when no file was let in."""
    from penstock.commands.prepare import prepare

    prepare(demo=False, say=lambda line: print(line, file=sys.stderr))
    from penstock.demo.road import walk

    if args.quantity < 1:
        print("penstock: --quantity must be at least 1", file=sys.stderr)
        return 2

    def tell(step: str, text: str, **data: object) -> None:
        if args.json:
            print(json.dumps({"step": step, "text": text, **data}, default=str), flush=True)
        else:
            print(f"{step:<10} {text}", flush=True)

    return walk(args.files, quantity=args.quantity, process=args.process, tell=tell)
