"""Parts and their files, for the operator to look at; measuring again is the one thing to do by hand."""

from __future__ import annotations

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.admin import ReadOnlyAdmin

from .jobs import measure
from .models import Blob, Grant, Part, Revision


@admin.register(Part)
class PartAdmin(ReadOnlyAdmin):
    list_display = ["uid", "name", "organisation", "created_at", "is_archived"]
    list_filter = ["is_archived"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "name", "organisation__name"]


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["uid", "part", "number", "filename", "state", "unit", "created_at", "measured_at"]
    list_filter = ["state", "unit"]
    list_select_related = ["part"]
    search_fields = ["uid", "filename", "part__name", "part__uid"]
    actions = ["measure_waiting"]

    @admin.action(description=gettext_lazy("Measure those that still wait"))
    def measure_waiting(self, request, queryset):
        waiting = list(queryset.filter(state="uploaded").values_list("pk", flat=True))
        for revision_id in waiting:
            measure.defer(revision_id=revision_id)
        self.message_user(request, _("%(count)s put in line.") % {"count": len(waiting)}, messages.SUCCESS)


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ["revision", "organisation", "reason_uid", "created_at"]
    list_select_related = ["revision__part", "organisation"]
    search_fields = ["revision__uid", "organisation__name", "reason_uid"]


@admin.register(Blob)
class BlobAdmin(ReadOnlyAdmin):
    list_display = ["sha256", "size", "created_at"]
    search_fields = ["sha256"]
