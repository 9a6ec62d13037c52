"""`penstock openapi`: the description of the API, the same text on every machine for the same code."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from penstock.hub.conf.boot import boot

# Describing the API reads no row, so no database has to be there and none is started.
NOT_NEEDED = {"DATABASE_URL": "postgresql:///not-needed", "PENSTOCK_SECRET_KEY": "not needed"}


def register(subparsers: Any) -> None:
    """Add the command's arguments."""
    parser = subparsers.add_parser("openapi", help="print the OpenAPI description of the API as JSON")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: it is JSON in any case")


def run(args: argparse.Namespace) -> int:
    """Print the description, or write it to the file named."""
    text = description()
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def description() -> str:
    """Sorted, indented JSON in English, ending in a line break."""
    from django.conf import settings

    if not settings.configured:
        for name, value in NOT_NEEDED.items():
            os.environ.setdefault(name, value)
    boot()
    from django.utils import translation

    from penstock.hub.api.api import api

    with translation.override("en"):
        schema = api.get_openapi_schema()
        return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"
