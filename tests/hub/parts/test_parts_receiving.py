"""Files that come in pieces over a line that breaks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from buyers import acting_for, firm
from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import Conflict, DomainError, Forbidden, Invalid
from penstock.hub.parts import receiving
from penstock.hub.parts.models import Part, Upload
from penstock.hub.parts.selectors import as_local_file

PIECE = receiving.PIECE_BYTES
WHOLE = bytes(range(256)) * (PIECE // 256) * 2 + b"the end"
KEY = "abcdef0123456789"


@pytest.fixture
def actor(db: None) -> Actor:
    return acting_for(firm())


def send(actor: Actor, offset: int, piece: bytes | None = None, **more: object) -> Upload:
    given = {"key": KEY, "filename": "big.stl", "size": len(WHOLE)} | more
    return receiving.receive(actor=actor, offset=offset, piece=piece or WHOLE[offset : offset + PIECE], **given)


def pieces() -> list[str]:
    uploads = [each.uid for each in Upload.objects.across_tenants()]
    return [name for uid in uploads for name in (default_storage.listdir(f"uploads/{uid}")[1])]


def test_pieces_become_the_file(actor, django_capture_on_commit_callbacks):
    assert send(actor, 0).received == PIECE
    assert send(actor, PIECE).received == 2 * PIECE
    assert len(pieces()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        revision = send(actor, 2 * PIECE).revision
    with as_local_file(revision.blob, ".stl") as path:
        assert path.read_bytes() == WHOLE
    assert (revision.filename, pieces()) == ("big.stl", [])


def test_a_small_file_is_one_piece(actor):
    assert send(actor, 0, b"solid x", size=7).revision.blob.size == 7


def test_who_lost_the_answer_is_told_where_the_file_goes_on(actor):
    send(actor, 0)
    for offset in (0, 2 * PIECE):
        with pytest.raises(Conflict) as told:
            send(actor, offset)
        assert told.value.data["received"] == PIECE


def test_the_last_piece_sent_twice_is_one_part(actor):
    for offset in (0, PIECE, 2 * PIECE, 2 * PIECE):
        done = send(actor, offset)
    assert Part.objects.across_tenants().get() == done.revision.part


def test_two_organisations_may_choose_the_same_key(actor):
    send(actor, 0)
    other = acting_for(firm("Another"))
    assert send(other, 0).received == PIECE


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": 0, "piece": b"short"},
        {"offset": 0, "piece": b"x" * (PIECE + 1)},
        {"offset": 2 * PIECE, "piece": b"longer than the end"},
        {"offset": 0, "key": "../../etc"},
        {"offset": 0, "key": "short"},
        {"offset": 0, "size": 0},
        {"offset": 0, "size": 10**12},
        {"offset": 0, "part_uid": "prt_of_nobody", "piece": b"x", "size": 1},
    ],
)
def test_what_is_no_piece_is_refused_and_nothing_is_kept(actor, wrong):
    with pytest.raises(DomainError):
        send(actor, **wrong)
    assert not Upload.objects.across_tenants().exists()


def test_who_may_only_look_sends_nothing(actor):
    with pytest.raises(Forbidden):
        send(acting_for(firm("Another"), READ), 0)


def test_another_file_under_the_same_key_does_not_mix(actor):
    send(actor, 0)
    with pytest.raises((Conflict, Invalid)):
        send(actor, PIECE, size=len(WHOLE) - 1)


def test_what_never_went_on_is_forgotten(actor):
    send(actor, 0)
    assert receiving.forget_unfinished() == 0
    held = pieces()
    Upload.objects.across_tenants().update(created_at=timezone.now() - timedelta(days=3))
    assert held
    assert receiving.forget_unfinished() == 1
    assert not pieces()
