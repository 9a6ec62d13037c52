"""Whether a surface is closed, and how large its openings are if it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from penstock.engines.packing.model import Mesh

# Rims that enclose less than this share of the surface are seams between triangles that merely do not share corners.
SEAM_SHARE = 1e-5


@dataclass(frozen=True)
class Openings:
    """`edges`: edges with a triangle on one side only; `area_mm2`: what they leave open; `share` of the surface."""

    edges: int
    area_mm2: float
    share: float

    @property
    def is_open(self) -> bool:
        return self.share > SEAM_SHARE


def openings(mesh: Mesh) -> Openings:
    """The openings of a mesh with welded corners. An opening's area is that of the vector sum over its rim, so that
    cracks without width (corners that lie on a neighbour's edge) count nothing."""
    triangles = mesh.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    unordered = np.sort(edges, axis=1)
    _, where, counts = np.unique(unordered, axis=0, return_index=True, return_counts=True)
    rim = edges[where[counts == 1]]
    if not len(rim):
        return Openings(0, 0.0, 0.0)
    count = len(mesh.vertices)
    graph = coo_matrix((np.ones(len(rim), dtype=np.int8), (rim[:, 0], rim[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1][rim[:, 0]]
    start, end = mesh.vertices[rim[:, 0]], mesh.vertices[rim[:, 1]]
    middle = mesh.vertices[rim.ravel()].mean(axis=0)
    halves = np.cross(start - middle, end - middle) / 2.0
    areas = np.zeros((labels.max() + 1, 3))
    np.add.at(areas, labels, halves)
    open_mm2 = float(np.linalg.norm(areas, axis=1).sum())
    a, b, c = (mesh.vertices[triangles[:, corner]] for corner in range(3))
    whole = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)
    return Openings(len(rim), open_mm2, open_mm2 / whole if whole > 0 else 1.0)
