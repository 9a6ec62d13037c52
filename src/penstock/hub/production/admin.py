"""Production for the operator's eyes, with the verbs a telephone call from a workshop may ask for."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown
from penstock.hub.core.errors import DomainError

from . import admin_verbs as verbs
from . import services
from .models import Build, CalendarBlock, DispatchPolicy, Job, Machine, Maker, Offer, Operation, Wave
from .selectors import current_policy


class Rows(admin.TabularInline):
    """Rows of a thing, shown and not edited."""

    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return self.model._default_manager.across_tenants()

    def has_add_permission(self, request, obj=None):
        return False


class Machines(Rows):
    model = Machine
    fields = readonly_fields = ["uid", "name", "model", "process", "materials", "loaded_material", "state"]


@admin.register(Maker)
class MakerAdmin(RefusalsShown, OperatorAdmin):
    list_display = [
        "organisation",
        "is_admitted",
        "is_accepting",
        "pieces_inspected",
        "pieces_failed",
        "offers_made",
        "offers_refused",
    ]
    list_filter = ["is_admitted", "is_accepting"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    fields = [
        "organisation", "address", "is_admitted", "is_accepting", "finishes", "working_hours", "cost_factor",
        "pieces_inspected", "pieces_failed", "pieces_complained", "offers_made", "offers_refused",
        "builds_finished", "builds_late",
    ]  # fmt: skip
    readonly_fields = [
        f for f in fields if f not in ("is_admitted", "is_accepting", "finishes", "working_hours", "cost_factor")
    ]
    inlines = [Machines]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        services.change_maker(
            actor=request.actor,
            organisation_uid=obj.organisation.uid,
            **{name: form.cleaned_data[name] for name in form.changed_data},
        )


@admin.register(Machine)
class MachineAdmin(ReadOnlyAdmin):
    list_display = ["name", "maker", "model", "process", "loaded_material", "state"]
    list_filter = ["process", "state"]
    list_select_related = ["maker__organisation"]
    search_fields = ["uid", "name", "maker__organisation__name"]
    actions = [verbs.take_down, verbs.put_in_service, verbs.retire]


@admin.register(CalendarBlock)
class CalendarBlockAdmin(RefusalsShown, ReadOnlyAdmin):
    list_display = ["machine", "starts_at", "ends_at", "reason"]
    list_select_related = ["machine__maker__organisation"]
    date_hierarchy = "starts_at"
    fields = ["machine", "starts_at", "ends_at", "reason"]
    actions = [verbs.unblock]

    def has_add_permission(self, request):
        return True

    def save_model(self, request, obj, form, change):
        given = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at", "reason")}
        obj.pk = services.block_time(actor=request.actor, machine_uid=obj.machine.uid, **given).pk


class Operations(Rows):
    model = Operation
    fields = readonly_fields = ["sequence", "kind", "finish", "maker", "state", "payout", "done_at"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["uid", "line", "quantity", "process", "material", "finish", "state", "maker", "holder", "obstacle"]
    list_filter = ["state", "process", "material"]
    list_select_related = ["line", "maker__organisation", "holder__organisation"]
    search_fields = ["uid", "line__order__number", "line__part_name", "build__uid"]
    inlines = [Operations]
    actions = [
        "distribute",
        verbs.finishing_done,
        verbs.ask_finisher,
        verbs.ask_everybody,
        verbs.cancel_line,
    ]

    @admin.action(description=_("Distribute everything pooled now (run a wave)"))
    def distribute(self, request, queryset):
        try:
            wave = services.run_wave(actor=request.actor)
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("Wave %s has run.") % wave.uid)


class JobsOfBuild(Rows):
    model = Job
    fields = readonly_fields = ["uid", "line", "quantity", "state", "due_at"]


@admin.register(Build)
class BuildAdmin(ReadOnlyAdmin):
    list_display = ["uid", "maker", "machine", "process", "material", "state", "starts_at", "ends_at"]
    list_filter = ["state", "process"]
    list_select_related = ["maker__organisation", "machine__maker__organisation"]
    search_fields = ["uid", "maker__organisation__name"]
    exclude = ["layout"]
    inlines = [JobsOfBuild]
    actions = [verbs.start, verbs.finish, verbs.fail]


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ["uid", "maker", "build", "operation", "state", "payout", "deadline"]
    list_filter = ["state"]
    list_select_related = ["maker__organisation", "build", "operation"]
    search_fields = ["uid", "maker__organisation__name", "build__uid"]
    actions = [verbs.accept, verbs.decline, verbs.give_back, "lapse"]

    @admin.action(description=_("Take back everything that is overdue"))
    def lapse(self, request, queryset):
        messages.success(request, _("%s offers were taken back.") % services.lapse_offers())


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    list_display = ["uid", "state", "started_at", "ended_at", "started_by"]
    fields = ["uid", "state", "started_at", "ended_at", "started_by", "decided"]
    readonly_fields = ["decided"]
    date_hierarchy = "started_at"

    @admin.display(description=_("What it decided, and why"))
    def decided(self, wave):
        return format_html("<pre>{}</pre>", json.dumps(wave.result, indent=2, ensure_ascii=False))


@admin.register(DispatchPolicy)
class DispatchPolicyAdmin(RefusalsShown, OperatorAdmin):
    """A change is a new version: `Add` starts from what holds now."""

    list_display = ["number", "note", "created_at", "created_by"]
    fields = ["document", "note"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_changeform_initial_data(self, request):
        return {"document": current_policy().document}

    def save_model(self, request, obj, form, change):
        published = services.publish_policy(actor=request.actor, document=obj.document, note=obj.note)
        obj.pk, obj.number = published.pk, published.number
