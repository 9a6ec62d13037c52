"""Round holes: inner cylinders that go round, pieces of one bore taken together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..brep import CYLINDER, SPHERE, TORUS
from ..mesh import Floats
from .body import Body, rounded
from .features import Hole

# A bore that a drill makes goes round so far at least; the end of a slot, half round, is none.
ROUND = 0.55 * 2 * np.pi
# Axes and radii alike within this are the same bore, mm.
SAME_MM = 1e-3
# A face across the axis closes an end, or opens it, from this slope on.
ACROSS = 0.1


def holes(body: Body) -> tuple[list[Hole], set[int]]:
    """(the holes, the faces that belong to them)."""
    found: list[Hole] = []
    used: set[int] = set()
    for bore in _bores(body):
        axis = body.faces.axis[bore[0]]
        for piece in _pieces(body, bore, axis):
            low = min(body.extent(face, axis)[0] for face in piece)
            high = max(body.extent(face, axis)[1] for face in piece)
            if high - low < SAME_MM or _way_round(body, piece, axis, high - low) < ROUND:
                continue
            used.update(piece)
            down, up = _is_open(body, piece, axis, low, high)
            if not (down or up):
                continue
            radius = float(body.faces.radius[piece[0]])
            out = axis if up and not (down and axis[np.abs(axis).argmax()] < 0) else -axis
            origin = body.faces.origin[piece[0]]
            mouth = origin + axis * ((high if out is axis else low) - origin @ axis)
            found.append(
                Hole(
                    round(2 * radius, 4),
                    round(high - low, 4),
                    down and up,
                    rounded(out, 6),
                    rounded(mouth),
                    body.ranges(piece),
                )
            )
    found.sort(key=lambda hole: (-hole.diameter_mm, hole.mouth_mm))
    return found, used


def _bores(body: Body) -> Iterator[list[int]]:
    """Inner cylinders of one axis and radius."""
    faces = body.faces
    left = np.flatnonzero((faces.kind == CYLINDER) & faces.inner & (body.area > 0))
    while len(left):
        axis, origin = faces.axis[left[0]], faces.origin[left[0]]
        aside = faces.origin[left] - origin
        aside = aside - np.outer(aside @ axis, axis)
        same = (
            (np.abs(faces.radius[left] - faces.radius[left[0]]) < SAME_MM)
            & (np.abs(faces.axis[left] @ axis) > 1 - 1e-6)
            & (np.linalg.norm(aside, axis=1) < SAME_MM)
        )
        yield left[same].tolist()
        left = left[~same]


def _pieces(body: Body, bore: list[int], axis: Floats) -> Iterator[list[int]]:
    """Those of a bore's faces that follow each other without a gap along the axis."""
    spans = sorted((*body.extent(face, axis), face) for face in bore)
    piece, reach = [spans[0][2]], spans[0][1]
    for low, high, face in spans[1:]:
        if low > reach + SAME_MM:
            yield piece
            piece = []
        piece.append(face)
        reach = max(reach, high)
    yield piece


def _way_round(body: Body, piece: list[int], axis: Floats, length: float) -> float:
    """Radians that the faces go round, as a mean over the length."""
    turned = 0.0
    for face in piece:
        low, high = body.extent(face, axis)
        turned += float(body.faces.turn[face]) * (high - low)
    return turned / length


def _is_open(body: Body, piece: list[int], axis: Floats, low: float, high: float) -> tuple[bool, bool]:
    """Whether the low and the high end are open: the faces beyond look away from the bore, not back into it."""
    looks = [0.0, 0.0]
    for face in piece:
        for edge, side, beyond in body.neighbours[face]:
            if beyond in piece:
                continue
            normal = body.edges.normals[edge, 1 - side]
            if abs(normal @ axis) < ACROSS and body.faces.kind[beyond] in (TORUS, SPHERE):
                # Rounded over, or a round bottom: at the edge it still follows the bore.
                normal = body.mean[beyond]
            slope = float(normal @ axis)
            upper = bool(body.edges.point[edge] @ axis > (low + high) / 2)
            if abs(slope) >= ACROSS:
                looks[upper] += (slope if upper else -slope) * float(body.edges.length[edge])
    return looks[0] >= 0, looks[1] >= 0
