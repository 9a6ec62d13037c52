"""Inspections and complaints for the operator to look through; complaints are answered at the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown
from penstock.hub.production.models import Job

from . import selectors, services
from .models import Complaint, Inspection


class InspectionForm(forms.ModelForm):
    class Meta:
        model = Inspection
        fields = ["job", "passed", "failed", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "job" in self.fields:
            self.fields["job"].queryset = Job.objects.across_tenants().filter(state="made").order_by("pk")


@admin.register(Inspection)
class InspectionAdmin(RefusalsShown, ReadOnlyAdmin):
    """`Add` is an inspection reported by telephone."""

    form = InspectionForm
    list_display = ["at", "job", "maker", "passed", "failed"]
    list_select_related = ["job", "maker__organisation"]
    search_fields = ["job__uid"]

    def has_add_permission(self, request):
        return True

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        inspected = services.inspect(
            actor=request.actor,
            job_uid=given["job"].uid,
            passed=given["passed"],
            failed=given["failed"],
            note=given["note"],
        )
        obj.pk = inspected.pk


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "line", "quantity", "state", "remedy", "cause", "created_at"]
    list_filter = ["state", "remedy", "cause"]
    list_select_related = ["organisation", "line"]
    search_fields = ["uid", "line__order__number"]
    readonly_fields = ["chain"]

    @admin.display(description=_("Who made the pieces"))
    def chain(self, complaint: Complaint) -> str:
        links = selectors.chain(complaint.line)
        told = (
            (f"{link.quantity} × {link.job_uid}", link.maker, link.build_uid, link.machine, link.material)
            for link in links
        )
        return format_html_join("", "<div>{}: {}, {}, {}, {}</div>", told)
