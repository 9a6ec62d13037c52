"""How thick the material is under each sample, how far the next surface is above it, and what shape that is.

A ray leaves each sample along its normal, inwards for walls and outwards for gaps. It counts where the surface it
meets faces back within OPPOSITE: at a sharp edge, in a fillet or in the tip of a wedge it does not, and the ray
measures the edge, not a wall. From the middle of each short ray further rays feel sideways, which tells a wall (it
stays as thin to the sides) from a rod (short that way too, as a pin or a hole) and from a strip (a low rib, a letter).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..mesh import Floats, Mesh
from .rays import ENTERING, LEAVING, WALL, first_hits, shapes
from .samples import Samples, Surface, spread, surface_of
from .tree import Index, Tree, plant

# The two sides of a wall face away from each other; 30° off admits draft and taper.
OPPOSITE = -0.86
# No process makes a thinner wall or gap. Surfaces closer than this coincide: a tessellation follows curves within
# 0.01 mm, so that two faces meant to touch are found a few micrometres apart.
COINCIDENT_MM = 0.03
MOST_TOLD = 12_000
# Beside a wall is what is nearer to it than so many thicknesses.
RIM = 3.0
ALIKE, TURNED = 0.25, 0.7
# The estimate that belongs to the facts: few rays, and only where the tree is not dearer than all the rest together.
FEW_SAMPLES = 1500
PERCENTILE = 0.05
ENOUGH = 0.07
MOST_TRIANGLES = 150_000

Kinds = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Depths:
    """distance (k,) mm to the opposite surface, infinite where none faces back; kind (k,) of the short ones."""

    distance: Floats
    kind: Kinds
    opposite: Index


def walls(tree: Tree, samples: Samples, surface: Surface, walls_below: float, rods_below: float) -> Depths:
    """Thickness under every sample; its kind where it is below the two lengths (mm)."""
    return _depths(tree, samples, surface, -1.0, np.inf, walls_below, rods_below)


def gaps(tree: Tree, samples: Samples, surface: Surface, gaps_below: float, holes_below: float) -> Depths:
    """Free way above every sample as far as the larger of the two lengths (mm), and its kind."""
    return _depths(tree, samples, surface, 1.0, max(gaps_below, holes_below), gaps_below, holes_below)


def _depths(
    tree: Tree, samples: Samples, surface: Surface, sense: float, farthest: float, walls_below: float, rods_below: float
) -> Depths:
    distance, hit = _reached(tree, samples, surface, sense, farthest)
    normals = surface.normals[samples.triangle]
    short = np.flatnonzero(distance < max(walls_below, rods_below))
    # Feeling sideways costs two dozen rays; of very many short ones every so manieth is told, the others are alike.
    chosen = np.ascontiguousarray(short[:: -(-len(short) // MOST_TOLD) or 1])
    kind = shapes(tree, samples.points, normals * sense, distance, chosen, walls_below)
    _join_rims(samples.points, distance, kind, chosen)
    if len(chosen) < len(short):
        model = chosen[np.searchsorted(chosen, short, side="right") - 1]
        alike = np.abs(distance[short] / distance[model] - 1) < ALIKE
        alike &= np.einsum("ij,ij->i", normals[short], normals[model]) > TURNED
        kind[short] = np.where(alike, kind[model], kind[short])
    return Depths(distance, kind, hit)


def _join_rims(points: Floats, distance: Floats, kind: Kinds, told: NDArray[np.int64]) -> None:
    """At its rim a wall has nothing to one side, as a strip or a rod has; what is beside a wall belongs to it."""
    wall = told[kind[told] == WALL]
    other = told[kind[told] > WALL]
    if len(wall) and len(other):
        away, _ = cKDTree(points[wall]).query(points[other], distance_upper_bound=RIM * float(distance[other].max()))
        kind[other[away < RIM * distance[other]]] = WALL


def _reached(tree: Tree, samples: Samples, surface: Surface, sense: float, farthest: float) -> tuple[Floats, Index]:
    normals = surface.normals[samples.triangle]
    directions = normals * sense
    # Rays inwards end where they leave the material, rays outwards where they enter it.
    side = LEAVING if sense < 0 else ENTERING
    distance, hit = first_hits(tree, samples.points, directions, samples.triangle, COINCIDENT_MM, farthest, side)
    met = hit >= 0
    facing = np.einsum("ij,ij->i", normals, surface.normals[np.maximum(hit, 0)])
    distance[~met | (facing > OPPOSITE)] = np.inf
    return distance, hit


def thin_wall(mesh: Mesh) -> tuple[float | None, str | None]:
    """(5th percentile by area of wall thickness in mm, None) or (None, why not) of a closed, outward-wound mesh.

    An estimate over FEW_SAMPLES rays, the same for the same part however it is turned; what is on less than 5 % of
    the surface can be missed.
    """
    if len(mesh.triangles) > MOST_TRIANGLES:
        return None, "The mesh has too many triangles for a wall thickness estimate at once."
    surface = surface_of(mesh)
    if not surface.area_mm2 > 0:
        return None, "The mesh has no area."
    samples = spread(mesh, surface, FEW_SAMPLES, 0)
    return percentile(_reached(plant(mesh), samples, surface, -1.0, np.inf)[0], samples.areas)


def percentile(distance: Floats, areas: Floats) -> tuple[float | None, str | None]:
    """(5th percentile by area of what is finite, None) or (None, why not)."""
    met = np.flatnonzero(np.isfinite(distance))
    if areas[met].sum() < ENOUGH * areas.sum():
        return None, "Too little of the surface has another surface opposite it to speak of walls."
    order = met[np.argsort(distance[met])]
    reached = np.cumsum(areas[order])
    return float(distance[order[np.searchsorted(reached, PERCENTILE * reached[-1])]]), None
