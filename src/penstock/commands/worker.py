"""`penstock worker`: run background jobs until stopped; any number of them may run on any machines."""

from __future__ import annotations

import argparse
import os
import socket
from typing import Any


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("worker", help="run background jobs", description=__doc__)
    parser.add_argument("--concurrency", type=int, metavar="N", help="jobs at a time (default: 2)")
    parser.add_argument("--queues", metavar="NAME,…", help="only these queues (default: all)")
    parser.add_argument("--until-idle", action="store_true", help="end when no job is waiting")
    parser.add_argument("--json", action="store_true", help="log one JSON object per line")


def run(args: argparse.Namespace) -> int:
    if args.json:
        os.environ["PENSTOCK_LOG_FORMAT"] = "json"
    from penstock.hub.conf.boot import boot_with_database

    boot_with_database()
    from procrastinate.contrib.django import app

    from penstock.hub.core.worker_connector import WorkerConnector

    options: dict[str, Any] = {"name": f"{socket.gethostname()}-{os.getpid()}", "wait": not args.until_idle}
    if args.concurrency:
        options["concurrency"] = args.concurrency
    if args.queues:
        options["queues"] = [name.strip() for name in args.queues.split(",")]
    with app.replace_connector(WorkerConnector()) as worker_app:
        worker_app.run_worker(**options)
    return 0
