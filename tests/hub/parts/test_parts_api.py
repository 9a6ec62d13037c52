"""The part room's JSON door: uploads are bounded, files come out as attachments only."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from buyers import acting_for, box_stl, client_of, firm, measured, uploaded
from penstock.hub.core import jobs
from penstock.hub.core.actors import Actor
from penstock.hub.parties.models import Organisation
from penstock.hub.parts.models import Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Organisation:
    return firm()


@pytest.fixture
def client(buyer: Organisation) -> Client:
    return client_of(buyer)


@pytest.fixture
def actor(buyer: Organisation) -> Actor:
    return acting_for(buyer)


def model(content: bytes, name: str = "bracket.stl") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_upload_look_and_measure(client: Client) -> None:
    answer = client.post("/api/v1/parts", {"file": model(box_stl()), "unit": "mm"})
    assert answer.status_code == 201, answer.content
    revision = answer.json()
    assert (revision["state"], revision["unit"], revision["number"]) == ("uploaded", "mm", 1)
    jobs.drain()
    listed = client.get("/api/v1/parts").json()["items"]
    assert listed[0]["latest"]["measurement"]["volume_mm3"] == pytest.approx(8000)
    detail = client.get(f"/api/v1/parts/{revision['part_uid']}").json()
    assert [r["uid"] for r in detail["revisions"]] == [revision["uid"]]


def test_an_upload_sent_twice_with_one_key_is_one_part(client: Client) -> None:
    def send() -> dict:
        return client.post("/api/v1/parts", {"file": model(box_stl())}, headers={"Idempotency-Key": "upload-1"}).json()

    assert send() == send()
    assert len(client.get("/api/v1/parts").json()["items"]) == 1


@pytest.mark.parametrize("address", ["/parts/upload", "/api/v1/parts", "/accounts/login/"])
def test_many_files_in_one_request_do_not_fill_the_disk(settings, address: str) -> None:
    settings.MAX_MODEL_FILE_BYTES = 1000
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/accounts/login/")  # gives the cookie without which no form is read
    stranger.cookies["sessionid"] = "anything"
    files = {f"file{number}": model(bytes(900)) for number in range(6)}
    assert stranger.post(address, files).status_code in (400, 413)


@pytest.mark.parametrize("memory_limit", [0, 10_000_000])
def test_what_is_too_large_is_refused_in_a_sentence_and_costs_no_more_disk_than_the_limit(
    client: Client, settings, memory_limit: int
) -> None:
    settings.MAX_MODEL_FILE_BYTES = 200_000
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = memory_limit
    answer = client.post("/api/v1/parts", {"file": model(b"x" * 500_000)})
    assert answer.status_code == 422
    assert answer.json()["code"] == "file_too_large"
    assert not Revision.objects.across_tenants().exists()
    exactly = client.post("/api/v1/parts", {"file": model(b"x" * 200_000)})
    assert (exactly.status_code, exactly.json()["size_bytes"]) == (201, 200_000)


def test_a_model_leaves_only_as_an_attachment(client: Client, actor: Actor) -> None:
    revision = uploaded(actor, b"<script>alert(1)</script>", "page.html")
    answer = client.get(f"/api/v1/revisions/{revision.uid}/file")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_pictures_are_our_own_and_cached(client: Client, actor: Actor) -> None:
    revision = measured(actor)
    answer = client.get(f"/api/v1/revisions/{revision.uid}/thumbnail")
    assert answer["Content-Type"] == "image/png"
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    again = client.get(f"/api/v1/revisions/{revision.uid}/thumbnail", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    preview = client.get(f"/api/v1/revisions/{revision.uid}/preview")
    assert b"".join(preview.streaming_content).startswith(b"glTF")


def test_a_stranger_gets_nothing(actor: Actor) -> None:
    revision = measured(actor)
    stranger = client_of(firm("Nosy"))
    for path in ("", "/file", "/thumbnail", "/preview"):
        assert stranger.get(f"/api/v1/revisions/{revision.uid}{path}").status_code == 404
        assert Client().get(f"/api/v1/revisions/{revision.uid}{path}").status_code == 401
    assert stranger.get(f"/api/v1/parts/{revision.part.uid}").status_code == 404
    sent = stranger.post("/api/v1/parts", {"file": model(box_stl()), "part_uid": revision.part.uid})
    assert sent.status_code == 404


def test_rename_archive_and_units(client: Client, actor: Actor) -> None:
    revision = measured(actor)
    part = f"/api/v1/parts/{revision.part.uid}"
    renamed = client.post(f"{part}/name", {"name": "Housing"}, content_type="application/json")
    assert renamed.json()["name"] == "Housing"
    assert client.post(f"{part}/archive").json()["is_archived"] is True
    assert client.post(f"{part}/restore").json()["is_archived"] is False
    unit = client.post(f"/api/v1/revisions/{revision.uid}/unit", {"unit": "cm"}, content_type="application/json")
    assert (unit.status_code, unit.json()["number"]) == (201, 2)
