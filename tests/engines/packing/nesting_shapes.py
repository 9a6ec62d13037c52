"""Small meshes to pack in tests."""

from __future__ import annotations

import numpy as np
import trimesh

from penstock.engines.packing import Mesh


def as_mesh(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(np.array(shape.vertices, dtype=np.float64), np.array(shape.faces, dtype=np.int64))


def box(x: float, y: float, z: float) -> Mesh:
    return as_mesh(trimesh.creation.box((x, y, z)))


def ball(radius: float) -> Mesh:
    return as_mesh(trimesh.creation.icosphere(2, radius))


def angle(edge: float, wall: float) -> Mesh:
    """An L-shaped bar."""
    long = trimesh.creation.box(bounds=[(0, 0, 0), (edge, wall, edge / 2)])
    up = trimesh.creation.box(bounds=[(0, 0, 0), (wall, edge, edge / 2)])
    return as_mesh(trimesh.boolean.union([long, up], engine="manifold"))


def cup(edge: float, wall: float) -> Mesh:
    """A box open at the top."""
    outer = trimesh.creation.box(bounds=[(0, 0, 0), (edge, edge, edge)])
    inner = trimesh.creation.box(bounds=[(wall, wall, wall), (edge - wall, edge - wall, edge + 1)])
    return as_mesh(trimesh.boolean.difference([outer, inner], engine="manifold"))


def without(mesh: Mesh, triangles: int) -> Mesh:
    """The mesh with its last triangles missing."""
    return Mesh(mesh.vertices, mesh.triangles[:-triangles])


def turned(mesh: Mesh, degrees: float) -> Mesh:
    """Turned about an axis that is none of the three."""
    turn = trimesh.transformations.rotation_matrix(np.radians(degrees), (1, 2, 3))[:3, :3]
    return Mesh(mesh.vertices @ turn.T, mesh.triangles)
