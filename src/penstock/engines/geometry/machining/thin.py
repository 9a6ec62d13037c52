"""The thinnest wall between two flat faces, or between a round face and a bore on the same axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..brep import CYLINDER, PLANE
from ..mesh import Floats
from .body import Body
from .holes import SAME_MM

PARALLEL = 1 - 1e-6
LEAST_MM = 1e-3
MOST_FACES = 1500
MOST_LOOKED_AT = 150
# Points on a triangle that stand for it, as shares of its corners.
SPREAD = np.array(
    [
        *([1 / 3, 1 / 3, 1 / 3], [0.48, 0.48, 0.04], [0.48, 0.04, 0.48], [0.04, 0.48, 0.48]),
        *([0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]),
    ]
)


def thinnest(body: Body) -> tuple[float | None, list[int]]:
    """(mm, the two faces), (None, []) where no two faces are parallel or coaxial with material between."""
    best: tuple[float | None, list[int]] = _tubes(body)
    for thickness, one, other in _plates(body):
        if best[0] is not None and thickness >= best[0]:
            break
        if _overlap(body, one, other):
            best = (thickness, [one, other])
            break
    return (None if best[0] is None else round(best[0], 4)), best[1]


def _plates(body: Body) -> list[tuple[float, int, int]]:
    """Pairs of flat faces that look away from each other, the closest first."""
    flat = np.flatnonzero((body.faces.kind == PLANE) & (body.area > 0))
    flat = flat[np.argsort(-body.area[flat], kind="stable")][:MOST_FACES]
    normals = body.mean[flat] / np.maximum(np.linalg.norm(body.mean[flat], axis=1, keepdims=True), 1e-12)
    points = np.array([body.mesh.vertices[body.mesh.triangles[body.triangles(face)[0], 0]] for face in flat.tolist()])
    pairs = []
    for n in range(len(flat)):
        away = np.flatnonzero(normals[n + 1 :] @ normals[n] < -PARALLEL) + n + 1
        between = (points[n] - points[away]) @ normals[n]
        pairs += [(float(t), int(flat[n]), int(flat[m])) for t, m in zip(between, away, strict=True) if t > LEAST_MM]
    return sorted(pairs)[:MOST_LOOKED_AT]


def _tubes(body: Body) -> tuple[float | None, list[int]]:
    """Bores and the round faces around them."""
    faces = body.faces
    cylinders = np.flatnonzero((faces.kind == CYLINDER) & (body.area > 0))[:MOST_FACES]
    best: tuple[float | None, list[int]] = (None, [])
    for bore in cylinders[faces.inner[cylinders]].tolist():
        for outside in cylinders[~faces.inner[cylinders]].tolist():
            axis = faces.axis[bore]
            wall = float(faces.radius[outside] - faces.radius[bore])
            if (
                wall < LEAST_MM
                or (best[0] is not None and wall >= best[0])
                or abs(faces.axis[outside] @ axis) < PARALLEL
            ):
                continue
            way = faces.origin[outside] - faces.origin[bore]
            low, high = body.extent(bore, axis)
            lower, higher = body.extent(outside, axis)
            if np.linalg.norm(way - axis * (way @ axis)) < SAME_MM and min(high, higher) - max(low, lower) > LEAST_MM:
                best = (wall, [bore, outside])
    return best


def _overlap(body: Body, one: int, other: int) -> bool:
    """Whether some of one face lies straight behind the other."""
    normal = body.mean[one]
    first = np.cross(normal, [1.0, 0, 0] if abs(normal[0]) < 0.7 else [0, 1.0, 0])
    frame = np.stack([first / np.linalg.norm(first), np.cross(normal, first / np.linalg.norm(first))], axis=1)
    return any(
        _inside(body.mesh.corners[body.triangles(a)] @ frame, body.mesh.corners[body.triangles(b)] @ frame)
        for a, b in ((one, other), (other, one))
    )


def _inside(points_on: Floats, triangles: Floats) -> bool:
    """Whether a point spread over (k, 3, 2) triangles lies inside one of the (m, 3, 2) others."""
    points = np.einsum("sc,kcd->ksd", SPREAD, points_on[:100]).reshape(-1, 2)
    signs: list[NDArray[np.float64]] = []
    triangles = triangles[:1000]
    for n in range(3):
        start, way = triangles[:, n], triangles[:, (n + 1) % 3] - triangles[:, n]
        to = points[:, None] - start
        signs.append(way[:, 0] * to[..., 1] - way[:, 1] * to[..., 0])
    stack = np.stack(signs)
    return bool(((stack > 0).all(axis=0) | (stack < 0).all(axis=0)).any())
