"""A second thread for a while; what it runs mostly releases the interpreter's lock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def beside() -> Iterator[ThreadPoolExecutor]:
    """Takes work that is done beside the block. Raises MemoryError where there is no room for another thread."""
    try:
        with ThreadPoolExecutor(1) as thread:
            yield thread
    except RuntimeError as error:
        if "can't start new thread" not in str(error):
            raise
        raise MemoryError from error
