"""Where on the part the findings are that do not depend on a process: holes in the surface, voids, stray bodies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding
from ..mesh import Mesh

if TYPE_CHECKING:
    from .study import Study

Mask = NDArray[np.bool_]


def located(finding: Finding, study: Study) -> Finding:
    """The finding with its place, where its code has one."""
    find = _FINDERS.get(finding.code)
    if find is None or finding.place is not None:
        return finding
    lit = find(study)
    return dataclasses.replace(finding, place=study.places.of_triangles(lit)) if lit.any() else finding


def _on_edges(mesh: Mesh, wanted: Callable[[NDArray[np.int64], NDArray[np.int64]], Mask]) -> Mask:
    """Triangles with an edge whose (number of triangles, sum of directions) are wanted."""
    start = mesh.triangles.reshape(-1).astype(np.int64)
    end = mesh.triangles[:, [1, 2, 0]].reshape(-1).astype(np.int64)
    key = np.minimum(start, end) * len(mesh.vertices) + np.maximum(start, end)
    _, edge, uses = np.unique(key, return_inverse=True, return_counts=True)
    balance = np.bincount(edge.reshape(-1), np.where(start < end, 1.0, -1.0)).astype(np.int64)
    of_corner = wanted(uses, balance)[edge.reshape(-1)].reshape(-1, 3)
    return np.asarray(of_corner.any(axis=1))


def _all_but_the_largest(study: Study) -> Mask:
    shell, volumes = study.shells
    return np.asarray(shell != np.abs(volumes).argmax())


_FINDERS: Mapping[str, Callable[[Study], Mask]] = {
    "open_surface": lambda study: _on_edges(study.mesh, lambda uses, balance: uses % 2 == 1),
    "inconsistent_winding": lambda study: _on_edges(
        study.mesh, lambda uses, balance: (uses % 2 == 0) & (balance != 0) | (uses % 2 == 1) & (np.abs(balance) > 1)
    ),
    "shared_edges": lambda study: _on_edges(study.mesh, lambda uses, balance: uses > 2),
    "closed_void": lambda study: study.void,
    "multiple_bodies": _all_but_the_largest,
}
