"""What a milling cutter cannot make: surface no tool reaches, and inner corners without a radius.

Judged on the mesh alone, from the six sides along its axes: a slanting face may still be reached on a machine with
five axes, and threads, fits and tool lengths are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding
from .limits import ProcessLimits
from .rays import EITHER, first_hits
from .study import Study

SIDES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)
LOOKED_AT = 6000
# Starts so far off the surface (of the part's length), so that a wall along the way does not count as in the way.
OFF = 2e-4
ALONG = -0.03
LEAST_SHARE, LEAST_MM2 = 0.002, 4.0
MOST_TRIANGLES = 400_000
# An inner corner turns at least so far; a fillet is made of smaller steps.
SHARP = np.cos(np.radians(50.0))
LEAST_LENGTH_MM = 3.0


def milling_findings(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """Findings for milling; nothing for any other process."""
    if limits.family != "milling":
        return
    yield from _unreachable(study, limits)
    if len(study.mesh.triangles) <= MOST_TRIANGLES:
        yield from _sharp_corners(study, limits)


def _reached(study: Study, points: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(k, 6) whether a thin tool comes straight to each point from each side."""
    starts = points + normals * (OFF * max(study.measurement.size_mm))
    reached: NDArray[np.bool_] = normals @ SIDES.T > ALONG
    for n, side in enumerate(SIDES):
        asked = np.flatnonzero(reached[:, n])
        way = np.tile(side, (len(asked), 1))
        _, hit = first_hits(study.tree, starts[asked], way, None, 0.0, np.inf, EITHER)
        reached[asked, n] = hit < 0
    return reached


def _unreachable(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    every = np.arange(0, len(study.samples), max(1, len(study.samples) // LOOKED_AT))
    normals = study.surface.normals[study.samples.triangle[every]]
    reached = _reached(study, study.samples.points[every], normals)
    hidden = every[~reached.any(axis=1)]
    areas = study.samples.areas[every]
    area = float(study.samples.areas[hidden].sum() / areas.sum() * study.surface.area_mm2)
    if len(hidden) < 3 or area < max(LEAST_MM2, LEAST_SHARE * study.surface.area_mm2):
        return
    yield Finding(
        "unreachable",
        "warning",
        f"A tool from none of the six sides reaches {area / 100:.1f} cm² of the surface.",
        {"area_mm2": round(area, 1)},
        limits.process,
        measured=round(area, 1),
        limit=0.0,
        unit="mm²",
        advice="Open the undercut to one side, split the part, or have it milled with five axes or printed.",
        place=study.places.of_samples(hidden),
    )


def _sharp_corners(study: Study, limits: ProcessLimits) -> Iterator[Finding]:
    """Inner edges between two walls: along the tool, which leaves its radius there whatever side it comes from."""
    mesh, normals = study.mesh, study.surface.normals
    start, end = mesh.triangles.reshape(-1).astype(np.int64), mesh.triangles[:, [1, 2, 0]].reshape(-1).astype(np.int64)
    key = np.minimum(start, end) * len(mesh.vertices) + np.maximum(start, end)
    order = np.argsort(key)
    pairs = np.flatnonzero(key[order][1:] == key[order][:-1])
    a, b = order[pairs], order[pairs + 1]
    one, other = a // 3, b // 3
    apex = mesh.vertices[mesh.triangles[other, (b % 3 + 2) % 3]]
    inner = np.einsum("ij,ij->i", normals[one], apex - mesh.vertices[start[a]]) > 1e-9
    sharp = np.einsum("ij,ij->i", normals[one], normals[other]) < SHARP
    chosen = np.flatnonzero(inner & sharp)
    if len(chosen) == 0:
        return
    p, q = mesh.vertices[start[a[chosen]]], mesh.vertices[end[a[chosen]]]
    length = np.linalg.norm(q - p, axis=1)
    along = (q - p) / np.maximum(length, 1e-12)[:, None]
    bisector = normals[one[chosen]] + normals[other[chosen]]
    bisector /= np.maximum(np.linalg.norm(bisector, axis=1, keepdims=True), 1e-12)
    reached = _reached(study, (p + q) / 2, bisector)
    for facing in (normals[one[chosen]], normals[other[chosen]]):
        reached &= facing @ SIDES.T > ALONG
    # From the side the corner is a wall on a floor, and the tool's end makes it sharp.
    aside = np.abs(along @ SIDES.T) < 0.5
    round_only = reached.any(axis=1) & ~(reached & aside).any(axis=1)
    total = float(length[round_only].sum())
    if total < LEAST_LENGTH_MM:
        return
    lit = np.zeros(len(mesh.triangles), dtype=bool)
    lit[one[chosen[round_only]]] = lit[other[chosen[round_only]]] = True
    radius = limits.tool_radius_mm
    advice = f"Round them with {radius:g} mm or more" if radius else "Round them"
    yield Finding(
        "sharp_inner_corner",
        "warning",
        f"Inner corners over {total:.0f} mm of length are sharp; a cutter leaves its radius there.",
        {"length_mm": round(total, 1), "radius_mm": radius},
        limits.process,
        measured=0.0,
        limit=radius,
        unit="mm",
        source=limits.sources.get("tool_radius"),
        advice=f"{advice}, or relieve the corner if a square part has to fit in.",
        place=study.places.of_triangles(lit),
    )
