"""More than one of everything: two web servers and three workers on a PostgreSQL server, files in an object store,
the demo's load from many programs at once, a worker killed in between - and nothing lost or doubled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from installation import ObjectStore, founded
from load import Load

from hub_processes import HubProcesses, eventually

pytestmark = [pytest.mark.service, pytest.mark.timeout(1500)]

LOAD_SECONDS = 900  # a generous end to waiting


@pytest.fixture
def hub(tmp_path: Path, server_database: str, object_store: ObjectStore) -> Iterator[HubProcesses]:
    settings = {"DATABASE_URL": server_database, "PENSTOCK_WORKER_STALLED_SECONDS": "5", **object_store.settings}
    processes = HubProcesses(tmp_path, settings)
    yield processes
    processes.end()


def test_nothing_is_lost_or_doubled(hub: HubProcesses, server_database: str) -> None:
    firms = founded(hub)
    workers = [hub.worker(f"worker-{number}") for number in range(3)]
    load = Load([hub.web(f"web-{number}") for number in range(2)], firms, orders_per_buyer=2)

    def lose_a_worker() -> None:
        workers[0].kill()
        hub.worker("worker-3")

    load.run(seconds=LOAD_SECONDS, meanwhile=lose_a_worker)
    assert not load.faults, load.faults[0]
    assert set(load.states().values()) == {"settled"}, load.states()

    def idle() -> bool:
        with psycopg.connect(server_database) as connection:
            waiting = (
                "select count(*) from procrastinate_jobs where status in ('todo', 'doing') and queue_name <> 'house'"
            )
            return connection.execute(waiting).fetchone() == (0,)

    eventually(idle, "the queue to run empty")
    counted = json.loads(hub.run(str(Path(__file__).with_name("counting.py"))))
    assert counted.pop("orders") == len(load.placed) > 0
    assert {name: found for name, found in counted.items() if found} == {}
    assert json.loads(hub.run("-m", "penstock", "check-ledger", "--json"))["balanced"] is True
    for name in ("web-0", "web-1"):
        assert "Traceback" not in hub.log(name)
