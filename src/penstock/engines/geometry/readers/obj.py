"""Wavefront OBJ: points and faces only. Materials, textures and other files it names are never opened."""

from __future__ import annotations

import numpy as np

from ..limits import Limits, Refused
from ..mesh import RawModel
from . import check_triangle_count
from .text import checked_triangles, parse_floats, parse_ints, triangulate


def read_obj(data: bytes, limits: Limits) -> RawModel:
    """All objects and groups of the file as one model; negative (relative) indices are resolved."""
    points: list[list[float]] = []
    faces: list[list[int]] = []
    corners = 0
    lines = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines()
    for number, line in enumerate(lines, start=1):
        tokens = line.split()
        if not tokens:
            continue
        if tokens[0] == b"v":
            if len(tokens) < 4:
                raise Refused("malformed", f"Line {number} of the OBJ has a point without three coordinates.")
            points.append(_coordinates(tokens[1:4], number))
        elif tokens[0] == b"f":
            indices = parse_ints((token.split(b"/", 1)[0] for token in tokens[1:]), f"line {number}")
            faces.append([i - 1 if i > 0 else len(points) + i if i < 0 else -1 for i in indices])
            corners += len(indices)
            check_triangle_count(corners // 3, limits)
    triangles = checked_triangles(triangulate(faces), len(points))
    return RawModel(np.array(points, dtype=np.float64).reshape(-1, 3), triangles)


def _coordinates(tokens: list[bytes], number: int) -> list[float]:
    try:
        return [float(token) for token in tokens]
    except ValueError:
        # Some exporters put the exponent's sign before the letter (3.1+e2).
        repaired = [token.replace(b"+e", b"e+").replace(b"-e", b"e-") for token in tokens]
        return parse_floats(repaired, f"line {number}")
