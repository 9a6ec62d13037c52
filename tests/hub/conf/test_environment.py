"""Settings read from the environment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.hub.conf import environment
from penstock.hub.conf.environment import ConfigurationError
from penstock.hub.conf.files import file_storage


@pytest.mark.parametrize(("value", "meaning"), [("on", True), ("1", True), ("No", False), ("", True)])
def test_flag(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("PENSTOCK_DEBUG", value)
    assert environment.flag("PENSTOCK_DEBUG", default=True) is meaning


def test_what_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_DEBUG", "perhaps")
    with pytest.raises(ConfigurationError, match="PENSTOCK_DEBUG"):
        environment.flag("PENSTOCK_DEBUG")


def test_number_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_SMTP_PORT", "many")
    with pytest.raises(ConfigurationError, match="whole number"):
        environment.number("PENSTOCK_SMTP_PORT", 587)


def test_secret_key_is_made_once_and_readable_by_its_owner_alone(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: environment.secret_key(), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert (home / "secret-key").stat().st_mode & 0o077 == 0
    assert [path.name for path in home.iterdir()] == ["secret-key"]


def test_files_default_to_the_home(tmp_path: Path) -> None:
    storage = file_storage("", default=tmp_path)
    assert storage["OPTIONS"]["location"] == tmp_path
    assert storage["OPTIONS"]["base_url"] is None, "files are served by views that check who asks"


def test_files_in_an_object_store() -> None:
    storage = file_storage("s3://parts/hub?endpoint=https://s3.example&region=cn-north-1", default=Path("/nowhere"))
    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storage["OPTIONS"]["bucket_name"] == "parts"
    assert storage["OPTIONS"]["location"] == "hub"
    assert storage["OPTIONS"]["endpoint_url"] == "https://s3.example"
    assert storage["OPTIONS"]["region_name"] == "cn-north-1"


@pytest.mark.parametrize(("value", "says"), [("s3://", "no bucket"), ("s3://b?colour=red", "colour")])
def test_unusable_object_store_says_why(value: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        file_storage(value, default=Path("/nowhere"))
