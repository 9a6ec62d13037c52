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
from .sums import ShellSums, shell_boxes, shell_sums, winding_number
from .topology import Topology

Index = NDArray[np.int64]

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
    volume:       material: voids off, overlaps once
    signed:       plain signed sum after turning the whole mesh the right way out
    void_volume:  sum of the closed voids
    voids:        number of closed voids
    inverted:     the whole mesh was inside out
    flipped_bodies: bodies inside out among others that are not
    overlapping:  None if not checked
    centre:       centre of mass, or None where it is not defined
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


def resolve(vertices: Floats, triangles: NDArray[Any], topology: Topology, sums: ShellSums | None = None) -> Solids:
    """Judge the shells of a watertight, consistently wound mesh (vertices in mm); `sums` where already known."""
    if sums is None:
        sums = shell_sums(vertices, triangles, topology.shell, topology.shells)
    inverted = bool(sums.volume.sum() < 0)
    volumes = -sums.volume if inverted else sums.volume
    relation = _Relation(vertices, triangles, topology, volumes)
    void = relation.voids
    flipped = (volumes < 0) & ~void
    material = np.where(void, volumes, abs(volumes))
    total = float(material.sum())
    overlapping: bool | None = False if relation.complete else None
    outer = ~void
    void_volume = float(abs(volumes[void]).sum())
    turned = flipped ^ inverted
    moment = (np.where(turned, -1.0, 1.0) @ sums.moment) if total > 0 else None
    flip = turned[topology.shell]
    if relation.complete and len(relation.crossing):
        outward = np.where(flip[:, None], triangles[:, ::-1], triangles)
        involved = relation.crossing_groups()
        union = _union(vertices, outward, relation, involved, sums.origin)
        if union is None:
            overlapping = None
        else:
            members = np.concatenate(involved)
            plain = float(material[members].sum())
            counted_twice = plain - union[0]
            tolerance = OVERLAP_TOLERANCE * max(plain, 1e-12)
            overlapping = counted_twice > tolerance
            if abs(counted_twice) > tolerance and moment is not None:
                total -= counted_twice
                # More than plainly counted: hollows of one body run into each other.
                void_volume += min(counted_twice, 0.0)
                moment += union[1] - np.where(turned[members], -1.0, 1.0) @ sums.moment[members]
    return Solids(
        flip=flip,
        bodies=int(outer.sum()),
        volume=total,
        signed=float(volumes.sum()),
        void_volume=void_volume,
        voids=int(void.sum()),
        inverted=inverted,
        flipped_bodies=int(flipped.sum()),
        overlapping=overlapping,
        centre=_point(moment / total + sums.origin) if moment is not None and total > 0 else None,
    )


def _point(values: Floats) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


class _Relation:
    """Which shells lie inside which, and which bodies might overlap.

    Only shells whose boxes overlap are looked at. A shell lies inside another where the other's winding number
    at one of its points (its total solid angle / 4π) is ±1.
    """

    def __init__(self, vertices: Floats, triangles: NDArray[Any], topology: Topology, volumes: Floats) -> None:
        self.voids = np.zeros(topology.shells, dtype=bool)
        self.parent = np.full(topology.shells, -1)
        self.crossing: list[tuple[int, int]] = []
        self.complete = True
        if topology.shells == 1:
            return
        if topology.shells > MAX_BOX_PAIRS_SHELLS:
            self._give_up(volumes)
            return
        boxes = shell_boxes(vertices, triangles, topology.shell, topology.shells)
        pairs = _overlapping_boxes(boxes)
        sizes = np.bincount(topology.shell, minlength=topology.shells)
        self._order = np.argsort(topology.shell, kind="stable")
        self._first = np.concatenate([[0], np.cumsum(sizes)])
        if int((sizes[pairs[:, 0]] + sizes[pairs[:, 1]]).sum()) > MAX_CONTAINMENT_WORK:
            self._give_up(volumes)
            return
        members = _Corners(vertices, triangles, self)
        extent = np.prod(boxes[:, 1] - boxes[:, 0], axis=1)
        for i, j in pairs.tolist():
            small, large = (i, j) if extent[i] <= extent[j] else (j, i)
            if volumes[small] < 0 < volumes[large] and _is_inside(members.few(small), members[large]):
                # Innermost container: a void in a body that itself stands in another body's hollow.
                if not self.voids[small] or abs(volumes[large]) < abs(volumes[self.parent[small]]):
                    self.parent[small] = large
                self.voids[small] = True
            else:
                self.crossing.append((small, large))
        # Bodies inside out are bodies all the same. A void may cross another of the same body, nothing else.
        self.crossing = [
            (self.parent[a], self.parent[b]) if self.voids[a] else (a, b)
            for a, b in self.crossing
            if self.voids[a] == self.voids[b] and (not self.voids[a] or self.parent[a] == self.parent[b])
        ]

    def _give_up(self, volumes: Floats) -> None:
        """Too many shells to compare: trust the file's winding, and say that it was not checked."""
        self.complete = False
        self.voids = volumes < 0

    def triangles_of(self, shell: int) -> Index:
        """Numbers of the shell's triangles."""
        return self._order[self._first[shell] : self._first[shell + 1]]

    def crossing_groups(self) -> list[Index]:
        """Shell numbers of every body with a suspected overlap, each together with its voids."""
        bodies = sorted({shell for pair in self.crossing for shell in pair})
        return [np.array([body, *np.flatnonzero(self.parent == body)]) for body in bodies]


class _Corners:
    """Corners (k, 3, 3) of one shell's triangles, gathered when first asked for; or of a few of them."""

    def __init__(self, vertices: Floats, triangles: NDArray[Any], relation: _Relation) -> None:
        self._vertices, self._triangles, self._relation = vertices, triangles, relation
        self._known: dict[int, Floats] = {}

    def __getitem__(self, shell: int) -> Floats:
        if shell not in self._known:
            self._known[shell] = self._vertices[self._triangles[self._relation.triangles_of(shell)]]
        return self._known[shell]

    def few(self, shell: int) -> Floats:
        every = self._relation.triangles_of(shell)
        few: Floats = self._vertices[self._triangles[every[:: max(1, len(every) // 3)][:3]]]
        return few


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
    """Median winding number of points of `inner`, of a few triangles, one of which may lie on `outer`'s surface."""
    return float(np.median([abs(winding_number(point, outer)) for point in inner.mean(axis=1)])) > 0.5


def _union(
    vertices: Floats, triangles: NDArray[Any], relation: _Relation, bodies: list[Index], origin: Floats
) -> tuple[float, Floats] | None:
    """(volume, first moment about `origin`) of the union of bodies, each a list of shells; None if it fails."""
    import manifold3d

    shells = np.concatenate(bodies)
    if sum(len(relation.triangles_of(shell)) for shell in shells) > MAX_UNION_TRIANGLES:
        return None

    def solid(shell: int, hollow: bool) -> Any:
        used, local = np.unique(triangles[relation.triangles_of(shell)], return_inverse=True)
        faces = local.reshape(-1, 3).astype(np.uint64)
        mesh = manifold3d.Mesh64(vertices[used] - origin, faces[:, ::-1].copy() if hollow else faces)
        made = manifold3d.Manifold(mesh)
        if made.status() != manifold3d.Error.NoError:
            raise ValueError(made.status())
        return made

    try:
        solids = []
        for body, *voids in bodies:
            solids.append(solid(body, False))
            if voids:
                hollows = [solid(void, True) for void in voids]
                solids[-1] -= manifold3d.Manifold.batch_boolean(hollows, manifold3d.OpType.Add)
    except ValueError:
        return None
    union = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)
    if union.status() != manifold3d.Error.NoError or union.num_tri() == 0:
        return None
    mesh = union.to_mesh64()
    points = np.array(mesh.vert_properties[:, :3], dtype=np.float64, order="C")
    faces = np.array(mesh.tri_verts, dtype=np.int32, order="C")
    sums = shell_sums(points, faces, np.zeros(len(faces), dtype=np.int32), 1)
    volume = float(sums.volume[0])
    return volume, sums.moment[0] + volume * sums.origin
