"""Triangles of one body's surface that pass through each other.

Two triangles cross where each has corners on both sides of the other's plane, and the stretches in which they meet the
line common to both planes overlap (Möller 1997, "A fast triangle-triangle intersection test"). What lies within a hair
of a plane or of a stretch's end only touches: neighbours, bodies that share an edge or a corner, faces pressed onto
each other. Faces that lie upon each other in one plane are therefore not told. Candidates are leaves of the tree of
boxes; a mesh of slivers, where everything is in everything's box, is given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..facts import Finding
from ..mesh import Floats
from .sharing import shared
from .tree import DEPTH, Index, Singles, Tree

if TYPE_CHECKING:
    from .study import Study

# Of the part's length: what is closer touches.
HAIR = 1e-4
# Of files tessellated here, mm: two tessellations of one surface are apart by up to twice their tolerance.
TESSELLATED, TESSELLATED_HAIR_MM = ("step", "iges"), 0.2
# So many pairs are tried; ordinary meshes need about ten for each triangle.
MOST_PAIRS, MOST_PAIRS_EACH = 1_000_000, 100
TOO_INTRICATE = "Whether surfaces cross themselves was not judged: the model is too intricate."


def crossing(vertices: Floats, triangles: Index, shell: Index, tree: Tree, hair_mm: float) -> NDArray[np.bool_] | None:
    """(m,) which triangles pass through another of their shell by more than `hair_mm`; None where it is too much work.

    vertices (n, 3) mm; triangles (m, 3); shell (m,) number of the connected piece of surface of each.
    """
    crossed = np.zeros(len(triangles), dtype=np.bool_)
    vertices, triangles = np.ascontiguousarray(vertices), np.ascontiguousarray(triangles)

    # What is left of the work; that threads miscount each other's a little does not matter.
    left = np.array([MOST_PAIRS + MOST_PAIRS_EACH * len(triangles)], dtype=np.int64)

    def some(first: int, after: int) -> None:
        look(tree.nodes, tree.links, tree.numbers, vertices, triangles, shell, hair_mm, first, after, left, crossed)

    shared(some, len(tree.nodes), slices=1024)
    return crossed if left[0] > 0 else None


def crossing_findings(study: Study) -> Iterator[Finding]:
    """One finding for all places where a body's surface crosses itself."""
    if not len(study.mesh.triangles):
        return
    shell, _ = study.shells
    hair = HAIR * max(study.measurement.size_mm)
    if study.measurement.format in TESSELLATED:
        hair = max(hair, TESSELLATED_HAIR_MM)
    crossed = crossing(study.mesh.vertices, study.mesh.triangles, shell, study.tree, hair)
    if crossed is None:
        yield Finding("not_judged", "notice", TOO_INTRICATE, {"rule": "crossing_findings"})
        return
    count = int(crossed.sum())
    if not count:
        return
    yield Finding(
        "self_crossing",
        "warning",
        f"The surface of a body crosses itself ({count:,} triangles); what lies between may be made or left out.",
        {"triangles": count},
        measured=float(count),
        limit=0.0,
        unit="1",
        advice="Unite the shapes that run into each other in the CAD program and export the part again.",
        place=study.places.of_triangles(crossed),
    )


@kernel()
def _meet(one: Any, other: Any) -> Any:
    return (
        one[0] <= other[3]
        and other[0] <= one[3]
        and one[1] <= other[4]
        and other[1] <= one[4]
        and one[2] <= other[5]
        and other[2] <= one[5]
    )


@kernel()
def _normal(vertices: Any, triangles: Any, t: int) -> tuple[float, float, float]:
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    px, py, pz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
    qx, qy, qz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
    x, y, z = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
    length = np.sqrt(x * x + y * y + z * z)
    scale = 1.0 / length if length > 0 else 0.0
    return x * scale, y * scale, z * scale


@kernel()
def _straddles(
    vertices: Any, triangles: Any, t: int, other: int, x: float, y: float, z: float, hair: float, sides: Any
) -> Any:
    """Whether a triangle has corners more than a hair on either side of the other's plane; fills in how far."""
    o = triangles[other, 0]
    low, high = 0.0, 0.0
    for k in range(3):
        p = triangles[t, k]
        # A corner of both is on the plane, whatever rounding says.
        if p == o or p == triangles[other, 1] or p == triangles[other, 2]:
            sides[k] = 0.0
            continue
        sides[k] = (
            (vertices[p, 0] - vertices[o, 0]) * x
            + (vertices[p, 1] - vertices[o, 1]) * y
            + (vertices[p, 2] - vertices[o, 2]) * z
        )
        low, high = min(low, sides[k]), max(high, sides[k])
    return low < -hair and high > hair


@kernel()
def _cross(vertices: Any, triangles: Any, a: int, b: int, hair: float, sides: Any, ends: Any) -> Any:
    """Whether two triangles pass through each other by more than a hair."""
    common = 0
    for k in range(3):
        point = triangles[a, k]
        common += point == triangles[b, 0] or point == triangles[b, 1] or point == triangles[b, 2]
    if common >= 2:
        return False
    for axis in range(3):
        p, q, r = vertices[triangles[a, 0], axis], vertices[triangles[a, 1], axis], vertices[triangles[a, 2], axis]
        u, v, w = vertices[triangles[b, 0], axis], vertices[triangles[b, 1], axis], vertices[triangles[b, 2], axis]
        if max(p, q, r) < min(u, v, w) + hair and max(p, q, r) - min(p, q, r) > hair:
            return False
        if max(u, v, w) < min(p, q, r) + hair and max(u, v, w) - min(u, v, w) > hair:
            return False
    bx, by, bz = _normal(vertices, triangles, b)
    if not _straddles(vertices, triangles, a, b, bx, by, bz, hair, sides[0]):
        return False
    ax, ay, az = _normal(vertices, triangles, a)
    if not _straddles(vertices, triangles, b, a, ax, ay, az, hair, sides[1]):
        return False
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    length = np.sqrt(x * x + y * y + z * z)
    if length < 1e-12:
        return False
    x, y, z = x / length, y / length, z / length
    ox, oy, oz = vertices[triangles[a, 0], 0], vertices[triangles[a, 0], 1], vertices[triangles[a, 0], 2]
    for n in range(2):
        t = a if n == 0 else b
        ends[n, 0], ends[n, 1] = np.inf, -np.inf
        for k in range(3):
            here, there = sides[n, k], sides[n, (k + 1) % 3]
            if (here > 0) == (there > 0) and here != 0:
                continue
            share = here / (here - there) if here != there else 0.0
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            at = (
                x * (vertices[i, 0] + share * (vertices[j, 0] - vertices[i, 0]) - ox)
                + y * (vertices[i, 1] + share * (vertices[j, 1] - vertices[i, 1]) - oy)
                + z * (vertices[i, 2] + share * (vertices[j, 2] - vertices[i, 2]) - oz)
            )
            ends[n, 0], ends[n, 1] = min(ends[n, 0], at), max(ends[n, 1], at)
    return min(ends[0, 1], ends[1, 1]) - max(ends[0, 0], ends[1, 0]) > hair


@kernel("void(f4[:,::1], i4[:,::1], i4[::1], f8[:,::1], i4[:,::1], i4[::1], f8, i8, i8, i8[::1], b1[::1])")
def look(
    nodes: Singles, links: Index, numbers: Index, vertices: Floats, triangles: Index, shell: Index, hair: float,
    first: int, after: int, left: Any, crossed: Any,
) -> None:  # fmt: skip
    """Hold every leaf that hangs on the nodes first … after against itself and the leaves behind it in the order."""
    stack = np.empty(DEPTH, dtype=np.int32)
    sides = np.empty((2, 3))
    ends = np.empty((2, 2))
    for node in range(first, after):
        for side in range(2):
            own = links[node, 12 + side]
            # The tree of a single leaf hangs it on both sides.
            if own >= 0 or (side == 1 and own == links[node, 12]):
                continue
            begin, count = (~own) >> 3, (~own) & 7
            box = nodes[node, 6 * side : 6 * side + 6]
            top, link = 0, 0
            while True:
                if link >= 0:
                    near = _meet(nodes[link, 0:6], box)
                    far = _meet(nodes[link, 6:12], box)
                    if near:
                        if far:
                            stack[top] = links[link, 13]
                            top += 1
                        link = links[link, 12]
                        continue
                    if far:
                        link = links[link, 13]
                        continue
                else:
                    other, many = (~link) >> 3, (~link) & 7
                    if other >= begin:
                        left[0] -= count * many
                        if left[0] <= 0:
                            return
                        for i in range(begin, begin + count):
                            for j in range(max(other, i + 1), other + many):
                                a, b = numbers[i], numbers[j]
                                if shell[a] != shell[b] or a == b or (crossed[a] and crossed[b]):
                                    continue
                                if _cross(vertices, triangles, a, b, hair, sides, ends):
                                    crossed[a] = crossed[b] = True
                if top == 0:
                    break
                top -= 1
                link = stack[top]
