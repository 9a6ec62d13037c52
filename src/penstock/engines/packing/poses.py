"""The ways an item may lie: rotations its orientation policy allows, with the box each one occupies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from penstock.engines.packing.model import CONTACT_DEG, Chamber, FloatArray, Item, PackingError, Vector

SAME_BOX_MM = 1e-6
ROTATION_TOLERANCE = 1e-6


def _axis_rotations() -> tuple[FloatArray, ...]:
    """The 24 proper rotations that map axes onto axes; the unturned one first."""
    found = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return tuple(found)


AXIS_ROTATIONS = _axis_rotations()
ABOUT_Z = tuple(matrix for matrix in AXIS_ROTATIONS if matrix[2, 2] > 0.5)


@dataclass(frozen=True, eq=False)
class Poses:
    """`rotations` (k, 3, 3); `extents_mm` (k, 3) of the turned box; `lows_mm` (k, 3): its lower corner when
    the item is turned about its own origin but not moved."""

    rotations: FloatArray
    extents_mm: FloatArray
    lows_mm: FloatArray

    def take(self, keep: FloatArray | list[int]) -> Poses:
        chosen = np.asarray(keep)
        return Poses(self.rotations[chosen], self.extents_mm[chosen], self.lows_mm[chosen])

    def __len__(self) -> int:
        return len(self.rotations)


def no_pose(item: Item) -> tuple[str, str]:
    """(code, reason) of an item that nothing allows to lie anyhow."""
    return "no_pose", f"{item.id}: its orientation, tilt and contact faces leave it no pose"


def own_box_mm(item: Item) -> tuple[FloatArray, FloatArray]:
    """Lower and upper corner of the item in its own coordinates."""
    if item.mesh is not None:
        return item.mesh.bounds_mm()
    if item.size_mm is None:
        raise PackingError(f"{item.id}: neither a size nor a mesh is given")
    low = np.asarray(item.origin_mm, dtype=np.float64)
    return low, low + np.asarray(item.size_mm, dtype=np.float64)


def origin_mm(item: Item) -> Vector:
    x, y, z = own_box_mm(item)[0].tolist()
    return (x, y, z)


def volume_mm3(item: Item) -> float:
    """Part volume of one copy: as given, else the mesh's, else the box's."""
    if item.volume_mm3 is not None:
        return item.volume_mm3
    if item.mesh is not None:
        return item.mesh.volume_mm3()
    low, high = own_box_mm(item)
    return float(np.prod(high - low))


def is_rotation(matrix: FloatArray) -> bool:
    return bool(
        matrix.shape == (3, 3)
        and np.allclose(matrix @ matrix.T, np.eye(3), atol=ROTATION_TOLERANCE)
        and np.linalg.det(matrix) > 0
    )


def allowed_rotations(item: Item) -> tuple[FloatArray, ...]:
    """What the policy allows, before `pose_ok`."""
    if item.orientation == "poses":
        return tuple(np.asarray(pose, dtype=np.float64) for pose in item.poses)
    return {"any": AXIS_ROTATIONS, "about_z": ABOUT_Z, "fixed": AXIS_ROTATIONS[:1]}[item.orientation]


def pose_ok(item: Item, rotation: FloatArray) -> bool:
    """Whether tilt and contact faces allow it."""
    return tilt_ok(item, rotation) and contact_ok(item, rotation)


def tilt_ok(item: Item, rotation: FloatArray) -> bool:
    if item.max_tilt_deg is None:
        return True
    return bool(rotation[2, 2] >= np.cos(np.radians(item.max_tilt_deg)) - ROTATION_TOLERANCE)


def contact_ok(item: Item, rotation: FloatArray) -> bool:
    if item.no_contact is None or item.mesh is None:
        return True
    a, b, c = (item.mesh.vertices[item.mesh.triangles[item.no_contact, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    areas = np.linalg.norm(normals, axis=1)
    down = -(normals @ rotation[2])
    return not bool(np.any(down > np.cos(np.radians(CONTACT_DEG)) * areas * (1.0 + ROTATION_TOLERANCE)))


def _distinct(item: Item) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """One rotation for each different box: a packer of boxes cannot tell the others apart."""
    rotations = np.array([rotation for rotation in allowed_rotations(item) if pose_ok(item, rotation)]).reshape(
        -1, 3, 3
    )
    points = np.array(list(product(*zip(*own_box_mm(item), strict=True))))
    if item.mesh is not None and item.orientation == "poses":
        points = item.mesh.vertices
    turned = points @ rotations.transpose(0, 2, 1)
    seen: set[tuple[int, ...]] = set()
    for rotation, low, high in zip(rotations, turned.min(axis=1), turned.max(axis=1), strict=True):
        key = tuple(np.rint((high - low) / SAME_BOX_MM).astype(int).tolist())
        if key not in seen:
            seen.add(key)
            yield rotation, high - low, low


def poses_of(item: Item) -> Poses:
    """All distinct poses of an item, the most natural first. Empty when the policy forbids every pose."""
    found = list(_distinct(item))
    if not found:
        return Poses(np.zeros((0, 3, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
    rotations, extents, lows = zip(*found, strict=True)
    return Poses(np.array(rotations), np.array(extents), np.array(lows))


def fits_alone(extents_mm: FloatArray, chamber: Chamber) -> bool:
    """Whether a box of this size fits in the middle of the chamber when it is empty (keep-outs aside)."""
    slack = 1e-9
    wall = chamber.wall_clearance_mm
    half = extents_mm[:2] / 2.0
    inner = np.asarray(chamber.size_mm) - 2.0 * wall
    if np.any(extents_mm > inner + slack):
        return False
    if chamber.shape == "cylinder":
        return bool(np.hypot(*half) <= min(chamber.size_mm[:2]) / 2.0 - wall + slack)
    if chamber.shape == "rounded":
        into_corner = half - (np.asarray(chamber.size_mm[:2]) / 2.0 - chamber.corner_radius_mm)
        if np.all(into_corner > 0):
            return bool(np.hypot(*into_corner) <= max(chamber.corner_radius_mm - wall, 0.0) + slack)
    return True


def usable_poses(item: Item, chamber: Chamber, known: Poses | None = None) -> Poses:
    """Poses in which the item fits the empty chamber; on a plate only the lowest of them (it lies flat, which
    prints fastest; give `poses` to decide otherwise). `known`: its poses, if worked out before."""
    poses = known if known is not None else poses_of(item)
    keep = [number for number, extents in enumerate(poses.extents_mm) if fits_alone(extents, chamber)]
    if chamber.single_layer and keep:
        lowest = min(poses.extents_mm[number][2] for number in keep)
        keep = [number for number in keep if poses.extents_mm[number][2] <= lowest + SAME_BOX_MM]
    return poses.take(np.array(keep, dtype=np.int64))
