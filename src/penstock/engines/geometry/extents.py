"""Convex hull and the smallest box around a part.

Both depend on the outermost points only. Points inside a rough inner hull are left out first, which changes nothing;
what is left of a fine smooth surface is then thinned by direction, so that a scan costs no more than a CAD part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from .compiled import kernel
from .mesh import Floats, Ints
from .sums import bounds

FEW_POINTS = 2000
# Single precision moves the points of a flat face this far from its plane, as a share of the part's size across it.
ROUNDING = 1e-7
# Of a smooth surface with more points than this, the farthest in each of 6 × 64² directions are kept: the hull volume
# of a sphere comes out 2e-4 too small then, at most.
EXACT_POINTS = 30_000
HULL_CELLS = 64
# The box's direction is searched with fewer points; its sides are measured with all of them.
BOX_POINTS = 400
BOX_CELLS = 8
MAX_DIRECTIONS = 48


@dataclass(frozen=True)
class Box:
    """Side lengths in mm, longest first."""

    sides_mm: tuple[float, float, float]
    kind: Literal["oriented", "axis_aligned"]


def hull_and_box(points: Floats) -> tuple[float, Box]:
    """(volume of the convex hull in mm³, smallest box found) of (n, 3) points in mm.

    The box is searched among those with one side flush with one of the largest hull faces and, in that
    plane, one side flush with a hull edge; the axis-aligned box is kept where nothing smaller is found. Flat
    point sets have hull volume 0 and the axis-aligned box.
    """
    low, high = bounds(points)
    sides = high - low
    best = Box(_sorted(sides), "axis_aligned")
    if not sides.all():
        return 0.0, best
    volume, corners, faces = _hull(_outermost(points, (low + high) / 2, sides))
    if volume <= 0:
        return 0.0, best
    search = corners
    if len(corners) > BOX_POINTS:
        search = corners[_farthest(corners, sides / 2, BOX_CELLS)]
    frame = _best_frame(search, _face_directions(corners, faces))
    low, high = bounds(points @ frame.T)
    # A box may beat the axis-aligned one by rounding alone; then the familiar numbers are worth more.
    if np.prod(high - low) < float(np.prod(sides)) * (1 - 1e-6):
        best = Box(_sorted(high - low), "oriented")
    return volume, best


def _hull(points: Floats) -> tuple[float, Floats, Ints]:
    """(volume, corners (k, 3), faces (f, 3)) of the convex hull; nothing of it if the points are flat."""
    try:
        hull = ConvexHull(points)
    except QhullError:
        return 0.0, np.empty((0, 3)), np.empty((0, 3), dtype=np.int32)
    number = np.zeros(len(points), dtype=np.int32)
    number[hull.vertices] = np.arange(len(hull.vertices), dtype=np.int32)
    a, b, c = (points[hull.simplices[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    faces = number[hull.simplices]
    faces[inward] = faces[inward][:, [0, 2, 1]]
    return float(hull.volume), np.ascontiguousarray(points[hull.vertices]), faces


def _sorted(sides: Floats) -> tuple[float, float, float]:
    a, b, c = sorted((float(side) for side in sides), reverse=True)
    return a, b, c


def _outermost(points: Floats, middle: Floats, sides: Floats) -> Floats:
    """Points relative to the middle of their box, without those that cannot be corners of the hull."""
    outer: Floats = points - middle
    if len(outer) <= FEW_POINTS:
        return outer
    directions = np.array(
        [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) > (0, 0, 0)]
    )
    extremes = np.unique(_extremes(outer, directions / sides))
    _, corners, faces = _hull(outer[extremes])
    if len(faces) == 0:
        return outer
    a, b, c = (corners[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    normals, a = normals[lengths > 0] / lengths[lengths > 0, None], a[lengths > 0]
    planes = np.column_stack([normals, -np.einsum("ij,ij->i", normals, a) - ROUNDING * (abs(normals) @ sides)])
    keep = _outside(outer, planes)
    keep[extremes] = True
    outer = outer[keep]
    if len(outer) > EXACT_POINTS:
        outer = outer[_farthest(outer, sides / 2, HULL_CELLS)]
    return outer


def _face_directions(corners: Floats, faces: Ints) -> Floats:
    """(k, 3) unit normals of the hull's largest flat sides, opposite ones merged."""
    a, b, c = (corners[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    areas = np.linalg.norm(normals, axis=1)
    solid = areas > 0
    normals, areas = normals[solid] / areas[solid, None], areas[solid]
    leading = np.take_along_axis(normals, abs(normals).argmax(axis=1)[:, None], axis=1)
    steps = np.round(normals * np.sign(leading) * 10_000).astype(np.int64) + 20_000
    keys, number = np.unique((steps[:, 0] * 65_536 + steps[:, 1]) * 65_536 + steps[:, 2], return_inverse=True)
    number = number.reshape(-1)
    largest = np.argsort(-np.bincount(number, areas, len(keys)))[:MAX_DIRECTIONS]
    # The rounding served to merge; the box is laid against an exact face.
    one_of = np.empty(len(keys), dtype=np.int64)
    one_of[number] = np.arange(len(number))
    return np.ascontiguousarray(normals[one_of[largest]])


@kernel("int64[::1](float64[:, ::1], float64[:, ::1])")
def _extremes(points: Floats, directions: Floats) -> NDArray[np.int64]:
    """Numbers of the points farthest along each direction and against it."""
    count = len(directions)
    found = np.zeros(2 * count, np.int64)
    best = np.full(2 * count, -np.inf)
    for i in range(len(points)):
        for d in range(count):
            reach = points[i, 0] * directions[d, 0] + points[i, 1] * directions[d, 1] + points[i, 2] * directions[d, 2]
            if reach > best[d]:
                best[d], found[d] = reach, i
            if -reach > best[count + d]:
                best[count + d], found[count + d] = -reach, i
    return found


@kernel("boolean[::1](float64[:, ::1], float64[:, ::1])")
def _outside(points: Floats, planes: Floats) -> NDArray[np.bool_]:
    """Which points lie beyond any of the planes (k, 4)."""
    keep = np.zeros(len(points), np.bool_)
    last = 0
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        # Neighbours in the file mostly lie beyond the same plane.
        for step in range(len(planes)):
            p = last + step
            if p >= len(planes):
                p -= len(planes)
            if planes[p, 0] * x + planes[p, 1] * y + planes[p, 2] * z + planes[p, 3] > 0:
                keep[i] = True
                last = p
                break
    return keep


@kernel("int64[::1](float64[:, ::1], float64[::1], int64)")
def _farthest(points: Floats, scale: Floats, cells: int) -> NDArray[np.int64]:
    """Numbers of the points farthest from 0 in each of 6 × cells² directions; (n, 3) points, made round by scale."""
    best = np.full(6 * cells * cells, -1.0)
    found = np.full(6 * cells * cells, -1, np.int64)
    for i in range(len(points)):
        x, y, z = points[i, 0] / scale[0], points[i, 1] / scale[1], points[i, 2] / scale[2]
        ax, ay, az = abs(x), abs(y), abs(z)
        if ax >= ay and ax >= az:
            side, lead, u, v = 0 if x > 0 else 1, ax, y, z
        elif ay >= az:
            side, lead, u, v = 2 if y > 0 else 3, ay, x, z
        else:
            side, lead, u, v = 4 if z > 0 else 5, az, x, y
        if lead == 0:
            continue
        column = min(int((u / lead + 1) / 2 * cells), cells - 1)
        row = min(int((v / lead + 1) / 2 * cells), cells - 1)
        cell = (side * cells + row) * cells + column
        distance = x * x + y * y + z * z
        if distance > best[cell]:
            best[cell], found[cell] = distance, i
    return found[found >= 0]


@kernel("float64[:, ::1](float64[:, ::1], float64[:, ::1])")
def _best_frame(points: Floats, normals: Floats) -> Floats:
    """(3, 3) rows: axes of the smallest box around the points with one side across one of the normals.

    In the plane across each normal the points' outline is wrapped (Jarvis), and one side of the smallest rectangle
    around an outline is flush with one of its edges (Freeman & Shapira 1975).
    """
    n = len(points)
    frame = np.eye(3)
    smallest = np.inf
    flat = np.empty((n, 2))
    outline = np.empty(n + 1, np.int64)
    for d in range(len(normals)):
        nx, ny, nz = normals[d, 0], normals[d, 1], normals[d, 2]
        # Some direction across the normal, and the one across both.
        if abs(nx) <= abs(ny) and abs(nx) <= abs(nz):
            ux, uy, uz = 0.0, nz, -ny
        elif abs(ny) <= abs(nz):
            ux, uy, uz = -nz, 0.0, nx
        else:
            ux, uy, uz = ny, -nx, 0.0
        length = np.sqrt(ux * ux + uy * uy + uz * uz)
        ux, uy, uz = ux / length, uy / length, uz / length
        vx, vy, vz = ny * uz - nz * uy, nz * ux - nx * uz, nx * uy - ny * ux
        low, high, leftmost = np.inf, -np.inf, 0
        for i in range(n):
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            height = x * nx + y * ny + z * nz
            low, high = min(low, height), max(high, height)
            flat[i, 0], flat[i, 1] = x * ux + y * uy + z * uz, x * vx + y * vy + z * vz
            if flat[i, 0] < flat[leftmost, 0]:
                leftmost = i
        corners, at = 0, leftmost
        while corners < n:
            outline[corners] = at
            corners += 1
            following = -1
            for i in range(n):
                dx, dy = flat[i, 0] - flat[at, 0], flat[i, 1] - flat[at, 1]
                if dx == 0 and dy == 0:
                    continue
                if following < 0:
                    following = i
                    continue
                ex, ey = flat[following, 0] - flat[at, 0], flat[following, 1] - flat[at, 1]
                turn = ex * dy - ey * dx
                if turn < 0 or (turn == 0 and dx * dx + dy * dy > ex * ex + ey * ey):
                    following = i
            if following < 0 or following == leftmost:
                break
            at = following
        outline[corners] = leftmost
        for k in range(corners):
            ex = flat[outline[k + 1], 0] - flat[outline[k], 0]
            ey = flat[outline[k + 1], 1] - flat[outline[k], 1]
            length = np.sqrt(ex * ex + ey * ey)
            if length == 0:
                continue
            ex, ey = ex / length, ey / length
            near, far, left, right = np.inf, -np.inf, np.inf, -np.inf
            for i in range(corners):
                along = flat[outline[i], 0] * ex + flat[outline[i], 1] * ey
                beside = flat[outline[i], 1] * ex - flat[outline[i], 0] * ey
                near, far = min(near, along), max(far, along)
                left, right = min(left, beside), max(right, beside)
            volume = (high - low) * (far - near) * (right - left)
            if volume < smallest:
                smallest = volume
                frame[0, 0], frame[0, 1], frame[0, 2] = nx, ny, nz
                frame[1, 0], frame[1, 1], frame[1, 2] = ex * ux + ey * vx, ex * uy + ey * vy, ex * uz + ey * vz
                frame[2, 0], frame[2, 1], frame[2, 2] = ex * vx - ey * ux, ex * vy - ey * uy, ex * vz - ey * uz
    return frame
