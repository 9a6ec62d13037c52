"""Work on large arrays shared out over the cores; the kernels release the interpreter's lock."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

THREADS = max(1, min(4, len(os.sched_getaffinity(0))))
WORTH_SHARING = 4096


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="geometry")


def shared(work: Callable[[int, int], Any], count: int, pieces: int = 0) -> None:
    """Run work(first, after) over slices of 0 … count, on all cores where that is worth it (always, if `pieces` says
    into how many)."""
    if THREADS == 1 or (not pieces and count < WORTH_SHARING):
        work(0, count)
        return
    pieces = pieces or 4 * THREADS
    bounds = [count * n // pieces for n in range(pieces + 1)]
    try:
        started = [_threads().submit(work, a, b) for a, b in itertools.pairwise(bounds)]
    except RuntimeError as error:
        # A thread that cannot be started has found no room for its stack.
        raise MemoryError from error
    for each in started:
        each.result()
