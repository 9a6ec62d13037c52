"""A part looked at once for all processes: the fields that judgements share, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..facts import Measurement, Triple
from ..mesh import Mesh
from . import thickness
from .cavities import Cavity, cavities
from .faults import void_points
from .limits import ProcessLimits
from .overhangs import Stand
from .places import Places
from .pose import pose_that_fits
from .samples import Samples, Surface, spread, surface_of
from .thickness import Depths
from .tree import Tree, plant

# Pins are looked for up to this; thicker ones are no concern of any process.
LARGEST_PIN_MM = 5.0


class Study:
    """One solid part (watertight, wound outwards) and the limits of every process it is to be judged for."""

    def __init__(self, mesh: Mesh, measurement: Measurement, processes: Sequence[ProcessLimits]) -> None:
        self.mesh = mesh
        self.measurement = measurement
        self.processes = processes
        self._poses: dict[tuple[Triple, ...], tuple[Triple, list[list[float]]] | None] = {}

    @cached_property
    def surface(self) -> Surface:
        return surface_of(self.mesh)

    @cached_property
    def samples(self) -> Samples:
        return spread(self.mesh, self.surface)

    @cached_property
    def tree(self) -> Tree:
        return plant(self.mesh)

    @cached_property
    def places(self) -> Places:
        return Places(self.mesh, self.surface, self.samples, self.tree)

    @cached_property
    def walls(self) -> Depths:
        """Thickness under every sample."""
        walls = max(self._largest("min_wall_mm"), self._largest("min_detail_mm"))
        rods = min(max(self._largest("min_pin_mm"), walls), LARGEST_PIN_MM)
        return thickness.walls(self.tree, self.samples, self.surface, walls, rods)

    @cached_property
    def gaps(self) -> Depths:
        """Free way above every sample, as far as any process asks."""
        gaps = max(self._largest("min_gap_mm"), self._largest("min_detail_mm"))
        return thickness.gaps(self.tree, self.samples, self.surface, gaps, max(self._largest("min_hole_mm"), gaps))

    @cached_property
    def stand(self) -> Stand:
        """The part as it was drawn, on the plate."""
        return Stand(self.mesh, self.surface)

    @cached_property
    def cavities(self) -> tuple[Cavity, ...] | None:
        """Hollows whose mouths are narrower than the widest escape hole of any process."""
        return cavities(self.mesh, self.tree, void_points(self.mesh), self._largest("escape_hole_mm"))

    @cached_property
    def _felt(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        from .sections import felt_thickness

        return felt_thickness(self)

    @property
    def felt(self) -> NDArray[np.int64]:
        """Samples under which the material was felt in all directions."""
        return self._felt[0]

    @property
    def massive_mm(self) -> NDArray[np.float64]:
        """The least way through the material around the middle below each of `felt`, mm."""
        return self._felt[1]

    def thickness_per_triangle(self) -> NDArray[np.float32]:
        """(m,) mm: the least thickness of the samples on each triangle, infinite where no surface is opposite.

        Of a mesh with too many triangles for a sample on each, the others take the mean of their neighbours."""
        least = np.full(len(self.mesh.triangles), np.inf)
        np.minimum.at(least, self.samples.triangle, self.walls.distance)
        if (self.places.sampled == 0).any():
            # Thickness is averaged as its inverse, in which nothing opposite is 0.
            with np.errstate(divide="ignore"):
                least = 1.0 / self.places.spread_out(1.0 / least)
        return least.astype(np.float32)

    def pose_for(self, rooms: tuple[Triple, ...]) -> tuple[Triple, list[list[float]]] | None:
        """A pose in which the part goes into one of the rooms; looked for once for each set of rooms."""
        if rooms not in self._poses:
            self._poses[rooms] = pose_that_fits(self.mesh.vertices, rooms)
        return self._poses[rooms]

    def _largest(self, name: str) -> float:
        return max((getattr(each, name) or 0.0 for each in self.processes), default=0.0)
