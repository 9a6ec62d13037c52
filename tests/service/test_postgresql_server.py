"""The oldest PostgreSQL that is promised: migrations and the tests of what leans on the database, on the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from hub_processes import HubProcesses

pytestmark = [pytest.mark.service, pytest.mark.timeout(1200)]

# What leans on the database itself: triggers, constraints, locks, transitions, balanced postings.
SUITES = (
    "tests/hub/core",
    "tests/hub/ledger",
    "tests/concurrency/test_money.py",
    "tests/concurrency/test_production.py",
)


def test_migrations_are_whole_and_repeatable(tmp_path: Path, server_database: str) -> None:
    hub = HubProcesses(tmp_path, {"DATABASE_URL": server_database})
    hub.run("-m", "penstock", "prepare")
    assert hub.run("-m", "penstock", "manage", "migrate", "--check", "--verbosity", "0") == ""
    with psycopg.connect(server_database) as connection:
        assert connection.info.server_version >= 150000
        (triggers,) = connection.execute("select count(*) from pg_trigger where not tgisinternal").fetchone()
        assert triggers > 0


def test_what_leans_on_the_database(repository: Path, server_database: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SUITES],
        cwd=repository,
        env=environment | {"DATABASE_URL": server_database},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
