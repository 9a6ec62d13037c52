"""What a machine tool has trouble with, judged on the features of a CAD file: deep holes and pockets, small radii, thin
walls, undercuts, many set-ups."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from ..facts import Finding, Place, Severity
from ..machining.features import Corner, Machining, Ranges
from .limits import ProcessLimits

# Where a feature's triangles are and from where they are seen; None where the mesh is not at hand.
Locate = Callable[[Sequence[tuple[int, int]]], Place | None]
# Beyond so many times the limit it is not only dear.
HARD = 2.0


def cutting_findings(machining: Machining | None, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    """Findings for milling where the features are known; nothing otherwise."""
    if machining is None or limits.family != "milling":
        return
    yield from _deep_holes(machining, limits, locate)
    yield from _deep_pockets(machining, limits, locate)
    yield from _small_radii(machining, limits, locate)
    yield from _thin_wall(machining, limits, locate)
    yield from _undercut(machining, limits, locate)
    yield from _setups(machining, limits)


def _deep_holes(machining: Machining, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    limit = limits.hole_depth_ratio
    deep = [hole for hole in machining.holes if limit and hole.depth_mm > limit * hole.diameter_mm]
    if not deep or not limit:
        return
    worst = max(deep, key=lambda hole: hole.depth_mm / hole.diameter_mm)
    ratio = worst.depth_mm / worst.diameter_mm
    yield Finding(
        "deep_hole",
        _severity(ratio, limit),
        f"{_count(len(deep), 'hole')} deeper than {limit:g} times the diameter; the deepest is "
        f"{worst.depth_mm:.4g} mm at a diameter of {worst.diameter_mm:.4g} mm.",
        {"holes": len(deep), "depth_mm": worst.depth_mm, "diameter_mm": worst.diameter_mm},
        limits.process,
        measured=round(ratio, 2),
        limit=limit,
        unit="1",
        source=limits.sources.get("hole_depth_ratio"),
        advice="Make the holes shorter or wider, or drill from both sides.",
        place=locate(_together(hole.triangles for hole in deep)),
    )


def _deep_pockets(machining: Machining, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    """Depth over the diameter of the tool that the corners or, where there are none, the walls let in.

    What is said of a sharp corner is another finding."""
    limit = limits.pocket_depth_ratio
    if not limit:
        return
    reach = [(each.depth_mm, 2 * each.radius_mm, each.triangles) for each in machining.corners]
    for pocket in machining.pockets:
        tool = min(2 * pocket.inner_radius_mm if pocket.inner_radius_mm else math.inf, pocket.size_mm[1])
        reach.append((pocket.depth_mm, tool, pocket.triangles))
    deep = [each for each in reach if each[1] > 0 and each[0] > limit * each[1]]
    if not deep:
        return
    depth, tool, _ = max(deep, key=lambda each: each[0] / each[1])
    yield Finding(
        "deep_pocket",
        _severity(depth / tool, limit),
        f"A pocket is {depth:.4g} mm deep where only a tool of {tool:.4g} mm gets in; up to {limit:g} diameters "
        "of the tool are usual.",
        {"depth_mm": depth, "tool_mm": tool},
        limits.process,
        measured=round(depth / tool, 2),
        limit=limit,
        unit="1",
        source=limits.sources.get("pocket_depth_ratio"),
        advice="Make the pocket less deep, its corners rounder or the slot wider.",
        place=locate(_together(each[2] for each in deep)),
    )


def _small_radii(machining: Machining, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    limit = limits.tool_radius_mm
    small: list[Corner] = [each for each in machining.corners if limit and each.radius_mm < limit - 1e-6]
    if not small or not limit:
        return
    least = min(each.radius_mm for each in small)
    count = sum(each.count for each in small)
    yield Finding(
        "small_inner_radius",
        "warning",
        f"{_count(count, 'inner corner')} with a radius below {limit:g} mm; the smallest is {least:.4g} mm.",
        {"corners": count, "radius_mm": least, "limit_mm": limit},
        limits.process,
        measured=least,
        limit=limit,
        unit="mm",
        source=limits.sources.get("tool_radius"),
        advice=f"Round them with {limit:g} mm or more.",
        place=locate(_together(each.triangles for each in small)),
    )


def _thin_wall(machining: Machining, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    limit, wall = limits.min_wall_mm, machining.wall_mm
    if not limit or wall is None or wall >= limit:
        return
    yield Finding(
        "thin_milled_wall",
        "warning",
        f"A wall between two faces is {wall:.4g} mm thick; it bends away from the tool below {limit:g} mm.",
        {"wall_mm": wall, "limit_mm": limit},
        limits.process,
        measured=wall,
        limit=limit,
        unit="mm",
        source=limits.sources.get("min_wall"),
        advice=f"Thicken it to {limit:g} mm or more.",
        place=locate(machining.wall),
    )


def _undercut(machining: Machining, limits: ProcessLimits, locate: Locate) -> Iterator[Finding]:
    if not machining.undercut:
        return
    yield Finding(
        "undercut",
        "warning",
        f"Faces of {machining.undercut_mm2 / 100:.2f} cm² are hidden from a straight tool from every side.",
        {"area_mm2": machining.undercut_mm2},
        limits.process,
        measured=machining.undercut_mm2,
        limit=0.0,
        unit="mm²",
        advice="Open the undercut to one side, split the part, or choose a process that adds material.",
        place=locate(machining.undercut),
    )


def _setups(machining: Machining, limits: ProcessLimits) -> Iterator[Finding]:
    limit, count = limits.max_setups, len(machining.setups)
    if not limit or count <= limit:
        return
    yield Finding(
        "many_setups",
        "notice",
        f"The part has to be clamped about {count} times to reach all of its faces.",
        {"setups": count, "directions": [list(each) for each in machining.setups]},
        limits.process,
        measured=float(count),
        limit=limit,
        unit="1",
        source=limits.sources.get("max_setups"),
        advice="Move holes and pockets to fewer sides.",
    )


def _severity(measured: float, limit: float) -> Severity:
    return "warning" if measured > HARD * limit else "notice"


def _together(each: Iterator[Ranges] | Sequence[Ranges]) -> Ranges:
    return tuple(sorted({pair for triangles in each for pair in triangles}))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
