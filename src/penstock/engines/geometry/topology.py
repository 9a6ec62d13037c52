"""How triangles hang together: edges, shells, rims of holes. Kernels that touch each half-edge a few times.

Half-edges are listed under the lower-numbered of their two points. Points are numbered as they appear in the file, so
that the lists of neighbouring triangles lie close together in memory; a hash table of edges would scatter them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .threads import beside
from .weld import weld

Ints = NDArray[np.int32]
# Fewer triangles are not worth a second core; of the points about so many hold half of the edges.
WORTH_HALVING = 20_000
EVEN_SHARE = 0.45


@dataclass(frozen=True, eq=False)
class Topology:
    """How a welded mesh is connected.

    shell:          (m,) which connected piece each triangle belongs to, 0 … shells-1, in order of appearance
    open_edges:     edges bounding an odd number of triangles
    miswound_edges: edges whose triangles do not run along it equally often in both directions (one too many is
                    allowed where the edge is open)
    shared_edges:   closed edges of more than two triangles (bodies touching along an edge)
    rim:            (n,) bool, the points at the ends of open edges
    """

    shell: Ints
    shells: int
    open_edges: int
    miswound_edges: int
    shared_edges: int
    rim: NDArray[np.bool_]

    @property
    def watertight(self) -> bool:
        return self.open_edges == 0

    @property
    def consistent_winding(self) -> bool:
        return self.miswound_edges == 0


def connect(triangles: NDArray[Any], vertex_count: int) -> Topology:
    """Edges and shells of a welded mesh, (m, 3) integers, without degenerate triangles.

    Triangles are joined across edges of exactly two triangles, so that two solids that merely touch along an
    edge stay two. If that would tear closed pieces open, or the surface has holes, they are joined across every edge
    they share.
    """
    triangles = np.require(triangles, np.int32, ["C", "W"])
    parent, counts, rim, edge, crowd = _edges(triangles, vertex_count)
    shell, shells = _label(parent)
    opened, miswound, shared = (int(count) for count in counts)
    if len(edge):
        order = np.argsort(edge, kind="stable")
        edge, crowd = edge[order], crowd[order]
        piece = shell[crowd >> 1]
        direction = 1 - 2 * (crowd & 1)
        if opened or not _balanced_within(edge, piece, direction, shells):
            follows = np.flatnonzero(edge[1:] == edge[:-1])
            merged, shells = components(piece[follows], piece[follows + 1], shells)
            shell = merged[shell]
    return Topology(shell, shells, opened, miswound, shared, rim)


def _edges(triangles: Ints, points: int) -> tuple[Ints, Any, Any, Ints, Ints]:
    """What `_match` finds over all lower points; half of them on each of two cores where that is worth it."""

    def between(low: int, high: int) -> tuple[Ints, Any, Any, Ints, Ints]:
        return _match(*_by_lower_point(triangles, low, high), low, len(triangles), points)

    if len(triangles) < WORTH_HALVING:
        return between(0, points)
    # Edges are with the lower of their points, so that the front half of the points has more of them.
    half = int(EVEN_SHARE * points)
    with beside() as other_core:
        rest = other_core.submit(between, half, points)
        parent, counts, rim, edge, crowd = between(0, half)
        parent_b, counts_b, rim_b, edge_b, crowd_b = rest.result()
    _merge(parent, parent_b)
    # Numbers of edges need only tell them apart.
    numbers = np.concatenate([edge, edge_b + (edge.max(initial=-1) + 1)])
    return parent, counts + counts_b, rim | rim_b, numbers, np.concatenate([crowd, crowd_b])


def _balanced_within(edge: NDArray[Any], shell: NDArray[Any], direction: NDArray[Any], shells: int) -> bool:
    """Whether each shell by itself runs along every crowded edge equally often both ways."""
    key = edge.astype(np.int64) * shells + shell
    _, number = np.unique(key, return_inverse=True)
    return not np.bincount(number.reshape(-1), direction).any()


def drop_degenerate(triangles: NDArray[Any]) -> NDArray[np.bool_]:
    """(m,) True for triangles with three different points."""
    a, b, c = triangles.T
    keep: NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return keep


def drop_duplicates(triangles: NDArray[Any]) -> NDArray[np.bool_]:
    """(m,) True for the first of each set of equal triangles (same points, same winding)."""
    first = triangles.argmin(axis=1)
    order = (first[:, None] + np.arange(3)) % 3
    once, _ = weld(np.take_along_axis(triangles, order, axis=1))
    keep = np.zeros(len(triangles), dtype=bool)
    keep[once] = True
    return keep


def join_seams(vertices: NDArray[np.float64], rim: NDArray[np.bool_], tolerance: float) -> Ints | None:
    """Close gaps of rounding: (n,) new number of each vertex, or None if there is nothing to join.

    Only points of `rim` are moved, onto another such point within about `tolerance`; the closed part of the surface
    stays exactly as it is.
    """
    border = np.flatnonzero(rim).astype(np.int32)
    if len(border) == 0:
        return None
    steps = (vertices[border] - vertices[border].min(axis=0)) / (2 * tolerance)
    links: list[Ints] = []
    # Two points closer than half a cell share a cell in at least one of the eight half-shifted grids.
    for shift in range(8):
        cells = np.floor(steps + 0.5 * np.array([shift & 1, shift >> 1 & 1, shift >> 2]))
        first, number = weld(cells)
        links.append(first[number])
    here = np.tile(np.arange(len(border), dtype=np.int32), len(links))
    label, labels = components(here, np.concatenate(links), len(border))
    if labels == len(border):
        return None
    first = np.full(labels, len(border))
    np.minimum.at(first, label, np.arange(len(border)))
    moved = np.arange(len(vertices), dtype=np.int32)
    moved[border] = border[first[label]]
    return moved


def components(a: Ints, b: Ints, count: int) -> tuple[Ints, int]:
    """Connected components of `count` nodes joined by links a[i]–b[i]: (label (count,), number of labels)."""
    return _components(np.ascontiguousarray(a), np.ascontiguousarray(b), count)


@kernel()
def _root(parent: Ints, node: Any) -> Any:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel()
def _join(parent: Ints, a: Any, b: Any) -> None:
    # The smaller number becomes the root, so that labels can be given out in one pass from the front.
    a, b = _root(parent, a), _root(parent, b)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@kernel()
def _doubled(values: Ints) -> Ints:
    longer = np.empty(2 * len(values), np.int32)
    longer[: len(values)] = values
    return longer


@kernel("void(int32[::1], int32[::1])")
def _merge(parent: Ints, other: Ints) -> None:
    """Join what is joined in either."""
    for t in range(len(parent)):
        if other[t] != t:
            _join(parent, t, other[t])


@kernel("Tuple((int32[::1], int32[::1], int32[::1]))(int32[:, ::1], int64, int64)")
def _by_lower_point(triangles: Ints, low: int, high: int) -> tuple[Ints, Ints, Ints]:
    """Half-edges whose lower point is low … high, grouped by it: (start (n+1,) of each group, the higher point,
    triangle*2 + way)."""
    m = len(triangles)
    count = high - low
    # One more group at the end for all others.
    start = np.zeros(count + 2, np.int32)
    for t in range(m):
        a, b, c = triangles[t, 0] - low, triangles[t, 1] - low, triangles[t, 2] - low
        for lower in (min(a, b), min(b, c), min(c, a)):
            start[1 + (lower if 0 <= lower < count else count)] += 1
    for v in range(count):
        start[v + 1] += start[v]
    size = start[count]
    fill = start[:count].copy()
    other = np.empty(size, np.int32)
    half = np.empty(size, np.int32)
    for t in range(m):
        a = triangles[t, 2]
        for corner in range(3):
            b = triangles[t, corner]
            lower, way = (a - low, 0) if a < b else (b - low, 1)
            if lower < 0 or lower >= count:
                a = b
                continue
            at = fill[lower]
            fill[lower] = at + 1
            other[at] = b if a < b else a
            half[at] = 2 * t + way
            a = b
    return start[: count + 1].copy(), other, half


@kernel(
    "Tuple((int32[::1], int64[::1], boolean[::1], int32[::1], int32[::1]))"
    "(int32[::1], int32[::1], int32[::1], int64, int64, int64)"
)
def _match(
    start: Ints, other: Ints, half: Ints, low: int, triangle_count: int, vertex_count: int
) -> tuple[Ints, Any, Any, Ints, Ints]:
    """(parent of each triangle, [open, miswound, shared], rim, edge number and half-edge of each crowded edge's), over
    the edges whose lower point is `low` or one of those that follow."""
    count = len(start) - 1
    longest = 0
    for v in range(count):
        longest = max(longest, start[v + 1] - start[v])
    # Within the list of one point, `place` says where an edge to another point is counted.
    seen = np.full(vertex_count, -1, np.int32)
    place = np.empty(vertex_count, np.int32)
    uses = np.empty(longest, np.int32)
    balance = np.empty(longest, np.int32)
    one = np.empty(longest, np.int32)
    two = np.empty(longest, np.int32)
    parent = np.arange(triangle_count).astype(np.int32)
    rim = np.zeros(vertex_count, np.bool_)
    edge = np.empty(64, np.int32)
    crowd = np.empty(64, np.int32)
    crowded = edges = opened = miswound = shared = 0
    for v in range(count):
        begin, end = start[v], start[v + 1]
        here, crowds, ragged = 0, False, False
        for j in range(begin, end):
            o = other[j]
            way = 1 - 2 * (half[j] & 1)
            if seen[o] != v:
                seen[o] = v
                place[o] = here
                uses[here], balance[here], one[here] = 1, way, half[j] >> 1
                here += 1
            else:
                k = place[o]
                uses[k] += 1
                balance[k] += way
                two[k] = half[j] >> 1
                crowds = crowds or uses[k] > 2
        for k in range(here):
            if uses[k] == 2:
                _join(parent, one[k], two[k])
                if balance[k] != 0:
                    miswound += 1
            elif uses[k] % 2 == 1:
                opened += 1
                ragged = True
                if abs(balance[k]) > 1:
                    miswound += 1
            else:
                shared += 1
                if balance[k] != 0:
                    miswound += 1
        if ragged:
            rim[low + v] = True
            for j in range(begin, end):
                if uses[place[other[j]]] % 2 == 1:
                    rim[other[j]] = True
        if crowds:
            for j in range(begin, end):
                k = place[other[j]]
                if uses[k] > 2:
                    if crowded == len(edge):
                        edge, crowd = _doubled(edge), _doubled(crowd)
                    edge[crowded], crowd[crowded] = edges + k, half[j]
                    crowded += 1
        edges += here
    counts = np.empty(3, np.int64)
    counts[0], counts[1], counts[2] = opened, miswound, shared
    return parent, counts, rim, edge[:crowded], crowd[:crowded]


@kernel("Tuple((int32[::1], int64))(int32[::1])")
def _label(parent: Ints) -> tuple[Ints, int]:
    """Roots numbered in their order, and everybody with the number of the root; a parent is never behind its child."""
    label = np.empty(len(parent), np.int32)
    labels = 0
    for i in range(len(parent)):
        if parent[i] == i:
            label[i] = labels
            labels += 1
        else:
            label[i] = label[parent[i]]
    return label, labels


@kernel("Tuple((int32[::1], int64))(int32[::1], int32[::1], int64)")
def _components(a: Ints, b: Ints, count: int) -> tuple[Ints, int]:
    parent = np.arange(count).astype(np.int32)
    for i in range(len(a)):
        _join(parent, a[i], b[i])
    return _label(parent)
