"""Taking parts out along straight lines.

For a direction every part leaves a pair of height fields (nearest and farthest point over each cell of the plane across
the direction). Part a is held by part b when somewhere b is farther than a: moving a along the direction would meet b.
Surfaces are sampled more finely than the cells, and cells are finer than the clearance that parts are packed with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, IntArray, Item, Placement
from penstock.engines.packing.poses import own_box_mm
from penstock.engines.packing.surfaces import box_mesh

CELL_MM = 0.5
# Of larger builds the cells grow, so that a field stays below this many cells along the longest edge.
FINEST = 1200
# A part this little deeper than another is beside it, not behind it.
SLACK_MM = 0.05

Parts = Sequence[tuple[Item, Placement]]


def _frames(directions: list[tuple[float, float, float]]) -> list[FloatArray]:
    """Rotations that take each direction to z."""
    frames = []
    for direction in directions:
        z = np.array(direction) / np.linalg.norm(direction)
        x = np.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.9 else (1.0, 0.0, 0.0), z)
        x /= np.linalg.norm(x)
        frames.append(np.array([x, np.cross(z, x), z]))
    return frames


AXES = _frames([(0, 0, 1), (1, 0, 0), (0, 1, 0)])
OBLIQUE = _frames(
    [(1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1), (1, 1, 0), (1, -1, 0)]
    + [(1, 1, 1), (1, -1, 1), (-1, 1, 1), (-1, -1, 1)]
)


@dataclass(frozen=True, eq=False)
class Blocking:
    """`held` (d, n, n): whether row is held by column along each direction, both ways of each line."""

    rows: IntArray
    held: NDArray[np.bool_]

    def over(self, rows: IntArray) -> Blocking:
        """The same among fewer parts."""
        where = np.searchsorted(self.rows, rows)
        return Blocking(rows, self.held[:, where[:, None], where[None, :]])

    def joined(self, other: Blocking) -> Blocking:
        return Blocking(self.rows, np.concatenate([self.held, other.held]))

    def locked_pairs(self, rows: IntArray) -> list[tuple[int, int]]:
        """Pairs that hold each other whichever way; where parts are only locked as a ring, each with the part that
        holds it along most lines."""
        held = self.over(rows).held
        always = held.all(axis=0)
        pairs = {(int(a), int(b)) for a, b in np.argwhere(always | always.T) if a < b}
        paired = {row for pair in pairs for row in pair}
        often = held.sum(axis=0)
        for row in set(range(len(rows))) - paired:
            other = int(often[row].argmax())
            pairs.add((min(row, other), max(row, other)))
        return [(int(rows[a]), int(rows[b])) for a, b in sorted(pairs)]


def blocking(parts: Parts, rows: IntArray, frames: Sequence[FloatArray]) -> Blocking:
    """Who holds whom among the parts in `rows` (sorted), up and down each frame's z."""
    count = len(rows)
    held = np.zeros((2 * len(frames), count, count), dtype=np.bool_)
    for number, frame in enumerate(frames):
        fields = list(_fields(parts, rows, frame))
        for a in range(count):
            for b in range(a + 1, count):
                held[2 * number, a, b], held[2 * number, b, a] = _over(fields[a], fields[b])
        held[2 * number + 1] = held[2 * number].T
    return Blocking(rows, held)


def stuck(seen: Blocking, rows: IntArray) -> IntArray:
    """Which of the parts in `rows` remain when whatever is free along a line is taken out, again and again."""
    held = seen.over(rows).held
    holders = held.sum(axis=2)
    inside = np.ones(len(rows), dtype=np.bool_)
    while True:
        free = np.flatnonzero(inside & (holders == 0).any(axis=0))
        if not len(free):
            return rows[inside]
        inside[free] = False
        holders = holders - held[:, :, free].sum(axis=2)


@dataclass(frozen=True, eq=False)
class _Field:
    """Heights over the cells from (`x`, `y`) on."""

    x: int
    y: int
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    bottom: float
    top: float


def _fields(parts: Parts, rows: IntArray, frame: FloatArray) -> Iterator[_Field]:
    placed = []
    known: dict[tuple[str, bytes], FloatArray] = {}
    for row in rows.tolist():
        item, placement = parts[row]
        turn = frame @ placement.matrix[:3, :3]
        key = (item.id, turn.tobytes())
        if key not in known:
            mesh = item.mesh if item.mesh is not None else box_mesh(*own_box_mm(item))
            known[key] = np.ascontiguousarray((mesh.vertices @ turn.T)[mesh.triangles])
        placed.append((key, frame @ placement.matrix[:3, 3]))
    spans = [np.ptp(known[key].reshape(-1, 3)[:, :2] + shift[:2], axis=0).max() for key, shift in placed]
    cell = max(CELL_MM, float(max(spans)) / FINEST)
    for key, shift in placed:
        corners = known[key] + shift
        flat = corners.reshape(-1, 3)
        lowest, highest = flat.min(axis=0), flat.max(axis=0)
        x, y = (int(v) for v in np.floor(lowest[:2] / cell))
        shape = (int(highest[0] // cell) - x + 1, int(highest[1] // cell) - y + 1)
        low, high = np.full(shape, np.inf, dtype=np.float32), np.full(shape, -np.inf, dtype=np.float32)
        _sample(corners, cell, x, y, low, high)
        yield _Field(x, y, low, high, float(lowest[2]), float(highest[2]))


def _over(a: _Field, b: _Field) -> tuple[bool, bool]:
    """(a is held by b, b is held by a) when moved upwards."""
    x0, x1 = max(a.x, b.x), min(a.x + a.low.shape[0], b.x + b.low.shape[0])
    y0, y1 = max(a.y, b.y), min(a.y + a.low.shape[1], b.y + b.low.shape[1])
    if x0 >= x1 or y0 >= y1:
        return False, False
    ours, theirs = (np.s_[x0 - f.x : x1 - f.x, y0 - f.y : y1 - f.y] for f in (a, b))
    up = a.bottom < b.top and bool((b.high[theirs] - a.low[ours] > SLACK_MM).any())
    down = b.bottom < a.top and bool((a.high[ours] - b.low[theirs] > SLACK_MM).any())
    return up, down


@compiled
def _sample(
    corners: FloatArray, cell: float, x0: int, y0: int, low: NDArray[np.float32], high: NDArray[np.float32]
) -> None:
    """Least and greatest height of a surface over every cell, from points at most half a cell apart."""
    for number in range(len(corners)):
        a, b, c = corners[number, 0], corners[number, 1], corners[number, 2]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        # Only steps across the plane count: a steep triangle needs its edges' heights, not more points.
        across = max(np.hypot(ux, uy), max(np.hypot(vx, vy), np.hypot(vx - ux, vy - uy)))
        steps = max(int(np.ceil(2.0 * across / cell)), 1)
        for i in range(steps + 1):
            for j in range(steps + 1 - i):
                s, t = i / steps, j / steps
                x = int(np.floor((a[0] + s * ux + t * vx) / cell)) - x0
                y = int(np.floor((a[1] + s * uy + t * vy) / cell)) - y0
                z = a[2] + s * uz + t * vz
                if 0 <= x < low.shape[0] and 0 <= y < low.shape[1]:
                    if z < low[x, y]:
                        low[x, y] = z
                    if z > high[x, y]:
                        high[x, y] = z
