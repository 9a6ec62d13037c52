"""Object File Format (OFF), including the variants that carry normals or colours with the points."""

from __future__ import annotations

import re

import numpy as np

from ..limits import Limits, Refused
from ..mesh import RawModel
from . import check_triangle_count
from .text import checked_triangles, parse_floats, parse_ints, triangulate

_HEADER = re.compile(rb"\s*(?:ST)?C?N?(?P<dimension>4?n?)OFF")


def read_off(data: bytes, limits: Limits) -> RawModel:
    """ASCII OFF; points one per line, faces one per line with optional colours after the corners."""
    lines = [line.partition(b"#")[0].split() for line in data.replace(b"\r", b"\n").split(b"\n")]
    body = [line for line in lines if line]
    if not body:
        raise Refused("no_triangles", "The OFF file contains nothing; please check the export.")
    header = _HEADER.match(body[0][0])
    if header is None or header["dimension"] or b"BINARY" in body[0]:
        raise Refused("malformed", "This kind of OFF file cannot be read; please export plain ASCII OFF or STL.")
    first = [body[0][0][header.end() :], *body[0][1:]]
    counts = [token for token in first if token]
    position = 1
    if not counts and len(body) > 1:
        counts, position = body[1], 2
    if len(counts) < 2:
        raise Refused("malformed", "The OFF header does not say how many points and faces follow.")
    points, faces = parse_ints(counts[:2], "the OFF header")
    if points < 0 or faces < 0 or position + points + faces > len(body):
        raise Refused(
            "truncated",
            f"The OFF header announces {points:,} points and {faces:,} faces but only "
            f"{len(body) - position:,} lines follow; please export the file again.",
        )
    check_triangle_count(faces, limits)
    vertices = np.array([_point(line) for line in body[position : position + points]], dtype=np.float64)
    polygons = [_polygon(line) for line in body[position + points : position + points + faces]]
    return RawModel(vertices.reshape(-1, 3), checked_triangles(triangulate(polygons), points))


def _point(tokens: list[bytes]) -> list[float]:
    if len(tokens) < 3:
        raise Refused("malformed", "A point of the OFF file has fewer than three coordinates.")
    return parse_floats(tokens[:3], "OFF points")


def _polygon(tokens: list[bytes]) -> list[int]:
    corners = parse_ints(tokens[:1], "OFF faces")[0]
    if corners < 0 or corners > len(tokens) - 1:
        raise Refused("malformed", "A face of the OFF file lists fewer corners than it announces.")
    return parse_ints(tokens[1 : 1 + corners], "OFF faces")
