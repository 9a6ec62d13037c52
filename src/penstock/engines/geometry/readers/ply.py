"""Stanford PLY, ASCII and binary of either byte order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..limits import Limits, Refused
from ..mesh import RawModel
from . import check_triangle_count
from .text import checked_triangles, parse_floats, triangulate

SCALARS: dict[str, str] = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
INDEX_NAMES = ("vertex_indices", "vertex_index")


@dataclass
class _Property:
    name: str
    scalar: str
    count: str | None = None  # type of the length prefix; None for a plain number


@dataclass
class _Element:
    name: str
    rows: int
    properties: list[_Property] = field(default_factory=list)


@dataclass
class _Cursor:
    """The part of the file not read yet: a byte offset for binary, a token offset for ASCII."""

    data: bytes
    order: str
    tokens: list[bytes] = field(default_factory=list)
    at: int = 0


def read_ply(data: bytes, limits: Limits) -> RawModel:
    """Points and faces; other elements are skipped, other properties ignored."""
    elements, order, start = _read_header(data)
    cursor = _Cursor(data, ORDERS[order], at=start)
    if order == "ascii":
        cursor = _Cursor(data, "", tokens=data[start:].split())
    for element in elements:
        # Every row takes at least one byte (or word), so a count beyond what is left is a lie.
        if element.rows > max(len(data) - start, len(cursor.tokens)):
            raise _truncated(element)
        if element.name == "face":
            check_triangle_count(element.rows, limits)
    vertices: NDArray[Any] = np.empty((0, 3))
    polygons: list[list[int]] = []
    triangles: NDArray[np.int64] = np.empty((0, 3), dtype=np.int64)
    for element in elements:
        columns = _read_element(element, cursor)
        if element.name == "vertex":
            if not {"x", "y", "z"} <= {p.name for p in element.properties if p.count is None} & columns.keys():
                raise Refused("malformed", "The PLY points have no x, y and z.")
            vertices = np.stack([np.asarray(columns[axis], dtype=np.float64) for axis in "xyz"], axis=1)
        elif element.name == "face":
            lists: Any = next((columns[name] for name in INDEX_NAMES if name in columns), [])
            if isinstance(lists, np.ndarray):
                triangles = lists.astype(np.int64)
            else:
                polygons = lists
    if polygons:
        triangles = triangulate(polygons)
    return RawModel(vertices, checked_triangles(triangles, len(vertices)))


def _read_header(data: bytes) -> tuple[list[_Element], str, int]:
    end = re.search(rb"(?m)^end_header[ \t]*(?:\r\n|\r|\n)", data[:1_000_000].replace(b"\r\n", b" \n"))
    if end is None:
        raise Refused("malformed", "The PLY header has no end; please export the file again.")
    elements: list[_Element] = []
    order = ""
    for line in data[: end.start()].decode("latin-1").splitlines():
        words = line.split()
        try:
            match words:
                case ["format", name, *_] if name in ORDERS:
                    order = name
                case ["element", name, rows]:
                    elements.append(_Element(name, int(rows)))
                case ["property", "list", count, scalar, name]:
                    elements[-1].properties.append(_Property(name, SCALARS[scalar], SCALARS[count]))
                case ["property", scalar, name]:
                    elements[-1].properties.append(_Property(name, SCALARS[scalar]))
        except (ValueError, KeyError, IndexError):
            raise Refused("malformed", f"The PLY header line “{line[:60]}” cannot be read.") from None
    if not order or any(element.rows < 0 for element in elements):
        raise Refused("malformed", "The PLY header does not say how the numbers are stored.")
    return elements, order, end.end()


def _truncated(element: _Element) -> Refused:
    return Refused(
        "truncated",
        f"The PLY header announces {element.rows:,} entries of “{element.name[:30]}” but the file ends before; "
        "please export it again.",
    )


def _read_element(element: _Element, cursor: _Cursor) -> dict[str, Any]:
    lists = [p for p in element.properties if p.count is not None]
    if not element.properties or element.rows == 0:
        return {}
    if cursor.order == "":
        return _read_ascii_rows(element, cursor)
    if not lists:
        return _read_fixed(element, cursor, {})
    try:
        # Nearly every file holds triangles only: then each row has the same size.
        return _read_fixed(element, cursor, {p.name: 3 for p in lists})
    except _RaggedRows:
        return _read_ragged(element, cursor)


class _RaggedRows(Exception):
    pass


def _read_fixed(element: _Element, cursor: _Cursor, lengths: dict[str, int]) -> dict[str, Any]:
    fields: list[Any] = []
    for n, p in enumerate(element.properties):
        if p.count is not None:
            fields.append((f"count {n}", cursor.order + p.count))
            fields.append((f"value {n}", cursor.order + p.scalar, (lengths[p.name],)))
        else:
            fields.append((f"value {n}", cursor.order + p.scalar))
    dtype = np.dtype(fields)
    if (len(cursor.data) - cursor.at) // dtype.itemsize < element.rows:
        raise _RaggedRows if lengths else _truncated(element)
    rows = np.frombuffer(cursor.data, dtype, count=element.rows, offset=cursor.at)
    for n, p in enumerate(element.properties):
        if p.count is not None and (rows[f"count {n}"] != lengths[p.name]).any():
            raise _RaggedRows
    cursor.at += dtype.itemsize * element.rows
    return {p.name: rows[f"value {n}"] for n, p in enumerate(element.properties)}


def _read_ragged(element: _Element, cursor: _Cursor) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {p.name: [] for p in element.properties}
    for _ in range(element.rows):
        for p in element.properties:
            length = 1
            if p.count is not None:
                length = int(_take(element, cursor, p.count, 1)[0])
            values = _take(element, cursor, p.scalar, length).tolist()
            columns[p.name].append(values if p.count is not None else values[0])
    return columns


def _take(element: _Element, cursor: _Cursor, scalar: str, length: int) -> NDArray[Any]:
    dtype = np.dtype(cursor.order + scalar)
    if length < 0 or cursor.at + length * dtype.itemsize > len(cursor.data):
        raise _truncated(element)
    values = np.frombuffer(cursor.data, dtype, count=length, offset=cursor.at)
    cursor.at += length * dtype.itemsize
    return values


def _read_ascii_rows(element: _Element, cursor: _Cursor) -> dict[str, Any]:
    width = len(element.properties)
    if len(cursor.tokens) - cursor.at < element.rows * width:
        raise _truncated(element)
    where = f"PLY element {element.name[:30]}"
    if all(p.count is None for p in element.properties):
        block = cursor.tokens[cursor.at : cursor.at + element.rows * width]
        cursor.at += element.rows * width
        table = np.array(parse_floats(block, where)).reshape(-1, width)
        return {p.name: table[:, n] for n, p in enumerate(element.properties)}
    columns: dict[str, list[Any]] = {p.name: [] for p in element.properties}
    for _ in range(element.rows):
        for p in element.properties:
            if p.count is not None:
                length = _ascii_ints(element, cursor, 1)[0]
                columns[p.name].append(_ascii_ints(element, cursor, length))
            else:
                columns[p.name].append(_ascii_float(element, cursor))
    return columns


def _ascii_float(element: _Element, cursor: _Cursor) -> float:
    if cursor.at >= len(cursor.tokens):
        raise _truncated(element)
    cursor.at += 1
    return parse_floats(cursor.tokens[cursor.at - 1 : cursor.at], f"PLY element {element.name[:30]}")[0]


def _ascii_ints(element: _Element, cursor: _Cursor, length: int) -> list[int]:
    if length < 0 or cursor.at + length > len(cursor.tokens):
        raise _truncated(element)
    values = parse_floats(cursor.tokens[cursor.at : cursor.at + length], f"PLY element {element.name[:30]}")
    cursor.at += length
    try:
        return [int(value) for value in values]
    except (ValueError, OverflowError):
        raise Refused("malformed", "A PLY face lists a corner that is not a number.") from None
