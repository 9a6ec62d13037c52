"""Compressed layouts are free of overlaps, never higher than before, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from nesting_shapes import angle, ball, box, cup, turned

from penstock.engines.packing import Chamber, Item, pack
from penstock.engines.packing.voxels.coarse import coarsened, refined_place
from penstock.engines.packing.voxels.compress import lower_nearby, lower_scaled, top_of
from penstock.engines.packing.voxels.problem import Problem, pose, refined
from penstock.engines.packing.voxels.search import Pieces, greedy, orders
from penstock.engines.packing.voxels.watch import FREE, Watch

PARTS = [box(14, 9, 5), ball(6), angle(18, 4), cup(16, 2), turned(box(12, 8, 3), 25)]
CHAMBER = Chamber((40, 36, 150), clearance_mm=1)


def layout(pitch_mm: float) -> tuple[Problem, np.ndarray, np.ndarray]:
    """(request, part of each piece, greedy layout) of three copies of each part."""
    items = [Item(f"p{n}", mesh=mesh, copies=3) for n, mesh in enumerate(PARTS)]
    problem = pose(items, CHAMBER, pitch_mm)
    part = np.repeat(np.arange(len(items)), 3)
    pieces = Pieces(part, np.tile(np.arange(3), len(items)))
    found = greedy(problem, pieces, next(orders(problem, pieces, None, 0)), np.ones(len(part)), np.inf, FREE)
    return problem, part, found.place


def taken(problem: Problem, place: np.ndarray) -> np.ndarray:
    """How many pieces lie in each cell."""
    count = np.zeros(problem.frame.shape, dtype=int)
    for form, x, y, z in place.tolist():
        for rx, ry, begin, end in problem.catalogue.forms[form].runs.tolist():
            count[x + rx, y + ry, z + begin : z + end] += 1
    return count


@pytest.mark.parametrize("pitch_mm", [1.5, 0.7])
def test_lowered_layouts_are_free_and_depend_on_the_seed_alone(pitch_mm):
    problem, part, place = layout(pitch_mm)
    first = lower_scaled(problem, part, place, 3, Watch(None, None), 2, lambda _: None)
    again = lower_scaled(problem, part, place, 3, Watch(None, None), 2, lambda _: None)
    assert np.array_equal(first, again)
    assert taken(problem, first).max() == 1
    assert top_of(problem, first) <= top_of(problem, place)


def test_a_coarser_grid_keeps_the_volume_and_leads_back():
    problem, _, place = layout(0.7)
    coarse, numbers = coarsened(problem)
    for number, form in enumerate(coarse.catalogue.forms):
        fine = problem.catalogue.forms[numbers[number]]
        assert np.array_equal(form.rotation, fine.rotation)
        assert form.cells * 8 == pytest.approx(fine.cells, rel=0.35)
    back = {int(fine): coarse_number for coarse_number, fine in enumerate(numbers)}
    halved = place // 2
    halved[:, 0] = [back[form] for form in place[:, 0].tolist()]
    assert np.abs(refined_place(problem, numbers, halved) - place)[:, 1:].max() <= 1


def test_pressing_on_a_finer_grid_frees_and_lowers():
    problem, part, place = layout(1.5)
    finer, start = refined(problem, part, place, 0.75)
    pressed = lower_nearby(finer, start, 1, Watch(None, None), 3, lambda _: None)
    assert pressed is not None
    assert taken(finer, pressed).max() == 1
    assert finer.height_mm(top_of(finer, pressed)) < problem.height_mm(top_of(problem, place))


def test_without_a_deadline_one_seed_gives_one_packing():
    items = [Item(f"p{n}", mesh=mesh, copies=2) for n, mesh in enumerate(PARTS[:2])]
    chamber = Chamber((60, 60, 100), clearance_mm=1)
    first, again = (pack(items, chamber, deadline_s=None, seed=4) for _ in range(2))
    assert [p.matrix.tobytes() for p in first.placements] == [p.matrix.tobytes() for p in again.placements]
