"""A tree of boxes over a triangle mesh, built once for all rays.

Triangles are put in the order of a curve that fills space (Morton 1966); neighbours along it share a leaf as long as
its box is no larger than theirs together. Over the leaves stands a bounding volume hierarchy split by the surface area
heuristic over bins (Wald 2007). Long slivers are boxed in pieces (early split clipping, Ernst & Greiner 2007).
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
BINS = 12
MORE_PIECES, FEW = 1.5, 20_000
MOST_HALVINGS = 6
# From this depth on halves are taken, so that no tree is deeper than DEPTH.
STEEP, DEPTH = 96, 128
# A leaf's surface against that of its triangles' own boxes together.
ROOMY = np.float32(0.9)
# Boxes are in single precision and rays are followed in it: a little larger, so that no face in a box's side is lost.
SLACK = 2e-6


@dataclass(frozen=True, eq=False)
class Tree:
    """nodes (n, 16): low and high corner of the left child, of the right child, then two integers (`links`, the same
    memory) that say where these are: the number of a node, or below 0 a leaf, ~(8 · its first triangle + how many).
    triangles (m, 9) corners in the order of the leaves, relative to `middle`; numbers (m,) which triangle of the mesh
    each is."""

    nodes: Singles
    links: Index
    triangles: Singles
    numbers: Index
    middle: Floats


def plant(mesh: Mesh) -> Tree:
    """The tree over a mesh."""
    low, high = mesh.bounds_mm
    middle: Floats = (low + high) / 2
    size = high - low
    halvings = _halvings(mesh)
    ends = np.cumsum(np.left_shift(1, halvings, dtype=np.int32), dtype=np.int32)
    count = int(ends[-1])
    boxes = np.empty((count, 6), dtype=np.float32)
    keys = np.empty(count, dtype=np.uint32)
    numbers = np.empty(count, dtype=np.int32)
    scale = 1023.0 / np.maximum(size, 1e-9 * max(float(size.max()), 1e-300))
    slack = SLACK * float(np.linalg.norm(size))

    def cut_some(a: int, b: int) -> None:
        cut(mesh.vertices, mesh.triangles, middle, scale, slack, halvings, ends, a, b, boxes, keys, numbers)

    shared(cut_some, len(halvings))
    order = sorted_by(keys)
    triangles = np.empty((count, 9), dtype=np.float32)
    numbers = numbers[order]
    shared(lambda a, b: collect(mesh.vertices, mesh.triangles, middle, numbers[a:b], triangles[a:b]), count)
    leaf_boxes, leaf = leaves(boxes, order)
    nodes = np.empty((max(len(leaf) - 1, 1), 16), dtype=np.float32)
    links = nodes.view(np.int32)
    jobs = np.zeros((64, 5), dtype=np.int64)
    pieces = int(split_top(leaf_boxes, leaf, nodes, links, jobs, max(2048, len(leaf) // 8)))
    if pieces > 1:
        shared(lambda a, b: grow(leaf_boxes, leaf, nodes, links, jobs[a:b]), pieces, pieces=pieces)
    else:
        grow(leaf_boxes, leaf, nodes, links, jobs[:pieces])
    return Tree(nodes, links, triangles, numbers, middle)


def _halvings(mesh: Mesh) -> NDArray[np.int8]:
    """(m,) how often to halve each triangle before it is boxed. A sliver across the part fills hardly any of its
    box, and every ray through the box would have to be tried against it."""
    count = len(mesh.triangles)
    box, full = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
    shared(lambda a, b: spans(mesh.vertices, mesh.triangles[a:b], box[a:b], full[a:b]), count)
    allowed = MORE_PIECES * count + FEW
    ordinary = float(full.mean()) + 1e-300
    limit = 2.0
    while True:
        halvings = np.empty(count, dtype=np.int8)
        if halve(box, full, ordinary, limit, halvings) <= allowed:
            return halvings
        limit *= 2


@kernel("void(f8[:,::1], i4[:,:], f4[:], f4[:])")
def spans(vertices: Floats, triangles: Index, box: Singles, full: Singles) -> None:
    """Half the surface of each triangle's box, and twice the triangle's area."""
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        px, py, pz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        qx, qy, qz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        sx, sy, sz = (
            max(px, qx, 0.0) - min(px, qx, 0.0),
            max(py, qy, 0.0) - min(py, qy, 0.0),
            max(pz, qz, 0.0) - min(pz, qz, 0.0),
        )
        box[t] = sx * sy + sy * sz + sz * sx
        x, y, z = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
        full[t] = np.sqrt(x * x + y * y + z * z)


@kernel("i8(f4[::1], f4[::1], f8, f8, i1[::1])")
def halve(box: Singles, full: Singles, ordinary: float, limit: float, halvings: Any) -> int:
    """Choose how often each triangle is halved; returns how many pieces that makes."""
    total = 0
    for t in range(len(box)):
        waste = box[t] / ((full[t] + ordinary) * limit)
        times = 0
        while waste > 1 and times < MOST_HALVINGS:
            waste /= 2
            times += 1
        halvings[t] = times
        total += 1 << times
    return total


@kernel()
def _thirded(value: Any) -> Any:
    """Ten bits with two zeros between each and the next."""
    v = np.uint32(value)
    v = (v | (v << np.uint32(16))) & np.uint32(0x030000FF)
    v = (v | (v << np.uint32(8))) & np.uint32(0x0300F00F)
    v = (v | (v << np.uint32(4))) & np.uint32(0x030C30C3)
    return (v | (v << np.uint32(2))) & np.uint32(0x09249249)


@kernel("void(f8[:,::1], i4[:,::1], f8[::1], f8[::1], f8, i1[::1], i4[::1], i8, i8, f4[:,::1], u4[::1], i4[::1])")
def cut(
    vertices: Floats, triangles: Index, middle: Floats, scale: Floats, slack: float, halvings: Any, ends: Any,
    begin: int, end: int, boxes: Singles, keys: Any, numbers: Index,
) -> None:  # fmt: skip
    """Boxes of the triangles begin … end, of those that are to be halved their pieces', and their places along the
    curve."""
    whole, piece = np.empty((3, 3)), np.empty((3, 3))
    for t in range(begin, end):
        for k in range(3):
            for axis in range(3):
                whole[k, axis] = vertices[triangles[t, k], axis] - middle[axis]
        pieces = 1 << halvings[t]
        for part in range(pieces):
            row = ends[t] - pieces + part
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
            key = np.uint32(0)
            for axis in range(3):
                low = min(piece[0, axis], piece[1, axis], piece[2, axis])
                high = max(piece[0, axis], piece[1, axis], piece[2, axis])
                boxes[row, axis], boxes[row, 3 + axis] = low - slack, high + slack
                at = int((low + high) / 2 * scale[axis] + 511.5)
                key |= _thirded(min(max(at, 0), 1023)) << np.uint32(axis)
            keys[row] = key


@kernel("i4[::1](u4[::1])")
def sorted_by(keys: Any) -> Index:
    """The order of the keys (of 30 bits): by digits of ten, the last first."""
    n = len(keys)
    order = np.arange(n).astype(np.int32)
    other = np.empty(n, np.int32)
    key, next_key = keys.copy(), np.empty(n, np.uint32)
    for digit in range(3):
        shift = np.uint32(10 * digit)
        starts = np.zeros(1025, np.int64)
        for i in range(n):
            starts[((key[i] >> shift) & np.uint32(1023)) + 1] += 1
        for d in range(1024):
            starts[d + 1] += starts[d]
        for i in range(n):
            d = (key[i] >> shift) & np.uint32(1023)
            at = starts[d]
            starts[d] = at + 1
            other[at], next_key[at] = order[i], key[i]
        order, other = other, order
        key, next_key = next_key, key
    return order


@kernel("void(f8[:,::1], i4[:,::1], f8[::1], i4[:], f4[:,:])")
def collect(vertices: Floats, triangles: Index, middle: Floats, numbers: Index, corners: Singles) -> None:
    for row in range(len(numbers)):
        for k in range(3):
            point = triangles[numbers[row], k]
            for axis in range(3):
                corners[row, 3 * k + axis] = vertices[point, axis] - middle[axis]


@kernel()
def _half_surface(x: Any, y: Any, z: Any) -> Any:
    return x * y + y * z + z * x


@kernel("Tuple((f4[:,::1], i4[::1]))(f4[:,::1], i4[::1])")
def leaves(boxes: Singles, order: Index) -> tuple[Singles, Index]:
    """Boxes of the leaves, and where each is: ~(8 · first triangle + how many)."""
    n = len(order)
    found = np.empty((n, 6), np.float32)
    place = np.empty(n, np.int32)
    count = first = 0
    own = np.float32(0)
    joined = np.empty(6, np.float32)
    for i in range(n):
        box = boxes[order[i]]
        surface = _half_surface(box[3] - box[0], box[4] - box[1], box[5] - box[2])
        if i > first and i - first < LEAF:
            last = found[count]
            for axis in range(3):
                joined[axis], joined[3 + axis] = min(last[axis], box[axis]), max(last[3 + axis], box[3 + axis])
            together = _half_surface(joined[3] - joined[0], joined[4] - joined[1], joined[5] - joined[2])
            if together <= ROOMY * (own + surface):
                last[:] = joined
                own += surface
                continue
        if i > first:
            place[count] = ~(8 * first + i - first)
            count += 1
        first, own = i, surface
        found[count] = box
    place[count] = ~(8 * first + n - first)
    return found[: count + 1].copy(), place[: count + 1].copy()


@kernel()
def _split(
    boxes: Any, leaf: Any, nodes: Any, links: Any, first: int, after: int, node: int, up: int, depth: int, work: Any
) -> int:
    """Write the box over leaves first … after into its parent (2 · its number + side; -1: none), and return where to
    cut them; of a single leaf its place too, and 0."""
    whole, low, high = work[0], work[1], work[2]  # low and high of the centres, doubled
    for axis in range(3):
        whole[axis], whole[3 + axis] = np.inf, -np.inf
        low[axis], high[axis] = np.inf, -np.inf
    for t in range(first, after):
        for axis in range(3):
            a, b = boxes[t, axis], boxes[t, 3 + axis]
            whole[axis] = a if a < whole[axis] else whole[axis]
            whole[3 + axis] = b if b > whole[3 + axis] else whole[3 + axis]
            low[axis] = a + b if a + b < low[axis] else low[axis]
            high[axis] = a + b if a + b > high[axis] else high[axis]
    if up >= 0:
        for k in range(6):
            nodes[up >> 1, 6 * (up & 1) + k] = whole[k]
        links[up >> 1, 12 + (up & 1)] = leaf[first] if after - first == 1 else node
    if after - first == 1:
        return 0
    axis = 0
    for other in range(1, 3):
        if high[other] - low[other] > high[axis] - low[axis]:
            axis = other
    span = high[axis] - low[axis]
    middle = (first + after) // 2
    if not span > 0 or depth >= STEEP:
        return middle
    scale = np.float32(BINS * (1 - 1e-5)) / span
    start = low[axis]
    bins = work[3 : 3 + BINS]  # per bin: low corner, high corner, count
    for b in range(BINS):
        for k in range(3):
            bins[b, k], bins[b, 3 + k] = np.inf, -np.inf
        bins[b, 6] = 0
    for t in range(first, after):
        b = int((boxes[t, axis] + boxes[t, 3 + axis] - start) * scale)
        row = bins[b]
        for k in range(3):
            row[k] = boxes[t, k] if boxes[t, k] < row[k] else row[k]
            row[3 + k] = boxes[t, 3 + k] if boxes[t, 3 + k] > row[3 + k] else row[3 + k]
        row[6] += 1
    # The cost of everything up to each bin, from either end.
    cost = work[3 + BINS]
    for way in range(2):
        x0, y0, z0 = np.float32(np.inf), np.float32(np.inf), np.float32(np.inf)
        x1, y1, z1 = np.float32(-np.inf), np.float32(-np.inf), np.float32(-np.inf)
        n = np.float32(0)
        for step in range(BINS - 1):
            b = step if way == 0 else BINS - 1 - step
            row = bins[b]
            x0, y0, z0 = min(x0, row[0]), min(y0, row[1]), min(z0, row[2])
            x1, y1, z1 = max(x1, row[3]), max(y1, row[4]), max(z1, row[5])
            n += row[6]
            here = n * _half_surface(x1 - x0, y1 - y0, z1 - z0) if n > 0 else np.float32(np.inf)
            if way == 0:
                cost[step + 1] = here
            else:
                cost[b] += here
    best, cut = np.inf, 0
    for c in range(1, BINS):
        if cost[c] < best:
            best, cut = cost[c], c
    if cut == 0:
        return middle
    i, j = first, after - 1
    while i <= j:
        if int((boxes[i, axis] + boxes[i, 3 + axis] - start) * scale) < cut:
            i += 1
            continue
        for k in range(6):
            boxes[i, k], boxes[j, k] = boxes[j, k], boxes[i, k]
        leaf[i], leaf[j] = leaf[j], leaf[i]
        j -= 1
    return middle if i in (first, after) else i


@kernel()
def _workplace() -> Any:
    return np.empty((4 + BINS, max(7, BINS)), dtype=np.float32)


@kernel()
def _two_more(stack: Any, top: int, first: int, cut: int, after: int, node: int, depth: int) -> int:
    # Over n leaves stand n - 1 nodes, so the right one's place is known beforehand.
    stack[top, 0], stack[top, 1], stack[top, 2] = cut, after, node + cut - first
    stack[top, 3], stack[top, 4] = 2 * node + 1, depth + 1
    top += 1
    stack[top, 0], stack[top, 1], stack[top, 2] = first, cut, node + 1
    stack[top, 3], stack[top, 4] = 2 * node, depth + 1
    return top + 1


@kernel("i8(f4[:,::1], i4[::1], f4[:,::1], i4[:,::1], i8[:,::1], i8)")
def split_top(boxes: Singles, leaf: Index, nodes: Singles, links: Index, jobs: Any, enough: int) -> int:
    """Split until the pieces are small enough to be shared out; returns how many (first, after, node, up) there are."""
    work = _workplace()
    if len(boxes) == 1:
        nodes[0, :6] = boxes[0]
        nodes[0, 6:9], nodes[0, 9:12] = np.inf, -np.inf
        links[0, 12], links[0, 13] = leaf[0], leaf[0]
        return 0
    stack = np.empty((2 * DEPTH, 5), dtype=np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3], stack[0, 4] = 0, len(boxes), 0, -1, 0
    top, pieces = 1, 0
    while top > 0:
        top -= 1
        first, after, node, up, depth = stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3], stack[top, 4]
        if after - first <= enough or pieces + top >= len(jobs) - 2:
            for k in range(5):
                jobs[pieces, k] = stack[top, k]
            pieces += 1
            continue
        cut = _split(boxes, leaf, nodes, links, first, after, node, up, depth, work)
        top = _two_more(stack, top, first, cut, after, node, depth)
    return pieces


@kernel("void(f4[:,::1], i4[::1], f4[:,::1], i4[:,::1], i8[:,:])")
def grow(boxes: Singles, leaf: Index, nodes: Singles, links: Index, jobs: Any) -> None:
    work = _workplace()
    stack = np.empty((2 * DEPTH, 5), dtype=np.int64)
    for job in range(len(jobs)):
        stack[0] = jobs[job]
        top = 1
        while top > 0:
            top -= 1
            first, after, node, up, depth = stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3], stack[top, 4]
            cut = _split(boxes, leaf, nodes, links, first, after, node, up, depth, work)
            if cut > 0:
                top = _two_more(stack, top, first, cut, after, node, depth)
