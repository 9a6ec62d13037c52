"""From parts to a build that can be made: packed, unpackable, gaps filled, verified.

What `penstock nest` and the hub run. `pack` is trusted with nothing: what it places is measured again on the exact
surfaces, and a part that fails is left out and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from penstock.engines.packing.gaps import fill_gaps, most_copies
from penstock.engines.packing.groups import pack_together
from penstock.engines.packing.model import (
    Chamber,
    Item,
    Objective,
    Packing,
    Placement,
    ProgressCallback,
    StopCallback,
    Unplaced,
)
from penstock.engines.packing.pack import pack
from penstock.engines.packing.plates import PlateRules
from penstock.engines.packing.poses import own_box_mm, volume_mm3
from penstock.engines.packing.removal import Copy, interlocked
from penstock.engines.packing.verify import verify

FILL_SHARE = 0.3
"""Of the time, when there are gaps to fill."""
UNLOCK_ROUNDS = 3
UNLOCK_SHARE = 0.5
"""Of what time is left, when there is something to unlock."""
CHECK_S_PER_TRIANGLE = 2e-6
CHECK_S_PER_COPY = 0.015
"""What checking a build takes, measured on 84 parts of 334 000 triangles and on 1 000 small ones; most of it is the
look for what is locked."""
FILLED_CHECKS = 2.0
"""How much longer a build with its gaps filled is checked than without."""
LEAST_SEARCH_SHARE = 0.5
LEAST_FILL_S = 1.0


@dataclass(frozen=True, eq=False)
class Nested:
    """A verified build. `interlocked`: pairs that hold each other, where that was allowed; `filled`: pieces in gaps;
    `scattered`: groups that were to lie together and do not."""

    packing: Packing
    interlocked: tuple[tuple[Copy, Copy], ...]
    filled: int
    scattered: tuple[str, ...] = ()


def nest(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    fillers: Sequence[Item] = (),
    objective: Objective = "height",
    deadline_s: float = 60.0,
    seed: int = 0,
    allow_interlocking: bool = False,
    together: bool = False,
    even: bool = False,
    rules: PlateRules | None = None,
    progress: ProgressCallback | None = None,
    stop: StopCallback | None = None,
) -> Nested:
    """Pack within the deadline, put parts that hold each other elsewhere, fill the gaps, verify.

    Fillers with 0 copies go in as often as there is room. `together`: each group in a region of its own (not on a
    plate). `even`, `rules`: see `pack`. Raises PackingError when the request contradicts itself.
    """
    began = perf_counter()

    def remaining(share: float = 1.0) -> float:
        return max((deadline_s - (perf_counter() - began)) * share, 0.0)

    stacked = not chamber.single_layer
    scattered: tuple[str, ...] = ()
    share = 1.0 - FILL_SHARE if fillers else 1.0
    search_s = max(deadline_s * share - checking_s(items), deadline_s * LEAST_SEARCH_SHARE)
    if together and stacked:
        build, scattered = pack_together(
            items, chamber, objective=objective, deadline_s=search_s, seed=seed, progress=progress, stop=stop
        )
    else:
        build = pack(
            items, chamber, objective=objective, deadline_s=search_s, seed=seed, even=even, rules=rules,
            progress=progress, stop=stop,
        )  # fmt: skip
    build = checked(build, items, chamber)
    locked: tuple[tuple[Copy, Copy], ...] = ()
    if stacked:
        build, locked = _unlocked(build, items, chamber, seed, remaining(UNLOCK_SHARE), allow_interlocking)
    before = len(build.placements)
    wanted: list[Item] = []
    if fillers:
        wanted = [filler if filler.copies else _as_many_as_fit(filler, build, chamber) for filler in fillers]
        spare_s = max(remaining() - FILLED_CHECKS * checking_s(items), LEAST_FILL_S)
        full = fill_gaps(build, items, wanted, chamber, deadline_s=spare_s, seed=seed, progress=progress, stop=stop)
        everything = [*items, *wanted]
        full = checked(full, everything, chamber)
        if stacked:
            full, locked = _unlocked(full, everything, chamber, seed, None, allow_interlocking)
        # Of parts that were asked for "as many as fit", none is missing.
        endless = {filler.id for filler in fillers if not filler.copies}
        build = replace(full, unplaced=tuple(left for left in full.unplaced if not _is_spare(left, endless)))
    everything = [*items, *wanted]
    build = measured(replace(build, seconds=perf_counter() - began), everything, chamber)
    return Nested(build, locked, len(build.placements) - before, scattered)


def checked(build: Packing, items: Sequence[Item], chamber: Chamber) -> Packing:
    """The build without the copies that `verify` objects to, the worst first; those are named as left out."""
    while faults := [each for each in verify(build, items, chamber) if each.copies]:
        blamed = Counter(copy for fault in faults for copy in zip(fault.item_ids, fault.copies, strict=False))
        worst = max(blamed, key=lambda copy: (blamed[copy], copy))
        fault = next(each for each in faults if worst in zip(each.item_ids, each.copies, strict=False))
        build = without(build, [worst], items, chamber, "unverified", fault.message)
    return build


def checking_s(items: Sequence[Item]) -> float:
    """About how long verifying a build of these items and looking for what is locked take."""
    triangles = sum((len(item.mesh.triangles) if item.mesh is not None else 12) * item.copies for item in items)
    return triangles * CHECK_S_PER_TRIANGLE + sum(item.copies for item in items) * CHECK_S_PER_COPY


def _unlocked(
    build: Packing, items: Sequence[Item], chamber: Chamber, seed: int, seconds: float | None, allowed: bool
) -> tuple[Packing, tuple[tuple[Copy, Copy], ...]]:
    """The build with one of each pair that hold each other put elsewhere: first wherever a search of `seconds` finds
    (None: nowhere), then on top of the others, and left out when there is no other place."""
    pairs = interlocked(build.placements, items)
    if allowed:
        return build, pairs
    rounds = 0
    while pairs:
        rest = without(build, _offenders(pairs, items), items, chamber, "interlocked", "")
        if seconds is not None and rounds < UNLOCK_ROUNDS:
            on_top = rounds > 0 or seconds <= 0.0
            rest = pack(items, chamber, deadline_s=0.0 if on_top else seconds, seed=seed, locked=rest.placements,
                        on_top=on_top)  # fmt: skip
            rest = checked(rest, items, chamber)
        rounds += 1
        build, pairs = rest, interlocked(rest.placements, items)
    return build, pairs


def _offenders(pairs: Sequence[tuple[Copy, Copy]], items: Sequence[Item]) -> list[Copy]:
    """Of each pair the smaller part."""
    volume = {item.id: volume_mm3(item) for item in items}
    chosen: set[Copy] = set()
    for pair in pairs:
        if not chosen & set(pair):
            chosen.add(min(pair, key=lambda copy: (volume[copy[0]], copy)))
    return sorted(chosen)


def without(
    build: Packing, copies: Sequence[Copy], items: Sequence[Item], chamber: Chamber, code: str, reason: str
) -> Packing:
    """The build less some copies, its figures measured again."""
    gone = set(copies)
    left = Counter(item_id for item_id, _ in gone)
    said = {
        "unverified": "left out, its place does not hold: {}",
        "interlocked": "left out, it could not be taken out of what lies round it{}",
    }[code]
    unplaced = [Unplaced(item_id, count, code, said.format(reason)) for item_id, count in sorted(left.items())]
    placements = tuple(p for p in build.placements if (p.item_id, p.copy) not in gone)
    return measured(replace(build, placements=placements, unplaced=(*build.unplaced, *unplaced)), items, chamber)


def measured(build: Packing, items: Sequence[Item], chamber: Chamber) -> Packing:
    """The build with height, density and counts taken from the surfaces where they lie."""
    by_id = {item.id: item for item in items}
    height_mm = max((_top_mm(by_id[p.item_id], p) for p in build.placements), default=0.0)
    pieces = Counter(p.item_id for p in build.placements)
    volume = sum(volume_mm3(by_id[item_id]) * count for item_id, count in pieces.items())
    used = chamber.floor_mm2 * height_mm
    metrics = replace(
        build.metrics,
        pieces=len(build.placements),
        volume_mm3=volume,
        mass_g=sum(by_id[item_id].mass_g * count for item_id, count in pieces.items()),
        value=sum(by_id[item_id].value * count for item_id, count in pieces.items()),
    )
    return replace(build, height_mm=height_mm, density=volume / used if used else 0.0, metrics=metrics)


def _top_mm(item: Item, placement: Placement) -> float:
    if item.mesh is not None:
        points = item.mesh.vertices
    else:
        points = np.array(np.meshgrid(*zip(*own_box_mm(item), strict=True))).reshape(3, -1).T
    return float((points @ placement.matrix[2, :3]).max() + placement.matrix[2, 3])


def _as_many_as_fit(filler: Item, build: Packing, chamber: Chamber) -> Item:
    return replace(filler, copies=most_copies(filler, build, chamber))


def _is_spare(left: Unplaced, endless: set[str]) -> bool:
    return left.item_id in endless and left.code == "no_room"
