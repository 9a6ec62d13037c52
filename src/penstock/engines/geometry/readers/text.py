"""What the line-based formats (OBJ, PLY, OFF) share: number parsing and polygons cut into triangles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..limits import Refused


def parse_floats(tokens: Sequence[bytes], where: str) -> list[float]:
    """Floats from byte tokens, or a refusal that tells a decimal comma from plain rubbish."""
    try:
        return [float(token) for token in tokens]
    except ValueError:
        pass
    if any(b"," in token for token in tokens):
        raise Refused(
            "decimal_comma",
            f"Numbers are written with a decimal comma ({where}); please export with a decimal point.",
        )
    raise Refused("malformed", f"A number cannot be read ({where}); please export the file again.")


def parse_ints(tokens: Iterable[bytes], where: str) -> list[int]:
    """Integers from byte tokens."""
    try:
        return [int(token) for token in tokens]
    except ValueError:
        raise Refused("malformed", f"A corner number cannot be read ({where}); please export the file again.") from None


def triangulate(polygons: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """(m, 3) int64: every polygon as a fan from its first corner; points and lines vanish."""
    by_corners: dict[int, list[Sequence[int]]] = {}
    for polygon in polygons:
        by_corners.setdefault(len(polygon), []).append(polygon)
    fans: list[NDArray[np.int64]] = []
    for corners, members in by_corners.items():
        try:
            table = np.array(members, dtype=np.int64)
        except OverflowError:
            raise bad_index(None, None) from None
        fans.extend(table[:, [0, k, k + 1]] for k in range(1, corners - 1))
    return np.concatenate(fans) if fans else np.empty((0, 3), dtype=np.int64)


def checked_triangles(triangles: NDArray[np.int64], vertex_count: int) -> NDArray[np.int32]:
    """The same indices as int32, refused if one points outside the vertex list."""
    outside = (triangles < 0) | (triangles >= vertex_count)
    if outside.any():
        raise bad_index(int(triangles[outside][0]), vertex_count)
    return triangles.astype(np.int32)


def bad_index(index: int | None, vertex_count: int | None) -> Refused:
    what = "a point that does not exist" if index is None else f"point {index} of only {vertex_count}"
    return Refused("bad_index", f"A triangle refers to {what}; the file is damaged, please export it again.")
