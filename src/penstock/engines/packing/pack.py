"""Pack a set of items into a chamber: meshes on a grid of cells (`voxels`), boxes by their corners (here).

Boxes go one after another where their top ends lowest (on a plate: nearest to one edge). The order they are given
decides the density, so several sorted orders are tried first, then random disturbances of them until the
rounds or the deadline are spent. The sequence of orders depends only on the seed: with a deadline long enough
for all rounds two runs give the same layout, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import numpy as np

from penstock.engines.packing.layout import Layout, Prepared, prepare, why_never
from penstock.engines.packing.model import (
    Chamber,
    FloatArray,
    Item,
    Objective,
    Packing,
    PackingError,
    Placement,
    Progress,
    ProgressCallback,
    StopCallback,
    Unplaced,
)
from penstock.engines.packing.plates import PlateRules, pack_plate
from penstock.engines.packing.poses import own_box_mm, volume_mm3
from penstock.engines.packing.verify import verify
from penstock.engines.packing.voxels.nest import nest

ROUNDS = 24
DISTURBANCE = 0.35
Order = list[int]
Score = tuple[float, float]


def pack(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    objective: Objective = "height",
    deadline_s: float | None = 10.0,
    seed: int = 0,
    start: Packing | None = None,
    locked: Sequence[Placement] = (),
    on_top: bool = False,
    partial: bool = False,
    even: bool = False,
    rules: PlateRules | None = None,
    progress: ProgressCallback | None = None,
    stop: StopCallback | None = None,
) -> Packing:
    """Place the items; never worse than `start` (a layout of the same items and chamber).

    Searches for `deadline_s` (0: one layout only; None: a fixed number of rounds, so that one seed gives one packing).

    "height": place as much volume as fits, then as low as possible. "value": the most valuable subset (ties:
    earlier due first), then low. `locked` copies stay where they are and count as copies of their items. What
    is not placed comes back with its reason. `on_top`: no mesh goes under a locked copy. `partial`: the
    deadline cuts even the first layout of meshes short, what it has not come to is left out. `even`: meshes are spread
    over the height they need, so that each layer has about as much to melt as the next. `rules`: what the process
    asks of a plate. Raises PackingError when the request contradicts itself.
    """
    began = perf_counter()
    check_request(items, chamber, locked)
    if any(item.mesh is not None for item in items) and not chamber.single_layer:
        never = {item.id: reason for item in items if (reason := _unusable(item, chamber))}
        packing = nest(items, chamber, objective=objective, seconds=deadline_s, seed=seed, locked=locked, never=never,
                       on_top=on_top, partial=partial, even=even, progress=progress, stop=stop)  # fmt: skip
        return _better(start, packing, items, chamber, locked, objective)
    if any(item.mesh is not None for item in items):
        never = {item.id: reason for item in items if (reason := _unusable(item, chamber))}
        packing = pack_plate(items, chamber, rules=rules, objective=objective, deadline_s=deadline_s, seed=seed,
                             locked=locked, progress=progress, stop=stop, never=never)  # fmt: skip
        return _better(start, packing, items, chamber, locked, objective)
    prepared = [prepare(item, chamber) for item in items]
    base = _locked_layout(prepared, chamber, locked)
    taken = _copies_taken(locked)
    never = {p.item.id: reason for p in prepared if (reason := why_never(p, chamber))}
    able = [p for p in prepared if p.item.id not in never]
    best = base
    best_score = _score(base, objective)
    rounds = 0

    def out_of_time() -> bool:
        late = deadline_s is not None and perf_counter() - began > deadline_s
        return late or (stop is not None and stop())

    for order in _orders(able, objective, seed):
        if rounds and (rounds >= ROUNDS or out_of_time()):
            break
        layout = _fill(base.copy(), [able[number] for number in order], taken, out_of_time if rounds else None)
        rounds += 1
        if layout is None:
            break
        score = _score(layout, objective)
        if rounds == 1 or score < best_score:
            best, best_score = layout, score
        if progress is not None:
            used = best.height_mm * chamber.floor_mm2
            density = best.volume_mm3 / used if used else 0.0
            progress(Progress(perf_counter() - began, rounds, best.pieces, best.height_mm, density))
    packing = best.packing(
        unplaced=_unplaced(prepared, best.placements(), never),
        seconds=perf_counter() - began,
        seed=seed,
        rounds=rounds,
    )
    return _better(start, packing, items, chamber, locked, objective)


def _are_triangles(item: Item) -> bool:
    if item.mesh is None or item.no_contact is None or not np.issubdtype(item.no_contact.dtype, np.integer):
        return False
    numbers = item.no_contact
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < len(item.mesh.triangles))


def check_request(items: Sequence[Item], chamber: Chamber, locked: Sequence[Placement] = ()) -> None:
    """Raise PackingError with the first thing that contradicts itself."""
    if min(chamber.size_mm) <= 0 or chamber.clearance_mm < 0 or chamber.wall_clearance_mm < 0:
        raise PackingError(f"chamber {chamber.size_mm} with clearance {chamber.clearance_mm} mm is no space")
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise PackingError(f"two items are called {item.id}")
        seen.add(item.id)
        if item.copies < 0 or (item.size_mm is not None and min(item.size_mm) < 0):
            raise PackingError(f"{item.id}: copies and sizes cannot be negative")
        if item.orientation == "poses" and not item.poses:
            raise PackingError(f"{item.id}: orientation is by poses but none is given")
        if item.size_mm is None and item.mesh is None:
            raise PackingError(f"{item.id}: neither a size nor a mesh is given")
        if item.no_contact is not None and not _are_triangles(item):
            raise PackingError(f"{item.id}: contact faces are numbers of triangles of its mesh")
    for placement in locked:
        if placement.item_id not in seen:
            raise PackingError(f"locked {placement.item_id} is none of the items")


def _unusable(item: Item, chamber: Chamber) -> tuple[str, str] | None:
    """(code, reason) when an item is no part or too heavy, whatever its place."""
    low, high = own_box_mm(item)
    if volume_mm3(item) <= 0 or bool(np.any(high - low <= 0)):
        size = " × ".join(f"{edge:.1f}" for edge in (high - low).tolist())
        return "no_volume", f"{item.id} has no volume ({size} mm)"
    if chamber.max_mass_g is not None and item.mass_g > chamber.max_mass_g:
        return "too_heavy", f"{item.id} weighs {item.mass_g:.0f} g, the build may hold {chamber.max_mass_g:.0f} g"
    return None


def _copies_taken(locked: Sequence[Placement]) -> dict[str, set[int]]:
    taken: dict[str, set[int]] = {}
    for placement in locked:
        taken.setdefault(placement.item_id, set()).add(placement.copy)
    return taken


def _locked_layout(prepared: Sequence[Prepared], chamber: Chamber, locked: Sequence[Placement]) -> Layout:
    layout = Layout(chamber)
    by_id = {p.item.id: p for p in prepared}
    for placement in locked:
        layout.lock(by_id[placement.item_id], placement)
    return layout


def _orders(able: Sequence[Prepared], objective: Objective, seed: int) -> Iterator[Order]:
    """Endless orders of the items: the sorted ones, then disturbed ones. Groups stay consecutive."""
    extents = [np.sort(p.poses.extents_mm[0]) for p in able]
    keys: list[Callable[[int], float]] = [
        lambda n: able[n].box_mm3,
        lambda n: float(extents[n][2]),
        lambda n: float(extents[n][1] * extents[n][2]),
        lambda n: float(extents[n][0]),
    ]
    if objective == "value":
        keys.insert(0, lambda n: able[n].item.value / able[n].box_mm3)
        keys.insert(1, lambda n: able[n].item.value)
    ranks = [np.array([key(number) for number in range(len(able))]) for key in keys]
    for rank in ranks:
        yield _sorted(able, rank)
    rng = np.random.default_rng(seed)
    while True:
        rank = ranks[int(rng.integers(len(ranks)))]
        yield _sorted(able, rank * np.exp(rng.normal(0.0, DISTURBANCE, len(able))))


def _sorted(able: Sequence[Prepared], rank: FloatArray) -> Order:
    weight: dict[str, float] = {}
    for number, p in enumerate(able):
        if p.item.group is not None:
            weight[p.item.group] = max(weight.get(p.item.group, 0.0), float(rank[number]))

    def key(number: int) -> tuple[float, str, float, float, str]:
        item = able[number].item
        group = item.group or ""
        due = item.due.timestamp() if item.due else np.inf
        return (-weight.get(group, float(rank[number])), group, -float(rank[number]), due, item.id)

    return sorted(range(len(able)), key=key)


def _fill(
    layout: Layout, order: Sequence[Prepared], taken: dict[str, set[int]], out_of_time: StopCallback | None
) -> Layout | None:
    """Add everything in order; None when time ran out before the end (a half-tried order says nothing)."""
    for prepared in order:
        if out_of_time is not None and out_of_time():
            return None
        done = taken.get(prepared.item.id, set())
        for copy in range(prepared.item.copies):
            if copy not in done and not layout.add(prepared, 1, first_copy=copy):
                break
    return layout


def _score(layout: Layout, objective: Objective) -> Score:
    """Smaller is better."""
    gain = layout.value if objective == "value" else layout.volume_mm3
    return (-round(gain, 6), layout.height_mm)


def _unplaced(
    prepared: Sequence[Prepared], placements: Sequence[Placement], never: dict[str, tuple[str, str]]
) -> tuple[Unplaced, ...]:
    placed: dict[str, int] = {}
    for placement in placements:
        placed[placement.item_id] = placed.get(placement.item_id, 0) + 1
    left = []
    for p in prepared:
        missing = p.item.copies - placed.get(p.item.id, 0)
        if missing > 0:
            code, reason = never.get(
                p.item.id,
                ("no_room", f"no room or weight left for {missing} of {p.item.copies} {p.item.id}"),
            )
            left.append(Unplaced(p.item.id, missing, code, reason))
    return tuple(left)


def _better(
    start: Packing | None,
    found: Packing,
    items: Sequence[Item],
    chamber: Chamber,
    locked: Sequence[Placement],
    objective: Objective,
) -> Packing:
    """The start layout, measured afresh, if it is valid, keeps the locked copies and beats what was found."""
    if start is None:
        return found
    kept = {(p.item_id, p.copy): p.matrix for p in start.placements}
    moved = any((p.item_id, p.copy) not in kept or not np.allclose(kept[p.item_id, p.copy], p.matrix) for p in locked)
    if moved or verify(start, items, chamber):
        return found
    prepared = [prepare(item, chamber) for item in items]
    layout = _locked_layout(prepared, chamber, start.placements)
    if _score(layout, objective) >= (-round(_gain(found, objective), 6), found.height_mm):
        return found
    return layout.packing(
        unplaced=_unplaced(prepared, start.placements, {}),
        seconds=found.seconds,
        seed=found.seed,
        rounds=found.metrics.rounds,
    )


def _gain(packing: Packing, objective: Objective) -> float:
    return packing.metrics.value if objective == "value" else packing.metrics.volume_mm3
