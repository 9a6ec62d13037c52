"""From shells to solids: which surface is a body, which a void, which overlap, and what the volume is.

A signed volume is only meaningful on a closed, consistently wound surface, and even then it counts
overlapping bodies twice and cancels bodies that are inside out. Here each shell gets its own signed volume
and its place inside the others before anything is summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats
from .topology import Index, Topology

# Work ceilings: beyond them the answer is "not checked" with a finding, never a guess.
MAX_BOX_PAIRS_SHELLS = 3000
MAX_CONTAINMENT_WORK = 60_000_000
MAX_UNION_TRIANGLES = 600_000
# Press fits and rounded threads overlap by less than this share; that is not worth a finding.
OVERLAP_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Solids:
    """What the closed shells of a mesh amount to. Volumes in mm³.

    flip:         (m,) bool, triangles to turn so that every body faces outwards and every void inwards
    bodies:       number of outer surfaces
    volume:       material: voids off, overlaps once; None if the overlaps could not be resolved
    signed:       plain signed sum after turning the whole mesh the right way out
    void_volume:  sum of the closed voids
    voids:        number of closed voids
    inverted:     the whole mesh was inside out
    flipped_bodies: bodies inside out among others that are not
    overlapping:  None if not checked
    centre:       centre of mass, or None where bodies overlap
    """

    flip: NDArray[np.bool_]
    bodies: int
    volume: float
    signed: float
    void_volume: float
    voids: int
    inverted: bool
    flipped_bodies: int
    overlapping: bool | None
    centre: tuple[float, float, float] | None


def resolve(vertices: Floats, triangles: Index, topology: Topology) -> Solids:
    """Judge the shells of a watertight, consistently wound mesh (vertices in mm)."""
    origin = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    corners = (vertices - origin)[triangles]
    six_fold = _six_fold_volumes(corners)
    volumes = np.bincount(topology.shell, six_fold, topology.shells) / 6
    inverted = bool(volumes.sum() < 0)
    if inverted:
        volumes = -volumes
    relation = _Relation(corners, topology, volumes)
    void = relation.voids
    flipped = (volumes < 0) & ~void
    flip = np.repeat(inverted, len(triangles)) ^ flipped[topology.shell]
    material = np.where(void, volumes, abs(volumes))
    total = float(material.sum())
    overlapping: bool | None = False if relation.complete else None
    outer = ~void
    centre = _centre(corners, six_fold, flip, origin)
    if relation.complete and len(relation.crossing):
        turned = np.where(flip[:, None], triangles[:, ::-1], triangles)
        involved = relation.crossing_groups()
        union = _union_volume(vertices, turned, topology.shell, involved)
        if union is None:
            overlapping = None
        else:
            plain = float(material[np.concatenate(involved)].sum())
            overlapping = plain - union > OVERLAP_TOLERANCE * max(plain, 1e-12)
            if overlapping:
                total += union - plain
                centre = None
    return Solids(
        flip=flip,
        bodies=int(outer.sum()),
        volume=total,
        signed=float(volumes.sum()),
        void_volume=float(abs(volumes[void]).sum()),
        voids=int(void.sum()),
        inverted=inverted,
        flipped_bodies=int(flipped.sum()),
        overlapping=overlapping,
        centre=centre,
    )


def _six_fold_volumes(corners: Floats) -> Floats:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    signed: Floats = np.einsum("ij,ij->i", a, np.cross(b, c))
    return signed


def _centre(
    corners: Floats, six_fold: Floats, flip: NDArray[np.bool_], origin: Floats
) -> tuple[float, float, float] | None:
    weight = np.where(flip, -six_fold, six_fold)
    total = weight.sum()
    if total <= 0:
        return None
    x, y, z = (weight @ corners.sum(axis=1)) / (4 * total) + origin
    return float(x), float(y), float(z)


def _shell_boxes(corners: Floats, topology: Topology) -> Floats:
    """(shells, 2, 3): lowest and highest corner of each shell."""
    order = np.argsort(topology.shell, kind="stable")
    first = np.searchsorted(topology.shell[order], np.arange(topology.shells))
    low = np.minimum.reduceat(corners.min(axis=1)[order], first)
    high = np.maximum.reduceat(corners.max(axis=1)[order], first)
    return np.stack([low, high], axis=1)


class _Relation:
    """Which shells lie inside which, and which bodies might overlap.

    Only shells whose boxes overlap are looked at. A shell lies inside another where the other's winding number
    at one of its points (its total solid angle / 4π) is ±1.
    """

    def __init__(self, corners: Floats, topology: Topology, volumes: Floats) -> None:
        self.voids = np.zeros(topology.shells, dtype=bool)
        self.parent = np.full(topology.shells, -1)
        self.crossing: list[tuple[int, int]] = []
        self.complete = True
        if topology.shells == 1:
            return
        if topology.shells > MAX_BOX_PAIRS_SHELLS:
            self._give_up(volumes)
            return
        boxes = _shell_boxes(corners, topology)
        pairs = _overlapping_boxes(boxes)
        order = np.argsort(topology.shell, kind="stable")
        first = np.searchsorted(topology.shell[order], np.arange(topology.shells + 1))
        sizes = np.diff(first)
        if int((sizes[pairs[:, 0]] + sizes[pairs[:, 1]]).sum()) > MAX_CONTAINMENT_WORK:
            self._give_up(volumes)
            return
        members = [corners[order[first[k] : first[k + 1]]] for k in range(topology.shells)]
        extent = np.prod(boxes[:, 1] - boxes[:, 0], axis=1)
        for i, j in pairs.tolist():
            small, large = (i, j) if extent[i] <= extent[j] else (j, i)
            if volumes[small] < 0 < volumes[large] and _is_inside(members[small], members[large]):
                # Innermost container: a void in a body that itself stands in another body's hollow.
                if not self.voids[small] or abs(volumes[large]) < abs(volumes[self.parent[small]]):
                    self.parent[small] = large
                self.voids[small] = True
            else:
                self.crossing.append((small, large))
        # Bodies inside out are bodies all the same; a void touches its parent only.
        self.crossing = [(a, b) for a, b in self.crossing if not self.voids[a] and not self.voids[b]]

    def _give_up(self, volumes: Floats) -> None:
        """Too many shells to compare: trust the file's winding, and say that it was not checked."""
        self.complete = False
        self.voids = volumes < 0

    def crossing_groups(self) -> list[Index]:
        """Shell numbers of every body with a suspected overlap, each together with its voids."""
        bodies = sorted({shell for pair in self.crossing for shell in pair})
        return [np.array([body, *np.flatnonzero(self.parent == body)]) for body in bodies]


def _overlapping_boxes(boxes: Floats) -> Index:
    """(p, 2) pairs i < j whose boxes share volume."""
    low, high = boxes[:, 0], boxes[:, 1]
    pairs = []
    for i in range(len(boxes) - 1):
        meets = (low[i + 1 :] < high[i]).all(axis=1) & (high[i + 1 :] > low[i]).all(axis=1)
        others = np.flatnonzero(meets) + i + 1
        pairs.append(np.column_stack([np.full(len(others), i), others]))
    return np.concatenate(pairs)


def _is_inside(inner: Floats, outer: Floats) -> bool:
    """Median winding number of three points of `inner`, one of which may lie on `outer`'s surface."""
    picks = inner[:: max(1, len(inner) // 3)][:3].mean(axis=1)
    return float(np.median([abs(winding_number(point, outer)) for point in picks])) > 0.5


def winding_number(point: Floats, corners: Floats) -> float:
    """How often the surface `corners` (m, 3, 3) wraps around `point` (van Oosterom & Strackee 1983)."""
    a, b, c = (corners[:, k] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    numerator = np.einsum("ij,ij->i", a, np.cross(b, c))

    def dot(u: Floats, v: Floats) -> Floats:
        product: Floats = np.einsum("ij,ij->i", u, v)
        return product

    denominator = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
    return float(np.arctan2(numerator, denominator).sum() / (2 * np.pi))


def _union_volume(vertices: Floats, triangles: Index, shell: Index, bodies: list[Index]) -> float | None:
    """Volume of the union of the given bodies (each a list of shells), or None if it cannot be computed."""
    import manifold3d

    chosen = np.isin(shell, np.concatenate(bodies))
    if int(chosen.sum()) > MAX_UNION_TRIANGLES:
        return None
    solids: list[Any] = []
    for shells in bodies:
        faces = triangles[np.isin(shell, shells)]
        used, local = np.unique(faces, return_inverse=True)
        solid = manifold3d.Manifold(manifold3d.Mesh64(vertices[used], local.reshape(-1, 3).astype(np.uint64)))
        if solid.status() != manifold3d.Error.NoError:
            return None
        solids.append(solid)
    union = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)
    return float(union.volume()) if union.status() == manifold3d.Error.NoError else None
