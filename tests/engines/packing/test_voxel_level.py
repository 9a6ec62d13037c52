"""Evening out the layers of a build: same height, same clearance, no layer fuller than need be."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from nesting_shapes import box

from penstock.engines.packing import Chamber, Item, pack, verify
from penstock.engines.packing.voxels.forms import Form, catalogue, runs_of
from penstock.engines.packing.voxels.level import level
from penstock.engines.packing.voxels.tray import empty_tray
from penstock.engines.packing.voxels.watch import FREE

ROOM = (6, 5, 16)


def layers_of(parts: list[np.ndarray], place: np.ndarray) -> np.ndarray:
    count = np.zeros(ROOM, dtype=int)
    for number, x, y, z in place.tolist():
        cells = parts[number]
        count[x : x + cells.shape[0], y : y + cells.shape[1], z : z + cells.shape[2]] += cells
    assert count.max() <= 1
    return count.sum(axis=(0, 1))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_layers_grow_more_alike_and_pieces_stay_free_and_below_the_top(seed):
    rng = np.random.default_rng(seed)
    parts, place, used = [], [], 0
    for _ in range(6):
        cells = rng.random(tuple(rng.integers(1, 4, 3).tolist())) < 0.8
        cells[0, 0, 0] = True
        # One upon the other in one corner: free to begin with.
        place.append([len(parts), 0, 0, used])
        parts.append(cells)
        used += cells.shape[2]
    for number in range(3, 6):
        place[number] = [number, 3, 2, sum(parts[each].shape[2] for each in range(3, number))]
    spots = np.array(place, dtype=np.int64)
    known = catalogue([[Form(np.eye(3), np.zeros(3), c.shape, runs_of(c), int(c.sum()))] for c in parts])
    before = layers_of(parts, spots)
    after = spots.copy()
    level(empty_tray(ROOM), known.runs, known.mixed, known.columns, known.first_column, known.first_run, known.shapes,
          after, 14, 5, FREE)  # fmt: skip
    layers = layers_of(parts, after)
    assert (after[:, 3] >= 0).all()
    assert not layers[14:].any()
    assert (layers**2).sum() <= (before**2).sum()
    assert (after[:, :3] == spots[:, :3]).all()


def test_a_build_is_spread_over_the_height_it_needs():
    room = Chamber((60.0, 60.0, 120.0), clearance_mm=1.0)
    parts = [Item("tower", mesh=box(20, 20, 90), orientation="fixed"), Item("tile", mesh=box(12, 12, 8), copies=12)]
    plain = pack(parts, room, deadline_s=0.0)
    spread = pack(parts, room, deadline_s=0.0, even=True)
    assert spread.height_mm == plain.height_mm
    assert not verify(spread, parts, room)
    assert np.std(spread.metrics.slice_density) < np.std(plain.metrics.slice_density) / 2
