"""What stands on a PDF of ours, for tests to read."""

from __future__ import annotations

import base64
import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj")
ESCAPED = re.compile(rb"\\(\d{3}|.)", re.DOTALL)


def text_of(pdf: bytes) -> str:
    """Every text shown, one to a line; what is not in Latin letters is left out."""
    assert pdf.startswith(b"%PDF")
    shown = []
    for stream in STREAM.findall(pdf):
        page = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        shown += [ESCAPED.sub(_unescaped, each).decode("cp1252", "replace") for each in SHOWN.findall(page)]
    return "\n".join(shown)


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8)]) if said.isdigit() else said
