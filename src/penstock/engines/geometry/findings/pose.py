"""The pose in which a part that is too large as it stands would go into a chamber after all."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.transform import Rotation

from ..facts import Triple
from ..mesh import Floats

# Turns tried, spread evenly over all there are (about 9° from each to the next); the best are refined.
TURNS = 6000
REFINED = 12
ROUNDS = 5


def pose_that_fits(points: Floats, rooms: tuple[Triple, ...]) -> tuple[Triple, list[list[float]]] | None:
    """(the chamber, rows of the rotation matrix) of a pose in which all (n, 3) points fit, or None if none is found.

    rooms: sides in mm, longest first; the turned part's x goes along the longest side. Not finding one is not a
    proof that there is none, but the room would have to be tight to a few per mille.
    """
    try:
        corners = points[ConvexHull(points).vertices]
    except QhullError:
        corners = points
    corners = corners - corners.mean(axis=0)
    turns = Rotation.from_quat(np.random.default_rng(7).normal(size=(TURNS, 4)))
    for room in rooms:
        excess = _excess(turns, corners, room)
        for start in np.argsort(excess)[:REFINED]:
            best, least = turns[int(start)], float(excess[start])
            spread = 0.1
            for round_number in range(ROUNDS):
                rng = np.random.default_rng(round_number)
                near = Rotation.from_rotvec(rng.normal(0, spread, (300, 3))) * best
                tried = _excess(near, corners, room)
                if tried.min() < least:
                    best, least = near[int(tried.argmin())], float(tried.min())
                spread /= 2.5
            if least <= 1:
                return room, [[round(float(v), 6) for v in row] for row in best.as_matrix()]
    return None


def _excess(turns: Rotation, corners: Floats, room: Triple) -> Floats:
    """How many times too long the worst side is in each turn; at most 1 fits."""
    matrices = turns.as_matrix()
    worst = np.zeros(len(matrices))
    for axis in range(3):
        along = corners @ matrices[:, axis].T
        np.maximum(worst, np.ptp(along, axis=0) / room[axis], out=worst)
    return worst
