"""Binary and ASCII STL."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..limits import Limits, Refused
from ..mesh import STL_RECORD, RawModel
from . import check_triangle_count

HEADER = 84
RECORD = STL_RECORD.itemsize
CHUNK_BYTES = 8 << 20

_SOLID_LINE = re.compile(rb"(?im)^[ \t]*(?:end[ \t]*)?solid\b[^\n]*$")
_DECIMAL_COMMA = re.compile(rb"(?i)vertex\s+\S*\d,\d")
# facet normal x y z outer loop (vertex x y z) x 3 endloop endfacet
_KEYWORDS = {0: b"facet", 1: b"normal", 5: b"outer", 6: b"loop", 7: b"vertex", 11: b"vertex", 15: b"vertex"}
_KEYWORDS |= {19: b"endloop", 20: b"endfacet"}
_FACET_TOKENS = 21
_COORDINATES = [8, 9, 10, 12, 13, 14, 16, 17, 18]


def read_stl(data: bytes, limits: Limits) -> RawModel:
    """Read either kind. A header that begins with “solid” does not make a file ASCII: its size decides."""
    if _fits_binary(data) or not _looks_ascii(data):
        return _read_binary(data, limits)
    return _read_ascii(data, limits)


def _fits_binary(data: bytes) -> bool:
    return len(data) >= HEADER and len(data) == HEADER + RECORD * struct.unpack_from("<I", data, 80)[0]


def _looks_ascii(data: bytes) -> bool:
    text = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(b"solid") and (b"facet" in text or b"endsolid" in text or b"\0" not in text)


def _read_binary(data: bytes, limits: Limits) -> RawModel:
    if len(data) < HEADER:
        raise Refused(
            "truncated",
            f"The file is {len(data)} bytes long, shorter than an STL header; please export it again.",
        )
    count: int = struct.unpack_from("<I", data, 80)[0]
    room = (len(data) - HEADER) // RECORD
    if count > room:
        raise Refused(
            "truncated",
            f"The STL header announces {count:,} triangles but the file ends after {room:,}; "
            "the upload or export was cut off, please try again.",
        )
    check_triangle_count(count, limits)
    notes: list[tuple[str, str, dict[str, Any]]] = []
    trailing = len(data) - HEADER - RECORD * count
    if trailing and trailing % RECORD == 0 and data.count(0, -trailing) < trailing:
        raise Refused(
            "count_mismatch",
            f"The STL header announces {count:,} triangles but {room:,} are in the file; "
            "part of the shape may be lost, please export it again.",
        )
    if trailing:
        message = f"{trailing} bytes after the last triangle were ignored."
        notes.append(("trailing_data", message, {"bytes": trailing}))
    records = np.frombuffer(data, dtype=STL_RECORD, count=count, offset=HEADER)
    corners = np.ascontiguousarray(records["corners"]).reshape(-1, 3)
    return RawModel(corners, notes=notes)


def _read_ascii(data: bytes, limits: Limits) -> RawModel:
    parts: list[NDArray[np.float64]] = []
    facets = 0
    # Some systems fill the last block of a file, or end it with Ctrl-Z.
    for chunk in _chunks(data.rstrip(b"\0\x1a \t\r\n")):
        corners = _parse_facets(chunk, facets)
        facets += len(corners) // 3
        check_triangle_count(facets, limits)
        parts.append(corners)
    if facets == 0:
        raise Refused("no_triangles", "The STL file contains no triangles; please check what was exported.")
    return RawModel(np.concatenate(parts))


def _chunks(data: bytes) -> Iterator[bytes]:
    """Pieces of about CHUNK_BYTES that end at a facet's end, lower case, with any line end as a newline."""
    start = 0
    while start < len(data):
        stop = len(data)
        if start + CHUNK_BYTES < len(data):
            cut = re.compile(rb"(?i)endfacet").search(data, start + CHUNK_BYTES)
            stop = cut.end() if cut else len(data)
        piece = data[start:stop].lower().replace(b"\r", b"\n")
        yield _SOLID_LINE.sub(b"", piece.removeprefix(b"\xef\xbb\xbf"))
        start = stop


def _parse_facets(chunk: bytes, facets_before: int) -> NDArray[np.float64]:
    tokens = chunk.split()
    if not tokens:
        return np.empty((0, 3))
    whole = len(tokens) - len(tokens) % _FACET_TOKENS
    table = np.array(tokens[:whole], dtype=object).reshape(-1, _FACET_TOKENS)
    wrong = np.zeros(len(table), dtype=bool)
    for column, word in _KEYWORDS.items():
        wrong |= table[:, column] != word
    if wrong.any() or whole != len(tokens):
        first = int(wrong.argmax()) if wrong.any() else len(table)
        raise _malformed(chunk, facets_before + first + 1)
    try:
        numbers = table[:, _COORDINATES].astype("S").astype(np.float64)
    except ValueError:
        raise _malformed(chunk, facets_before + _first_bad(table) + 1) from None
    return numbers.reshape(-1, 3)


def _first_bad(table: NDArray[Any]) -> int:
    for row, facet in enumerate(table):
        try:
            [float(facet[column]) for column in _COORDINATES]
        except ValueError:
            return row
    return 0


def _malformed(chunk: bytes, facet: int) -> Refused:
    if _DECIMAL_COMMA.search(chunk):
        return Refused(
            "decimal_comma",
            f"Numbers are written with a decimal comma (near triangle {facet:,}); "
            "please export with a decimal point, or as binary STL.",
        )
    return Refused(
        "malformed",
        f"Triangle {facet:,} of the ASCII STL is not a complete facet with three corners; "
        "please export the file again, preferably as binary STL.",
    )
