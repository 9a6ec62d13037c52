"""Can every part be taken out of the cake, one after another, without breaking another?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.engines.packing.model import Item, Placement
from penstock.engines.packing.removal.lifting import AXES, OBLIQUE, blocking, stuck
from penstock.engines.packing.removal.winding_out import can_wind_out

Copy = tuple[str, int]


def interlocked(placements: Sequence[Placement], items: Sequence[Item]) -> tuple[tuple[Copy, Copy], ...]:
    """Pairs of copies (item id, copy) of which neither comes free while the other is there; empty when the build can
    be unpacked.

    A part is taken out along a straight line, the way clear of all that are still in; walls do not count, a cake is
    unpacked outside the machine. Parts are tried along the three axes, those that remain along the diagonals, and
    what remains then by moving step by step round corners (turning a part is not tried).
    """
    by_id = {item.id: item for item in items}
    parts = [(by_id[p.item_id], p) for p in placements if p.item_id in by_id]
    if len(parts) < 2:
        return ()
    everything = np.arange(len(parts))
    seen = blocking(parts, everything, AXES)
    left = stuck(seen, everything)
    if len(left):
        seen = seen.over(left).joined(blocking(parts, left, OBLIQUE))
        left = stuck(seen, left)
    while len(left):
        free = next((row for row in left.tolist() if can_wind_out(parts, row, left)), None)
        if free is None:
            break
        left = stuck(seen, left[left != free])
    pairs = seen.locked_pairs(left) if len(left) else []
    return tuple(((parts[a][1].item_id, parts[a][1].copy), (parts[b][1].item_id, parts[b][1].copy)) for a, b in pairs)
