"""Overlap kernels against plain numpy, and that what is said to be free shares no cell."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.packing.voxels.field import (
    NEVER,
    UNIT,
    WALL,
    add_to_field,
    cost_at,
    field_of,
    look_down,
    window_field,
)
from penstock.engines.packing.voxels.forms import Form, catalogue, runs_of
from penstock.engines.packing.voxels.overlap import MOST_WEIGHT, reweigh, shared_cells
from penstock.engines.packing.voxels.separate import separate
from penstock.engines.packing.voxels.squeeze import cells_in_wall, drop, squeeze
from penstock.engines.packing.voxels.tray import empty_tray, occupy

ROOM = (9, 8, 20)


def form(cells: np.ndarray) -> Form:
    return Form(np.eye(3), np.zeros(3), cells.shape, runs_of(cells), int(cells.sum()))


def some_parts(seed: int, count: int = 4) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        cells = rng.random(tuple(rng.integers(1, 5, 3).tolist())) < 0.6
        cells[0, 0, 0] = True
        parts.append(cells)
    return parts


def scattered(parts: list[np.ndarray], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([[n, *(rng.integers(0, np.array(ROOM) - p.shape + 1))] for n, p in enumerate(parts)])


def grid_of(cells: np.ndarray, spot: np.ndarray) -> np.ndarray:
    grid = np.zeros(ROOM, dtype=bool)
    x, y, z = spot
    grid[x : x + cells.shape[0], y : y + cells.shape[1], z : z + cells.shape[2]] = cells
    return grid


def walled(seed: int) -> tuple[np.ndarray, np.ndarray]:
    wall = np.random.default_rng(seed).random(ROOM) < 0.05
    blocked = empty_tray(ROOM)
    occupy(blocked, runs_of(wall), 0, 0, 0)
    return wall, blocked


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_cost_is_the_weighted_number_of_shared_cells(seed):
    parts = some_parts(seed)
    place = scattered(parts, seed)
    known = catalogue([[form(cells)] for cells in parts])
    wall, blocked = walled(seed)
    weights = np.array([UNIT, 3 * UNIT, UNIT, 7], dtype=np.int32)
    field = field_of(blocked, ROOM[2])
    for n in range(1, 4):
        add_to_field(field, known.runs, known.first_run[n], known.first_run[n + 1], *place[n, 1:], weights[n])
    others = sum(int(weights[n]) * grid_of(parts[n], place[n, 1:]).astype(int) for n in range(1, 4)) + WALL * wall
    x, y, z = place[0, 1:]
    first, last = known.first_run[0], known.first_run[1]
    assert cost_at(field, known.runs, first, last, x, y, z) == others[grid_of(parts[0], place[0, 1:])].sum()
    heights = ROOM[2] - parts[0].shape[2] + 1
    scratch = np.empty(heights, dtype=np.int32)
    costs = [int(others[grid_of(parts[0], np.array([x, y, up]))].sum()) for up in range(heights)]
    assert look_down(field, known.mixed, first, last, x, y, heights, NEVER, scratch) == (
        min(costs),
        costs.index(min(costs)),
    )
    assert look_down(field, known.mixed, first, last, x, y, heights, min(costs), scratch) == (NEVER, 0)
    # The field of a window is the same, counted from its bottom.
    low = np.array([1, 2, 3])
    window = np.empty((6, 5, 12), dtype=np.int32)
    window_field(blocked, known.runs, known.columns, known.first_column, known.shapes, place, weights, 0, low, window)
    assert np.array_equal(np.diff(window, axis=2), others[1:7, 2:7, 3:14])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_shared_cells_are_counted_once(seed):
    parts = some_parts(seed, 2)
    place = scattered(parts, seed)
    known = catalogue([[form(cells)] for cells in parts])
    plain = grid_of(parts[0], place[0, 1:]) & grid_of(parts[1], place[1, 1:])
    found = shared_cells(known.runs, known.columns, known.first_column, known.shapes, place[0], place[1])
    assert found == plain.sum()
    wall, blocked = walled(seed)
    assert (
        cells_in_wall(blocked, known.runs, known.first_run, place, 1) == (wall & grid_of(parts[1], place[1, 1:])).sum()
    )


def test_pairs_in_conflict_grow_heavier_and_the_others_forget():
    overlap = np.array([[0, 8, 0], [8, 0, 0], [0, 0, 0]], dtype=np.int32)
    weight = np.full((3, 3), 100, dtype=np.int32)
    reweigh(overlap, weight, MOST_WEIGHT)
    assert weight[0, 1] == weight[1, 0] == 201
    assert weight[0, 2] == 95
    for _ in range(100):
        reweigh(overlap, weight, MOST_WEIGHT)
    assert weight[0, 1] == MOST_WEIGHT
    assert weight[0, 2] == UNIT


def assert_free(parts: list[np.ndarray], place: np.ndarray, wall: np.ndarray, height: int) -> None:
    count = wall.astype(int)
    for number, *spot in place.tolist():
        assert spot[2] + parts[number].shape[2] <= height
        count = count + grid_of(parts[number], np.array(spot))
    assert count.max() <= 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_separated_pieces_share_no_cell_below_the_height(seed):
    parts = some_parts(seed, 6)
    place = scattered(parts, seed)
    known = catalogue([[form(cells)] for cells in parts])
    wall, blocked = walled(seed)
    field = field_of(blocked, ROOM[2])
    for number, x, y, z in place.tolist():
        add_to_field(field, known.runs, known.first_run[number], known.first_run[number + 1], x, y, z, UNIT)
    weight = np.full((6, 6), UNIT, dtype=np.int32)
    least = place.copy()
    left, _ = separate(
        field, known.runs, known.mixed, known.columns, known.first_column, known.first_run, known.first_form,
        known.shapes, np.arange(6), place, least, weight, 12, 300, 100, 8, 2, seed, np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    if left == 0:
        assert_free(parts, least, wall, 12)
    kept = field_of(blocked, ROOM[2])
    for number, x, y, z in place.tolist():
        add_to_field(kept, known.runs, known.first_run[number], known.first_run[number + 1], x, y, z, UNIT)
    assert np.array_equal(field, kept)


def test_pieces_on_top_of_each_other_find_room_beside():
    parts = [np.ones((3, 3, 3), dtype=bool)] * 6
    known = catalogue([[form(cells)] for cells in parts])
    _, blocked = walled(0)
    blocked[:] = 0
    start = np.array([[n, 3, 3, 2] for n in range(6)])
    arrays = (blocked, known.runs, known.mixed, known.columns, known.first_column, known.first_run, known.shapes)
    weight = np.full((6, 6), UNIT, dtype=np.int32)
    left, passes = squeeze(*arrays, start, weight, 8, 3, False, 200, 100, 1, np.zeros(1, dtype=np.int64))
    assert left == 0
    assert passes > 0
    assert_free(parts, start, np.zeros(ROOM, dtype=bool), 8)
    drop(*arrays, start, weight, 8, 20, np.argsort(start[:, 3]))
    assert_free(parts, start, np.zeros(ROOM, dtype=bool), 8)
    assert start[:, 3].min() == 0
