"""Streaming XML and zip access with the doors closed: no DTD, no entities, bounded depth and inflation."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import IO
from xml.parsers import expat  # DTDs, and with them every entity attack, are refused below

from ..limits import Limits, Refused

PIECE = 1 << 20
# What zipfile and zlib raise on archives whose directory, sizes or data are wrong.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError)
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]
Namespace = Callable[[str | None, str], None]


def parse_xml(stream: IO[bytes], limits: Limits, start: Start, end: End,
              text: Text | None = None, namespace: Namespace | None = None,
              text_in: frozenset[str] = frozenset()) -> None:  # fmt: skip
    """Feed `stream` to the callbacks; names arrive as "namespace name" (or "name" without a namespace).

    `text` gets what stands in the elements of `text_in`, or everything where that is empty: the line ends between a
    million elements are not worth a call each. `namespace(prefix, uri)` is called for each declaration, before the
    element that carries it.
    """
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.xml_depth:
            raise Refused(
                "xml_depth",
                f"The file nests more than {limits.xml_depth} XML elements, which no model needs; "
                "please export it again.",
            )
        if name in text_in:
            parser.CharacterDataHandler = text
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if name in text_in:
            parser.CharacterDataHandler = None
        end(name)

    def doctype(*_: object) -> None:
        raise Refused(
            "xml_dtd",
            "The file contains a document type definition, which models never need and attacks do; "
            "please export it again from your CAD system.",
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = None if text_in else text
    if namespace is not None:
        parser.StartNamespaceDeclHandler = namespace
    try:
        while piece := stream.read(PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("malformed", f"The XML in the file breaks off or is damaged at line {error.lineno}.") from None
    except DAMAGED as error:
        raise Refused("bad_zip", f"A part of the package is damaged ({error}); please export it again.") from None


class Package:
    """A zip archive read member by member, never extracted, with its total inflation bounded."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except DAMAGED:
            raise Refused(
                "bad_zip",
                "The file starts like a ZIP archive but is not a readable 3MF package; please export it again.",
            ) from None
        if len(members) > limits.zip_members:
            raise Refused(
                "zip_members",
                f"The package holds {len(members):,} files and the limit is {limits.zip_members:,}.",
            )
        self._limits = limits
        self._inflated = 0
        # The first of two members with the same name wins; names are compared as OPC does, without case.
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._members.setdefault(member.filename.lstrip("/").lower(), member)

    def names(self) -> list[str]:
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._members

    def open(self, name: str) -> IO[bytes]:
        """A stream of the member's bytes, refused before inflating if it is missing, encrypted or a bomb."""
        member = self._members.get(self._key(name))
        if member is None:
            raise Refused("bad_package", f"The package refers to a part that is not in it ({name[:60]}).")
        if member.flag_bits & 0x1:
            raise Refused("zip_encrypted", "The package is protected by a password; please export it without.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("bad_zip", "The package uses an unusual compression; please export it again.")
        ratio = member.file_size / max(member.compress_size, 1)
        # Small members may compress well: an empty-ish file of a few kilobytes harms nobody.
        if ratio > self._limits.zip_ratio and member.file_size > PIECE:
            raise Refused(
                "zip_ratio",
                f"A part of the package inflates {ratio:,.0f}-fold, which real models do not; it is not opened.",
            )
        self._inflated += member.file_size
        if self._inflated > self._limits.inflated_bytes:
            raise Refused("zip_too_large", "The package inflates to more data than is accepted for one model.")
        try:
            return self._zip.open(member)
        except DAMAGED:
            raise Refused("bad_zip", "A part of the package is damaged; please export it again.") from None

    @staticmethod
    def _key(name: str) -> str:
        return posixpath.normpath("/" + name).lstrip("/").lower()
