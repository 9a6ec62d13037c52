"""Production for the operator's eyes, with the verbs a telephone call from a workshop may ask for."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import RIGHTS, Actor
from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.errors import DomainError

from . import services
from .models import Build, CalendarBlock, DispatchPolicy, Job, Machine, Maker, Offer, Operation, Wave
from .selectors import current_policy


def acting(request: HttpRequest) -> Actor:
    """Staff act for the operator, under their own name in the journal."""
    return Actor(name=str(request.user), rights=RIGHTS, is_operator=True)


def each(request: HttpRequest, rows: QuerySet, verb: Callable[..., object], **how: Callable) -> None:
    """Call a verb for every row chosen; a refusal is shown and does not stop the others."""
    for row in rows:
        try:
            verb(actor=acting(request), **{name: of(row) for name, of in how.items()})
        except DomainError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            messages.success(request, str(row))


class RefusalsShown:
    """A change that a service refuses is shown as its sentence, not as a server error."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect(request.get_full_path())


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
        "is_accepting",
        "pieces_inspected",
        "pieces_failed",
        "offers_made",
        "offers_refused",
    ]
    list_filter = ["is_accepting"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    fields = [
        "organisation", "address", "is_accepting", "finishes", "working_hours", "cost_factor", "pieces_inspected",
        "pieces_failed", "pieces_complained", "offers_made", "offers_refused", "builds_finished", "builds_late",
    ]  # fmt: skip
    readonly_fields = [f for f in fields if f not in ("is_accepting", "finishes", "working_hours", "cost_factor")]
    inlines = [Machines]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        services.change_maker(
            actor=acting(request),
            organisation_uid=obj.organisation.uid,
            **{name: form.cleaned_data[name] for name in form.changed_data},
        )


@admin.register(Machine)
class MachineAdmin(ReadOnlyAdmin):
    list_display = ["name", "maker", "model", "process", "loaded_material", "state"]
    list_filter = ["process", "state"]
    list_select_related = ["maker__organisation"]
    search_fields = ["uid", "name", "maker__organisation__name"]
    actions = ["take_down", "put_in_service", "retire"]

    @admin.action(description=_("Out of service"))
    def take_down(self, request, queryset):
        each(request, queryset, services.change_machine, machine_uid=lambda m: m.uid, in_service=lambda m: False)

    @admin.action(description=_("In service"))
    def put_in_service(self, request, queryset):
        each(request, queryset, services.change_machine, machine_uid=lambda m: m.uid, in_service=lambda m: True)

    @admin.action(description=_("Retire"))
    def retire(self, request, queryset):
        each(request, queryset, services.retire_machine, machine_uid=lambda m: m.uid)


@admin.register(CalendarBlock)
class CalendarBlockAdmin(ReadOnlyAdmin):
    list_display = ["machine", "starts_at", "ends_at", "reason"]
    list_select_related = ["machine__maker__organisation"]
    date_hierarchy = "starts_at"
    actions = ["unblock"]

    @admin.action(description=_("Remove the block"))
    def unblock(self, request, queryset):
        each(request, queryset, services.unblock_time, block_uid=lambda b: b.uid)


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
    actions = ["distribute"]

    @admin.action(description=_("Distribute everything pooled now (run a wave)"))
    def distribute(self, request, queryset):
        try:
            wave = services.run_wave(actor=acting(request))
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
    actions = ["start", "finish", "fail"]

    @admin.action(description=_("Started"))
    def start(self, request, queryset):
        each(request, queryset, services.start_build, build_uid=lambda b: b.uid)

    @admin.action(description=_("Finished, all pieces good"))
    def finish(self, request, queryset):
        each(request, queryset, services.finish_build, build_uid=lambda b: b.uid)

    @admin.action(description=_("Failed, no piece good"))
    def fail(self, request, queryset):
        reason = str(_("reported by the operator"))
        each(request, queryset, services.fail_build, build_uid=lambda b: b.uid, reason=lambda b: reason)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ["uid", "maker", "build", "operation", "state", "payout", "deadline"]
    list_filter = ["state"]
    list_select_related = ["maker__organisation", "build", "operation"]
    search_fields = ["uid", "maker__organisation__name", "build__uid"]
    actions = ["accept", "decline", "give_back", "lapse"]

    @admin.action(description=_("Accepted by telephone"))
    def accept(self, request, queryset):
        each(request, queryset, services.accept_offer, offer_uid=lambda o: o.uid)

    @admin.action(description=_("Declined by telephone"))
    def decline(self, request, queryset):
        each(request, queryset, services.decline_offer, offer_uid=lambda o: o.uid)

    @admin.action(description=_("Given back by telephone"))
    def give_back(self, request, queryset):
        reason = str(_("reported by the operator"))
        each(request, queryset, services.give_back, offer_uid=lambda o: o.uid, reason=lambda o: reason)

    @admin.action(description=_("Take back everything that is overdue"))
    def lapse(self, request, queryset):
        messages.success(request, _("%s offers were taken back.") % services.lapse_offers())


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    list_display = ["uid", "state", "started_at", "ended_at", "started_by"]
    date_hierarchy = "started_at"


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
        published = services.publish_policy(actor=acting(request), document=obj.document, note=obj.note)
        obj.pk, obj.number = published.pk, published.number
