"""What may be uploaded, and a ceiling on what it may cost this machine's disk while it is still coming in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from penstock.hub.core.actors import Actor

ACCEPT = ".stl,.3mf,.obj,.ply,.off,.amf,.step,.stp,.iges,.igs"

# A form without scripts sends all its files at once; anybody can send a form, so it has an end as well.
LARGEST_FILES_IN_A_REQUEST = 4


class CeilingUploadHandler(FileUploadHandler):
    """Hands on at most one byte more than a model file may have and lets the rest go by.

    The file then arrives one byte too large, so that the service that receives it refuses it with its own sentence.
    A request whose files together would fill several of the largest is refused as a whole.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room_of_request = LARGEST_FILES_IN_A_REQUEST * (settings.MAX_MODEL_FILE_BYTES + 1)

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)
        self.room = settings.MAX_MODEL_FILE_BYTES + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        kept = raw_data[: self.room]
        self.room -= len(kept)
        self.room_of_request -= len(kept)
        if self.room_of_request < 0:
            raise RequestDataTooBig("the files of one request are larger than it may send")
        return kept or None

    def file_complete(self, file_size: int) -> None:
        return None


def most_bytes(actor: Actor) -> int:
    """The largest model file the actor may upload."""
    return settings.MAX_VISITOR_FILE_BYTES if actor.is_visitor else settings.MAX_MODEL_FILE_BYTES
