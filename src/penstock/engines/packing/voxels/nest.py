"""Nest meshes in a chamber: greedy layouts in many orders, then the best of them compressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from penstock.engines.packing.model import (
    Chamber,
    FloatArray,
    IntArray,
    Item,
    Objective,
    Packing,
    Placement,
    Progress,
    ProgressCallback,
    StopCallback,
)
from penstock.engines.packing.poses import no_pose, own_box_mm, poses_of, volume_mm3
from penstock.engines.packing.voxels.compress import lower_nearby, lower_scaled, top_of
from penstock.engines.packing.voxels.level import level
from penstock.engines.packing.voxels.problem import FINEST_MM, Problem, mesh_of, natural_pitch_mm, pose, refined
from penstock.engines.packing.voxels.result import packing_of, placements_of
from penstock.engines.packing.voxels.search import Arrangement, Pieces, greedy, orders, sizes_of
from penstock.engines.packing.voxels.watch import FREE, THREADS, Watch

GREEDY_ROUNDS = 8
FILL_ROUNDS = 24
GREEDY_SHARE = 0.1
TALLER = 1.6
HOPELESS_SHARE = 0.7
"""Of the chamber's cells: where parts would take more, bringing them down is not tried."""
ANYWHERE_SHARE = 0.75
ANYWHERE_ROUNDS = 4
NEARBY_SHARE = (0.5, 1.0)
ONCE_MORE_SHARE = 0.15
NEARBY_ROUNDS = 4
"""Rounds where no deadline is given; shares of the time that is left where one is."""
LEVEL_PASSES = 10
COVER_S_PER_CELL = 1e-7
"""Time to cover a mesh, per cell of its box; a cautious figure."""


def nest(
    items: Sequence[Item],
    chamber: Chamber,
    *,
    objective: Objective,
    seconds: float | None,
    seed: int,
    locked: Sequence[Placement],
    progress: ProgressCallback | None,
    stop: StopCallback | None,
    never: Mapping[str, tuple[str, str]],
    even: bool = False,
    on_top: bool = False,
    partial: bool = False,
) -> Packing:
    """The best packing found in `seconds` (None: after a fixed number of rounds); at least one layout is always made.
    `never`: (code, reason) of items not to be tried. `even`: pieces are spread over the height reached.
    `on_top`: nothing goes under a locked part, so that all that is added comes out upwards. `partial`: what
    there is no time to place is left out."""
    watch = Watch(seconds, stop)
    problem = pose(items, chamber, natural_pitch_mm(items, chamber), locked, never, on_top)
    reasons = too_large(problem) | dict(never)
    pieces = _pieces(problem, locked)
    volumes = np.array([volume_mm3(problem.items[part]) for part in pieces.part.tolist()])
    values = np.array([problem.items[part].value for part in pieces.part.tolist()])
    locked_top_mm, locked_mm3 = _locked(problem, locked)
    shown = volumes
    rounds = 0

    def tell(known: Problem, place: IntArray) -> None:
        nonlocal rounds
        rounds += 1
        if progress is not None:
            lies = place[:, 0] >= 0
            height = max(known.height_mm(top_of(known, place[lies])), locked_top_mm)
            volume = float(shown[lies].sum()) + locked_mm3
            density = volume / (chamber.floor_mm2 * height) if height > 0 else 0.0
            progress(Progress(watch.spent_s, rounds, int(lies.sum()) + len(locked), height, density))

    gains = values if objective == "value" else volumes
    spare_g = _spare_g(problem, locked)
    # What a full chamber has no room for may fit when everything in it moves; else only another order takes in more.
    movable = objective == "height" and not locked and _may_be_brought_down(problem, pieces, spare_g)
    place = _first_layouts(problem, pieces, gains, objective, seed, watch, spare_g, not movable, tell, partial)
    lies = np.flatnonzero(place[:, 0] >= 0)
    final = problem
    if seconds != 0 and len(lies) and not on_top and not partial:
        taller = None
        if movable and len(lies) < len(pieces):
            taller = _brought_down(problem, pieces, gains, never, seed, watch, seconds)
        if taller is not None:
            lies = np.arange(len(pieces))
            final, place = taller
            tell(final, place)
        else:
            shown = volumes[lies]
            final, place = _lowered(problem, pieces.part[lies], place[lies], locked, seed, watch, seconds, tell)
    else:
        place = place[lies]
    if even and len(lies):
        place = _levelled(final, place, watch, seconds)
    part = pieces.part[lies]
    found = Pieces(part, pieces.copy[lies])
    placements = [*locked, *placements_of(final, found, place)]
    return packing_of(final, placements, reasons, seconds=watch.spent_s, seed=seed, rounds=rounds)


def _brought_down(
    problem: Problem,
    pieces: Pieces,
    gains: FloatArray,
    never: Mapping[str, tuple[str, str]],
    seed: int,
    watch: Watch,
    seconds: float | None,
) -> tuple[Problem, IntArray] | None:
    """All pieces, where a greedy layout has no room for some: laid out in a taller chamber, and compressed until they
    fit. None when they do not."""
    x, y, z = problem.chamber.size_mm
    chamber = replace(problem.chamber, size_mm=(x, y, z * TALLER))
    taller = pose(problem.items, chamber, problem.frame.pitch_mm, (), never)
    if any(not len(taller.catalogue.of(part)) for part in np.unique(pieces.part).tolist()):
        return None
    place = _first_layouts(taller, pieces, gains, "height", seed, watch, np.inf, False, _unheard)
    if (place[:, 0] < 0).any():
        return None
    final, place = _lowered(taller, pieces.part, place, (), seed, watch, seconds, _unheard)
    limit_mm = z - problem.chamber.wall_clearance_mm
    return (final, place) if final.height_mm(top_of(final, place)) <= limit_mm + 1e-9 else None


def _unheard(problem: Problem, place: IntArray) -> None:
    """A layout that does not fit yet is nothing to report."""


def _may_be_brought_down(problem: Problem, pieces: Pieces, spare_g: float) -> bool:
    """Whether neither weight nor volume speaks against all pieces lying in the chamber."""
    mass_g = sum(problem.items[part].mass_g for part in pieces.part.tolist())
    cells = float(sizes_of(problem)[pieces.part].sum())
    return mass_g <= spare_g and cells <= HOPELESS_SHARE * float(np.prod(problem.frame.shape))


def _first_layouts(
    problem: Problem,
    pieces: Pieces,
    gains: FloatArray,
    objective: Objective,
    seed: int,
    watch: Watch,
    spare_g: float,
    patient: bool,
    tell: Callable[[Problem, IntArray], None],
    partial: bool = False,
) -> IntArray:
    """The best of several greedy layouts; with `patient`, of as many as there is time for while pieces are left out."""
    worth = np.array([item.value for item in problem.items]) if objective == "value" else None
    queue = orders(problem, pieces, worth, seed)
    best: Arrangement | None = None
    made = 0
    rounds = GREEDY_ROUNDS
    watch.stage(1.0 if partial else GREEDY_SHARE)
    with ThreadPoolExecutor(THREADS) as pool:
        while made == 0 or (made < rounds and not watch.over()):
            # The first are finished at any rate; where two threads run, two take as long as one.
            first = made == 0
            halt = FREE if first and not partial else watch.halt
            futures = [
                pool.submit(greedy, problem, pieces, next(queue), gains, spare_g, halt, partial and first)
                for _ in range(THREADS)
            ]
            for layout in watch.wait(futures):
                if layout is not None and (best is None or layout.score < best.score):
                    best = layout
                    tell(problem, best.place)
            if made == 0 and patient and best is not None and (best.place[:, 0] < 0).any():
                rounds = FILL_ROUNDS
                watch.stage(1.0)
            made += THREADS
    if best is None:
        raise AssertionError("the first layout is never stopped")
    return best.place


def _lowered(
    problem: Problem,
    part: IntArray,
    place: IntArray,
    locked: Sequence[Placement],
    seed: int,
    watch: Watch,
    seconds: float | None,
    tell: Callable[[Problem, IntArray], None],
) -> tuple[Problem, IntArray]:
    """The layout compressed where it was made, then on finer grids; once more from there on while time is left."""
    bounded = seconds is None
    best: tuple[Problem, IntArray] | None = None
    begun = 0
    while True:
        watch.stage(ANYWHERE_SHARE)
        place = lower_scaled(problem, part, place, seed + begun, watch, ANYWHERE_ROUNDS if bounded else None,
                             partial(tell, problem))  # fmt: skip
        found = _pressed(problem, part, place, locked, seed + begun, watch, seconds, tell)
        if best is None or found[0].height_mm(top_of(*found)) < best[0].height_mm(top_of(*best)):
            best = found
        begun += 1
        watch.stage(1.0)
        done = seconds is None or watch.over() or seconds - watch.spent_s < ONCE_MORE_SHARE * seconds
        if done or len(part) < 2:
            return best


def _pressed(
    problem: Problem,
    part: IntArray,
    place: IntArray,
    locked: Sequence[Placement],
    seed: int,
    watch: Watch,
    seconds: float | None,
    tell: Callable[[Problem, IntArray], None],
) -> tuple[Problem, IntArray]:
    """The layout pressed together on grids of half and a quarter of the pitch."""
    for share in NEARBY_SHARE:
        watch.stage(share)
        cells = 8.0 * float(np.prod(problem.catalogue.shapes[np.unique(place[:, 0])], axis=1).sum())
        late = seconds is not None and cells * COVER_S_PER_CELL > (seconds - watch.spent_s) / 2.0
        if late or watch.over() or problem.frame.pitch_mm / 2.0 < FINEST_MM:
            break
        finer, start = refined(problem, part, place, problem.frame.pitch_mm / 2.0, locked)
        found = lower_nearby(finer, start, seed, watch, NEARBY_ROUNDS if seconds is None else None,
                             partial(tell, finer))  # fmt: skip
        if found is None or finer.height_mm(top_of(finer, found)) > problem.height_mm(top_of(problem, place)):
            break
        problem, place = finer, found
    return problem, place


def _levelled(problem: Problem, place: IntArray, watch: Watch, seconds: float | None) -> IntArray:
    """The pieces spread over the height; past the deadline one pass is made and no more."""
    known = problem.catalogue
    place = place.copy()
    for _ in range(LEVEL_PASSES):
        moves = level(problem.blocked, known.runs, known.mixed, known.columns, known.first_column, known.first_run,
                      known.shapes, place, top_of(problem, place), 1, FREE)  # fmt: skip
        if not moves or (seconds and watch.spent_s >= seconds):
            break
    return place


def _locked(problem: Problem, locked: Sequence[Placement]) -> tuple[float, float]:
    """(how high the locked copies reach, their volume)."""
    by_id = {item.id: item for item in problem.items}
    tops = [float((mesh_of(by_id[p.item_id]).vertices @ p.matrix[2, :3]).max() + p.matrix[2, 3]) for p in locked]
    return max(tops, default=0.0), float(sum(volume_mm3(by_id[p.item_id]) for p in locked))


def too_large(problem: Problem) -> dict[str, tuple[str, str]]:
    """(code, reason) of the items that fit the empty tray in none of their poses."""
    found = {}
    for number, item in enumerate(problem.items):
        if not len(poses_of(item)):
            found[item.id] = no_pose(item)
        elif not len(problem.catalogue.of(number)):
            low, high = own_box_mm(item)
            size = " × ".join(f"{edge:.1f}" for edge in (high - low).tolist())
            inner = " × ".join(
                f"{edge - 2 * problem.chamber.wall_clearance_mm:.1f}" for edge in problem.chamber.size_mm
            )
            text = f"{item.id} ({size} mm) fits the {problem.chamber.shape} of {inner} mm in none of its poses"
            found[item.id] = ("too_large", text)
    return found


def _pieces(problem: Problem, locked: Sequence[Placement]) -> Pieces:
    """What is to be placed: all copies that are not locked, of items that have a form."""
    taken = {(placement.item_id, placement.copy) for placement in locked}
    wanted = [
        (number, copy)
        for number, item in enumerate(problem.items)
        if len(problem.catalogue.of(number))
        for copy in range(item.copies)
        if (item.id, copy) not in taken
    ]
    table = np.array(wanted, dtype=np.int64).reshape(-1, 2)
    return Pieces(np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]))


def _spare_g(problem: Problem, locked: Sequence[Placement]) -> float:
    """What parts may still weigh."""
    if problem.chamber.max_mass_g is None:
        return float(np.inf)
    masses = {item.id: item.mass_g for item in problem.items}
    return problem.chamber.max_mass_g - sum(masses[placement.item_id] for placement in locked)
