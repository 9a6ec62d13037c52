"""Locks and their order, in one place.

Rows are locked in this order, always: order → order line → job → build → offer → shipment → complaint → ledger account;
within a kind by ascending key. A verb that needs only one row uses the lifecycle's compare-and-set and no lock.
"""

from __future__ import annotations

import zlib

from django.db import connection


def exclusive(name: str, *, wait: bool = True) -> bool:
    """Hold the named lock until the transaction ends; with `wait=False` say at once whether it was free.

    PostgreSQL transaction-level advisory lock: a crashed process leaves nothing behind.
    """
    key = zlib.crc32(name.encode())
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return bool(cursor.fetchone()[0])
