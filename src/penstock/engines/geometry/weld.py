"""Finding equal points (or other rows of three) by their bits, in one pass over a hash table of row numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel

Ints = NDArray[np.int32]

_NO_GROUPS = np.empty(0, dtype=np.int32)


def weld(rows: NDArray[Any], groups: NDArray[Any] | None = None) -> tuple[Ints, Ints]:
    """Number the distinct rows in the order in which they first appear.

    rows: (n, 3) of 4 or 8 bytes each; equal means equal in every bit, save that -0.0 equals 0.0. groups: (n,)
    int32 or None; rows of different groups are different. Returns (first (k,), number (n,)): `rows[first]` are the
    distinct rows and `number` says which of them each row is.
    """
    bits = np.require(rows, requirements=["C", "W"]).view(np.uint64 if rows.itemsize == 8 else np.uint32)
    minus_zero = np.uint64(1 << (8 * rows.itemsize - 1) if rows.dtype.kind == "f" else 0)
    return _weld(bits, _NO_GROUPS if groups is None else groups, minus_zero)


@kernel()
def _slot(a: Any, b: Any, c: Any, group: Any, mask: Any) -> Any:
    # Odd constants of the xxHash and SplitMix64 finalisers; every input bit reaches the low bits that are kept.
    key = np.uint64(a) * np.uint64(0x9E3779B185EBCA87) + np.uint64(group) * np.uint64(0x27D4EB2F165667C5)
    key = ((key ^ (key >> np.uint64(32))) + np.uint64(b)) * np.uint64(0xC2B2AE3D27D4EB4F)
    key = ((key ^ (key >> np.uint64(29))) + np.uint64(c)) * np.uint64(0x94D049BB133111EB)
    return (key ^ (key >> np.uint64(32))) & mask


@kernel(
    "Tuple((int32[::1], int32[::1]))(uint32[:, ::1], int32[::1], uint64)",
    "Tuple((int32[::1], int32[::1]))(uint64[:, ::1], int32[::1], uint64)",
)
def _weld(bits: NDArray[Any], groups: Ints, minus_zero: Any) -> tuple[Ints, Ints]:
    n = len(bits)
    one, zero, grouped = np.uint64(1), np.uint64(0), len(groups) > 0
    # A closed surface stored as loose triangles has each point six times: the table ends up to half full then.
    size = 64
    while size < n // 3:
        size *= 2
    table = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    distinct = np.empty_like(bits)
    first = np.empty(n, np.int32)
    number = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        a, b, c = np.uint64(bits[i, 0]), np.uint64(bits[i, 1]), np.uint64(bits[i, 2])
        if a == minus_zero:
            a = zero
        if b == minus_zero:
            b = zero
        if c == minus_zero:
            c = zero
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
    return first[:count].copy(), number
