"""Exact questions about triangle surfaces: how far apart, one inside the other, is it closed."""

from penstock.engines.packing.surfaces.contact import distance_mm, holds_piece_of
from penstock.engines.packing.surfaces.soundness import Openings, openings
from penstock.engines.packing.surfaces.tree import SurfaceTree, box_mesh

__all__ = ["Openings", "SurfaceTree", "box_mesh", "distance_mm", "holds_piece_of", "openings"]
