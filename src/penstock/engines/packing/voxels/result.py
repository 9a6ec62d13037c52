"""From an arrangement on the grid back to a packing in millimetres, measured on the meshes themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from penstock.engines.packing.model import IntArray, Packing, PackingMetrics, Placement, Unplaced, Vector
from penstock.engines.packing.poses import origin_mm, own_box_mm, volume_mm3
from penstock.engines.packing.voxels.problem import Problem, mesh_of
from penstock.engines.packing.voxels.search import Pieces

SLICES = 10


def placements_of(problem: Problem, pieces: Pieces, place: IntArray) -> list[Placement]:
    """The pieces as they lie by `place` (n, 4): form, x, y, z."""
    return [
        Placement(problem.items[part].id, copy, problem.matrix(*spot))
        for part, copy, spot in zip(pieces.part.tolist(), pieces.copy.tolist(), place.tolist(), strict=True)
    ]


def packing_of(
    problem: Problem,
    placements: Sequence[Placement],
    never: Mapping[str, tuple[str, str]],
    *,
    seconds: float,
    seed: int,
    rounds: int,
) -> Packing:
    """The packing with its metrics; what is wanted and not among `placements` is told with its reason."""
    by_id = {item.id: item for item in problem.items}
    meshes = {item.id: mesh_of(item) for item in problem.items}
    spans = []
    for placement in placements:
        z = meshes[placement.item_id].vertices @ placement.matrix[2, :3] + placement.matrix[2, 3]
        spans.append((float(z.min()), float(z.max())))
    height = max((top for _, top in spans), default=0.0)
    volumes = {item.id: volume_mm3(item) for item in problem.items}
    volume = float(sum(volumes[p.item_id] for p in placements))
    boxes = {item.id: float(np.prod(np.subtract(*own_box_mm(item)[::-1]))) for item in problem.items}
    used = problem.chamber.floor_mm2 * height
    shares = np.zeros(SLICES)
    for placement, (bottom, top) in zip(placements, spans, strict=True):
        # A part's volume is taken as even over its own height.
        edges = np.clip(np.linspace(0.0, height, SLICES + 1), bottom, top)
        shares += np.diff(edges) / max(top - bottom, 1e-9) * volumes[placement.item_id]
    metrics = PackingMetrics(
        pieces=len(placements),
        volume_mm3=volume,
        mass_g=float(sum(by_id[p.item_id].mass_g for p in placements)),
        value=float(sum(by_id[p.item_id].value for p in placements)),
        box_density=sum(boxes[p.item_id] for p in placements) / used if used else 0.0,
        slice_density=tuple((shares * SLICES / used).tolist()) if used else (),
        rounds=rounds,
    )
    origins: dict[str, Vector] = {p.item_id: origin_mm(by_id[p.item_id]) for p in placements}
    return Packing(
        placements=tuple(placements),
        unplaced=left_out(problem, placements, never),
        height_mm=height,
        density=volume / used if used else 0.0,
        metrics=metrics,
        seconds=seconds,
        seed=seed,
        origins_mm=origins,
    )


def left_out(
    problem: Problem, placements: Sequence[Placement], never: Mapping[str, tuple[str, str]]
) -> tuple[Unplaced, ...]:
    placed: dict[str, int] = {}
    for placement in placements:
        placed[placement.item_id] = placed.get(placement.item_id, 0) + 1
    left = []
    for item in problem.items:
        missing = item.copies - placed.get(item.id, 0)
        if missing > 0:
            plain = ("no_room", f"no room or weight left for {missing} of {item.copies} {item.id}")
            code, reason = never.get(item.id, plain)
            left.append(Unplaced(item.id, missing, code, reason))
    return tuple(left)
