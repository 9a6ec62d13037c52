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


def _frames(directions: Sequence[tuple[float, float, float]]) -> list[FloatArray]:
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
    [
        *((1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1), (1, 1, 0), (1, -1, 0)),
        *((1, 1, 1), (1, -1, 1), (-1, 1, 1), (-1, -1, 1)),
    ]
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
        low = np.array([(field.x, field.y) for field in fields])
        high = low + np.array([field.low.shape for field in fields])
        for a in range(count):
            above = np.all((low[a + 1 :] < high[a]) & (high[a + 1 :] > low[a]), axis=1)
            for b in (np.flatnonzero(above) + a + 1).tolist():
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
    here, there = (np.s_[x0 - f.x : x1 - f.x, y0 - f.y : y1 - f.y] for f in (a, b))
    up = a.bottom < b.top and _crosses(a.low[here], b.high[there])
    down = b.bottom < a.top and _crosses(b.low[there], a.high[here])
    return up, down


@compiled
def _crosses(lows: NDArray[np.float32], highs: NDArray[np.float32]) -> bool:
    """Whether the one is somewhere under the other."""
    for x in range(lows.shape[0]):
        for y in range(lows.shape[1]):
            if highs[x, y] - lows[x, y] > SLACK_MM:
                return True
    return False


@compiled
def _mark(
    ax: float, ay: float, az: float, bx: float, by: float, bz: float, low: NDArray[np.float32],
    high: NDArray[np.float32],
) -> None:  # fmt: skip
    """Heights along a segment, at points at most half a cell apart; x and y count cells."""
    steps = max(int(np.ceil(2.0 * np.hypot(bx - ax, by - ay))), 1)
    for i in range(steps + 1):
        s = i / steps
        x, y, z = int(ax + s * (bx - ax)), int(ay + s * (by - ay)), az + s * (bz - az)
        if 0 <= x < low.shape[0] and 0 <= y < low.shape[1]:
            if z < low[x, y]:
                low[x, y] = z
            if z > high[x, y]:
                high[x, y] = z


@compiled
def _sample(
    corners: FloatArray, cell: float, x0: int, y0: int, low: NDArray[np.float32], high: NDArray[np.float32]
) -> None:
    """Least and greatest height of a surface over every cell: along the edges, where those of a steep triangle lie,
    and along lines from edge to edge of a triangle that is wide as seen from above."""
    x, y = np.empty(3), np.empty(3)
    for number in range(len(corners)):
        for k in range(3):
            x[k], y[k] = corners[number, k, 0] / cell - x0, corners[number, k, 1] / cell - y0
        longest, reach = 0, -1.0
        for k in range(3):
            n = (k + 1) % 3
            _mark(x[k], y[k], corners[number, k, 2], x[n], y[n], corners[number, n, 2], low, high)
            length = np.hypot(x[n] - x[k], y[n] - y[k])
            if length > reach:
                longest, reach = k, length
        a, b, c = longest, (longest + 1) % 3, (longest + 2) % 3
        width = abs((x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])) / max(reach, 1e-12)
        za, zb, zc = corners[number, a, 2], corners[number, b, 2], corners[number, c, 2]
        lines = int(np.ceil(2.0 * width))
        for line in range(1, lines):
            t = line / lines
            _mark(
                x[a] + t * (x[c] - x[a]), y[a] + t * (y[c] - y[a]), za + t * (zc - za),
                x[b] + t * (x[c] - x[b]), y[b] + t * (y[c] - y[b]), zb + t * (zc - zb), low, high,
            )  # fmt: skip
