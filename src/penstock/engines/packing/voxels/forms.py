"""A part in each of its poses, as runs of cells, in the arrays the kernels read.

A mesh is covered with cells once per rotation that is no quarter turn of another one; the quarter turns of a grid are
exact. Poses whose cells are alike (of a ball, a prism) are kept once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, IntArray
from penstock.engines.packing.voxels.solid import Cells, cover, tight_grid

Runs = NDArray[np.int32]

CHANCE = np.random.default_rng(20_070).uniform(0.5, 1.0, 4096)
NEARLY = 1e-8
"""Cells: less than this is rounding."""


@dataclass(frozen=True, eq=False)
class Form:
    """A part in one pose. `rotation` (3, 3): own → chamber axes; `low_mm` (3,): the grid's lower corner when the part
    is turned about its own origin but not moved. `runs` (r, 4): x, y, first z, end z (exclusive), column by column."""

    rotation: FloatArray
    low_mm: FloatArray
    shape: tuple[int, int, int]
    runs: Runs
    cells: int

    @cached_property
    def mixed(self) -> Runs:
        """The runs in an order that meets obstacles soon: long ones meet most; among equals chance spreads them."""
        length = self.runs[:, 3] - self.runs[:, 2]
        return self.runs[np.argsort(-length * np.resize(CHANCE, len(length)))]

    @cached_property
    def columns(self) -> IntArray:
        """(nx · ny + 1,): where each column's runs begin, and where the last one's end."""
        nx, ny, _ = self.shape
        return np.searchsorted(self.runs[:, 0] * ny + self.runs[:, 1], np.arange(nx * ny + 1)).astype(np.int64)


@compiled
def runs_of(cells: Cells) -> Runs:
    """(r, 4) int32: x, y, first z and end z of every unbroken run of cells, ordered by x, y, z."""
    count = 0
    for x in range(cells.shape[0]):
        for y in range(cells.shape[1]):
            before = False
            for z in range(cells.shape[2]):
                if cells[x, y, z] and not before:
                    count += 1
                before = cells[x, y, z]
    runs = np.empty((count, 4), dtype=np.int32)
    count = 0
    for x in range(cells.shape[0]):
        for y in range(cells.shape[1]):
            before = False
            for z in range(cells.shape[2]):
                if cells[x, y, z] and not before:
                    runs[count, 0], runs[count, 1], runs[count, 2] = x, y, z
                if before and not cells[x, y, z]:
                    runs[count, 3] = z
                    count += 1
                before = cells[x, y, z]
            if before:
                runs[count, 3] = cells.shape[2]
                count += 1
    return runs


def turned(cells: Cells, low_mm: FloatArray, pitch: float, turn: FloatArray) -> tuple[Cells, FloatArray]:
    """The grid and its lower corner after a quarter turn (3, 3) of axes onto axes about the origin."""
    source = np.abs(turn).argmax(axis=1)
    signs = turn[np.arange(3), source]
    out = cells.transpose(*source.tolist())
    flip = tuple(slice(None, None, -1 if sign < 0 else 1) for sign in signs.tolist())
    high_mm = low_mm + np.array(cells.shape) * pitch
    corner = np.where(signs > 0, low_mm[source], -high_mm[source])
    return np.ascontiguousarray(out[flip]), corner


def forms_of(
    vertices: FloatArray,
    triangles: IntArray,
    rotations: Sequence[FloatArray],
    pitch: float,
    grow: float,
    room: FloatArray,
) -> list[Form]:
    """The different forms of a part over `rotations` that fit an empty tray of `room` (3,) cells, which need not be
    whole."""
    found: list[Form] = []
    seen: set[tuple[tuple[int, ...], bytes]] = set()
    for base, turns in _families(rotations):
        points = np.ascontiguousarray(vertices @ base.T)
        low_mm, shape = tight_grid(points, pitch, grow)
        exact = (np.ptp(points, axis=0) + 2.0 * grow) / pitch
        if np.any(np.sort(exact) > np.sort(room) + NEARLY):
            continue
        cells = cover(points, triangles, pitch, grow, low_mm, shape)
        for turn in turns:
            out, corner = turned(cells, low_mm, pitch, turn)
            key = (out.shape, np.packbits(out).tobytes())
            if key in seen:
                continue
            source = np.abs(turn).argmax(axis=1)
            # The part begins with its grid's first cell, or, where the turn reversed an axis, ends with its last.
            reach = np.where(turn.sum(axis=1) > 0, exact[source], np.array(out.shape))
            box = _box(reach, room, out.shape)
            if box is not None:
                seen.add(key)
                found.append(Form(turn @ base, corner, box, runs_of(out), int(cells.sum())))
    return found


def plain_form(
    points: FloatArray, triangles: IntArray, rotation: FloatArray, pitch: float, grow: float, room: FloatArray
) -> Form:
    """The form of a mesh whose vertices `points` are turned by `rotation` already."""
    low_mm, shape = tight_grid(points, pitch, grow)
    cells = cover(points, triangles, pitch, grow, low_mm, shape)
    box = _box((np.ptp(points, axis=0) + 2.0 * grow) / pitch, room, shape)
    return Form(rotation, low_mm, box or shape, runs_of(cells), int(cells.sum()))


def _box(reach: FloatArray, room: FloatArray, shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """The cells a form must have to itself along each axis, so that whole steps keep it inside a tray whose last cell
    is there only in part; None where it does not fit."""
    steps = np.floor(room - reach + NEARLY)
    if steps.min() < 0:
        return None
    x, y, z = np.maximum(np.array(shape), np.ceil(room - NEARLY) - steps).astype(np.int64).tolist()
    return x, y, z


def _families(rotations: Sequence[FloatArray]) -> Iterator[tuple[FloatArray, list[FloatArray]]]:
    """Rotations that are quarter turns of one another, under the first of them: (it, the turns that lead on)."""
    left = list(rotations)
    while left:
        base = left[0]
        turns, others = [], []
        for rotation in left:
            turn = rotation @ base.T
            rounded = np.rint(turn)
            if np.abs(turn - rounded).max() < 1e-9:
                turns.append(rounded)
            else:
                others.append(rotation)
        yield base, turns
        left = others


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All forms of all parts, for the kernels. Form `f` has the runs `runs[first_run[f]:first_run[f + 1]]`, `mixed`
    the same runs in an order that meets obstacles soon; part `p` the forms `first_form[p]:first_form[p + 1]`, the
    lowest first."""

    runs: Runs
    mixed: Runs
    spans: NDArray[np.int32]
    """For each of `mixed` the largest k with 2^k ≤ its length."""
    columns: IntArray
    """Where each column's runs begin: `columns[first_column[f] + x * ny + y]`, one more entry at the end."""
    first_column: IntArray
    first_run: IntArray
    first_form: IntArray
    shapes: IntArray
    cells: IntArray
    forms: tuple[Form, ...]

    def of(self, part: int) -> range:
        return range(int(self.first_form[part]), int(self.first_form[part + 1]))


def catalogue(parts: Sequence[Sequence[Form]]) -> Catalogue:
    """Lay the forms of all parts end to end."""
    forms = tuple(form for part in parts for form in sorted(part, key=lambda form: form.shape[2]))
    none = np.zeros((0, 4), dtype=np.int32)
    first_run = np.concatenate([[0], np.cumsum([len(form.runs) for form in forms])]).astype(np.int64)
    first_column = np.concatenate([[0], np.cumsum([len(form.columns) for form in forms])]).astype(np.int64)
    runs = np.concatenate([form.runs for form in forms]) if forms else none
    mixed = np.concatenate([form.mixed for form in forms]) if forms else none
    columns = [form.columns + first for form, first in zip(forms, first_run.tolist(), strict=False)]
    return Catalogue(
        runs=runs,
        mixed=mixed,
        spans=np.frexp(mixed[:, 3] - mixed[:, 2])[1].astype(np.int32) - 1,
        columns=np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64),
        first_column=first_column,
        first_run=first_run,
        first_form=np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64),
        shapes=np.array([form.shape for form in forms], dtype=np.int64).reshape(-1, 3),
        cells=np.array([form.cells for form in forms], dtype=np.int64),
        forms=forms,
    )
