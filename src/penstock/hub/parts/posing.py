"""How a part can be laid in the machine of a process: computed when somebody asks, and remembered for a day."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from penstock.engines import geometry, knowledge

from .blobs import as_local_file
from .measuring import suffix_of
from .models import Revision

DAY_S = 24 * 3600
SHOWN = 4


def processes() -> list[knowledge.Process]:
    """The processes that build a part up in a pose."""
    return [each for each in knowledge.default().processes.values() if each.shape_rule == "additive"]


def poses(revision: Revision, process: str) -> dict[str, Any]:
    """engines.geometry.Orientation.to_dict() of a measured revision, at most SHOWN poses and the best for each goal."""
    key = f"poses-1:{revision.blob.sha256}:{revision.measurement['unit']}:{process}"
    found = cache.get(key)
    if found is None:
        known = knowledge.default()
        with as_local_file(revision.blob, suffix_of(revision.filename)) as path:
            mesh = geometry.load_mesh(path, revision.measurement["unit"])
        oriented = geometry.orient(
            mesh,
            overhang_deg=known.limit(process, "max_overhang"),
            chamber_mm=known.largest_chamber(process),
        )
        found = oriented.to_dict()
        best = set(found["best"].values())
        for number, pose in enumerate(found["poses"]):
            pose["best_for"] = [goal for goal, place in found["best"].items() if place == number]
        found["poses"] = [pose for n, pose in enumerate(found["poses"]) if n < SHOWN or n in best]
        cache.set(key, found, DAY_S)
    return found
