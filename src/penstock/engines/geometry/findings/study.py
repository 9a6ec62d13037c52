"""A part looked at once for all processes: the fields that judgements share, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..facts import Measurement, Place, Triple
from ..mesh import Floats, Mesh
from ..sums import shell_sums
from ..topology import connect
from . import thickness
from .cavities import Cavity, cavities
from .limits import ProcessLimits
from .overhangs import Stand
from .places import Places
from .pose import pose_that_fits
from .samples import Samples, Surface, least_of, spread, surface_of
from .thickness import Depths
from .tree import Tree, plant

Found = TypeVar("Found")
Turn = Sequence[Sequence[float]] | None

# Pins are looked for up to this; thicker ones are no concern of any process.
LARGEST_PIN_MM = 5.0


class Study:
    """One solid part (watertight, wound outwards), the limits of every process it is to be judged for, and the rows of
    the rotation into the pose in which it is built (None: as it was drawn)."""

    def __init__(
        self, mesh: Mesh, measurement: Measurement, processes: Sequence[ProcessLimits], turn: Turn = None
    ) -> None:
        self.mesh = mesh
        self.turn = None if turn is None else np.asarray(turn, dtype=np.float64)
        self.measurement = measurement
        self.processes = processes
        self._known: dict[tuple[Hashable, ...], object] = {}

    def once(self, key: tuple[Hashable, ...], work: Callable[[], Found]) -> Found:
        """What `work` finds, from memory where it was already done: many processes share a limit."""
        if key not in self._known:
            self._known[key] = work()
        return cast(Found, self._known[key])

    @cached_property
    def shells(self) -> tuple[NDArray[np.int32], Floats]:
        """(number of the connected piece of surface each triangle is in, signed volume of each piece in mm³)."""
        if self.measurement.shells == 1:
            return np.zeros(len(self.mesh.triangles), dtype=np.int32), np.ones(1)
        topology = connect(self.mesh.triangles, len(self.mesh.vertices))
        sums = shell_sums(self.mesh.vertices, self.mesh.triangles, topology.shell, topology.shells)
        return topology.shell, sums.volume

    @cached_property
    def void(self) -> NDArray[np.bool_]:
        """(m,) the triangles of closed voids."""
        shell, volumes = self.shells
        return np.asarray(volumes < 0)[shell]

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
        """The part on the plate, as it was drawn or turned."""
        return Stand(self.mesh, self.surface, self.turn)

    @cached_property
    def void_place(self) -> Place:
        """Where the closed voids are."""
        return self.places.of_triangles(self.void)

    @cached_property
    def cavities(self) -> tuple[Cavity, ...] | None:
        """Hollows whose mouths are narrower than the widest escape hole of any process."""
        widest = max((each.escape_hole_mm or 0.0 for each in self.processes if each.traps_material), default=0.0)
        return cavities(self.mesh, self.tree, self.void, widest) if widest else ()

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

        Of a mesh with too many triangles for a sample on each, the others take that of the nearest."""
        least = np.full(len(self.mesh.triangles), np.inf, dtype=np.float32)
        least_of(self.samples.triangle, self.walls.distance, least)
        spread_out: NDArray[np.float32] = self.places.spread_out(least, np.float32(np.inf))
        return spread_out

    def pose_for(self, rooms: tuple[Triple, ...]) -> tuple[Triple, list[list[float]]] | None:
        """A pose in which the part goes into one of the rooms."""
        return self.once(("pose", rooms), lambda: pose_that_fits(self.mesh.vertices, rooms))

    def _largest(self, name: str) -> float:
        return max((getattr(each, name) or 0.0 for each in self.processes), default=0.0)
