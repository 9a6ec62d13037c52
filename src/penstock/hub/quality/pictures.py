"""Pictures as evidence: only real raster images, re-encoded so that nothing but pixels is kept."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from penstock.hub.core.errors import Invalid

MAX_PICTURES = 8
MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP")
# What Pillow raises on bytes that are not what they say (UnidentifiedImageError is an OSError).
BROKEN = (OSError, EOFError, ValueError, SyntaxError, struct.error, zlib.error, Image.DecompressionBombError)


def require_room(pictures: int) -> None:
    """Raise Invalid for more pictures than a complaint holds."""
    if pictures > MAX_PICTURES:
        raise Invalid("too_many_pictures", _("Send at most %d pictures.") % MAX_PICTURES)


def clean_pictures(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """(file name, JPEG bytes) for each upload; Invalid names the first that is refused, and why."""
    require_room(len(files))
    return [(file.name or "picture", _clean(file)) for file in files]


def _clean(file: UploadedFile) -> bytes:
    name = {"name": file.name}
    if (file.size or 0) > MAX_BYTES:
        raise Invalid("picture_too_large", _("%(name)s is larger than 15 MB.") % name)
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid("picture_too_large", _("%(name)s has more than 50 million pixels.") % name)
            image.thumbnail((MAX_SIDE, MAX_SIDE))  # first: a JPEG is then decoded at the smaller size
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except BROKEN as error:
        raise Invalid("not_a_picture", _("%(name)s is not a JPEG, PNG or WebP picture.") % name) from error
    # Without EXIF and comments: where a phone took a picture is nobody's business.
    upright.info.clear()
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=85)
    return out.getvalue()
