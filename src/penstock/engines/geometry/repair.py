"""Repair that is offered: gaps joined, winding made one, holes closed, bodies that cross merged; and what changed.

Nothing here happens by itself: the measured part stays what its file says, and a person chooses the repaired one.
What cannot be repaired without guessing at the shape is refused with the reason.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .holes import closing, rims
from .limits import Refused
from .mesh import Floats, Mesh
from .solids import MAX_UNION_TRIANGLES, resolve
from .topology import connect, drop_degenerate, drop_duplicates, join_seams

Array = NDArray[Any]

# Gaps narrower than this share of the longest side are joined; the reader itself joins only those of rounding.
GAP_SHARE = 2e-4
# Wider holes are closed only where they are flat: there is one way to do that.
HOLE_SHARE = 0.25
FLAT_SHARE = 0.01
MAX_RIM = 1200
# A piece with less than this share of the whole volume and of the area is a scrap left over from drawing.
SCRAP_SHARE = 1e-6


@dataclass(frozen=True)
class Repair:
    """What a repair changed. Lengths in mm, areas mm², volumes mm³; None where the original has no volume.

    gaps_joined        points moved onto another across a narrow gap, at most `gap_mm` away
    holes_closed       holes filled with `triangles_added` new triangles; `largest_hole_mm` is the widest of them
    triangles_turned   triangles that faced the wrong way
    scraps_removed     loose pieces without a volume of their own
    bodies_before/after, volume_…, area_…, triangles_…
    """

    gaps_joined: int
    gap_mm: float
    holes_closed: int
    largest_hole_mm: float
    triangles_added: int
    triangles_turned: int
    scraps_removed: int
    bodies_before: int
    bodies_after: int
    triangles_before: int
    triangles_after: int
    area_before_mm2: float
    area_after_mm2: float
    volume_before_mm3: float | None
    volume_after_mm3: float

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def repair(mesh: Mesh) -> tuple[Mesh, Repair]:
    """A closed, consistently wound mesh made of `mesh`, and what was changed.

    Raises Refused: "nothing_to_repair", or "cannot_repair" with the reason in words.
    """
    vertices, triangles = mesh.vertices, mesh.triangles.astype(np.int64)
    before = connect(triangles, len(vertices))
    solids = resolve(vertices, triangles, before) if before.watertight and before.consistent_winding else None
    if solids is not None and not solids.overlapping and not solids.flipped_bodies and solids.volume > 0:
        raise Refused("nothing_to_repair", "Nothing to repair: the surface is closed and its bodies stand apart.")
    done: dict[str, Any] = {
        "gaps_joined": 0,
        "holes_closed": 0,
        "largest_hole_mm": 0.0,
        "triangles_added": 0,
        "scraps_removed": 0,
    }
    size = float(np.ptp(vertices, axis=0).max())
    if not before.watertight:
        triangles = _join(vertices, triangles, size * GAP_SHARE, done)
    triangles, turned = _one_winding(triangles, len(vertices))
    if rest := _rims(triangles):
        triangles = _close(vertices, triangles, rest, size, done)
    triangles, turned = _without_scraps(vertices, triangles, turned, done)
    topology = connect(triangles, len(vertices))
    if not (topology.watertight and topology.consistent_winding):
        raise _cannot("surfaces meet in a way that has no inside and outside")
    after = resolve(vertices, triangles, topology)
    triangles = np.where(after.flip[:, None], triangles[:, ::-1], triangles)
    made = Mesh(vertices, triangles.astype(np.int32))
    bodies, volume = after.bodies, after.volume
    if after.overlapping:
        made, bodies = _union(vertices, triangles)
        volume = _volume(made)
    report = Repair(
        **done,
        gap_mm=size * GAP_SHARE,
        triangles_turned=int((turned ^ after.flip).sum()) if not after.inverted else int((~turned ^ after.flip).sum()),
        bodies_before=solids.bodies if solids else before.shells,
        bodies_after=bodies,
        triangles_before=len(mesh.triangles),
        triangles_after=len(made.triangles),
        area_before_mm2=_area(mesh),
        area_after_mm2=_area(made),
        volume_before_mm3=solids.volume if solids else None,
        volume_after_mm3=volume,
    )
    return _compact(made), report


def _cannot(reason: str) -> Refused:
    return Refused("cannot_repair", f"This cannot be repaired without guessing: {reason}. Please repair the drawing.")


def _join(vertices: Floats, triangles: Array, gap_mm: float, done: dict[str, Any]) -> Array:
    moved = join_seams(vertices, connect(triangles, len(vertices)).rim, gap_mm)
    if moved is None:
        return triangles
    joined = moved[triangles]
    joined = joined[drop_degenerate(joined)]
    joined = joined[drop_duplicates(joined)]
    if connect(joined, len(vertices)).open_edges >= connect(triangles, len(vertices)).open_edges:
        return triangles
    done["gaps_joined"] = int((moved != np.arange(len(moved))).sum())
    return joined


def _one_winding(triangles: Array, points: int) -> tuple[Array, NDArray[np.bool_]]:
    """Triangles turned so that neighbours agree, the fewer of each piece; and which were."""
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(start, end) * np.int64(points) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    pairs = first[np.diff(np.append(first, len(key))) == 2]
    one, other = order[pairs], order[pairs + 1]
    same = (start[one] < end[one]) == (start[other] < end[other])  # neighbours should run opposite ways
    turned = np.zeros(len(triangles), dtype=np.bool_)
    if not _agree(len(triangles), one // 3, other // 3, same, turned):
        raise _cannot("a surface has only one side, like a Möbius strip")
    return np.where(turned[:, None], triangles[:, ::-1], triangles), turned


@kernel("b1(i8, i8[::1], i8[::1], b1[::1], b1[::1])")
def _agree(count: int, one: Array, other: Array, same: Array, turned: Array) -> bool:
    """Walk each piece over its edges and mark what to turn; False where the two ways round disagree."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for n in range(len(one)):
        starts[one[n] + 1] += 1
        starts[other[n] + 1] += 1
    for n in range(count):
        starts[n + 1] += starts[n]
    links = np.empty(2 * len(one), dtype=np.int64)
    free = starts[:-1].copy()
    for n in range(len(one)):
        links[free[one[n]]] = n
        free[one[n]] += 1
        links[free[other[n]]] = n
        free[other[n]] += 1
    seen = np.zeros(count, dtype=np.bool_)
    queue = np.empty(count, dtype=np.int64)
    for seed in range(count):
        if seen[seed]:
            continue
        seen[seed] = True
        queue[0] = seed
        head, tail, flips = 0, 1, 0
        while head < tail:
            here = queue[head]
            head += 1
            for n in range(starts[here], starts[here + 1]):
                link = links[n]
                there = other[link] if one[link] == here else one[link]
                wanted = turned[here] ^ same[link]
                if not seen[there]:
                    seen[there] = True
                    turned[there] = wanted
                    flips += wanted
                    queue[tail] = there
                    tail += 1
                elif turned[there] != wanted:
                    return False
        if 2 * flips > tail:
            for n in range(tail):
                turned[queue[n]] = not turned[queue[n]]
    return True


def _rims(triangles: Array) -> list[Array]:
    found = rims(triangles)
    if found is None:
        raise _cannot("surfaces cross or end at each other, so that the edges of the holes do not close")
    return found


def _close(vertices: Floats, triangles: Array, loops: list[Array], size: float, done: dict[str, Any]) -> Array:
    added = [triangles]
    for loop in loops:
        points = vertices[loop]
        width = float(np.ptp(points, axis=0).max())
        flat = float(np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[2]) / np.sqrt(len(points))
        if width > HOLE_SHARE * size and flat > FLAT_SHARE * width:
            raise _cannot(f"a hole of {width:.1f} mm is too wide to know the shape that is missing")
        if len(loop) > MAX_RIM:
            raise _cannot(f"a hole has {len(loop):,} points around it")
        filling = loop[closing(points)]
        added.append(filling)
        done["holes_closed"] += 1
        done["triangles_added"] += len(filling)
        done["largest_hole_mm"] = max(done["largest_hole_mm"], width)
    return np.concatenate(added)


def _without_scraps(
    vertices: Floats, triangles: Array, turned: NDArray[np.bool_], done: dict[str, Any]
) -> tuple[Array, NDArray[np.bool_]]:
    """Leave out pieces that enclose nothing, such as a lone triangle that was closed by its own back."""
    turned = np.append(turned, np.zeros(len(triangles) - len(turned), dtype=np.bool_))
    topology = connect(triangles, len(vertices))
    a, b, c = (vertices[triangles[:, k]] - vertices.mean(axis=0) for k in range(3))
    volumes = abs(np.bincount(topology.shell, np.einsum("ij,ij->i", a, np.cross(b, c)), topology.shells)) / 6
    if not volumes.max() > 1e-9 * float(np.ptp(vertices, axis=0).max()) ** 3:
        raise _cannot("what is left encloses nothing")
    scrap = volumes <= SCRAP_SHARE * volumes.max()
    if not scrap.any():
        return triangles, turned
    done["scraps_removed"] = int(scrap.sum())
    stay = ~scrap[topology.shell]
    return triangles[stay], turned[stay]


def _union(vertices: Floats, triangles: Array) -> tuple[Mesh, int]:
    """The bodies as one shape, crossings resolved by manifold3d; and how many separate bodies that leaves."""
    import manifold3d

    if len(triangles) > MAX_UNION_TRIANGLES:
        raise _cannot("the bodies that cross have too many triangles to be merged")
    topology = connect(triangles, len(vertices))
    solids: list[Any] = []
    hollows: list[Any] = []
    for shell in range(topology.shells):
        faces = triangles[topology.shell == shell]
        used, local = np.unique(faces, return_inverse=True)
        inside_out = _volume(Mesh(vertices, faces.astype(np.int32))) < 0
        local = local.reshape(-1, 3)
        mesh = manifold3d.Mesh64(vertices[used], (local[:, ::-1] if inside_out else local).astype(np.uint64).copy())
        solid = manifold3d.Manifold(mesh)
        if solid.status() != manifold3d.Error.NoError:
            raise _cannot("a body touches itself along an edge")
        (hollows if inside_out else solids).append(solid)
    union = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)
    for hollow in hollows:
        union = union - hollow
    if union.status() != manifold3d.Error.NoError:
        raise _cannot("the bodies that cross could not be merged")
    out = union.to_mesh64()
    points = np.ascontiguousarray(out.vert_properties[:, :3], dtype=np.float64)
    merged = Mesh(points, np.ascontiguousarray(out.tri_verts, dtype=np.int32))
    found = connect(merged.triangles.astype(np.int64), len(points))
    return merged, resolve(points, merged.triangles.astype(np.int64), found).bodies


def _volume(mesh: Mesh) -> float:
    a, b, c = (mesh.corners[:, k] - mesh.vertices[0] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def _area(mesh: Mesh) -> float:
    a, b, c = (mesh.corners[:, k] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _compact(mesh: Mesh) -> Mesh:
    used, number = np.unique(mesh.triangles, return_inverse=True)
    return Mesh(mesh.vertices[used], number.reshape(-1, 3).astype(np.int32))
