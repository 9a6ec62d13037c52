"""Small parts into the gaps of a finished build: their machine time is then free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from penstock.engines.packing.model import Chamber, Item, Packing, Placement, ProgressCallback, StopCallback
from penstock.engines.packing.pack import pack
from penstock.engines.packing.poses import volume_mm3

# Nobody asks for more copies of one small part than this in one build.
MOST_COPIES = 2000


def fill_gaps(
    build: Packing,
    items: Sequence[Item],
    fillers: Sequence[Item],
    chamber: Chamber,
    *,
    deadline_s: float = 10.0,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    stop: StopCallback | None = None,
) -> Packing:
    """The build with as much of `fillers` (by value, or by volume where none has a value) as goes in without raising
    it. What is built stays where it is. `items` are those of the build; ids of fillers must differ from theirs."""
    if not build.placements or not fillers:
        return build
    height_mm = min(build.height_mm + chamber.wall_clearance_mm, chamber.size_mm[2])
    lowered = replace(chamber, size_mm=(*chamber.size_mm[:2], height_mm))
    locked = [_only_placed(item, build.placements) for item in items]
    filled = pack(
        [*(item for item in locked if item.copies), *fillers],
        lowered,
        objective="value" if any(filler.value for filler in fillers) else "height",
        deadline_s=deadline_s,
        seed=seed,
        locked=build.placements,
        partial=True,
        progress=progress,
        stop=stop,
    )
    return replace(filled, unplaced=(*build.unplaced, *filled.unplaced), seconds=build.seconds + filled.seconds)


def most_copies(item: Item, build: Packing, chamber: Chamber) -> int:
    """So many copies at most could go into the room a build leaves, were it liquid."""
    room_mm3 = chamber.floor_mm2 * build.height_mm * (1.0 - build.density)
    volume = volume_mm3(item)
    return min(int(room_mm3 / volume), MOST_COPIES) if volume > 0 else 0


def _only_placed(item: Item, placements: Sequence[Placement]) -> Item:
    """The item with no copy beyond those that lie in the build, so that none is added."""
    copies = [placement.copy for placement in placements if placement.item_id == item.id]
    return replace(item, copies=max(copies, default=-1) + 1)
