"""Hostile model files sent to the API: refused or accepted as their manifest says, and given back as attachments only.

The files are not part of the repository; the test is skipped where they are not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from buyers import firm
from penstock.hub.core.jobs import drain
from penstock.hub.parties import services as parties
from penstock.hub.parties.models import User
from penstock.hub.parties.selectors import actor_for_member

pytestmark = pytest.mark.django_db

# What the manifest says in other words than accept or reject, as the state it comes to.
OTHERWISE = {"serve as attachment, nosniff": "ready", "never extract; ignore": "ready", "do not resolve": None}


@pytest.fixture
def client() -> Client:
    user = User.objects.create_user("owner@example.org", "a long password 1")
    firm().members.create(user=user, role="owner")
    actor = actor_for_member(user.memberships.select_related("user", "organisation").get())
    _, token = parties.create_api_key(actor=actor, name="test", scopes=["read", "work"])
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_hostile_models_end_as_their_manifest_says_and_leave_as_attachments(
    client: Client, hostile_models: Path
) -> None:
    wrong = {}
    for name, expected in _manifest(hostile_models):
        content = (hostile_models / name).read_bytes()
        answer = client.post("/api/v1/parts", {"file": SimpleUploadedFile(name, content), "unit": "mm"})
        if answer.status_code == 422 and expected == "refused":
            continue  # an empty file is refused at the door
        assert answer.status_code == 201, (name, answer.content)
        drain()
        revision = client.get(f"/api/v1/revisions/{answer.json()['uid']}").json()
        if expected is not None and revision["state"] != expected:
            wrong[name] = revision["state"]
        assert revision["state"] in ("ready", "refused"), name
        _is_only_an_attachment(client, revision["uid"], content)
    assert not wrong


def _manifest(directory: Path) -> Iterator[tuple[str, str | None]]:
    """(file, the state its revision comes to; None when the manifest leaves it open)."""
    with (directory / "MANIFEST.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            expected = row["expected"]
            if expected in OTHERWISE:
                yield row["file"], OTHERWISE[expected]
            else:
                yield row["file"], "ready" if expected.startswith("accept") else "refused"


def _is_only_an_attachment(client: Client, uid: str, content: bytes) -> None:
    answer = client.get(f"/api/v1/revisions/{uid}/file")
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
