"""A build checked by its report and the files alone, with other people's geometry: trimesh reads, manifold3d measures.

Penstock is not used here, so that a mistake in its distances cannot hide itself.
"""

from __future__ import annotations

from itertools import combinations

import manifold3d
import numpy as np
import trimesh

SLACK_MM = 1e-4


def placed_solids(report: dict, shapes: dict[str, trimesh.Trimesh] | None = None) -> list[trimesh.Trimesh]:
    """Every copy where the report says it is; `shapes`: those of files that trimesh does not read in mm."""
    solids = []
    for placement in report["placements"]:
        known = (shapes or {}).get(placement["file"])
        solid = known.copy() if known is not None else trimesh.load_mesh(placement["file"])
        solid.apply_transform(np.array(placement["matrix"]))
        solids.append(solid)
    return solids


def objections(report: dict, asked: dict[str, int], shapes: dict[str, trimesh.Trimesh] | None = None) -> list[str]:
    """Everything an outsider finds wrong; `asked`: copies by file."""
    found = []
    solids = placed_solids(report, shapes)
    size, clearance = np.array(report["chamber_mm"]), report["clearance_mm"]
    for placement, solid in zip(report["placements"], solids, strict=True):
        matrix = np.array(placement["matrix"])
        if not np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-9) or np.linalg.det(matrix) < 0:
            found.append(f"{placement['file']}: not rigid")
        if (solid.bounds[0] < -SLACK_MM).any() or (solid.bounds[1] > size + SLACK_MM).any():
            found.append(f"{placement['file']}#{placement['copy']}: outside, {solid.bounds.tolist()}")
    bodies = [
        manifold3d.Manifold(manifold3d.Mesh64(s.vertices.astype(np.float64), s.faces.astype(np.uint64))) for s in solids
    ]
    for one, other in combinations(range(len(solids)), 2):
        gap = np.maximum(
            solids[one].bounds[0] - solids[other].bounds[1], solids[other].bounds[0] - solids[one].bounds[1]
        )
        if gap.max() >= clearance:
            continue
        apart = bodies[one].min_gap(bodies[other], clearance + 1.0)
        if apart < clearance - SLACK_MM:
            found.append(f"{report['placements'][one]['file']} and {report['placements'][other]['file']}: {apart} mm")
    copies = [(p["file"], p["copy"]) for p in report["placements"]]
    if len(set(copies)) != len(copies) or len(copies) != report["placed"]:
        found.append("copies are counted wrongly")
    for file, number in asked.items():
        lie = sum(each[0] == file for each in copies)
        left = sum(row["copies"] for row in report["unplaced"] if row["file"] == file)
        if lie + left != number:
            found.append(f"{file}: {lie} placed and {left} left out of {number}")
    top = max((solid.bounds[1][2] for solid in solids), default=0.0)
    if abs(report["height_mm"] - top) > SLACK_MM:
        found.append(f"height {report['height_mm']}, measured {top}")
    volume = sum(solid.volume for solid in solids)
    if solids and abs(report["mesh_density"] - volume / (size[0] * size[1] * top)) > 1e-4:
        found.append(f"density {report['mesh_density']}, measured {volume / (size[0] * size[1] * top)}")
    return found
