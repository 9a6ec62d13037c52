"""From which directions a tool reaches the faces of a part: set-ups, undercuts, and corners only reached along.

A thin straight tool is meant, as with the rays of `findings.milling`; here it may come from the directions that the
part's own faces and holes suggest, and a set-up is one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..brep import CYLINDER, PLANE
from ..findings.rays import EITHER, first_hits
from ..findings.tree import plant
from ..mesh import Floats
from .body import Body
from .features import Corner, Hole

SIDES = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], dtype=float)
MOST_DIRECTIONS = 26
ALIKE = np.cos(np.radians(2.0))
SAMPLES, LEAST_EACH, MOST_EACH = 8000, 3, 40
# Rays start so far off the surface (of the part's length); a wall along the tool is cut by its side.
OFF, ALONG = 2e-4, -0.03
# So much of what can be reached of a face has to be, before the face counts as done.
DONE = 0.9
# A face is undercut where no tool comes to more than this share of it.
HIDDEN = 0.3
# A tool comes to a corner from the side where at least so much of it is met.
FROM_THE_SIDE = 0.5


@dataclass(frozen=True, eq=False)
class Access:
    """directions (d, 3); face (k,) of each sample; reached (k, d) whether the tool comes to it from there."""

    directions: Floats
    face: NDArray[np.int64]
    reached: NDArray[np.bool_]


def access(body: Body, holes: list[Hole]) -> Access:
    """Rays from samples of every face in every direction worth trying."""
    directions = _directions(body, holes)
    triangles, points = _samples(body)
    corners = body.mesh.corners[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    size = float(np.ptp(body.mesh.bounds_mm, axis=0).max())
    starts = points + normals * (OFF * size)
    tree = plant(body.mesh)
    reached = np.asarray(normals @ directions.T > ALONG)
    for n, direction in enumerate(directions):
        asked = np.flatnonzero(reached[:, n])
        _, hit = first_hits(tree, starts[asked], np.tile(direction, (len(asked), 1)), None, 0.0, np.inf, EITHER)
        reached[asked, n] = hit < 0
    return Access(directions, body.of_triangle[triangles].astype(np.int64), reached)


def _directions(body: Body, holes: list[Hole]) -> Floats:
    """The six sides, then along holes, flat faces (the largest first) and round ones, each once."""
    faces = body.faces
    tried = [*SIDES, *(np.array(hole.direction) for hole in holes)]
    tried += [-np.array(hole.direction) for hole in holes if hole.through]
    flat = np.flatnonzero((faces.kind == PLANE) & (body.area > 0))
    for face in flat[np.argsort(-body.area[flat], kind="stable")].tolist():
        tried.append(body.mean[face] / max(float(np.linalg.norm(body.mean[face])), 1e-12))
    for face in np.flatnonzero((faces.kind == CYLINDER) & (body.area > 0)).tolist():
        tried += [faces.axis[face], -faces.axis[face]]
    kept: list[Floats] = []
    for direction in tried:
        if len(kept) < MOST_DIRECTIONS and (not kept or max(np.array(kept) @ direction) < ALIKE):
            kept.append(direction)
    return np.array(kept)


def _samples(body: Body) -> tuple[NDArray[np.int64], Floats]:
    """(triangle, point) spread over every face, the more on the larger ones."""
    count = len(body.faces)
    each = np.clip(SAMPLES * body.area / max(float(body.area.sum()), 1e-300), LEAST_EACH, MOST_EACH).astype(int)
    chosen, shares = [], []
    for face in range(count):
        own = body.triangles(face)
        areas = np.cumsum(body.areas[own])
        if len(own) == 0 or areas[-1] <= 0:
            continue
        # Evenly along the area; within a triangle by the R2 sequence (Roberts 2018).
        at = (np.arange(each[face]) + 0.5) / each[face] * areas[-1]
        chosen.append(own[np.minimum(np.searchsorted(areas, at), len(own) - 1)])
        k = np.arange(each[face])
        u, v = (1 / 3 + k * 0.7548776662466927) % 1, (1 / 3 + k * 0.5698402909980532) % 1
        over = u + v > 1
        u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
        shares.append(np.stack([1 - u - v, u, v], axis=1))
    triangles = np.concatenate(chosen)
    points: Floats = np.einsum("kc,kcd->kd", np.concatenate(shares), body.mesh.corners[triangles])
    return triangles, points


def setups(found: Access) -> list[Floats]:
    """Few directions from which everything is reached that can be: the one that adds most, until nothing is missing."""
    faces = int(found.face.max()) + 1
    reachable = found.reached.any(axis=1)
    wanted = np.bincount(found.face[reachable], minlength=faces)
    weight = 1.0 / np.maximum(wanted, 1)[found.face]
    done = ~reachable
    chosen: list[int] = []
    while True:
        missing = np.bincount(found.face[~done], minlength=faces)
        open_faces = missing > (1 - DONE) * wanted
        left = ~done & open_faces[found.face]
        if not left.any():
            break
        gain = (found.reached & left[:, None]).T @ weight
        # What hangs on one direction alone comes first: it has to be taken in any case.
        only = left & (found.reached.sum(axis=1) == 1)
        forced = (found.reached & only[:, None]).sum(axis=0)
        best = int((gain + 1e6 * (forced > 0) * (gain > 0)).argmax())
        if gain[best] <= 0:
            break
        chosen.append(best)
        done |= found.reached[:, best]
    return [found.directions[n] for n in _needed(found, chosen, wanted)]


def _needed(found: Access, chosen: list[int], wanted: NDArray[np.int64]) -> list[int]:
    """Without those that the others have made superfluous."""
    kept = list(chosen)
    for each in chosen:
        others = [n for n in kept if n != each]
        if not others:
            continue
        reached = found.reached[:, others].any(axis=1)
        if (np.bincount(found.face[reached], minlength=len(wanted)) >= DONE * wanted).all():
            kept = others
    return kept


def undercut(body: Body, found: Access) -> list[int]:
    """Faces that hide from every direction for a good part."""
    total = np.bincount(found.face, minlength=len(body.faces))
    hidden = np.bincount(found.face[~found.reached.any(axis=1)], minlength=len(body.faces))
    return np.flatnonzero(hidden > HIDDEN * np.maximum(total, 1)).tolist()


def corners(body: Body, found: Access, in_holes: set[int]) -> list[Corner]:
    """Rounded inner corners that are reached along their axis and not from the side, alike ones together."""
    alike: dict[tuple[float, float], list[int]] = {}
    faces = body.faces
    for face in np.flatnonzero((faces.kind == CYLINDER) & faces.inner & (body.area > 0)).tolist():
        if face in in_holes:
            continue
        axis = faces.axis[face]
        lean = np.abs(found.directions @ axis)
        reached = found.reached[found.face == face]
        if not len(reached) or not reached[:, lean > ALIKE].any():
            continue
        if reached[:, lean < 0.2].mean(axis=0).max(initial=0.0) >= FROM_THE_SIDE:
            continue
        low, high = body.extent(face, axis)
        alike.setdefault((round(float(faces.radius[face]), 3), round(high - low, 2)), []).append(face)
    return [Corner(radius, depth, len(each), body.ranges(each)) for (radius, depth), each in sorted(alike.items())]
