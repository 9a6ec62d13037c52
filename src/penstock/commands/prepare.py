"""`penstock prepare`: bring the database and the static files up to date with the code.

Run once after every upgrade, before the web and worker processes start; what is up to date is left alone.
Of several machines that prepare one database at once, one works and the others wait for it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from penstock.errors import OperatorError
from penstock.hub.conf import database, environment

ADVISORY_LOCK = 7236_5625  # any number, the same on all machines: "penstock" on a telephone's keys, cut


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("prepare", help="bring database and static files up to date")
    parser.add_argument("--demo", action="store_true", help="load the demo network into an empty database")
    parser.add_argument("--json", action="store_true", help="print what was done as one JSON object")


def run(args: argparse.Namespace) -> int:
    done = prepare(demo=args.demo, say=(lambda _line: None) if args.json else _say)
    if args.json:
        print(json.dumps({"done": done}))
    return 0


def prepare(*, demo: bool, say: Any) -> list[str]:
    """Do what is not done yet and return the names of the steps taken."""
    loading = environment.subdirectory("run") / "demo-loading"
    if demo and loading.exists():
        _discard_half_a_demo(loading)
    from penstock.hub.conf.boot import boot_with_database

    boot_with_database()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            steps = {
                "migrate": _migrate,
                "cache table": _create_cache_table,
                "static files": _collect_static,
            }
            done = [name for name, step in steps.items() if step(say)]
            if demo and _load_demo(loading, say):
                done.append("demo")
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    return done


def _say(line: str) -> None:
    print(line, flush=True)


def _migrate(say: Any) -> bool:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    say("Bringing the database up to date …")
    call_command("migrate", verbosity=0, interactive=False)
    return True


def _create_cache_table(say: Any) -> bool:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    table = settings.CACHES["default"].get("LOCATION", "")
    if not table or table in connection.introspection.table_names():
        return False
    call_command("createcachetable", verbosity=0)
    return True


def _collect_static(say: Any) -> bool:
    """Collect only when a source file changed: their names, sizes and times are kept as a stamp."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    say("Collecting static files …")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest.hexdigest())
    return True


def _load_demo(loading: Path, say: Any) -> bool:
    from penstock.commands import demo
    from penstock.hub.parties.models import Organisation

    if Organisation._base_manager.exists():
        return False
    say("Loading the demo network; this happens once …")
    loading.touch()
    demo.load()
    loading.unlink()
    return True


def _discard_half_a_demo(loading: Path) -> None:
    """A demo interrupted while loading is no network: start over on an empty database."""
    if not database.uses_embedded_server():
        raise OperatorError(
            "Loading the demo network was interrupted: empty the database named by DATABASE_URL, "
            f"remove {loading} and start again."
        )
    print("Loading the demo network was interrupted; starting over.", file=sys.stderr)
    database.embedded_server().drop(database.DATABASE_NAME)
    loading.unlink()
