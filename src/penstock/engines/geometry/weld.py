"""Finding equal points (or other rows of three) by their bits, in one pass over a hash table of row numbers.

Of many rows each of two cores welds those whose hash is even or odd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .threads import beside

Ints = NDArray[np.int32]

# Fewer rows are not worth a second core.
WORTH_HALVING = 60_000
_NO_GROUPS = np.empty(0, dtype=np.int32)


def weld(rows: NDArray[Any], groups: NDArray[Any] | None = None) -> tuple[Ints, Ints]:
    """Number the distinct rows in the order in which they first appear.

    rows: (n, 3) of 4 or 8 bytes each; equal means equal in every bit, save that -0.0 equals 0.0. groups: (n,)
    int32 or None; rows of different groups are different. Returns (first (k,), number (n,)): `rows[first]` are the
    distinct rows and `number` says which of them each row is.
    """
    bits = np.require(rows, requirements=["C", "W"]).view(np.uint64 if rows.itemsize == 8 else np.uint32)
    minus_zero = np.uint64(1 << (8 * rows.itemsize - 1) if rows.dtype.kind == "f" else 0)
    grouped = _NO_GROUPS if groups is None else groups
    count = len(bits)
    number = np.empty(count, dtype=np.int32)
    if count < WORTH_HALVING:
        everyone = np.arange(count, dtype=np.int32)
        return _weld(bits, grouped, minus_zero, everyone, everyone[:0], number), number
    middle = count // 2
    with beside() as other_core:
        there = other_core.submit(_part, bits, grouped, minus_zero, middle, count)
        even, odd = _part(bits, grouped, minus_zero, 0, middle)
        more_even, more_odd = there.result()
        other = other_core.submit(_weld, bits, grouped, minus_zero, odd, more_odd, number)
        first = _weld(bits, grouped, minus_zero, even, more_even, number)
        merged, rank, other_rank = _merged(first, other.result())
        done = other_core.submit(_renumber, odd, more_odd, other_rank, number)
        _renumber(even, more_even, rank, number)
        done.result()
    return merged, number


@kernel()
def _slot(a: Any, b: Any, c: Any, group: Any, mask: Any) -> Any:
    # Odd constants of the xxHash and SplitMix64 finalisers; every input bit reaches the low bits that are kept.
    key = np.uint64(a) * np.uint64(0x9E3779B185EBCA87) + np.uint64(group) * np.uint64(0x27D4EB2F165667C5)
    key = ((key ^ (key >> np.uint64(32))) + np.uint64(b)) * np.uint64(0xC2B2AE3D27D4EB4F)
    key = ((key ^ (key >> np.uint64(29))) + np.uint64(c)) * np.uint64(0x94D049BB133111EB)
    return (key ^ (key >> np.uint64(32))) & mask


@kernel()
def _clean(bits: Any, minus_zero: Any) -> Any:
    value = np.uint64(bits)
    return np.uint64(0) if value == minus_zero else value


@kernel(
    "UniTuple(int32[::1], 2)(uint32[:, ::1], int32[::1], uint64, int64, int64)",
    "UniTuple(int32[::1], 2)(uint64[:, ::1], int32[::1], uint64, int64, int64)",
)
def _part(bits: NDArray[Any], groups: Ints, minus_zero: Any, begin: int, end: int) -> tuple[Ints, Ints]:
    """The rows begin … end with an even and with an odd hash."""
    even, odd = np.empty(end - begin, np.int32), np.empty(end - begin, np.int32)
    evens = odds = 0
    for i in range(begin, end):
        group = groups[i] if len(groups) > 0 else np.int32(0)
        a, b, c = _clean(bits[i, 0], minus_zero), _clean(bits[i, 1], minus_zero), _clean(bits[i, 2], minus_zero)
        # The lowest bits find the place in the table; this one is above all of them.
        parity = int((_slot(a, b, c, group, np.uint64(0xFFFFFFFF)) >> np.uint64(31)) & np.uint64(1))
        even[evens], odd[odds] = i, i
        odds += parity
        evens += 1 - parity
    return even[:evens], odd[:odds]


@kernel("UniTuple(int32[::1], 3)(int32[::1], int32[::1])")
def _merged(first: Ints, other: Ints) -> tuple[Ints, Ints, Ints]:
    """Two ascending lists in one, and the place of each of the members of either."""
    merged = np.empty(len(first) + len(other), np.int32)
    rank, other_rank = np.empty(len(first), np.int32), np.empty(len(other), np.int32)
    i = j = 0
    for k in range(len(merged)):
        if j == len(other) or (i < len(first) and first[i] < other[j]):
            merged[k], rank[i] = first[i], k
            i += 1
        else:
            merged[k], other_rank[j] = other[j], k
            j += 1
    return merged, rank, other_rank


@kernel("void(int32[::1], int32[::1], int32[::1], int32[::1])")
def _renumber(rows: Ints, more: Ints, rank: Ints, number: Ints) -> None:
    for part in (rows, more):
        for i in part:
            number[i] = rank[number[i]]


@kernel(
    "int32[::1](uint32[:, ::1], int32[::1], uint64, int32[::1], int32[::1], int32[::1])",
    "int32[::1](uint64[:, ::1], int32[::1], uint64, int32[::1], int32[::1], int32[::1])",
)
def _weld(bits: NDArray[Any], groups: Ints, minus_zero: Any, rows: Ints, more: Ints, number: Ints) -> Ints:
    """Number `rows` and then `more`; returns the first row of each number."""
    n = len(rows) + len(more)
    one, grouped = np.uint64(1), len(groups) > 0
    # A closed surface stored as loose triangles has each point six times: the table ends up to half full then.
    size = 64
    while size < n // 3:
        size *= 2
    table = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    distinct = np.empty((n, 3), bits.dtype)
    first = np.empty(n, np.int32)
    count = 0
    for turn in range(n):
        i = rows[turn] if turn < len(rows) else more[turn - len(rows)]
        a, b, c = _clean(bits[i, 0], minus_zero), _clean(bits[i, 1], minus_zero), _clean(bits[i, 2], minus_zero)
        group = groups[i] if grouped else np.int32(0)
        slot = _slot(a, b, c, group, mask)
        while True:
            other = table[slot]
            if other < 0:
                table[slot] = count
                distinct[count, 0], distinct[count, 1], distinct[count, 2] = a, b, c
                first[count] = i
                number[i] = count
                count += 1
                break
            if (
                distinct[other, 0] == a
                and distinct[other, 1] == b
                and distinct[other, 2] == c
                and (not grouped or groups[first[other]] == group)
            ):
                number[i] = other
                break
            slot = (slot + one) & mask
        if 2 * count > size:
            size *= 2
            mask = np.uint64(size - 1)
            table = np.full(size, -1, np.int32)
            for k in range(count):
                group = groups[first[k]] if grouped else np.int32(0)
                slot = _slot(
                    np.uint64(distinct[k, 0]), np.uint64(distinct[k, 1]), np.uint64(distinct[k, 2]), group, mask
                )
                while table[slot] >= 0:
                    slot = (slot + one) & mask
                table[slot] = k
    return first[:count].copy()
