"""What would sag without support when a part is built layer by layer, and how much support it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..mesh import Floats, Mesh
from .columns import Columns, columns_of
from .samples import Surface

CELLS = 400
# Nearer than this to the plate or to what is below, a face rests on it.
RESTS_MM = 0.3
FLAT = 0.985


@dataclass(frozen=True, eq=False)
class Overhangs:
    """area_mm2 of surface that needs support, triangles (m,) which they are, and the support's volume below it
    down to the plate or to the part: a full column, of which a printed support fills a share."""

    area_mm2: float
    support_mm3: float
    triangles: NDArray[np.bool_]


class Stand:
    """A part standing on the plate in one pose; `turn` are the rows of the rotation into it."""

    def __init__(self, mesh: Mesh, surface: Surface, turn: Floats | None = None) -> None:
        rotation = np.eye(3) if turn is None else np.asarray(turn, dtype=np.float64)
        points = np.ascontiguousarray(mesh.vertices @ rotation.T)
        self.lean: Floats = -(surface.normals @ rotation[2])
        self.areas = surface.areas
        self.height: Floats = points[:, 2][mesh.triangles].max(axis=1) - points[:, 2].min()
        size = np.ptp(points, axis=0)[:2]
        wide, deep = (max(8, round(CELLS * side / max(size.max(), 1e-12))) for side in size)
        self.columns: Columns = columns_of(points, mesh.triangles, (wide, deep))

    def overhangs(self, steepest_deg: float, bridge_mm: float) -> Overhangs:
        """Faces that lean further than `steepest_deg` from the vertical (0: none may lean, 90: all may).

        Flat spans of up to `bridge_mm` between two sides hold by themselves.
        """
        leaning = (self.lean > np.sin(np.radians(steepest_deg)) + 1e-6) & (self.height > RESTS_MM)
        held = np.zeros(len(self.lean))
        looked = np.zeros(len(self.lean))
        flat = np.where(self.lean > FLAT, leaning, False)
        cells = self.columns
        volume = below(
            cells.starts, cells.heights, cells.enters, cells.triangle, cells.shape[0], cells.shape[1],
            cells.cell, leaning, flat, bridge_mm, held, looked,
        )  # fmt: skip
        # Of a face that is a bridge in part, that part is taken off.
        share = np.where(looked > 0, held / np.maximum(looked, 1), 0.0)
        needed = np.where(leaning, self.areas * (1 - share), 0.0)
        return Overhangs(float(needed.sum()), float(volume), leaning & (share < 0.5))


@kernel("f8(i8[::1], f8[::1], i1[::1], i4[::1], i8, i8, f8[::1], b1[::1], b1[::1], f8, f8[::1], f8[::1])")
def below(
    starts: Any, heights: Floats, enters: Any, triangle: Any, wide: int, deep: int, cell: Floats, leaning: Any,
    flat: Any, bridge: float, held: Floats, looked: Floats,
) -> float:  # fmt: skip
    """Volume under the leaning faces; for each face how many columns were looked at and how many are bridged."""
    volume = 0.0
    for i in range(wide):
        for j in range(deep):
            n = i * deep + j
            depth, floor = 0, 0.0
            for k in range(starts[n], starts[n + 1]):
                depth += enters[k]
                if enters[k] < 0:
                    if depth == 0:
                        floor = heights[k]
                    continue
                if depth != 1:
                    continue
                t = triangle[k]
                if not leaning[t] or heights[k] - floor <= RESTS_MM:
                    continue
                looked[t] += 1
                bridged = False
                if flat[t] and bridge > 0:
                    for axis in range(2):
                        span = 0.0
                        ends = 0
                        for way in (-1, 1):
                            x, y = i, j
                            while span <= bridge:
                                span += cell[axis]
                                if axis == 0:
                                    x += way
                                else:
                                    y += way
                                if x < 0 or y < 0 or x >= wide or y >= deep:
                                    break
                                # At this column: material just under the ceiling holds it, a ceiling goes on.
                                other, state = 0, 0
                                for m in range(starts[x * deep + y], starts[x * deep + y + 1]):
                                    if heights[m] > heights[k] + RESTS_MM:
                                        break
                                    if heights[m] < heights[k] - RESTS_MM:
                                        other += enters[m]
                                    elif enters[m] > 0:
                                        state = 1
                                if other > 0:
                                    ends += 1
                                    break
                                if state == 0:
                                    break
                        if ends == 2 and span - cell[axis] <= bridge:
                            bridged = True
                            break
                if bridged:
                    held[t] += 1
                else:
                    volume += (heights[k] - floor) * cell[0] * cell[1]
    return volume
