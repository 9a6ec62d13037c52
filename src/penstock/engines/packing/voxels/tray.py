"""The chamber as columns of bits, and the search of one part's lowest free spot in it.

`levels` (k, nx, ny, w) uint64: bit z of level 0 says that the cell is taken; bit z of level k that one of the 2^k cells
from z upwards is. A run of any length is then two looks: with 2^k ≤ length < 2^(k+1), the level-k bits at its start
and at its end − 2^k tell for 64 heights at once where the run would meet something. One word more than the height
needs is kept free at the end of each column, so that shifted reads stay inside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, IntArray
from penstock.engines.packing.voxels.forms import Runs

Words = NDArray[np.uint64]
Spans = NDArray[np.int32]
"""For each run the largest k with 2^k ≤ its length."""

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ONE = np.uint64(1)
SIXTY_THREE = np.uint64(63)


def empty_tray(shape: tuple[int, int, int]) -> Words:
    """A free tray of `shape` cells."""
    nx, ny, nz = shape
    levels = max(int(nz).bit_length(), 1)
    return np.zeros((levels, nx, ny, (nz + 63) // 64 + 2), dtype=np.uint64)


def cells_of(levels: Words, height: int) -> NDArray[np.bool_]:
    """(nx, ny, height): whether a cell is taken."""
    bits = (levels[0][..., None] >> np.arange(64, dtype=np.uint64)) & ONE
    cells: NDArray[np.bool_] = bits.reshape(*levels.shape[1:3], -1)[:, :, :height].astype(np.bool_)
    return cells


@compiled
def raise_levels(levels: Words, x: int, y: int) -> None:
    """Work out the levels above 0 of one column afresh."""
    words = levels.shape[3]
    for k in range(1, levels.shape[0]):
        step = 1 << (k - 1)
        skip = step >> 6
        shift = np.uint64(step & 63)
        for w in range(words):
            low = levels[k - 1, x, y, w + skip] if w + skip < words else np.uint64(0)
            high = levels[k - 1, x, y, w + skip + 1] if w + skip + 1 < words else np.uint64(0)
            moved = (low >> shift) | ((high << ONE) << (SIXTY_THREE - shift))
            levels[k, x, y, w] = levels[k - 1, x, y, w] | moved


@compiled
def occupy(levels: Words, runs: Runs, tx: int, ty: int, tz: int) -> None:
    """Take the cells of `runs` moved by (tx, ty, tz)."""
    for number in range(runs.shape[0]):
        x, y = tx + runs[number, 0], ty + runs[number, 1]
        for z in range(tz + runs[number, 2], tz + runs[number, 3]):
            levels[0, x, y, z >> 6] |= ONE << np.uint64(z & 63)
        last = number + 1 == runs.shape[0]
        if last or runs[number + 1, 0] != runs[number, 0] or runs[number + 1, 1] != runs[number, 1]:
            raise_levels(levels, x, y)


@compiled
def _hits(levels: Words, x: int, y: int, word: int, k: int, offset: int) -> np.uint64:
    """The bits offset … offset + 63 from the beginning of `word` on level k."""
    place = word + (offset >> 6)
    shift = np.uint64(offset & 63)
    low: np.uint64 = levels[k, x, y, place] >> shift
    high: np.uint64 = (levels[k, x, y, place + 1] << ONE) << (SIXTY_THREE - shift)
    return low | high


@compiled
def lowest_at(levels: Words, mixed: Runs, spans: Spans, first: int, last: int, tx: int, ty: int, limit: int) -> int:
    """The least height below `limit` at which the form is free at (tx, ty); −1 when there is none."""
    for word in range((limit + 63) >> 6):
        taken = np.uint64(0)
        rest = limit - (word << 6)
        if rest < 64:
            taken = ALL << np.uint64(rest)
        for number in range(first, last):
            x, y = tx + mixed[number, 0], ty + mixed[number, 1]
            k = spans[number]
            taken |= _hits(levels, x, y, word, k, mixed[number, 2])
            taken |= _hits(levels, x, y, word, k, mixed[number, 3] - (1 << k))
            if taken == ALL:
                break
        if taken != ALL:
            height = word << 6
            while taken & ONE:
                taken >>= ONE
                height += 1
            return height
    return -1


@compiled
def lowest_spot(
    levels: Words,
    mixed: Runs,
    spans: Spans,
    first_run: IntArray,
    shapes: IntArray,
    first: int,
    last: int,
    ceiling: int,
    known_top: int,
) -> tuple[int, int, int, int]:
    """(form, x, y, z) with the lowest top, ties to the nearest to the corner; form −1 when none is free below
    `ceiling`. Forms first … last − 1 come in order of height, so what cannot end lower is not looked at.
    `known_top`: no top lower than this is free (a copy of the part found it a moment ago); 0 when nothing is known."""
    best_form, best_x, best_y, best_z = -1, -1, -1, -1
    best_top = ceiling + 1
    best_reach = 0
    for form in range(first, last):
        nx, ny, nz = shapes[form, 0], shapes[form, 1], shapes[form, 2]
        if nz > best_top:
            break
        for tx in range(levels.shape[1] - nx + 1):
            if best_top <= known_top and tx + nx >= best_reach:
                break
            for ty in range(levels.shape[2] - ny + 1):
                reach = (tx + nx) + (ty + ny)
                # Equal tops only when nearer to the corner.
                limit = best_top - nz + (1 if reach < best_reach else 0)
                if limit <= 0:
                    break
                z = lowest_at(levels, mixed, spans, first_run[form], first_run[form + 1], tx, ty, limit)
                if z >= 0:
                    best_top, best_reach = z + nz, reach
                    best_form, best_x, best_y, best_z = form, tx, ty, z
    return best_form, best_x, best_y, best_z


@compiled
def fill(
    levels: Words,
    runs: Runs,
    mixed: Runs,
    spans: Spans,
    first_run: IntArray,
    first_form: IntArray,
    shapes: IntArray,
    order: IntArray,
    mass_g: FloatArray,
    spare_g: float,
    ceiling: int,
    halt: IntArray,
) -> IntArray:
    """Put parts `order` (n,) one after another into the tray, each where its top ends lowest, none of them once the
    parts (`mass_g` each) would together weigh more than `spare_g`.

    Returns (n, 4): form, x, y, z, the form −1 where there was no room. Ends early when `halt[0]` is set by another
    thread; the rest is then −2.
    """
    placed = np.full((order.shape[0], 4), -1, dtype=np.int64)
    parts = first_form.shape[0] - 1
    known_top = np.zeros(parts, dtype=np.int64)
    full = np.zeros(parts, dtype=np.bool_)
    for number in range(order.shape[0]):
        if halt[0] != 0:
            placed[number:] = -2
            break
        part = order[number]
        if full[part] or mass_g[part] > spare_g:
            continue
        form, x, y, z = lowest_spot(
            levels, mixed, spans, first_run, shapes, first_form[part], first_form[part + 1], ceiling, known_top[part]
        )
        if form < 0:
            full[part] = True
            continue
        spare_g -= mass_g[part]
        known_top[part] = z + shapes[form, 2]
        occupy(levels, runs[first_run[form] : first_run[form + 1]], x, y, z)
        placed[number, 0], placed[number, 1], placed[number, 2], placed[number, 3] = form, x, y, z
    return placed
