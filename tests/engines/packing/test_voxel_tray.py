"""The bit kernels against plain numpy on small grids."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from penstock.engines.packing.voxels.forms import Form, catalogue, runs_of, turned
from penstock.engines.packing.voxels.tray import empty_tray, fill, lowest_spot, occupy

grids = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 70))).filter(np.any)


def form(cells: np.ndarray) -> Form:
    return Form(np.eye(3), np.zeros(3), cells.shape, runs_of(cells), int(cells.sum()))


def tray_of(taken: np.ndarray) -> np.ndarray:
    levels = empty_tray(taken.shape)
    occupy(levels, runs_of(taken), 0, 0, 0)
    return levels


def free_spots(taken: np.ndarray, cells: np.ndarray) -> list[tuple[int, int, int]]:
    room = [big - small + 1 for big, small in zip(taken.shape, cells.shape, strict=True)]
    spots = []
    for x, y, z in np.ndindex(*[max(edge, 0) for edge in room]):
        window = taken[x : x + cells.shape[0], y : y + cells.shape[1], z : z + cells.shape[2]]
        if not (window & cells).any():
            spots.append((x, y, z))
    return spots


def test_runs_hold_exactly_the_cells():
    cells = np.random.default_rng(0).random((5, 4, 9)) < 0.5
    again = np.zeros_like(cells)
    for x, y, begin, end in runs_of(cells).tolist():
        assert not again[x, y, begin:end].any()
        again[x, y, begin:end] = True
    assert np.array_equal(again, cells)


def test_a_quarter_turn_of_cells_is_that_of_their_centres():
    cells = np.random.default_rng(0).random((3, 4, 5)) < 0.5
    low = np.array([1.0, -2.0, 3.0])
    turn = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
    out, corner = turned(cells, low, 0.5, turn)
    centres = (low + (np.argwhere(cells) + 0.5) * 0.5) @ turn.T
    assert {tuple(row) for row in np.argwhere(out).tolist()} == {
        tuple(row) for row in np.floor((centres - corner) / 0.5).astype(int).tolist()
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data(), cells=grids, other=grids, ceiling=st.integers(1, 140))
def test_the_lowest_free_spot_is_that_of_plain_search(data, cells, other, ceiling):
    shape = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(ceiling, 150)))
    density = data.draw(st.floats(0, 0.4))
    taken = np.random.default_rng(data.draw(st.integers(0, 99))).random(shape) < density
    parts = catalogue([[form(cells), form(other)]])
    f, x, y, z = lowest_spot(tray_of(taken), parts.mixed, parts.spans, parts.first_run, parts.shapes, 0, 2, ceiling, 0)
    found = []
    for number, lies in enumerate(parts.forms):
        solid = np.zeros(lies.shape, dtype=bool)
        for rx, ry, begin, end in lies.runs.tolist():
            solid[rx, ry, begin:end] = True
        for sx, sy, sz in free_spots(taken, solid):
            top = sz + lies.shape[2]
            if top <= ceiling:
                found.append((top, sx + lies.shape[0] + sy + lies.shape[1], number, sx, sy, sz))
    if not found:
        assert f == -1
    else:
        assert (z + parts.shapes[f, 2], x + parts.shapes[f, 0] + y + parts.shapes[f, 1]) == min(found)[:2]
        assert (x, y, z) in [spot[3:] for spot in found if spot[2] == f]


@settings(max_examples=20, deadline=None)
@given(parts=st.lists(grids, min_size=1, max_size=4), copies=st.integers(1, 6), limit=st.integers(0, 30))
def test_parts_that_are_filled_in_share_no_cell_and_weigh_no_more_than_allowed(parts, copies, limit):
    known = catalogue([[form(cells)] for cells in parts])
    order = np.tile(np.arange(len(parts)), copies)
    levels = empty_tray((6, 6, 100))
    placed = fill(
        levels, known.runs, known.mixed, known.spans, known.first_run, known.first_form, known.shapes, order,
        np.full(len(parts), 2.0), float(limit), 100, np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    count = np.zeros((6, 6, 100), dtype=int)
    for f, x, y, z in placed.tolist():
        if f >= 0:
            nx, ny, nz = known.forms[f].shape
            count[x : x + nx, y : y + ny, z : z + nz] += parts[f]
    assert count.max() <= 1
    assert 2.0 * (placed[:, 0] >= 0).sum() <= limit
    taken = (levels[0][..., None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.array_equal(taken.reshape(6, 6, -1)[..., :100].astype(int), count)
