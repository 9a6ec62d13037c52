"""Objects that contain other objects: 3MF components and AMF constellations expanded into placed meshes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..limits import Limits, Refused
from ..mesh import RawModel
from . import check_triangle_count

Matrix = NDArray[np.float64]
IDENTITY: Matrix = np.eye(4)


@dataclass(eq=False)
class Node:
    """An object of the file: its own mesh, and placed references to other objects (column-vector 4×4)."""

    vertices: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    triangles: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 3), dtype=np.int32))
    children: list[tuple[Hashable, Matrix]] = field(default_factory=list)
    colours: NDArray[np.int32] | None = None


Scene = dict[Hashable, Node]
Placed = Sequence[tuple[Hashable, Matrix]]


def expand(scene: Scene, roots: Placed, limits: Limits) -> RawModel:
    """Place every mesh reachable from `roots`. Size is counted before anything is copied.

    Raises Refused('component_cycle' | 'component_depth' | 'too_many_instances' | 'too_many_triangles' |
    'bad_reference').
    """
    sizes: dict[Hashable, tuple[int, int, int]] = {}
    instances = triangles = 0
    for key, _ in roots:
        _, more_instances, more_triangles = _size(scene, key, (), sizes, limits)
        instances += more_instances
        triangles += more_triangles
    if instances > limits.instances:
        raise Refused(
            "too_many_instances",
            f"The file places {instances:,} copies of its parts and the limit is {limits.instances:,}; "
            "please send one part and order a quantity.",
        )
    check_triangle_count(triangles, limits)
    vertices: list[NDArray[np.float64]] = [np.empty((0, 3))]
    faces: list[NDArray[np.int32]] = [np.empty((0, 3), dtype=np.int32)]
    groups: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    colours: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    offset = 0
    stack = [(key, matrix) for key, matrix in reversed(roots)]
    while stack:
        key, matrix = stack.pop()
        node = scene[key]
        stack.extend((child, matrix @ placed) for child, placed in reversed(node.children))
        if len(node.triangles) == 0:
            continue
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
        vertices.append(node.vertices @ matrix[:3, :3].T + matrix[:3, 3])
        faces.append((node.triangles[:, ::-1] if mirrored else node.triangles) + np.int32(offset))
        groups.append(np.full(len(node.vertices), len(groups), dtype=np.int32))
        colours.append(np.full(len(node.triangles), -1, np.int32) if node.colours is None else node.colours)
        offset += len(node.vertices)
    model = RawModel(np.concatenate(vertices), np.concatenate(faces), groups=np.concatenate(groups))
    painted = np.concatenate(colours)
    model.colours = painted if (painted >= 0).any() else None
    return model


def _size(
    scene: Scene,
    key: Hashable,
    above: tuple[Hashable, ...],
    sizes: dict[Hashable, tuple[int, int, int]],
    limits: Limits,
) -> tuple[int, int, int]:
    """(depth, instances, triangles) below `key`; each object is visited once however often it is placed."""
    if key in above:
        raise Refused("component_cycle", "An object of the file contains itself; please export it again.")
    if len(above) >= limits.component_depth:
        raise _too_deep(limits)
    if key in sizes:
        return sizes[key]
    if key not in scene:
        raise Refused("bad_reference", "The file places an object that is not in it; please export it again.")
    node = scene[key]
    depth, instances, triangles = 1, 1 if len(node.triangles) else 0, len(node.triangles)
    for child, _ in node.children:
        below = _size(scene, child, (*above, key), sizes, limits)
        depth = max(depth, below[0] + 1)
        # Empty objects count too: walking them costs time although they hold no triangles.
        instances += max(below[1], 1)
        triangles += below[2]
    if depth > limits.component_depth:
        raise _too_deep(limits)
    sizes[key] = (depth, instances, triangles)
    return sizes[key]


def _too_deep(limits: Limits) -> Refused:
    return Refused(
        "component_depth",
        f"Objects are nested more than {limits.component_depth} deep; please flatten the assembly before export.",
    )
