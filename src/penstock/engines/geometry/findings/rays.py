"""Rays through a triangle mesh: the first triangle that each meets, and what a short way is the middle of.

Triangles are tested after Möller & Trumbore (1997). Corners are held in single precision about the part's middle,
arithmetic on them is double: on a part of 1 m distances are good to about 0.1 µm times the slope.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..mesh import Floats
from .sharing import shared
from .tree import DEPTH, Index, Singles, Tree

# Which side of a triangle a ray may meet.
LEAVING, EITHER, ENTERING = 1, 0, -1
# What a short way through material (or air) belongs to: a wall (slot) stays as thin to the sides, a rod (hole) is as
# short across, a strip (groove) is neither.
UNKNOWN, WALL, ROD, STRIP = 0, 1, 2, 3
DIRECTIONS = 8
SIDEWAYS = 1.5
FAR = 3.0
ROUND = 1.6
LONG = 2.2
EVEN = 1.25


def first_hits(
    tree: Tree, points: Floats, directions: Floats, own: Index | None, nearest: float, farthest: float, side: int
) -> tuple[Floats, Index]:
    """Distance to the first triangle each ray meets between two distances, and its number (inf, -1: none).

    points, directions: (k, 3) mm and unit vectors; own (k,): a triangle each ray ignores, or -1; `side`: which
    side it may meet.
    """
    distance, hit = np.empty(len(points)), np.empty(len(points), dtype=np.int32)
    points = points - tree.middle
    directions = np.ascontiguousarray(directions, dtype=np.float64)
    ignored = np.full(len(points), -1, dtype=np.int32) if own is None else own

    def some(first: int, after: int) -> None:
        trace(
            tree.nodes, tree.links, tree.triangles, tree.numbers, points[first:after], directions[first:after],
            ignored[first:after], nearest, farthest, side, distance[first:after], hit[first:after],
        )  # fmt: skip

    shared(some, len(points), slices=2048)
    return distance, hit


def shapes(tree: Tree, points: Floats, directions: Floats, distance: Floats, chosen: Any, walls_below: float) -> Any:
    """(k,) int8: what the way of length `distance` from each of the `chosen` points along its direction is the
    middle of; only rods are told where it is longer than `walls_below` mm."""
    kind = np.zeros(len(points), dtype=np.int8)
    points = points - tree.middle
    chosen = np.ascontiguousarray(chosen, dtype=np.int64)

    def some(first: int, after: int) -> None:
        feel(
            tree.nodes, tree.links, tree.triangles, tree.numbers, points, directions, distance,
            chosen[first:after], walls_below, kind,
        )  # fmt: skip

    shared(some, len(chosen), slices=256)
    return kind


@kernel()
def _entry(nodes: Any, node: int, at: int, x: Any, y: Any, z: Any, ix: Any, iy: Any, iz: Any, nearest: Any) -> Any:
    """(where a ray enters one of a node's boxes, at least `nearest`; where it leaves it)."""
    a, b = (nodes[node, at] - x) * ix, (nodes[node, at + 3] - x) * ix
    c, d = (nodes[node, at + 1] - y) * iy, (nodes[node, at + 4] - y) * iy
    e, f = (nodes[node, at + 2] - z) * iz, (nodes[node, at + 5] - z) * iz
    if a > b:
        a, b = b, a
    if c > d:
        c, d = d, c
    if e > f:
        e, f = f, e
    enter = a if a > c else c
    enter = e if e > enter else enter
    enter = nearest if nearest > enter else enter
    leave = b if b < d else d
    leave = f if f < leave else leave
    return enter, leave


@kernel()
def first_hit(
    nodes: Any, links: Any, triangles: Any, numbers: Any, stack: Any, start: int, x: float, y: float, z: float,
    dx: float, dy: float, dz: float, own: int, nearest: float, farthest: float, side: int,
) -> tuple[float, int]:  # fmt: skip
    """(distance, number of the triangle) that one ray meets first below the node `start`, or (inf, -1)."""
    fx, fy, fz = np.float32(x), np.float32(y), np.float32(z)
    huge = np.float32(1e30)
    ix = np.float32(1.0 / dx) if abs(dx) > 1e-30 else huge
    iy = np.float32(1.0 / dy) if abs(dy) > 1e-30 else huge
    iz = np.float32(1.0 / dz) if abs(dz) > 1e-30 else huge
    near = np.float32(nearest)
    best, met = farthest, -1
    limit = np.float32(best)
    top, link = 0, start
    while True:
        if link >= 0:
            left_in, left_out = _entry(nodes, link, 0, fx, fy, fz, ix, iy, iz, near)
            right_in, right_out = _entry(nodes, link, 6, fx, fy, fz, ix, iy, iz, near)
            left_out = limit if limit < left_out else left_out
            right_out = limit if limit < right_out else right_out
            if left_in <= left_out:
                if right_in <= right_out:
                    # The nearer one first, the other waits.
                    if left_in <= right_in:
                        stack[top] = links[link, 13]
                        link = links[link, 12]
                    else:
                        stack[top] = links[link, 12]
                        link = links[link, 13]
                    top += 1
                else:
                    link = links[link, 12]
                continue
            if right_in <= right_out:
                link = links[link, 13]
                continue
        else:
            leaf = ~link
            first = leaf >> 3
            for t in range(first, first + (leaf & 7)):
                if numbers[t] == own:
                    continue
                ax, ay, az = float(triangles[t, 0]), float(triangles[t, 1]), float(triangles[t, 2])
                px, py, pz = triangles[t, 3] - ax, triangles[t, 4] - ay, triangles[t, 5] - az
                qx, qy, qz = triangles[t, 6] - ax, triangles[t, 7] - ay, triangles[t, 8] - az
                cx, cy, cz = dy * qz - dz * qy, dz * qx - dx * qz, dx * qy - dy * qx
                # The determinant is minus (direction · normal), so its sign says which side is met.
                det = px * cx + py * cy + pz * cz
                if det == 0 or det * side > 0:
                    continue
                inv = 1.0 / det
                ox, oy, oz = x - ax, y - ay, z - az
                u = (ox * cx + oy * cy + oz * cz) * inv
                if u < -1e-7 or u > 1 + 1e-7:
                    continue
                rx, ry, rz = oy * pz - oz * py, oz * px - ox * pz, ox * py - oy * px
                v = (dx * rx + dy * ry + dz * rz) * inv
                if v < -1e-7 or u + v > 1 + 1e-7:
                    continue
                distance = (qx * rx + qy * ry + qz * rz) * inv
                if nearest < distance < best:
                    best, met = distance, numbers[t]
                    limit = np.float32(best)
        if top == 0:
            break
        top -= 1
        link = stack[top]
    return (best, met) if met >= 0 else (np.inf, -1)


@kernel()
def _around(nodes: Any, links: Any, x: float, y: float, z: float, radius: float) -> int:
    """The lowest node that has under it all that is within a cube around a point."""
    link = 0
    while link >= 0:
        inside = 0
        for at in range(0, 12, 6):
            if (
                nodes[link, at] <= x + radius
                and nodes[link, at + 3] >= x - radius
                and nodes[link, at + 1] <= y + radius
                and nodes[link, at + 4] >= y - radius
                and nodes[link, at + 2] <= z + radius
                and nodes[link, at + 5] >= z - radius
            ):
                inside |= 1 << (at // 6)
        if inside == 3 or inside == 0:
            return link
        link = links[link, 11 + inside]
    return link


@kernel("void(f4[:,::1], i4[:,::1], f4[:,::1], i4[::1], f8[:,::1], f8[:,::1], i4[::1], f8, f8, i8, f8[::1], i4[::1])")
def trace(
    nodes: Singles, links: Index, triangles: Singles, numbers: Index, points: Floats, directions: Floats, own: Index,
    nearest: float, farthest: float, side: int, distance: Floats, hit: Index,
) -> None:  # fmt: skip
    stack = np.empty(DEPTH, dtype=np.int32)
    for ray in range(len(points)):
        distance[ray], hit[ray] = first_hit(
            nodes, links, triangles, numbers, stack, 0, points[ray, 0], points[ray, 1], points[ray, 2],
            directions[ray, 0], directions[ray, 1], directions[ray, 2], own[ray], nearest, farthest, side,
        )  # fmt: skip


@kernel()
def _is_rod(
    nodes: Any, links: Any, triangles: Any, numbers: Any, stack: Any, start: int, x: float, y: float, z: float,
    side: Any, reach: Any, t: float,
) -> bool:  # fmt: skip
    """Whether a way of length t, narrow across at its middle, is that of a rod: long, and going on as it is."""
    for d in range(DIRECTIONS):
        far, hit = first_hit(
            nodes, links, triangles, numbers, stack, start, x, y, z, side[d, 0], side[d, 1], side[d, 2],
            -1, 0.0, FAR * t, 0,
        )  # fmt: skip
        reach[d] = far if hit >= 0 else FAR * t
    narrow, wide = np.inf, 0.0
    across, along = 0, 0
    for d in range(DIRECTIONS // 2):
        chord = reach[d] + reach[d + DIRECTIONS // 2]
        if chord < narrow:
            narrow, across = chord, d
        if chord > wide:
            wide, along = chord, d
    if narrow > ROUND * t or wide < LONG * t:
        return False
    # In the corner of a plate it is narrow too, but widens at once.
    for d in (along, along + DIRECTIONS // 2):
        if reach[d] < t:
            continue
        px, py, pz = x + side[d, 0] * t, y + side[d, 1] * t, z + side[d, 2] * t
        chord = 0.0
        for e in (across, across + DIRECTIONS // 2):
            far, hit = first_hit(
                nodes, links, triangles, numbers, stack, start, px, py, pz, side[e, 0], side[e, 1], side[e, 2],
                -1, 0.0, FAR * t, 0,
            )  # fmt: skip
            chord += far if hit >= 0 else FAR * t
        if chord <= EVEN * max(narrow, t):
            return True
    return False


@kernel("void(f4[:,::1], i4[:,::1], f4[:,::1], i4[::1], f8[:,::1], f8[:,::1], f8[::1], i8[:], f8, i1[::1])")
def feel(
    nodes: Singles, links: Index, triangles: Singles, numbers: Index, points: Floats, directions: Floats,
    distance: Floats, chosen: NDArray[np.int64], walls_below: float, kind: NDArray[np.int8],
) -> None:  # fmt: skip
    stack = np.empty(DEPTH, dtype=np.int32)
    reach = np.empty(DIRECTIONS)
    side = np.empty((DIRECTIONS, 3))
    thin = np.empty(DIRECTIONS, dtype=np.bool_)
    for n in range(len(chosen)):
        k = chosen[n]
        t = distance[k]
        dx, dy, dz = directions[k, 0], directions[k, 1], directions[k, 2]
        x, y, z = points[k, 0] + dx * t / 2, points[k, 1] + dy * t / 2, points[k, 2] + dz * t / 2
        # All that is asked below lies within this: a rod's way across, one thickness along it.
        start = _around(nodes, links, x, y, z, 1.01 * np.hypot(1.0, FAR) * t)
        # Two directions across.
        if abs(dx) < 0.6:
            ux, uy, uz = 0.0, dz, -dy
        else:
            ux, uy, uz = -dz, 0.0, dx
        length = np.sqrt(ux * ux + uy * uy + uz * uz)
        ux, uy, uz = ux / length, uy / length, uz / length
        vx, vy, vz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
        for d in range(DIRECTIONS):
            angle = 2 * np.pi * d / DIRECTIONS
            c, s = np.cos(angle), np.sin(angle)
            side[d, 0], side[d, 1], side[d, 2] = c * ux + s * vx, c * uy + s * vy, c * uz + s * vz
            reach[d] = -1.0
        # Most are neither narrow nor short across; that takes half the rays, and short ones.
        narrow = False
        for d in range(DIRECTIONS // 2):
            far, hit = first_hit(
                nodes, links, triangles, numbers, stack, start, x, y, z, side[d, 0], side[d, 1], side[d, 2],
                -1, 0.0, ROUND * t, 0,
            )  # fmt: skip
            reach[d] = far if hit >= 0 else ROUND * t
            if hit >= 0:
                e = d + DIRECTIONS // 2
                far, hit = first_hit(
                    nodes, links, triangles, numbers, stack, start, x, y, z, side[e, 0], side[e, 1], side[e, 2],
                    -1, 0.0, ROUND * t, 0,
                )  # fmt: skip
                reach[e] = far if hit >= 0 else ROUND * t
                narrow = narrow or (hit >= 0 and reach[d] + far <= ROUND * t)
        if narrow and _is_rod(
            nodes, links, triangles, numbers, stack, start, x, y, z, side, reach, t
        ):  # fmt: skip
            kind[k] = ROD
            continue
        if t >= walls_below:
            continue
        kind[k] = STRIP
        step = SIDEWAYS * t
        # A wall stays as thin to three neighbouring sides; the first two are looked at again at the end.
        running = 0
        for n_side in range(DIRECTIONS + 2):
            d = n_side % DIRECTIONS
            if n_side < DIRECTIONS:
                thin[d] = False
                if reach[d] < 0:
                    far, hit = first_hit(
                        nodes, links, triangles, numbers, stack, start, x, y, z, side[d, 0], side[d, 1], side[d, 2],
                        -1, 0.0, step, 0,
                    )  # fmt: skip
                    reach[d] = far if hit >= 0 else step
                if reach[d] >= step:
                    px, py, pz = x + side[d, 0] * step, y + side[d, 1] * step, z + side[d, 2] * step
                    ahead, hit = first_hit(
                        nodes, links, triangles, numbers, stack, start, px, py, pz, dx, dy, dz, -1, 0.0, step, 0
                    )
                    if hit >= 0:
                        back, hit = first_hit(
                            nodes, links, triangles, numbers, stack, start, px, py, pz, -dx, -dy, -dz, -1, 0.0, step, 0
                        )
                        thin[d] = hit >= 0 and ahead + back <= step
            running = running + 1 if thin[d] else 0
            if running == 3:
                kind[k] = WALL
                break
