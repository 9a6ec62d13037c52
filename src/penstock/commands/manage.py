"""`penstock manage`: Django's management commands, with the hub's settings."""

from __future__ import annotations

import argparse
import os
from typing import Any


def register(subparsers: Any) -> None:
    """Everything after `manage` belongs to Django, options included: no prefix marks one of ours."""
    parser = subparsers.add_parser("manage", add_help=False, prefix_chars="\0")
    parser.add_argument("arguments", nargs=argparse.ZERO_OR_MORE)


def run(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "penstock.hub.conf.settings")
    from django.core.management import ManagementUtility
    from django.db import OperationalError

    from penstock.hub.conf.boot import require_database

    try:
        ManagementUtility(["penstock manage", *args.arguments]).execute()
    except OperationalError:
        require_database()  # says so in a sentence when that is why
        raise
    return 0
