"""Many orders of one greedy rule: the next part goes where its top ends lowest; the best layout is kept.

Orders differ by chance alone, and chance by the seed: the first rounds are the same whatever the machine, so a search
that makes all its rounds gives one layout for one seed. Two rounds run at a time, in two threads (the kernels do not
hold the interpreter).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from penstock.engines.packing.model import FloatArray, IntArray
from penstock.engines.packing.voxels.problem import Problem
from penstock.engines.packing.voxels.tray import fill

DISTURBANCE = 0.3


@dataclass(frozen=True, eq=False)
class Pieces:
    """What is to be placed: `part` (n,) numbers the items of the problem, `copy` (n,) their copies."""

    part: IntArray
    copy: IntArray

    def __len__(self) -> int:
        return len(self.part)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """`place` (n, 4): form, x, y, z of each piece, form −1 where it is left out; `top`: the highest cell's end."""

    place: IntArray
    top: int
    gain: float

    @property
    def score(self) -> tuple[float, int]:
        """Smaller is better."""
        return (-round(self.gain, 6), self.top)


def arrangement(problem: Problem, gains: FloatArray, place: IntArray) -> Arrangement:
    """`gains` (n,): what each piece is worth when placed."""
    lies = place[:, 0] >= 0
    tops = place[lies, 3] + problem.catalogue.shapes[place[lies, 0], 2]
    return Arrangement(place, int(tops.max()) if len(tops) else 0, float(gains[lies].sum()))


def greedy(
    problem: Problem, pieces: Pieces, order: IntArray, gains: FloatArray, spare_g: float, halt: IntArray,
    partial: bool = False,
) -> Arrangement | None:  # fmt: skip
    """Place the pieces in `order` (numbers of pieces). When `halt[0]` was set before the end: None, with `partial` what
    had been placed until then."""
    catalogue = problem.catalogue
    mass = np.array([item.mass_g for item in problem.items])
    placed = fill(
        problem.blocked.copy(), catalogue.runs, catalogue.mixed, catalogue.spans, catalogue.first_run,
        catalogue.first_form, catalogue.shapes, pieces.part[order], mass, spare_g, problem.frame.shape[2], halt,
    )  # fmt: skip
    if len(placed) and placed[-1, 0] == -2:
        if not partial:
            return None
        placed = np.maximum(placed, -1)
    place = np.empty_like(placed)
    place[order] = placed
    return arrangement(problem, gains, place)


def sizes_of(problem: Problem) -> FloatArray:
    """(parts,) cells of each part, 0 where it has no form."""
    catalogue = problem.catalogue
    return np.array([float(catalogue.cells[catalogue.of(p)[0]]) if len(catalogue.of(p)) else 0.0
                     for p in range(len(problem.items))])  # fmt: skip


def orders(problem: Problem, pieces: Pieces, worth: FloatArray | None, seed: int) -> Iterator[IntArray]:
    """Endless orders of the pieces: the largest first (with `worth` the dearest per cell first), then disturbed ones.
    Copies and groups stay together; the earlier due goes first among equals."""
    sizes = sizes_of(problem)
    ranks = [sizes] if worth is None else [worth / np.maximum(sizes, 1.0), worth]
    rng = np.random.default_rng(seed)
    for rank in ranks:
        yield _sorted(problem, pieces, rank)
    while True:
        rank = ranks[int(rng.integers(len(ranks)))]
        yield _sorted(problem, pieces, rank * np.exp(rng.normal(0.0, DISTURBANCE, len(rank))))


def _sorted(problem: Problem, pieces: Pieces, rank: FloatArray) -> IntArray:
    heaviest: dict[str, float] = {}
    for number, item in enumerate(problem.items):
        if item.group is not None:
            heaviest[item.group] = max(heaviest.get(item.group, 0.0), float(rank[number]))

    def key(piece: int) -> tuple[float, str, float, float, str, int]:
        part = int(pieces.part[piece])
        item = problem.items[part]
        group = item.group or ""
        due = item.due.timestamp() if item.due else np.inf
        own = float(rank[part])
        return (-heaviest.get(group, own), group, -own, due, item.id, int(pieces.copy[piece]))

    return np.array(sorted(range(len(pieces)), key=key), dtype=np.int64)
