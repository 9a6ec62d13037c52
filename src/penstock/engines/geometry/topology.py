"""How triangles hang together: welded points, edges, shells. Pure numpy, sorting instead of hashing tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

# Odd 64-bit constants (from the SplitMix64 and xxHash finalisers) that spread coordinate bits over the key.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_GROUP_MIX = np.uint64(0x27D4EB2F165667C5)


def weld(vertices: NDArray[Any], groups: NDArray[Any] | None = None) -> tuple[Index, Index]:
    """Find points with exactly equal coordinates (and equal group).

    vertices: (n, 3) float32 or float64; groups: (n,) integers or None.
    Returns (representative (k,), number (n,)): `vertices[representative]` are the distinct points and `number`
    says which of them each vertex is. Keys are 64-bit mixes of the coordinates; a collision is noticed by
    comparing the coordinates themselves, and then the exact, slower sort is used.
    """
    points = vertices + vertices.dtype.type(0)  # turns -0.0 into 0.0
    bits = points.view(np.uint32 if points.itemsize == 4 else np.uint64)
    key = np.zeros(len(points), dtype=np.uint64)
    for axis in range(3):
        key ^= bits[:, axis].astype(np.uint64) * _MIX[axis]
        key ^= key >> np.uint64(29)
        key *= _MIX[(axis + 1) % 3]
    if groups is not None:
        key ^= (groups.astype(np.uint64) + np.uint64(1)) * _GROUP_MIX
    order = np.argsort(key)
    starts = _run_starts(key[order])
    number = np.empty(len(points), dtype=np.int64)
    number[order] = np.cumsum(starts) - 1
    representative = order[starts]
    same = (points[representative[number]] == points).all(axis=1)
    if groups is not None:
        same &= groups[representative[number]] == groups
    if same.all():
        return representative, number
    rows = points if groups is None else np.column_stack([points.astype(np.float64), groups])
    _, representative, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return representative, number.reshape(-1)


def _run_starts(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    starts = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return starts


def drop_degenerate(triangles: Index) -> NDArray[np.bool_]:
    """(m,) True for triangles with three different points."""
    a, b, c = triangles.T
    keep: NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return keep


def drop_duplicates(triangles: Index) -> NDArray[np.bool_]:
    """(m,) True for the first of each set of equal triangles (same points, same winding)."""
    rows = np.arange(len(triangles))
    first = triangles.argmin(axis=1)
    a, b, c = (triangles[rows, (first + k) % 3] for k in range(3))
    order = np.lexsort((c, b, a))
    a, b, c = a[order], b[order], c[order]
    keep = np.ones(len(triangles), dtype=bool)
    keep[order[1:]] = (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (c[1:] != c[:-1])
    return keep


def join_seams(vertices: NDArray[np.float64], triangles: Index, tolerance: float) -> Index | None:
    """Close gaps of rounding: (n,) new number of each vertex, or None if there is nothing to join.

    Only points on open edges are moved, onto another such point within about `tolerance`; the closed part of
    the surface stays exactly as it is.
    """
    start = triangles.reshape(-1)
    end = triangles[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(start, end) * np.int64(len(vertices)) + np.maximum(start, end)
    edges, uses = np.unique(key, return_counts=True)
    lone = edges[uses % 2 == 1]
    border = np.unique(np.concatenate([lone // len(vertices), lone % len(vertices)]))
    if len(border) == 0:
        return None
    steps = (vertices[border] - vertices[border].min(axis=0)) / (2 * tolerance)
    links: list[Index] = []
    # Two points closer than half a cell share a cell in at least one of the eight half-shifted grids.
    for shift in range(8):
        cells = np.floor(steps + 0.5 * np.array([shift & 1, shift >> 1 & 1, shift >> 2])).astype(np.int64)
        representative, number = weld(cells.astype(np.float64))
        links.append(representative[number])
    here = np.tile(np.arange(len(border)), len(links))
    label, labels = components(here, np.concatenate(links), len(border))
    if labels == len(border):
        return None
    first = np.full(labels, len(border))
    np.minimum.at(first, label, np.arange(len(border)))
    moved = np.arange(len(vertices))
    moved[border] = border[first[label]]
    return moved


@dataclass(frozen=True, eq=False)
class Topology:
    """How a welded mesh is connected.

    shell:          (m,) which connected piece each triangle belongs to, 0 … shells-1, in order of appearance
    open_edges:     edges bounding an odd number of triangles
    miswound_edges: closed edges whose triangles do not run along it equally often in both directions
    shared_edges:   closed edges of more than two triangles (bodies touching along an edge)
    """

    shell: Index
    shells: int
    open_edges: int
    miswound_edges: int
    shared_edges: int

    @property
    def watertight(self) -> bool:
        return self.open_edges == 0

    @property
    def consistent_winding(self) -> bool:
        return self.miswound_edges == 0


def connect(triangles: Index, vertex_count: int) -> Topology:
    """Edges and shells of a welded mesh without degenerate triangles.

    Triangles are joined across edges of exactly two triangles, so that two solids that merely touch along an
    edge stay two. If that would tear closed pieces open, they are joined across every shared edge instead. On a
    surface with holes, where solids are not defined, pieces that share a point count as one.
    """
    m = len(triangles)
    start = triangles.reshape(-1)
    end = triangles[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(start, end) * np.int64(vertex_count) + np.maximum(start, end)
    order = np.argsort(key)
    starts = _run_starts(key[order])
    first = np.flatnonzero(starts)
    uses = np.diff(np.append(first, 3 * m))
    direction = np.where(start < end, 1, -1)[order]
    balance = np.add.reduceat(direction, first) if m else np.empty(0, dtype=np.int64)
    face = order // 3
    closed = uses % 2 == 0
    pairs = first[uses == 2]
    links_a, links_b = face[pairs], face[pairs + 1]
    shell, shells = components(links_a, links_b, m)
    crowded = uses > 2
    if not closed.all():
        point, _ = components(start, end, vertex_count)
        labels, shell = np.unique(point[triangles[:, 0]], return_inverse=True)
        shell, shells = shell.reshape(-1), len(labels)
    elif crowded.any():
        inside = np.repeat(crowded, uses)
        edge = np.repeat(np.arange(len(uses)), uses)[inside]
        if not _balanced_within(edge, shell[face[inside]], direction[inside], shells):
            neighbours = np.flatnonzero(~starts)
            shell, shells = components(face[neighbours - 1], face[neighbours], m)
    return Topology(
        shell=shell,
        shells=shells,
        open_edges=int((~closed).sum()),
        miswound_edges=int((closed & (balance != 0)).sum() + (~closed & (abs(balance) > 1)).sum()),
        shared_edges=int((closed & crowded).sum()),
    )


def _balanced_within(edge: Index, shell: Index, direction: Index, shells: int) -> bool:
    """Whether each shell by itself runs along every crowded edge equally often both ways."""
    key = edge * np.int64(shells) + shell
    order = np.argsort(key)
    first = np.flatnonzero(_run_starts(key[order]))
    return not np.add.reduceat(direction[order], first).any()


def components(a: Index, b: Index, count: int) -> tuple[Index, int]:
    """Connected components of `count` nodes joined by links a[i]–b[i]: (label (count,), number of labels).

    Hook-and-compress: every root hooks onto a smaller neighbour, then paths are halved until flat; a handful
    of rounds whatever the shape.
    """
    parent = np.arange(count, dtype=np.int64)
    while len(a):
        root_a, root_b = parent[a], parent[b]
        apart = root_a != root_b
        a, b, root_a, root_b = a[apart], b[apart], root_a[apart], root_b[apart]
        parent[np.maximum(root_a, root_b)] = np.minimum(root_a, root_b)
        while True:
            grandparent = parent[parent]
            if np.array_equal(grandparent, parent):
                break
            parent = grandparent
    roots, label = np.unique(parent, return_inverse=True)
    return label.reshape(-1), len(roots)
