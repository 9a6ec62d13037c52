"""Load Django for a command or a process of its own."""

from __future__ import annotations

import os

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
