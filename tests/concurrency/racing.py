"""Making two things happen at once, at the worst moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from django.db import connection

# How long the first at the meeting point waits for the second. With the guard in place the second cannot come.
PATIENCE_SECONDS = 0.7


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads with connections of their own; what each returned or raised."""
    outcomes: list[object] = [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            outcomes[place] = call()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def meeting(function: Callable) -> Callable:
    """`function`, after which both threads wait for each other: between what it read and what is done with it."""
    barrier = threading.Barrier(2)

    def met(*args: object, **kwargs: object) -> object:
        result = function(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(PATIENCE_SECONDS)
        return result

    return met


def code_of(outcome: object, otherwise: str) -> str:
    """The code of a refusal; the name of any other error; `otherwise` when it was done."""
    return getattr(outcome, "code", repr(outcome)) if isinstance(outcome, Exception) else otherwise
