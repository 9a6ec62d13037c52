"""Files that come in pieces: a line may break anywhere, and what has arrived is not sent again.

The sender names the file by a key of its own and says at which byte each piece begins. The answer is how many bytes are
here; a piece that begins elsewhere is refused with that number, so that the sender goes on from there. The last piece
makes the revision, once, however often it comes.
"""

from __future__ import annotations

import io
import re
import tempfile
from datetime import timedelta
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid

from . import services
from .blobs import CHUNK_BYTES, require_size
from .models import Upload
from .uploading import most_bytes

PIECE_BYTES = 2 * 1024 * 1024
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
KEPT = timedelta(days=2)


@transaction.atomic
def receive(
    *, actor: Actor, key: str, filename: str, size: int, offset: int, piece: bytes, part_uid: str | None = None
) -> Upload:
    """Take the next piece of a file. The upload has its `revision` once the file is whole.

    Raises Conflict "wrong_offset" with the number of bytes `received`, Invalid "bad_piece", and what
    `services.upload` raises: about the size before anything is kept.
    """
    actor.require(WORK)
    if actor.organisation_id is None:
        raise Forbidden("no_organisation", _("Join or register an organisation first."))
    require_size(size, most_bytes(actor))
    is_last = offset + len(piece) == size
    if not KEY.fullmatch(key) or not piece or len(piece) > PIECE_BYTES or not (is_last or len(piece) == PIECE_BYTES):
        raise Invalid("bad_piece", _("This is no piece of the file announced."))
    upload = _held(actor, key, size)
    if upload.revision_id is not None:
        return upload
    if offset != upload.received or size != upload.size:
        raise Conflict("wrong_offset", _("The file goes on elsewhere."), received=upload.received)
    if len(piece) == size:
        return _finish(actor, upload, io.BytesIO(piece), filename, part_uid)
    _keep(upload, piece)
    if upload.received < size:
        return upload
    with tempfile.TemporaryFile(prefix="penstock-upload-") as whole:
        for name in _names(upload):
            with default_storage.open(name, "rb") as source:
                while chunk := source.read(CHUNK_BYTES):
                    whole.write(chunk)
        return _finish(actor, upload, whole, filename, part_uid)


def forget_unfinished() -> int:
    """Drop files that were begun and never went on, and the notes of finished ones; returns how many."""
    old = Upload.objects.across_tenants().filter(created_at__lt=timezone.now() - KEPT)
    forgotten = list(old)
    for upload in forgotten:
        _drop_pieces(upload)
    old.filter(pk__in=[upload.pk for upload in forgotten]).delete()
    return len(forgotten)


def _held(actor: Actor, key: str, size: int) -> Upload:
    """The upload, locked: its pieces are taken one at a time."""
    named = {"organisation_id": actor.organisation_id, "key": key}
    Upload.objects.across_tenants().get_or_create(**named, defaults={"size": size})
    return Upload.objects.across_tenants().select_for_update(of=("self",)).select_related("revision__part").get(**named)


def _keep(upload: Upload, piece: bytes) -> None:
    name = _name(upload, upload.received)
    if default_storage.exists(name):  # left by a crash before its row was written
        default_storage.delete(name)
    default_storage.save(name, ContentFile(piece))
    upload.received += len(piece)
    upload.save(update_fields=["received"])


def _finish(actor: Actor, upload: Upload, whole: IO[bytes], filename: str, part_uid: str | None) -> Upload:
    revision = services.upload(actor=actor, file=whole, filename=filename, part_uid=part_uid)
    upload.revision, upload.received = revision, upload.size
    upload.save(update_fields=["revision", "received"])
    transaction.on_commit(lambda: _drop_pieces(upload))
    return upload


def _names(upload: Upload) -> list[str]:
    """Where the pieces lie, in order: all but the last have the full length."""
    return [_name(upload, offset) for offset in range(0, upload.received, PIECE_BYTES)]


def _name(upload: Upload, offset: int) -> str:
    return f"uploads/{upload.uid}/{offset}"


def _drop_pieces(upload: Upload) -> None:
    for name in _names(upload):
        default_storage.delete(name)
