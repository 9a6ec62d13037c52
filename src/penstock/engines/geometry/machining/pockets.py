"""Pockets and slots: flat floors, the walls that rise from them, and the corners between the walls."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..brep import CONCAVE, CYLINDER, PLANE, SMOOTH, SPHERE, TORUS
from ..mesh import Floats
from .access import ALIKE, Access
from .body import Body, rounded
from .features import Pocket

# A wall leans no more than this from straight up; its normal against the floor's.
STEEP = 0.25
FACING = -0.5
# So much of the floor's rim rises as walls; else it is a step.
WALLED = 0.5
# So much of the floor is seen from straight above.
OPEN = 0.5
LEAST_MM = 0.05
MOST_WALLS = 200


def pockets(body: Body, seen: Access, in_holes: set[int]) -> list[Pocket]:
    """Pockets and slots whose floor a tool reaches straight, deepest first; the flat bottoms of holes are none."""
    found = []
    for floor in np.flatnonzero((body.faces.kind == PLANE) & (body.area > 0)).tolist():
        pocket = _pocket(body, floor, in_holes) if _is_open(body, seen, floor) else None
        if pocket is not None:
            found.append(pocket)
    return sorted(found, key=lambda pocket: -pocket.depth_mm)


def _is_open(body: Body, seen: Access, floor: int) -> bool:
    """The side of another pocket is flat and walled too, but what it faces is the wall across."""
    along = seen.directions @ body.mean[floor]
    reached = seen.reached[seen.face == floor, along.argmax()]
    return bool(along.max() > ALIKE and len(reached) and reached.mean() > OPEN)


def _pocket(body: Body, floor: int, in_holes: set[int]) -> Pocket | None:
    up = body.mean[floor] / max(float(np.linalg.norm(body.mean[floor])), 1e-12)
    walls, blends, walled = _walls(body, floor, up, in_holes)
    if not walls or len(walls) > MOST_WALLS:
        return None
    rim = sum(float(body.edges.length[edge]) for edge, _, _ in body.neighbours[floor])
    if walled < WALLED * rim:
        return None
    level = float(body.middle(floor) @ up)
    top = {wall: body.extent(wall, up)[1] - level for wall in walls}
    depth = max((min(top[a], top[b]) for a, b in combinations(walls, 2) if _face(walls[a], walls[b])), default=0.0)
    # A wall that is half round faces itself.
    for wall in walls:
        if body.faces.kind[wall] == CYLINDER and body.faces.inner[wall] and body.faces.turn[wall] > 0.9 * np.pi:
            depth = max(depth, top[wall])
    if depth < LEAST_MM:
        return None
    return Pocket(
        round(depth, 4),
        _rectangle(body, floor, up),
        _inner_radius(body, walls, up),
        rounded(up, 6),
        rounded(body.middle(floor)),
        body.ranges([floor, *blends, *walls]),
    )


def _walls(
    body: Body, floor: int, up: Floats, in_holes: set[int]
) -> tuple[dict[int, tuple[Floats, Floats]], list[int], float]:
    """(of each wall a point and its normal there, fillets between floor and walls, length of the rim that rises)."""
    walls: dict[int, tuple[Floats, Floats]] = {}
    blends: list[int] = []
    walled = 0.0
    for edge, side, beyond in body.neighbours[floor]:
        if beyond in in_holes:
            continue
        normal = body.edges.normals[edge, 1 - side]
        if body.edges.fold[edge] == CONCAVE and abs(normal @ up) < STEEP:
            walls[beyond] = (body.edges.point[edge], normal)
            walled += float(body.edges.length[edge])
        elif body.edges.fold[edge] == SMOOTH and body.faces.inner[beyond]:
            if body.faces.kind[beyond] not in (CYLINDER, TORUS, SPHERE):
                continue
            blends.append(beyond)
            walled += float(body.edges.length[edge])
            for onward, its_side, wall in body.neighbours[beyond]:
                normal = body.edges.normals[onward, 1 - its_side]
                rises = wall != floor and abs(normal @ up) < STEEP and body.edges.fold[onward] != CONCAVE
                if rises and body.faces.kind[wall] in (PLANE, CYLINDER):
                    upright = body.faces.kind[wall] == PLANE or abs(body.faces.axis[wall] @ up) > 1 - STEEP
                    if upright:
                        walls[wall] = (body.edges.point[onward], normal)
    return walls, blends, walled


def _face(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> bool:
    """Whether two walls look at each other, and not away as the sides of a boss do."""
    way = other[0] - one[0]
    return bool(one[1] @ other[1] < FACING and way @ one[1] > 0 and way @ other[1] < 0)


def _inner_radius(body: Body, walls: dict[int, tuple[Floats, Floats]], up: Floats) -> float | None:
    radii = [
        float(body.faces.radius[wall])
        for wall in walls
        if body.faces.kind[wall] == CYLINDER and body.faces.inner[wall] and abs(body.faces.axis[wall] @ up) > 1 - STEEP
    ]
    for wall in walls:
        for edge, _, beyond in body.neighbours[wall]:
            if beyond in walls and body.edges.fold[edge] == CONCAVE:
                radii.append(0.0)
    return round(min(radii), 4) if radii else None


def _rectangle(body: Body, floor: int, up: Floats) -> tuple[float, float]:
    """Sides of the smallest of the rectangles along the floor's own edges and axes, the longer first."""
    points = body.mesh.vertices[np.unique(body.mesh.triangles[body.triangles(floor)])]
    corners = body.mesh.corners[body.triangles(floor)]
    ways = (corners - np.roll(corners, 1, axis=1)).reshape(-1, 3)
    lengths = np.linalg.norm(ways, axis=1)
    longest = np.argsort(-lengths, kind="stable")[:40]
    best = (np.inf, np.inf)
    for way in ways[longest] / np.maximum(lengths[longest], 1e-12)[:, None]:
        along, across = np.ptp(points @ way), np.ptp(points @ np.cross(up, way))
        if along * across < best[0] * best[1]:
            best = (float(max(along, across)), float(min(along, across)))
    return round(best[0], 4), round(best[1], 4)
