"""Groups that lie together: one customer's parts in one region of the build, to be taken out into one bag.

The parts of a group are nested by themselves first, into a bundle about as long as wide as high. What goes into the
chamber is the bundle's convex hull, so nothing else lies within it, and between any two groups a plane can be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy.spatial import ConvexHull

from penstock.engines.packing.model import (
    Chamber,
    FloatArray,
    IntArray,
    Item,
    Mesh,
    Objective,
    Orientation,
    Packing,
    Placement,
    ProgressCallback,
    StopCallback,
)
from penstock.engines.packing.pack import check_request, pack
from penstock.engines.packing.poses import own_box_mm, volume_mm3
from penstock.engines.packing.verify import surface_of

LOOSE_DENSITY = 0.2
"""What a small bundle is expected to reach; its floor is the cube's that this would fill."""
BUNDLE_SHARE = 0.3
"""Of the time, for all bundles together."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A group as one item, with where its parts lie in the item's own coordinates."""

    item: Item
    placements: tuple[Placement, ...]

    def unpacked(self, matrix: FloatArray) -> list[Placement]:
        """The parts where they lie when the bundle lies at `matrix`."""
        return [replace(each, matrix=matrix @ each.matrix) for each in self.placements]


def pack_together(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    objective: Objective = "height",
    deadline_s: float | None = 10.0,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    stop: StopCallback | None = None,
) -> tuple[Packing, tuple[str, ...]]:
    """(packing, groups that do not lie together): each group in a region of its own where there is room for it."""
    began = perf_counter()
    check_request(items, chamber)
    made = bundles(items, chamber, seconds=deadline_s, seed=seed, stop=stop)
    bound = {placement.item_id for bundle in made for placement in bundle.placements}
    loose = [item for item in items if item.id not in bound and not _is_several(item.group, items)]
    left_s = None if deadline_s is None else max(deadline_s - (perf_counter() - began), 0.0)
    rough = pack([*loose, *(bundle.item for bundle in made)], chamber, objective=objective, deadline_s=left_s,
                 seed=seed, progress=progress, stop=stop)  # fmt: skip
    by_id = {bundle.item.id: bundle for bundle in made}
    placements = [
        placement
        for lies in rough.placements
        for placement in (by_id[lies.item_id].unpacked(lies.matrix) if lies.item_id in by_id else [lies])
    ]
    # What found no room as a bundle goes in piece by piece.
    packing = pack(items, chamber, objective=objective, deadline_s=0.0, seed=seed, locked=placements, stop=stop)
    whole = {item.group for item in items if any(item.id == each.item_id for each in placements)}
    groups = {item.group for item in items if item.group is not None and _is_several(item.group, items)}
    rounds = replace(packing.metrics, rounds=rough.metrics.rounds)
    packing = replace(packing, metrics=rounds, seconds=perf_counter() - began)
    return packing, tuple(sorted(group for group in groups if group not in whole))


def _is_several(group: str | None, items: Sequence[Item]) -> bool:
    return group is not None and sum(item.copies for item in items if item.group == group) > 1


def bundles(
    items: Sequence[Item], chamber: Chamber, *, seconds: float | None, seed: int, stop: StopCallback | None
) -> list[Bundle]:
    """One bundle for each group of more than one piece that can be nested whole in the empty chamber."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        if item.group is not None and item.copies:
            groups.setdefault(item.group, []).append(item)
    several = {name: members for name, members in groups.items() if _is_several(name, members)}
    found = []
    for name, members in several.items():
        share = None if seconds is None else seconds * BUNDLE_SHARE / len(several)
        bundle = _bundled(name, members, chamber, share, seed, stop)
        if bundle is not None:
            found.append(bundle)
    return found


def _bundled(
    name: str, members: Sequence[Item], chamber: Chamber, seconds: float | None, seed: int, stop: StopCallback | None
) -> Bundle | None:
    x, y, z = (edge - 2.0 * chamber.wall_clearance_mm for edge in chamber.size_mm)
    liquid = sum(volume_mm3(item) * item.copies for item in members) / LOOSE_DENSITY
    longest = max(float((own_box_mm(item)[1] - own_box_mm(item)[0]).max()) for item in members)
    edge = max(liquid ** (1.0 / 3.0), longest)
    alone = Chamber((min(edge, x), min(edge, y), z), clearance_mm=chamber.clearance_mm)
    packing = pack(members, alone, deadline_s=seconds, seed=seed, stop=stop)
    if packing.unplaced:
        packing = pack(members, replace(alone, size_mm=(x, y, z)), deadline_s=seconds, seed=seed, stop=stop)
    if packing.unplaced:
        return None
    return Bundle(_hull(name, members, packing), packing.placements)


def _hull(name: str, members: Sequence[Item], packing: Packing) -> Item:
    by_id = {item.id: item for item in members}
    points = np.vstack(
        [
            surface_of(by_id[p.item_id]).vertices @ p.matrix[:3, :3].T + p.matrix[:3, 3]
            for p in packing.placements
        ]
    )  # fmt: skip
    mesh = convex_hull(points)
    dues = [item.due for item in members if item.due is not None]
    return Item(
        f"\0{name}",
        mesh=mesh,
        volume_mm3=packing.metrics.volume_mm3,
        value=packing.metrics.value,
        mass_g=packing.metrics.mass_g,
        due=min(dues, default=None),
        orientation=_freedom(members),
    )


def _freedom(members: Sequence[Item]) -> Orientation:
    """A bundle may be turned as all of its parts may; tilted parts of it must not be tilted again."""
    if any(item.orientation in ("fixed", "poses") for item in members):
        return "fixed"
    upright = any(
        item.orientation == "about_z" or item.max_tilt_deg is not None or item.no_contact is not None
        for item in members
    )
    return "about_z" if upright else "any"


def convex_hull(points: FloatArray) -> Mesh:
    """The hull of points (n, 3) as a closed mesh, wound outward."""
    hull = ConvexHull(points)
    used, triangles = np.unique(hull.simplices, return_inverse=True)
    vertices = points[used]
    corners: IntArray = triangles.reshape(-1, 3).astype(np.int64)
    a, b, c = (vertices[corners[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    corners[inward] = corners[inward][:, ::-1]
    return Mesh(vertices, corners)
