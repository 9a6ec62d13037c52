"""Inspections and complaints for the operator's eyes; decisions go through the API and the desk."""

from __future__ import annotations

from django.contrib import admin

from penstock.hub.core.admin import ReadOnlyAdmin

from .models import Complaint, Inspection


@admin.register(Inspection)
class InspectionAdmin(ReadOnlyAdmin):
    list_display = ["at", "job", "maker", "passed", "failed"]
    list_select_related = ["job", "maker__organisation"]
    search_fields = ["job__uid"]


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "line", "quantity", "state", "remedy", "cause", "created_at"]
    list_filter = ["state", "remedy", "cause"]
    list_select_related = ["organisation", "line"]
    search_fields = ["uid", "line__order__number"]
