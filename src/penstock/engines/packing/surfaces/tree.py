"""A tree of boxes over a surface's triangles, so that what is far away is never looked at.

Triangles are sorted along a Morton curve and grouped by `LEAF`; the groups are the leaves of a full binary tree
kept as a heap (children of node i: 2i + 1 and 2i + 2), each node with the box of what lies below it. Building is
one sort and a few array operations (Karras, HPG 2012, shows why the curve's order is a good tree).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from penstock.engines.packing.model import FloatArray, IntArray, Mesh

LEAF = 4
MORTON_BITS = 10


@dataclass(frozen=True, eq=False)
class SurfaceTree:
    """`corners` (n, 3, 3): triangles in the tree's order, mm; `lows`, `highs` (2 × leaves − 1, 3): boxes of the nodes
    (low > high where a padded node holds nothing)."""

    mesh: Mesh
    corners: FloatArray
    lows: FloatArray
    highs: FloatArray

    @classmethod
    def of(cls, mesh: Mesh) -> SurfaceTree:
        corners = np.ascontiguousarray(mesh.vertices[mesh.triangles], dtype=np.float64)
        corners = np.ascontiguousarray(corners[np.argsort(_morton(corners.mean(axis=1)), kind="stable")])
        groups = -(-len(corners) // LEAF)
        leaves = 1 << max(groups - 1, 0).bit_length()
        lows, highs = np.full((2 * leaves - 1, 3), np.inf), np.full((2 * leaves - 1, 3), -np.inf)
        starts = np.arange(0, len(corners), LEAF)
        lows[leaves - 1 : leaves - 1 + groups] = np.minimum.reduceat(corners.min(axis=1), starts)
        highs[leaves - 1 : leaves - 1 + groups] = np.maximum.reduceat(corners.max(axis=1), starts)
        while leaves > 1:
            below = slice(leaves - 1, 2 * leaves - 1)
            leaves //= 2
            lows[leaves - 1 : 2 * leaves - 1] = lows[below].reshape(-1, 2, 3).min(axis=1)
            highs[leaves - 1 : 2 * leaves - 1] = highs[below].reshape(-1, 2, 3).max(axis=1)
        return cls(mesh, corners, lows, highs)

    @cached_property
    def piece_points(self) -> FloatArray:
        """(k, 3): one point of each connected piece of the surface."""
        triangles, count = self.mesh.triangles, len(self.mesh.vertices)
        rows, columns = triangles[:, [0, 1]].ravel(), triangles[:, [1, 2]].ravel()
        graph = coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, count))
        labels = connected_components(graph, directed=False)[1]
        first = np.unique(labels[triangles[:, 0]], return_index=True)[1]
        points: FloatArray = self.mesh.vertices[triangles[first, 0]]
        return points


def box_mesh(low: FloatArray, high: FloatArray) -> Mesh:
    """The surface of an axis-aligned box."""
    ends = np.array([low, high], dtype=np.float64)
    vertices = np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    triangles = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return Mesh(vertices, np.array(triangles, dtype=np.int64))


def _morton(points: FloatArray) -> IntArray:
    """Places along a curve that visits neighbours one after another."""
    low = points.min(axis=0)
    span = max(float((points.max(axis=0) - low).max()), np.finfo(float).tiny)
    cells = np.minimum((points - low) / span * (1 << MORTON_BITS), (1 << MORTON_BITS) - 1).astype(np.int64)
    code = np.zeros(len(points), dtype=np.int64)
    for bit in range(MORTON_BITS):
        for axis in range(3):
            code |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return code
