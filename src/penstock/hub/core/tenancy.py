"""Tenancy: a query says whose rows it reads before it reads any.

A tenant model lists in `tenant_paths` the lookups that lead to the organisations entitled to a row. A query
is scoped by `visible_to(actor)`, marked as the house's own by `across_tenants()`, or reached from a row already
held (`order.lines`). With `TENANCY_STRICT` (tests) anything else raises `UnscopedQuery`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .actors import Actor
from .errors import NotFound


class UnscopedQuery(RuntimeError):
    """A query on a tenant model that names no organisation and is not marked as the house's own."""


@cache
def _meets_rows_twice(model: type[models.Model], path: str) -> bool:
    """Whether the lookup leads through a to-many relation."""
    for name in path.split("__"):
        field = model._meta.get_field(name)
        if field.one_to_many or field.many_to_many:
            return True
        if field.related_model is None:
            return False
        model = field.related_model
    return False


class TenantQuerySet(models.QuerySet):
    _scoped = False

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._scoped = self._scoped
        return clone

    def visible_to(self, actor: Actor) -> Self:
        """Rows the actor's organisation is entitled to; every row for the operator."""
        if actor.is_operator:
            return self.across_tenants()
        scoped = self.across_tenants()
        if actor.organisation_id is None:
            return scoped.none()
        entitled = Q()
        for path in self.model.tenant_paths:
            named = Q(**{path: actor.organisation_id})
            if _meets_rows_twice(self.model, path):
                # As a subquery: a join would need DISTINCT, which compares every column of every row.
                named = Q(pk__in=self.model._base_manager.filter(named).values("pk"))
            entitled |= named
        return scoped.filter(entitled)

    def across_tenants(self) -> Self:
        """The house's own reading: background work, the operator, and checks inside services."""
        clone = self._chain()
        clone._scoped = True
        return clone

    def one(self, actor: Actor, uid: str) -> Any:
        """The row with this public id, if the actor may see it; NotFound otherwise."""
        row = self.visible_to(actor).filter(uid=uid).first()
        if row is None:
            raise NotFound("not_found", _("There is nothing here under this number, or it is not yours to see."))
        return row

    def _require_scope(self) -> None:
        if self._scoped or "instance" in self._hints or not getattr(settings, "TENANCY_STRICT", False):
            return
        raise UnscopedQuery(f"{self.model.__name__}: name whose rows these are (visible_to / across_tenants)")

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._require_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()


TenantManager = models.Manager.from_queryset(TenantQuerySet)


class TenantModel(models.Model):
    """A row that belongs to somebody. Subclasses list the lookups to the organisations that may see it."""

    tenant_paths: tuple[str, ...] = ("organisation_id",)

    objects = TenantManager()
    _plain = models.Manager()

    class Meta:
        abstract = True
        # Django itself (cascades, foreign keys, refresh_from_db) reads through a plain manager.
        base_manager_name = "_plain"

    def validate_unique(self, exclude: Any = None) -> None:
        """Left to services and the database: a form does not look through other organisations' rows."""

    def validate_constraints(self, exclude: Any = None) -> None:
        """See `validate_unique`."""
