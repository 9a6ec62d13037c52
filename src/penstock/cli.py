"""The `penstock` command.

Each command is a module in `penstock.commands` with two functions: `register(subparsers)` adds its
arguments and `run(args)` does the work and returns the exit status.  Only the module of the chosen
command is imported, so `penstock measure` never loads Django.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from penstock.errors import OperatorError

# name: (module, what it does)
COMMANDS = {
    "measure": ("penstock.commands.measure", "measure model files and list what is wrong with them"),
    "quote": (
        "penstock.commands.quote",
        "price model files for every process and material that can make them",
    ),
    "nest": ("penstock.commands.nest", "nest model files in a build chamber and write the build as 3MF"),
    "repair": ("penstock.commands.repair", "close holes and mend the surface of a model, into a new file"),
    "orient": ("penstock.commands.orient", "propose how to lay a part in the machine, with the trade-offs"),
    "dispatch": ("penstock.commands.dispatch", "decide who makes what, in which build and when, from a plan file"),
    "simulate": ("penstock.commands.simulate", "simulate a network: is it worth it, and for whom"),
    "road": ("penstock.commands.road", "take model files down the whole road, from upload to settlement"),
    "up": ("penstock.commands.up", "run the hub on this machine: database, web server and worker"),
    "prepare": ("penstock.commands.prepare", "bring database and static files up to date with the code"),
    "worker": ("penstock.commands.worker", "run background jobs"),
    "found": ("penstock.commands.found", "name the operator of this network and its first person"),
    "demo": ("penstock.commands.demo", "load the demo network"),
    "check-ledger": ("penstock.commands.check_ledger", "check that the ledger balances to zero"),
    "openapi": ("penstock.commands.openapi", "print the description of the API"),
    "manage": ("penstock.commands.manage", "run one of Django's management commands"),
}
INTERRUPTED = 130  # what a shell reports for a command ended by Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except OperatorError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone; keep the interpreter from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="penstock",
        description="The self-hosted operating system of a service-oriented manufacturing network.",
        epilog=_table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"penstock {version('penstock')}")
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    if chosen not in COMMANDS:
        parser.add_argument("command", choices=COMMANDS, metavar="command")
        parser.parse_args(arguments or ["--help"])
        return 0
    command = import_module(COMMANDS[chosen][0])
    command.register(parser.add_subparsers(dest="command", metavar="command", required=True))
    args = parser.parse_args(arguments)
    return int(command.run(args) or 0)


def _table() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "\n".join(["commands:", *rows, "", "`penstock COMMAND --help` says more about one of them."])
