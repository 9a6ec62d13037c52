"""Files in an S3-compatible store by one setting: uploaded through a web process, measured by a worker on "another
machine" (a home of its own), downloaded again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import ApiClient
from installation import ObjectStore, founded

from buyers import box_stl
from hub_processes import HubProcesses, eventually

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def hub(tmp_path: Path, embedded_database: str, object_store: ObjectStore) -> Iterator[HubProcesses]:
    processes = HubProcesses(tmp_path, {"DATABASE_URL": embedded_database, **object_store.settings})
    yield processes
    processes.end()


def test_upload_measure_download(hub: HubProcesses, object_store: ObjectStore, tmp_path: Path) -> None:
    buyer = next(firm for firm in founded(hub) if "buyer" in firm.kinds)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    hub.worker("worker", PENSTOCK_HOME=str(elsewhere))
    api = ApiClient(hub.web("web"), buyer.token)

    content = box_stl(30, 20, 10)
    revision = api.upload("/parts", "plate.stl", content)
    uid = revision["uid"]
    eventually(lambda: api.get(f"/revisions/{uid}")["state"] != "uploaded", "the measurement")
    measured = api.get(f"/revisions/{uid}")
    assert measured["state"] == "ready"
    assert measured["measurement"]["volume_mm3"] == pytest.approx(6000)
    assert api.fetch(f"/revisions/{uid}/file") == content
    assert api.fetch(f"/revisions/{uid}/thumbnail").startswith(b"\x89PNG")

    names = object_store.names()
    assert len(names) == 4, "the model, its thumbnail, its preview, its judgement"
    assert all(name.startswith("hub/blobs/") for name in names)
    assert not (tmp_path / "files").exists(), "nothing is kept on the machine"
    assert not (elsewhere / "files").exists()
