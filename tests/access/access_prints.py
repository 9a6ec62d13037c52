"""Fingerprints of what the database holds, to see that a request changed nothing it must not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models, transaction

from penstock.hub.core.actors import Actor
from penstock.hub.core.models import Event
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Organisation

# What any visit may write: sessions, rate limits, the queue's own book-keeping; and bytes kept by their content,
# which are nobody's until a row that is watched names them.
UNWATCHED_APPS = {"sessions", "contenttypes", "procrastinate"}
UNWATCHED_TABLES = {"parts_blob"}
UNWATCHED_COLUMNS = ["last_used_at", "last_login"]
WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE")


def watched() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.managed
        and model._meta.app_label not in UNWATCHED_APPS
        and model._meta.db_table not in UNWATCHED_TABLES
    ]


class Print:
    """What there is apart from the rows of `other` (None: everything), per table."""

    def __init__(self, other: Actor | None) -> None:
        statements, self.parameters = [], []
        for model in watched():
            condition, parameters = _not_of(model, other)
            statements.append(
                f"SELECT '{model._meta.db_table}', "
                "md5(coalesce(string_agg(row, '' ORDER BY row), '')) FROM "
                f"(SELECT md5((to_jsonb(t) - %s::text[])::text) AS row FROM {model._meta.db_table} t {condition}) rows"
            )
            self.parameters += [UNWATCHED_COLUMNS, *parameters]
        self.statement = " UNION ALL ".join(statements)

    def take(self) -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(self.statement, self.parameters)
            return dict(cursor.fetchall())


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables that differ."""
    return sorted(table for table in before if before[table] != after[table])


def _not_of(model: type[models.Model], other: Actor | None) -> tuple[str, list[object]]:
    if other is None or other.organisation_id is None:
        return "", []
    if issubclass(model, TenantModel):
        own = model._default_manager.visible_to(other)
    elif model is Organisation:
        own = Organisation.objects.filter(pk=other.organisation_id)
    elif model is Event:
        own = Event.objects.filter(organisation_ids=[other.organisation_id])
    else:
        return "", []
    key = model._meta.pk.column
    statement, parameters = own.order_by().values("pk").query.sql_with_params()
    return f"WHERE NOT (t.{key} IN ({statement}))", list(parameters)


@contextmanager
def undone() -> Iterator[list[str]]:
    """Undo everything done inside; yields the list of statements that wrote."""
    writes: list[str] = []

    def watch(execute, sql, parameters, many, context):
        if sql.lstrip().upper().startswith(WRITING) or "procrastinate_defer" in sql:
            writes.append(sql)
        return execute(sql, parameters, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(watch):
            yield writes
        transaction.set_rollback(True)
