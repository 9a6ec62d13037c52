"""Letting the demo's history happen in the past: the services ask Django what time it is, and Django is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block, `timezone.now()` answers `moment`, in this process only."""
    with patch.object(timezone, "now", lambda: moment):
        yield
