"""An installation of its own: a database, an object store, and the demo's firms with an API key each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import psycopg
from psycopg import sql

from hub_processes import HubProcesses

BUCKET = "penstock-files"
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """An S3-compatible server with an empty bucket."""

    endpoint: str

    @property
    def settings(self) -> dict[str, str]:
        where = f"s3://{BUCKET}/hub?endpoint={self.endpoint}&region=us-east-1&addressing=path"
        return {"PENSTOCK_FILES": where, **KEYS}

    def names(self) -> list[str]:
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [item["Key"] for found in pages for item in found.get("Contents", [])]

    def create_bucket(self) -> None:
        self._client().create_bucket(Bucket=BUCKET)

    def _client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )


def own_database(server: str) -> Iterator[str]:
    name = f"penstock_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    parts = urlsplit(server)
    yield urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class FirmWithKey:
    """A firm of the demo network as a program of theirs knows it."""

    email: str
    kinds: tuple[str, ...]
    token: str
    address_uid: str


def founded(hub: HubProcesses) -> list[FirmWithKey]:
    """Bring the database up to date and found the demo network in it."""
    hub.run("-m", "penstock", "prepare")
    found = json.loads(hub.run(str(Path(__file__).with_name("founding.py"))))
    return [FirmWithKey(**one | {"kinds": tuple(one["kinds"])}) for one in found]
