"""The boundary representation of a CAD file as plain arrays: which face is what, and how faces meet along edges.

Filled by `readers.brep`, the one module that knows OpenCASCADE's own classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .facts import Triple
from .mesh import Floats, Ints

PLANE, CYLINDER, CONE, SPHERE, TORUS, OTHER = range(6)
CONCAVE, SMOOTH, CONVEX = -1, 0, 1


@dataclass(frozen=True, eq=False)
class Faces:
    """f faces. kind: (f,) int8 PLANE …; origin, axis: (f, 3) a point of the axis and its unit vector (mm; zero for
    planes and free surfaces); radius: (f,) mm of cylinders, else 0; turn: (f,) radians that a cylinder goes round;
    inner: (f,) whether the material lies outside of the round face, as in a hole."""

    kind: NDArray[np.int8]
    origin: Floats
    axis: Floats
    radius: Floats
    turn: Floats
    inner: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, eq=False)
class Edges:
    """e edges between two different faces. faces: (e, 2); point: (e, 3) its middle; normals: (e, 2, 3) outward normals
    of both faces there; fold: (e,) int8 CONCAVE, SMOOTH or CONVEX; length: (e,) mm."""

    faces: NDArray[np.int64]
    point: Floats
    normals: Floats
    fold: NDArray[np.int8]
    length: Floats


@dataclass(frozen=True, eq=False)
class Brep:
    """volume_mm3, area_mm2, centre_mm: exact ones of the solids, None where the file has anything that is no solid.
    of_triangle: (m,) the face that each triangle of the model was laid on. faces, edges: None where there are too many
    of them to look for features."""

    volume_mm3: float | None
    area_mm2: float | None
    centre_mm: Triple | None
    of_triangle: Ints
    faces: Faces | None
    edges: Edges | None
