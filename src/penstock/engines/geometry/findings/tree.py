"""A tree of boxes over a triangle mesh, built once for all rays.

A bounding volume hierarchy split by the surface area heuristic over bins (Wald 2007), in which long slivers are
boxed in pieces (early split clipping, Ernst & Greiner 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..mesh import Floats, Mesh
from .sharing import shared

Index = NDArray[np.int32]
Singles = NDArray[np.float32]

LEAF = 4
BINS = 16
MORE_PIECES, FEW = 1.5, 20_000


@dataclass(frozen=True, eq=False)
class Tree:
    """Boxes (n, 6) low and high corner; links (n, 2): of a leaf first triangle and count, of a node right child
    and 0 (its left child is the next node); triangles (m, 9) corners in the order of the leaves, relative to
    `middle`; numbers (m,) which triangle of the mesh each is."""

    boxes: Singles
    links: Index
    triangles: Singles
    numbers: Index
    middle: Floats


def plant(mesh: Mesh) -> Tree:
    """The tree over a mesh."""
    bounds = mesh.bounds_mm
    middle: Floats = bounds.mean(axis=0)
    halvings = _halvings(mesh)
    ends = np.cumsum(1 << halvings.astype(np.int64))
    starts, count = ends - (1 << halvings.astype(np.int64)), int(ends[-1])
    boxes = np.empty((count, 6), dtype=np.float32)
    corners = np.empty((count, 9), dtype=np.float32)
    numbers = np.empty(count, dtype=np.int32)

    def some(a: int, b: int) -> None:
        cut(mesh.vertices, mesh.triangles, middle, halvings, starts, a, b, boxes, corners, numbers)

    shared(some, len(halvings))
    order = np.arange(count, dtype=np.int32)
    nodes = np.empty((2 * count, 6), dtype=np.float32)
    links = np.zeros((2 * count, 2), dtype=np.int32)
    jobs = np.zeros((64, 3), dtype=np.int64)
    pieces = split_top(boxes, order, nodes, links, jobs, max(4096, count // 8))
    if pieces > 1:
        shared(lambda a, b: grow(boxes, order, nodes, links, jobs[a:b]), int(pieces), pieces=int(pieces))
    else:
        grow(boxes, order, nodes, links, jobs[:1])
    return Tree(nodes, links, corners[order], numbers[order], middle)


def _halvings(mesh: Mesh) -> NDArray[np.int8]:
    """(m,) how often to halve each triangle before it is boxed. A sliver across the part fills hardly any of its
    box, and every ray through the box would have to be tried against it."""
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    size = np.maximum(np.maximum(a, b), c) - np.minimum(np.minimum(a, b), c)
    box = size[:, 0] * size[:, 1] + size[:, 1] * size[:, 2] + size[:, 2] * size[:, 0]
    full = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    waste = box / (full + full.mean() + 1e-300)
    allowed = MORE_PIECES * len(box) + FEW
    limit = 2.0
    while True:
        halvings: NDArray[np.int8] = np.clip(np.ceil(np.log2(np.maximum(waste / limit, 1.0))), 0, 6).astype(np.int8)
        if int((1 << halvings.astype(np.int64)).sum()) <= allowed:
            return halvings
        limit *= 2


@kernel("void(f8[:,::1], i4[:,::1], f8[::1], i1[::1], i8[::1], i8, i8, f4[:,::1], f4[:,::1], i4[::1])")
def cut(
    vertices: Floats, triangles: Index, middle: Floats, halvings: Any, starts: Any, begin: int, end: int,
    boxes: Singles, corners: Singles, numbers: Index,
) -> None:  # fmt: skip
    """Corners and boxes of the triangles begin … end, those that are to be halved as their pieces' boxes."""
    whole, piece = np.empty((3, 3)), np.empty((3, 3))
    for t in range(begin, end):
        for k in range(3):
            for axis in range(3):
                whole[k, axis] = vertices[triangles[t, k], axis] - middle[axis]
        for part in range(1 << halvings[t]):
            row = starts[t] + part
            piece[:] = whole
            for level in range(halvings[t]):
                longest, a, b = -1.0, 0, 1
                for k in range(3):
                    other = (k + 1) % 3
                    length = 0.0
                    for axis in range(3):
                        length += (piece[k, axis] - piece[other, axis]) ** 2
                    if length > longest:
                        longest, a, b = length, k, other
                kept = a if (part >> level) & 1 else b
                for axis in range(3):
                    piece[kept, axis] = (piece[a, axis] + piece[b, axis]) / 2
            numbers[row] = t
            for axis in range(3):
                low: Any = np.inf
                high: Any = -np.inf
                for k in range(3):
                    corners[row, 3 * k + axis] = whole[k, axis]
                    value = np.float32(piece[k, axis])
                    low, high = min(low, value), max(high, value)
                boxes[row, axis], boxes[row, 3 + axis] = low, high


@kernel()
def _split(boxes: Any, order: Any, nodes: Any, links: Any, first: int, after: int, node: int, work: Any) -> int:
    """Write the node over triangles first … after; returns where to cut them, or 0 if it became a leaf."""
    low, high = work[0], work[1]  # of the centres, doubled
    for axis in range(3):
        nodes[node, axis], nodes[node, 3 + axis] = np.inf, -np.inf
        low[axis], high[axis] = np.inf, -np.inf
    for t in range(first, after):
        for axis in range(3):
            a, b = boxes[t, axis], boxes[t, 3 + axis]
            nodes[node, axis] = min(nodes[node, axis], a)
            nodes[node, 3 + axis] = max(nodes[node, 3 + axis], b)
            low[axis], high[axis] = min(low[axis], a + b), max(high[axis], a + b)
    count = after - first
    if count <= LEAF:
        links[node, 0], links[node, 1] = first, count
        return 0
    axis = 0
    for other in range(1, 3):
        if high[other] - low[other] > high[axis] - low[axis]:
            axis = other
    span = high[axis] - low[axis]
    middle = (first + after) // 2
    if not span > 0:
        return middle
    scale = BINS * (1 - 1e-6) / span
    start = low[axis]
    bins = work[2 : 2 + 3 * BINS]  # per bin: low corner, high corner, count
    for b in range(BINS):
        for k in range(3):
            bins[3 * b, k], bins[3 * b + 1, k] = np.inf, -np.inf
        bins[3 * b + 2, 0] = 0
    for t in range(first, after):
        b = int((boxes[t, axis] + boxes[t, 3 + axis] - start) * scale)
        for k in range(3):
            bins[3 * b, k] = min(bins[3 * b, k], boxes[t, k])
            bins[3 * b + 1, k] = max(bins[3 * b + 1, k], boxes[t, 3 + k])
        bins[3 * b + 2, 0] += 1
    best, cut = np.inf, 0
    for c in range(1, BINS):
        cost = 0.0
        for begin, end in ((0, c), (c, BINS)):
            x0, y0, z0, x1, y1, z1, n = np.inf, np.inf, np.inf, -np.inf, -np.inf, -np.inf, 0.0
            for b in range(begin, end):
                x0, y0, z0 = min(x0, bins[3 * b, 0]), min(y0, bins[3 * b, 1]), min(z0, bins[3 * b, 2])
                x1, y1, z1 = max(x1, bins[3 * b + 1, 0]), max(y1, bins[3 * b + 1, 1]), max(z1, bins[3 * b + 1, 2])
                n += bins[3 * b + 2, 0]
            if n == 0:
                cost = np.inf
                break
            x, y, z = x1 - x0, y1 - y0, z1 - z0
            cost += n * (x * y + y * z + z * x)
        if cost < best:
            best, cut = cost, c
    if cut == 0:
        return middle
    i, j = first, after - 1
    while i <= j:
        if int((boxes[i, axis] + boxes[i, 3 + axis] - start) * scale) < cut:
            i += 1
            continue
        for k in range(6):
            boxes[i, k], boxes[j, k] = boxes[j, k], boxes[i, k]
        order[i], order[j] = order[j], order[i]
        j -= 1
    return middle if i in (first, after) else i


@kernel("i8(f4[:,::1], i4[::1], f4[:,::1], i4[:,::1], i8[:,::1], i8)")
def split_top(boxes: Singles, order: Index, nodes: Singles, links: Index, jobs: Any, enough: int) -> int:
    """Split until the pieces are small enough to be shared out; returns how many (first, after, node) there are."""
    work = np.empty((2 + 3 * BINS, 3))
    stack = [(0, len(boxes), 0)]
    pieces = 0
    while len(stack) > 0:
        first, after, node = stack.pop()
        cut = 0
        if after - first > enough and pieces + len(stack) < len(jobs) - 2:
            cut = _split(boxes, order, nodes, links, first, after, node, work)
        if cut == 0:
            jobs[pieces, 0], jobs[pieces, 1], jobs[pieces, 2] = first, after, node
            pieces += 1
            continue
        # A piece of n triangles takes at most 2 n - 1 nodes, so the right one's place is known beforehand.
        right = node + 2 * (cut - first)
        links[node, 0], links[node, 1] = right, 0
        stack.append((first, cut, node + 1))
        stack.append((cut, after, right))
    return pieces


@kernel("void(f4[:,::1], i4[::1], f4[:,::1], i4[:,::1], i8[:,::1])")
def grow(boxes: Singles, order: Index, nodes: Singles, links: Index, jobs: Any) -> None:
    work = np.empty((2 + 3 * BINS, 3))
    for job in range(len(jobs)):
        stack = [(jobs[job, 0], jobs[job, 1], jobs[job, 2])]
        while len(stack) > 0:
            first, after, node = stack.pop()
            cut = _split(boxes, order, nodes, links, first, after, node, work)
            if cut == 0:
                continue
            right = node + 2 * (cut - first)
            links[node, 0], links[node, 1] = right, 0
            stack.append((cut, after, right))
            stack.append((first, cut, node + 1))
