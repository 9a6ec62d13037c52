"""A ceiling on what an upload may cost this machine's disk while it is still coming in."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CeilingUploadHandler(FileUploadHandler):
    """Hands on at most one byte more than a model file may have and lets the rest go by.

    The file then arrives one byte too large, so that the service that receives it refuses it with its own sentence.
    """

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)
        self.room = settings.MAX_MODEL_FILE_BYTES + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        kept = raw_data[: self.room]
        self.room -= len(kept)
        return kept or None

    def file_complete(self, file_size: int) -> None:
        return None
