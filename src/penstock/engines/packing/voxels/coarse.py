"""The same request on a grid twice as coarse, where a search anywhere costs an eighth.

A coarse cell is taken when at least half of its eight fine cells are: parts keep their volume, and a layout in which
none overlaps is nearly one on the fine grid too. What still overlaps there is freed there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.model import IntArray
from penstock.engines.packing.voxels.forms import Form, catalogue, runs_of
from penstock.engines.packing.voxels.problem import Frame, Problem
from penstock.engines.packing.voxels.search import sizes_of
from penstock.engines.packing.voxels.solid import Cells
from penstock.engines.packing.voxels.tray import cells_of, empty_tray, occupy

SEARCHED_EDGE = 16
"""Cells along the cube of a middling part's box: from here on the coarser grid is searched first."""


def is_fine(problem: Problem, part: IntArray) -> bool:
    """Whether a coarser grid still shows the pieces `part` (n,) well enough to be searched first."""
    known = problem.catalogue
    boxes = [float(np.prod(known.shapes[known.of(number)[0]])) for number in part.tolist()]
    return bool(boxes) and float(np.median(boxes)) ** (1.0 / 3.0) >= SEARCHED_EDGE


def coarsened(problem: Problem) -> tuple[Problem, IntArray]:
    """(the request at twice the pitch, the fine form each coarse form stands for)."""
    frame = problem.frame
    known = problem.catalogue
    sizes = sizes_of(problem)
    fine_of: dict[int, int] = {}
    parts = []
    for part in range(len(sizes)):
        forms = []
        for number in known.of(part):
            fine = known.forms[number]
            cells = _halved(_dense(fine))
            shape = tuple(-(-edge // 2) for edge in fine.shape)
            form = Form(fine.rotation, fine.low_mm, (shape[0], shape[1], shape[2]), runs_of(cells), int(cells.sum()))
            fine_of[id(form)] = number
            forms.append(form)
        parts.append(forms)
    nx, ny, nz = (-(-edge // 2) for edge in frame.shape)
    coarse = Frame(2.0 * frame.pitch_mm, frame.grow_mm, frame.corner_mm, frame.room / 2.0, (nx, ny, nz))
    blocked = empty_tray(coarse.shape)
    if problem.blocked[0].any():
        occupy(blocked, runs_of(_halved(cells_of(problem.blocked, frame.shape[2]))), 0, 0, 0)
    catalogued = catalogue(parts)
    numbers = np.array([fine_of[id(form)] for form in catalogued.forms], dtype=np.int64)
    return Problem(problem.items, problem.chamber, coarse, catalogued, blocked), numbers


def refined_place(problem: Problem, numbers: IntArray, place: IntArray) -> IntArray:
    """A coarse layout on the fine grid of `problem`; pieces may overlap there."""
    finer = place * 2
    finer[:, 0] = numbers[place[:, 0]]
    room = np.array(problem.frame.shape) - problem.catalogue.shapes[finer[:, 0]]
    finer[:, 1:] = np.clip(finer[:, 1:], 0, room)
    return finer


def _dense(form: Form) -> Cells:
    cells = np.zeros(form.shape, dtype=np.bool_)
    for x, y, begin, end in form.runs.tolist():
        cells[x, y, begin:end] = True
    return cells


def _halved(cells: Cells) -> Cells:
    """Cells of twice the edge that are at least half taken; where that leaves none, those taken at all."""
    even = np.pad(cells, [(0, edge % 2) for edge in cells.shape])
    nx, ny, nz = (edge // 2 for edge in even.shape)
    counts: NDArray[np.int64] = even.reshape(nx, 2, ny, 2, nz, 2).sum(axis=(1, 3, 5))
    half = counts >= 4
    return half if half.any() else counts > 0
