"""Load Django for a command or a process of its own."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from penstock.errors import OperatorError


def boot() -> None:
    """Make models, services and selectors importable; starts the embedded database if it is in use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "penstock.hub.conf.settings")
    import django

    django.setup()


def boot_with_database() -> None:
    """The same for a command that is of no use without the database: raises OperatorError when it does not answer."""
    boot()
    require_database()


def require_database() -> None:
    """Raise OperatorError when the database does not answer."""
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        why = str(error).strip().splitlines()[0]
        raise OperatorError(f"the database does not answer; is DATABASE_URL right? ({why})") from error


def settle() -> None:
    """Load what every request stands on, and keep it out of the garbage collector's way.

    The catalogue and the cities are hundreds of thousands of objects that live as long as the process: walking them
    at every full collection made one request in thirty wait for half a second.
    """
    from django.conf import settings

    from penstock.engines import knowledge
    from penstock.engines.knowledge.places import find_city

    import_module(settings.ROOT_URLCONF)
    knowledge.default()
    find_city("Shanghai")
    gc.collect()
    gc.freeze()
