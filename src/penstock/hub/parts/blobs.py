"""Bytes kept once, named by their hash, in whatever store the installation uses.

A blob is whole or absent: its row exists only after its bytes do, and bytes left half-written by a crash are
recognised by their size and written again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.errors import Invalid
from penstock.hub.core.locks import exclusive

from .models import Blob

CHUNK_BYTES = 1024 * 1024
MIB = 1024 * 1024
# Between bringing bytes and naming them in a row there is an upload's time at most.
LATELY = timedelta(hours=1)


def store(file: IO[bytes] | File, *, max_bytes: int | None = None) -> Blob:
    """Keep the bytes of a seekable file and return their blob; the same bytes twice are one blob.

    Reads in chunks, never the whole file at once. Raises Invalid "file_too_large" as soon as `max_bytes` are passed
    and "empty_file"; nothing is kept then.
    """
    file = file if isinstance(file, File) else File(file)
    sha256, size = _fingerprint(file, max_bytes)
    # Said before it is used, so that it is not forgotten meanwhile.
    if Blob.objects.filter(sha256=sha256).update(kept_at=timezone.now()):
        return Blob.objects.get(sha256=sha256)
    return _keep(file, sha256, size)


def forget(blob_ids: Iterable[int]) -> int:
    """Drop those of these blobs that nothing names any more, unless they were brought lately; returns how many."""
    return sum(_forget(pk) for pk in set(blob_ids))


def require_size(size: int, max_bytes: int) -> None:
    """Raise Invalid "empty_file" or "file_too_large"."""
    if size <= 0:
        raise Invalid("empty_file", _("The file is empty."))
    if size > max_bytes:
        raise Invalid(
            "file_too_large",
            _("The file is larger than %(limit)s MB, the most that is taken. Export it with a coarser resolution.")
            % {"limit": max_bytes // MIB},
            limit_bytes=max_bytes,
        )


def opened(blob: Blob) -> File:
    """The blob's bytes, to be read and closed by the caller."""
    return default_storage.open(path_of(blob.sha256), "rb")


@contextmanager
def as_local_file(blob: Blob, suffix: str) -> Iterator[Path]:
    """The blob as a file on this machine, its name ending in `suffix`, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="penstock-model-") as directory:
        path = Path(directory) / f"model{suffix}"
        try:
            path.symlink_to(default_storage.path(path_of(blob.sha256)))
        except NotImplementedError:  # the store is on another machine
            with opened(blob) as source, path.open("wb") as copy:
                for chunk in source.chunks(CHUNK_BYTES):
                    copy.write(chunk)
        yield path


def path_of(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _fingerprint(file: File, max_bytes: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        size += len(chunk)
        if max_bytes is not None:
            require_size(size, max_bytes)
        digest.update(chunk)
    require_size(size, size)
    return digest.hexdigest(), size


@transaction.atomic
def _keep(file: File, sha256: str, size: int) -> Blob:
    exclusive(f"blob {sha256}")  # one writer: whoever comes second finds the bytes whole
    name = path_of(sha256)
    if default_storage.exists(name) and default_storage.size(name) != size:
        default_storage.delete(name)
    if not default_storage.exists(name):
        file.seek(0, os.SEEK_SET)
        default_storage.save(name, file)
    blob, _created = Blob.objects.get_or_create(sha256=sha256, defaults={"size": size})
    return blob


def _forget(pk: int) -> bool:
    """First the row, then the bytes: between the two whoever brings them again finds them and writes the row anew."""
    with transaction.atomic():
        blob = Blob.objects.select_for_update().filter(pk=pk, kept_at__lt=timezone.now() - LATELY).first()
        try:
            if blob is None or not blob.delete()[0]:
                return False
        except ProtectedError:
            return False
    with transaction.atomic():
        exclusive(f"blob {blob.sha256}")
        if not Blob.objects.filter(sha256=blob.sha256).exists():
            default_storage.delete(path_of(blob.sha256))
    return True
