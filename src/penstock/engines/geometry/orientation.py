"""How to lay a part in the machine: poses, each with what it costs, and which is best for what.

Candidates are the ways a part can lie on a flat of its convex hull, and the axes, edges and corners of a cube: tilted
by 45° a part often needs less support. Each is judged by its height (machine time), by the support it needs (volume
from the overhang down to the plate or to the part below, on a grid of columns) and by the area it covers. Poses that
another one beats in all three are left out, so that what remains is a real choice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .facts import Triple
from .mesh import Floats, Mesh
from .raster import span_of_row
from .simplify import simplify

Array = NDArray[Any]
Goal = Literal["height", "support", "area"]

COLUMNS = 96
MOST_TRIANGLES = 60_000
MOST_FLATS = 24
SAME = float(np.cos(np.radians(3.0)))
# On the plate, or flat enough against it, within this share of the height.
TOUCHING = 2e-3
# Of what a part covers, this much must lie on the plate or it stands on its support alone.
STANDING = 0.05
# Which takes a foot of about this share of the part's volume.
FOOT = 0.1
# What one part of height, of support (in volumes of the part) and of area weighs where no goal is named.
BALANCE = (1.0, 3.0, 0.2)


@dataclass(frozen=True)
class Pose:
    """One way to lay the part. Lengths mm, areas mm², volumes mm³.

    rotation             (3, 3) rows: `rotation @ point` turns the model into the pose, z up. The sides of its smallest
                         rectangle on the plate are along x and y, the longer along x.
    height_mm, footprint_mm   extents along z, and along x and y
    projected_area_mm2   what it covers seen from above, on a grid, about ±2 %
    support_volume_mm3   columns under the overhang, solid; 0 where the process needs no support
    supported_area_mm2   surface that touches support and will be rougher
    contact_area_mm2     surface that lies on the plate; `stands` where it is enough to stand by itself
    up_area_mm2, down_area_mm2   surface within 45° of facing up and down
    fits                 whether it fits the chamber that was named; None if none was
    """

    rotation: tuple[Triple, Triple, Triple]
    height_mm: float
    footprint_mm: tuple[float, float]
    projected_area_mm2: float
    support_volume_mm3: float
    supported_area_mm2: float
    contact_area_mm2: float
    up_area_mm2: float
    down_area_mm2: float
    stands: bool
    fits: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Orientation:
    """Poses worth choosing from, the recommended one first; `best` names the one for each goal by its place.

    drawn is the pose of the file itself, whether or not it is worth choosing.
    """

    poses: tuple[Pose, ...]
    best: dict[Goal, int]
    drawn: Pose

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def orient(
    mesh: Mesh, *, overhang_deg: float | None = 45.0, chamber_mm: Triple | None = None, goal: Goal | None = None
) -> Orientation:
    """Judge how `mesh` can be laid; deterministic.

    overhang_deg: surfaces further from the vertical than this need support; None for processes that need none.
    chamber_mm: inner size of the machine; poses that do not fit come last. goal: what to recommend by; None balances.
    """
    shown = simplify(mesh, MOST_TRIANGLES)
    small = Mesh(np.ascontiguousarray(shown.vertices), np.ascontiguousarray(shown.triangles))
    corners = small.corners
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    areas = np.linalg.norm(normals, axis=1)
    volume = float(abs(np.einsum("ij,ij->i", corners[:, 0] - corners[0, 0], normals).sum() / 3))
    hull, flats = _hull(small.vertices)
    slope = 2.0 if overhang_deg is None else float(np.sin(np.radians(min(overhang_deg, 89.9))))
    judged = [_pose(small, hull, normals, areas, down, slope, chamber_mm) for down in _directions(flats)]
    cost = np.array([[p.height_mm, p.support_volume_mm3, p.projected_area_mm2] for p in judged])
    if overhang_deg is not None:
        cost[:, 1] += [0.0 if pose.stands else FOOT * volume for pose in judged]
    smallest = np.maximum(cost.min(axis=0), 1e-9)
    scaled = np.column_stack([cost[:, 0] / smallest[0], cost[:, 1] / max(volume, 1e-9), cost[:, 2] / smallest[2]])
    score = scaled @ np.array(BALANCE)
    misfit = np.array([pose.fits is False for pose in judged])
    column: dict[Goal, int] = {"height": 0, "support": 1, "area": 2}
    wanted = score if goal is None else scaled[:, column[goal]] + 1e-3 * score
    slack = np.column_stack([cost[:, 0] * 0.005, cost[:, 1] * 0.03 + 0.002 * volume, cost[:, 2] * 0.03]) + 1e-9
    kept = [n for n in range(len(judged)) if not _beaten(n, cost, slack, misfit)]
    kept.sort(key=lambda n: (bool(misfit[n]), round(float(wanted[n]), 9), n))
    best: dict[Goal, int] = {}
    for name, axis in column.items():
        order = [(bool(misfit[n]), round(float(scaled[n, axis]), 6), float(score[n])) for n in kept]
        best[name] = order.index(min(order))
    return Orientation(tuple(judged[n] for n in kept), best, judged[0])


def _beaten(n: int, cost: Floats, slack: Floats, misfit: NDArray[np.bool_]) -> bool:
    """Whether another pose is as good in everything, within what the grid can tell, and better or earlier."""
    for other in range(len(cost)):
        if other == n or (misfit[other] and not misfit[n]):
            continue
        if (cost[other] <= cost[n] + slack[n]).all():
            better = bool((cost[other] + slack[n] < cost[n]).any()) or bool(misfit[n] and not misfit[other])
            worse = bool((cost[n] + slack[other] < cost[other]).any())
            if better or (other < n and not worse):
                return True
    return False


def _hull(vertices: Floats) -> tuple[Floats, Floats]:
    """Points of the convex hull, and (k, 3) unit normals of its largest flats, largest first."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = ConvexHull(vertices)
    except (QhullError, ValueError):
        return vertices, np.empty((0, 3))
    normals = hull.equations[:, :3]
    corners = vertices[hull.simplices]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    # Facets of one flat have the same equation but for rounding.
    _, flat = np.unique(np.round(hull.equations, 4), axis=0, return_inverse=True)
    total = np.bincount(flat.reshape(-1), areas)
    first = np.zeros(len(total), dtype=np.int64)
    first[flat.reshape(-1)[::-1]] = np.arange(len(normals))[::-1]
    order = np.argsort(-total, kind="stable")[:MOST_FLATS]
    return vertices[hull.vertices], normals[first[order]]


def _directions(flats: Floats) -> Floats:
    """(k, 3) unit vectors that may point down: as drawn first, then flats, then axes, edges and corners of a cube."""
    steps = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)])
    cube = steps[np.argsort(abs(steps).sum(axis=1), kind="stable")]
    every = np.concatenate([[[0.0, 0.0, -1.0]], flats, cube / np.linalg.norm(cube, axis=1, keepdims=True)])
    kept: list[int] = []
    for n in range(len(every)):
        if not kept or (every[kept] @ every[n]).max() < SAME:
            kept.append(n)
    return every[kept]


def _rotation(down: Floats, hull: Floats) -> Floats:
    """(3, 3) rows that turn `down` to -z and the smallest rectangle around the part along x and y, longer along x."""
    up = -down
    helper = np.eye(3)[int(abs(up).argmin())]
    x = np.cross(helper, up)
    x /= np.linalg.norm(x)
    y = np.cross(up, x)
    if abs(up[2]) > 0.999999:  # as drawn or upside down: the first choice is not to turn at all
        x, y = np.array([1.0, 0, 0]), np.array([0, up[2], 0])
    flat = _outline(np.column_stack([hull @ x, hull @ y]))
    angles = np.radians(np.arange(0, 90, 1.0))
    turned = flat @ np.stack([np.cos(angles), np.sin(angles)])
    across = flat @ np.stack([-np.sin(angles), np.cos(angles)])
    size = np.ptp(turned, axis=0) * np.ptp(across, axis=0)
    best = int(np.argmin(np.round(size / max(float(size.min()), 1e-12), 6)))
    cosine, sine = float(np.cos(angles[best])), float(np.sin(angles[best]))
    x, y = cosine * x + sine * y, cosine * y - sine * x
    if np.ptp(hull @ y) > np.ptp(hull @ x) * (1 + 1e-9):
        x, y = y, -x
    return np.array([x, y, up])


def _outline(flat: Floats) -> Floats:
    """The corners of the convex outline of points in the plane; all of them where they lie on a line."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        corners: Floats = flat[ConvexHull(flat).vertices]
        return corners
    except (QhullError, ValueError):
        return flat


def _pose(
    mesh: Mesh, hull: Floats, normals: Floats, areas: Floats, down: Floats, slope: float, chamber_mm: Triple | None
) -> Pose:
    rotation = _rotation(down, hull)
    low, size = (hull @ rotation.T).min(axis=0), np.ptp(hull @ rotation.T, axis=0)
    placed = np.ascontiguousarray(mesh.vertices @ rotation.T - low)
    rise = normals @ rotation[2]
    lowest = placed[:, 2][mesh.triangles].max(axis=1)
    on_plate = (lowest <= TOUCHING * size[2]) & (rise < 0)
    hanging = (-rise > slope * areas) & ~on_plate
    cell = max(float(size[:2].max()), 1e-9) / COLUMNS
    columns, rows = (max(1, int(np.ceil(side / cell - 1e-9))) for side in size[:2])
    kind = np.where(hanging, 2, np.where(rise < 0, 1, 0)).astype(np.int8)
    covered, support = _columns(placed, mesh.triangles, kind, cell, columns, rows)
    fits = None
    if chamber_mm is not None:
        wide, deep, high = chamber_mm
        fits = bool(size[2] <= high and (max(wide, deep) >= size[0] and min(wide, deep) >= size[1]))
    return Pose(
        rotation=tuple(tuple(float(v) for v in row) for row in rotation),  # type: ignore[arg-type]
        height_mm=float(size[2]),
        footprint_mm=(float(size[0]), float(size[1])),
        projected_area_mm2=covered,
        support_volume_mm3=support if slope < 1 else 0.0,
        supported_area_mm2=float(areas[hanging].sum()) if slope < 1 else 0.0,
        contact_area_mm2=float(areas[on_plate].sum()),
        up_area_mm2=float(areas[rise > 0.7071 * areas].sum()),
        down_area_mm2=float(areas[-rise > 0.7071 * areas].sum()),
        stands=bool(areas[on_plate].sum() > STANDING * covered),
        fits=fits,
    )


@kernel("UniTuple(f8, 2)(f8[:, ::1], i4[:, ::1], i1[::1], f8, i8, i8)")
def _columns(points: Array, triangles: Array, kind: Array, cell: float, columns: int, rows: int) -> tuple[float, float]:
    """(covered area, volume of support) on a grid of columns; kind: 0 faces up, 1 down, 2 down and in need of support.

    Every column is a list of the surfaces it crosses. From the plate up, each entry into the part that hangs needs
    support from the last exit below it.
    """
    starts = np.zeros(columns * rows + 1, dtype=np.int64)
    heights = np.empty(0)
    kinds = np.empty(0, dtype=np.int8)
    free = starts[:-1].copy()
    for fill in range(2):
        if fill == 1:
            for n in range(columns * rows):
                starts[n + 1] += starts[n]
            heights = np.empty(starts[-1])
            kinds = np.empty(starts[-1], dtype=np.int8)
            free = starts[:-1].copy()
        for t in range(len(triangles)):
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            ax, ay, bx, by = points[a, 0] / cell, points[a, 1] / cell, points[b, 0] / cell, points[b, 1] / cell
            cx, cy = points[c, 0] / cell, points[c, 1] / cell
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(area) < 1e-12:
                continue
            slope_x = ((points[b, 2] - points[a, 2]) * (cy - ay) - (points[c, 2] - points[a, 2]) * (by - ay)) / area
            slope_y = ((points[c, 2] - points[a, 2]) * (bx - ax) - (points[b, 2] - points[a, 2]) * (cx - ax)) / area
            for row in range(
                max(int(np.ceil(min(ay, by, cy) - 0.5)), 0), min(int(np.ceil(max(ay, by, cy) - 0.5)), rows)
            ):
                begin, end = span_of_row(ax, ay, bx, by, cx, cy, row + 0.5, columns)
                for column in range(begin, end):
                    where = row * columns + column
                    if fill == 0:
                        starts[where + 1] += 1
                    else:
                        height = points[a, 2] + slope_x * (column + 0.5 - ax) + slope_y * (row + 0.5 - ay)
                        # Kept in order while they come: there are few in a column.
                        k = free[where]
                        while k > starts[where] and heights[k - 1] > height:
                            heights[k], kinds[k] = heights[k - 1], kinds[k - 1]
                            k -= 1
                        heights[k], kinds[k] = height, kind[t]
                        free[where] += 1
    covered, support = 0, 0.0
    for where in range(columns * rows):
        if starts[where] == starts[where + 1]:
            continue
        covered += 1
        depth, floor = 0, 0.0
        for k in range(starts[where], starts[where + 1]):
            if kinds[k] == 0:
                depth -= 1
                if depth <= 0:
                    depth, floor = 0, heights[k]
            else:
                if depth == 0 and kinds[k] == 2:
                    support += heights[k] - floor
                depth += 1
    return covered * cell * cell, support * cell * cell
