"""`penstock found`: name the operator of this network and its first person, on a database that has none."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from typing import Any

from penstock.errors import OperatorError

PASSWORD_VARIABLE = "PENSTOCK_PASSWORD"


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "found",
        help="name the operator of this network",
        description=f"{__doc__} The password is asked for, or read from {PASSWORD_VARIABLE}.",
    )
    parser.add_argument("--name", required=True, help="the operator's firm")
    parser.add_argument("--country", required=True, metavar="XX", help="ISO 3166 code, e.g. CN")
    parser.add_argument("--email", required=True, help="log-in of the first person")
    parser.add_argument("--person", default="", help="their name")
    parser.add_argument("--json", action="store_true", help="print what was made as one JSON object")


def run(args: argparse.Namespace) -> int:
    from penstock.commands.prepare import prepare

    prepare(demo=False, say=lambda line: print(line, file=sys.stderr))
    made = _found(args, os.environ.get(PASSWORD_VARIABLE) or _ask())
    print(json.dumps(made) if args.json else f"{made['name']} runs this network; {made['email']} can log in.")
    return 0


def _ask() -> str:
    if not sys.stdin.isatty():
        raise OperatorError(f"Set {PASSWORD_VARIABLE}, or run this in a terminal to be asked for the password.")
    return getpass.getpass("Password: ")


def _found(args: argparse.Namespace, password: str) -> dict[str, str]:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email
    from django.db import transaction

    from penstock.hub.core.actors import SYSTEM
    from penstock.hub.core.errors import DomainError
    from penstock.hub.parties import services
    from penstock.hub.parties.models import Organisation, User

    if Organisation.objects.filter(kinds__contains=["operator"]).exists():
        raise OperatorError("This network has an operator already.")
    if User.objects.filter(email__iexact=args.email).exists():
        raise OperatorError(f"{args.email} has an account already.")
    try:
        validate_email(args.email)
        validate_password(password, User(email=args.email, name=args.person))
        with transaction.atomic():
            user = User.objects.create_user(args.email, password, name=args.person, is_staff=True, is_superuser=True)
            firm = services.register_organisation(
                user=user, name=args.name, country=args.country.upper(), kinds=["operator"], actor=SYSTEM
            )
    except ValidationError as error:
        raise OperatorError(" ".join(error.messages)) from error
    except DomainError as error:
        raise OperatorError(str(error.message)) from error
    return {"organisation": firm.uid, "name": firm.name, "email": user.email}
