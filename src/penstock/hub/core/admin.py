"""The base of every room's admin: reads across tenants, writes nothing that a service should.

Admin pages are for looking and for the few master data an operator edits by hand; state changes are actions that
call the room's services.
"""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.db import models

from .models import Event
from .tenancy import TenantQuerySet


class OperatorAdmin(admin.ModelAdmin):
    """Reads every organisation's rows; foreign keys are looked up by key, not listed whole."""

    list_per_page = 50
    show_full_result_count = False
    # Documents (price books, policies) are edited as they are: give them room.
    formfield_overrides: ClassVar = {models.JSONField: {"widget": forms.Textarea(attrs={"rows": 30, "cols": 110})}}

    def get_queryset(self, request):
        queryset = self.model._base_manager.all()
        if isinstance(self.model._default_manager.none(), TenantQuerySet):
            queryset = self.model._default_manager.across_tenants()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", db_field.remote_field.model._base_manager.all())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(OperatorAdmin):
    """For rows that only services write."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "actor_name", "order_uid", "subject_uid"]
    list_filter = ["kind"]
    search_fields = ["order_uid", "part_uid", "build_uid", "subject_uid"]
    date_hierarchy = "at"
