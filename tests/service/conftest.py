"""Databases and an object store for tests that look at the hub from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from installation import ObjectStore, own_database

from hub_processes import answers, eventually, free_port

# The PostgreSQL server on the machine; another one is named by this variable.
SERVER = os.environ.get("PENSTOCK_TEST_SERVER", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture
def object_store(tmp_path: Path) -> Iterator[ObjectStore]:
    port = free_port()
    with (tmp_path / "s3.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    store = ObjectStore(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: answers(f"{store.endpoint}/moto-api/"), "the object store")
        store.create_bucket()
        yield store
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def embedded_database() -> Iterator[str]:
    """A database of its own on the server that the rest of the tests use."""
    yield from own_database(os.environ["DATABASE_URL"])


@pytest.fixture
def server_database() -> Iterator[str]:
    """A database of its own on the PostgreSQL server of the machine."""
    try:
        psycopg.connect(SERVER, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers at {SERVER} (PENSTOCK_TEST_SERVER names another): {error}")
    yield from own_database(SERVER)
