"""Pack one layer: greedy layouts in many orders, the best kept, two searched at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from penstock.engines.packing.model import (
    Chamber,
    FloatArray,
    IntArray,
    Item,
    Objective,
    Packing,
    PackingMetrics,
    Placement,
    Progress,
    ProgressCallback,
    StopCallback,
    Unplaced,
    Vector,
)
from penstock.engines.packing.plates.grid import PlateGrid, plate_grid
from penstock.engines.packing.plates.rules import PlateRules
from penstock.engines.packing.poses import no_pose, origin_mm, own_box_mm, poses_of, volume_mm3
from penstock.engines.packing.voxels.forms import runs_of
from penstock.engines.packing.voxels.tray import Words, fill, occupy

THREADS = 2
ROUNDS = 400
"""Where no deadline is given."""
DISTURBANCE = 0.35
NEVER: IntArray = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Layout:
    """`place` (n, 4): form, 0, x and y cell of each piece; form −1 where it is left out."""

    place: IntArray
    top: int
    gain: float

    @property
    def score(self) -> tuple[float, int]:
        return (-round(self.gain, 6), self.top)


def pack_plate(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    rules: PlateRules | None = None,
    objective: Objective = "height",
    deadline_s: float | None = 10.0,
    seed: int = 0,
    locked: Sequence[Placement] = (),
    progress: ProgressCallback | None = None,
    stop: StopCallback | None = None,
    never: Mapping[str, tuple[str, str]] | None = None,
) -> Packing:
    """As many parts as stand on the plate (the most valuable with objective "value"), crowded towards low y.

    `never`: (code, reason) of items not to be tried. At least one layout is finished, whatever the deadline."""
    began = perf_counter()
    never = dict(never or {})
    rules = rules or PlateRules()
    grid = plate_grid(items, chamber, rules, locked, set(never))
    taken = {(p.item_id, p.copy) for p in locked}
    table = np.array(
        [
            (number, copy)
            for number, item in enumerate(items)
            if len(grid.catalogue.of(number))
            for copy in range(item.copies)
            if (item.id, copy) not in taken
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    part, copies = np.ascontiguousarray(table[:, 0]), table[:, 1]
    volumes = np.array([volume_mm3(item) for item in items])
    worth = np.array([item.value for item in items]) if objective == "value" else volumes
    bands = _bands(grid, rules)
    mass = np.array([item.mass_g for item in items])
    spare_g = np.inf if chamber.max_mass_g is None else chamber.max_mass_g - sum(
        mass[[item.id for item in items].index(p.item_id)] for p in locked
    )  # fmt: skip

    def out_of_time() -> bool:
        late = deadline_s is not None and perf_counter() - began >= deadline_s
        return late or (stop is not None and stop())

    best: _Layout | None = None
    rounds = 0
    queue = _orders(grid, part, worth if objective == "value" else None, bands, seed)
    with ThreadPoolExecutor(THREADS) as pool:
        while best is None or not (out_of_time() or (deadline_s is None and rounds >= ROUNDS)):
            batch = 1 if best is None else THREADS
            futures = [pool.submit(_filled, grid, part, next(queue), worth, mass, spare_g, bands) for _ in range(batch)]
            for layout in [future.result() for future in futures]:
                rounds += 1
                if best is None or layout.score < best.score:
                    best = layout
                    if progress is not None:
                        progress(_progress(grid, best, volumes, part, perf_counter() - began, rounds, len(locked)))
    placed = [
        Placement(items[part[n]].id, int(copies[n]), grid.matrix(form, y, z))
        for n, (form, _x, y, z) in enumerate(best.place.tolist())
        if form >= 0
    ]
    return _packing(grid, [*locked, *placed], never, perf_counter() - began, seed, rounds)


def _bands(grid: PlateGrid, rules: PlateRules) -> IntArray:
    """The band of each part by its height, the lowest 0."""
    heights = np.array([np.ptp((own_box_mm(item)[0][2], own_box_mm(item)[1][2])) for item in grid.items])
    if rules.height_bands < 2 or not len(heights):
        return np.zeros(len(grid.items), dtype=np.int64)
    edges = np.quantile(heights, np.linspace(0, 1, rules.height_bands + 1)[1:-1])
    return np.searchsorted(edges, heights, side="left")


def _orders(
    grid: PlateGrid, part: IntArray, worth: FloatArray | None, bands: IntArray, seed: int
) -> Iterator[IntArray]:
    """Endless orders of the pieces, band by band: the largest first, then disturbed."""
    known = grid.catalogue
    size = np.array([float(known.cells[known.of(p)[0]]) if len(known.of(p)) else 0.0 for p in range(len(grid.items))])
    reach = np.array(
        [float(known.shapes[list(known.of(p)), 2].min()) if len(known.of(p)) else 0.0 for p in range(len(grid.items))]
    )
    ranks = [size, reach, size * np.sqrt(np.maximum(reach, 1.0))]
    if worth is not None:
        ranks = [worth / np.maximum(size, 1.0), worth]
    rng = np.random.default_rng(seed)
    for rank in ranks:
        yield np.lexsort((part, -rank[part], bands[part]))
    while True:
        rank = ranks[int(rng.integers(len(ranks)))]
        noise = np.exp(rng.normal(0.0, DISTURBANCE, len(part)))
        yield np.lexsort((part, -rank[part] * noise, bands[part]))


def _filled(
    grid: PlateGrid,
    part: IntArray,
    order: IntArray,
    worth: FloatArray,
    mass: FloatArray,
    spare_g: float,
    bands: IntArray,
) -> _Layout:
    """One greedy layout; each band begins behind the one before."""
    known = grid.catalogue
    place = np.full((len(part), 4), -1, dtype=np.int64)
    levels, top = grid.blocked.copy(), 0
    for band in np.unique(bands[part]).tolist():
        if band and top:
            levels = _behind(grid, top)
        chosen = order[bands[part[order]] == band]
        place[chosen] = fill(
            levels, known.runs, known.mixed, known.spans, known.first_run, known.first_form, known.shapes,
            part[chosen], mass, spare_g, grid.shape[2], NEVER,
        )  # fmt: skip
        stands = place[:, 0] >= 0
        spare_g -= float(mass[part[chosen[place[chosen, 0] >= 0]]].sum())
        top = int((place[stands, 3] + known.shapes[place[stands, 0], 2]).max(initial=0))
    return _Layout(place, top, float(worth[part[stands]].sum()) if len(part) else 0.0)


def _behind(grid: PlateGrid, top: int) -> Words:
    """The plate with all up to `top` taken."""
    levels = grid.blocked.copy()
    occupy(levels, runs_of(np.ones((1, grid.shape[1], top), dtype=np.bool_)), 0, 0, 0)
    return levels


def _progress(
    grid: PlateGrid, layout: _Layout, volumes: FloatArray, part: IntArray, seconds: float, rounds: int, locked: int
) -> Progress:
    stands = layout.place[:, 0] >= 0
    height = max((_height_mm(grid, form) for form in set(layout.place[stands, 0].tolist())), default=0.0)
    used = grid.chamber.floor_mm2 * height
    density = float(volumes[part[stands]].sum()) / used if used else 0.0
    return Progress(seconds, rounds, int(stands.sum()) + locked, float(height), density)


def _height_mm(grid: PlateGrid, form: int) -> float:
    known = grid.catalogue
    item = grid.items[int(np.searchsorted(known.first_form, form, side="right")) - 1]
    return float(np.ptp(_points(item) @ known.forms[form].rotation[2]))


def _packing(
    grid: PlateGrid,
    placements: Sequence[Placement],
    never: Mapping[str, tuple[str, str]],
    seconds: float,
    seed: int,
    rounds: int,
) -> Packing:
    by_id = {item.id: item for item in grid.items}
    count = {item.id: 0 for item in grid.items}
    height, volume, boxes = 0.0, 0.0, 0.0
    for placement in placements:
        item = by_id[placement.item_id]
        count[item.id] += 1
        turned = _points(item) @ placement.matrix[:3, :3].T
        height = max(height, float(turned[:, 2].max() + placement.matrix[2, 3]))
        volume += volume_mm3(item)
        boxes += float(np.prod(np.ptp(turned, axis=0)))
    unplaced = []
    for number, item in enumerate(grid.items):
        missing = item.copies - count[item.id]
        if missing > 0:
            if item.id in never:
                code, reason = never[item.id]
            elif not len(poses_of(item)):
                code, reason = no_pose(item)
            elif not len(grid.catalogue.of(number)):
                code, reason = "too_large", f"{item.id} stands on the plate in none of its poses"
            else:
                code, reason = "no_room", f"no room left on the plate for {missing} of {item.copies} {item.id}"
            unplaced.append(Unplaced(item.id, missing, code, reason))
    used = grid.chamber.floor_mm2 * height
    metrics = PackingMetrics(
        pieces=len(placements),
        volume_mm3=volume,
        mass_g=sum(item.mass_g * count[item.id] for item in grid.items),
        value=sum(item.value * count[item.id] for item in grid.items),
        box_density=boxes / used if used else 0.0,
        rounds=rounds,
    )
    origins: dict[str, Vector] = {item.id: origin_mm(item) for item in grid.items}
    return Packing(
        tuple(placements), tuple(unplaced), height, volume / used if used else 0.0, metrics, seconds, seed, origins
    )


def _points(item: Item) -> FloatArray:
    """What of the item is outermost in every direction."""
    if item.mesh is not None:
        return item.mesh.vertices
    low, high = own_box_mm(item)
    return np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
