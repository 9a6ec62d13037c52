"""Load Django for a command or a process of its own."""

from __future__ import annotations

import os


def boot() -> None:
    """Make models, services and selectors importable; starts the embedded database if it is in use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "penstock.hub.conf.settings")
    import django

    django.setup()
