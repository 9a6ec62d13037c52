"""How a worker reaches the queue: its own connections for fetching, Django's for what a task defers.

Procrastinate's connector for Django workers would write deferred jobs over a connection of its own, outside the task's
transaction: a job could run before the event it delivers is committed, or remain when the task is rolled back.
"""

from __future__ import annotations

from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector


class WorkerConnector(PsycopgConnector):
    """Asynchronous use (the worker itself) goes to its pool, synchronous use (our tasks) to Django's connection."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs=connector_params(), **kwargs)
        self._of_tasks = DjangoConnector()

    def get_sync_connector(self) -> BaseConnector:
        return self._of_tasks
