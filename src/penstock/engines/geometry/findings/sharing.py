"""Work on large arrays shared out over the cores; the kernels release the interpreter's lock."""

from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import Any

THREADS = max(1, min(4, len(os.sched_getaffinity(0))))
WORTH_SHARING = 4096


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="geometry")


class Overtime(Exception):
    """What was asked takes longer than allowed for this part."""


@contextmanager
def at_most(cpu_seconds: float) -> Iterator[None]:
    """Within this block work that is shared out ends in Overtime once the process has spent so much time on it."""
    global _deadline
    before, _deadline = _deadline, min(_deadline, time.process_time() + cpu_seconds)
    try:
        yield
    finally:
        _deadline = before


_deadline = math.inf


def shared(work: Callable[[int, int], Any], count: int, pieces: int = 0, slices: int = 0) -> None:
    """Run work(first, after) over slices of 0 … count, on all cores where that is worth it (always, if `pieces` says
    into how many; where each may be dear, in `slices` of so many). Raises Overtime past the time allowed."""
    if not pieces:
        pieces = 1 if count < WORTH_SHARING or THREADS == 1 else 4 * THREADS
        if slices:
            pieces = max(pieces, min(count // slices, 128))
    if pieces == 1:
        _in_time(work, 0, count)
        return
    bounds = [count * n // pieces for n in range(pieces + 1)]
    try:
        started = [_threads().submit(_in_time, work, a, b) for a, b in itertools.pairwise(bounds)]
    except RuntimeError as error:
        # A thread that cannot be started has found no room for its stack.
        raise MemoryError from error
    wait(started)
    for each in started:
        each.result()


def _in_time(work: Callable[[int, int], Any], first: int, after: int) -> None:
    if time.process_time() > _deadline:
        raise Overtime
    work(first, after)
