"""Evidence is pixels only: re-encoded, bounded, and whatever is no picture is refused by its name."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from penstock.hub.core.errors import Invalid
from penstock.hub.quality import pictures
from penstock.hub.quality.pictures import clean_pictures


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def upload(content: bytes, name: str = "edge.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def cleaned(content: bytes) -> Image.Image:
    [(_name, jpeg)] = clean_pictures([upload(content)])
    return Image.open(io.BytesIO(jpeg))


RED = Image.new("RGB", (60, 40), (200, 30, 30))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_come_out_as_jpeg(kind: str) -> None:
    image = cleaned(encoded(RED, kind))
    assert (image.format, image.size) == ("JPEG", (60, 40))
    assert image.getpixel((30, 20)) == pytest.approx((200, 30, 30), abs=12)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "LA", "I;16", "CMYK"])
def test_every_kind_of_pixel_becomes_plain_colour(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert cleaned(encoded(Image.new(mode, (8, 8)), kind)).mode == "RGB"


def test_where_and_with_what_it_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x0112] = 6  # lies on its side
    image = cleaned(encoded(RED, "JPEG", exif=exif, comment=b"a note"))
    assert not image.getexif()
    assert "comment" not in image.info
    assert image.size == (40, 60), "turned upright"


def test_what_is_hidden_behind_the_pixels_is_gone() -> None:
    secret = b"<script>alert(1)</script>"
    [(_name, jpeg)] = clean_pictures([upload(encoded(RED, "JPEG") + secret)])
    assert secret not in jpeg


def test_large_pictures_are_made_smaller() -> None:
    image = cleaned(encoded(Image.new("RGB", (5000, 1000)), "JPEG"))
    assert image.size == (pictures.MAX_SIDE, 480)


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with a header that says anything."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + parts


HOSTILE = {
    "empty": (b"", "not_a_picture"),
    "text": (b"this is no picture", "not_a_picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not_a_picture"),
    "gif": (encoded(RED, "GIF"), "not_a_picture"),
    "tiff": (encoded(RED, "TIFF"), "not_a_picture"),
    "half a jpeg": (encoded(RED, "JPEG")[:400], "not_a_picture"),
    "no pixels": (png(10, 10), "not_a_picture"),
    "a bomb": (png(30_000, 30_000, (b"IDAT", zlib.compress(bytes(1000)))), "not_a_picture"),
    "many pixels": (png(9000, 9000, (b"IDAT", zlib.compress(bytes(1000)))), "picture_too_large"),
    "a swollen profile": (
        png(10, 10, (b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000))), (b"IDAT", zlib.compress(bytes(310)))),
        "",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_by_name(name: str) -> None:
    content, code = HOSTILE[name]
    if not code:  # harmless once nothing but the pixels is kept, or refused: never an error of ours
        with_profile = _or_refusal(content)
        assert with_profile is None or "icc_profile" not in with_profile.info
        return
    with pytest.raises(Invalid) as refused:
        clean_pictures([upload(content, "broken.png")])
    assert refused.value.code == code
    assert "broken.png" in str(refused.value.message)


def _or_refusal(content: bytes) -> Image.Image | None:
    try:
        return cleaned(content)
    except Invalid:
        return None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_are_read_or_refused_but_never_an_error(kind: str) -> None:
    rng = random.Random(kind)
    noise = Image.effect_noise((48, 48), 60).convert("RGB")
    whole = encoded(noise, kind)
    for _attempt in range(150):
        broken = bytearray(whole)
        for _byte in range(rng.randrange(1, 12)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        _or_refusal(bytes(broken[: rng.randrange(20, len(broken) + 1)]))


def test_too_many_and_too_heavy() -> None:
    one = upload(encoded(RED, "JPEG"))
    with pytest.raises(Invalid) as refused:
        clean_pictures([one] * 9)
    assert refused.value.code == "too_many_pictures"
    heavy = upload(encoded(RED, "JPEG") + bytes(pictures.MAX_BYTES))
    with pytest.raises(Invalid) as refused:
        clean_pictures([heavy])
    assert refused.value.code == "picture_too_large"
