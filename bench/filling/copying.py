"""Rows by COPY, several times faster than INSERT: for those whose keys nobody needs afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model
from psycopg import sql


def copy_in(model: type[Model], rows: Iterable[Model]) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    into = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    )
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields])
