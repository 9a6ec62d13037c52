"""Parcels for the operator's eyes, with the two verbs a telephone call may ask for."""

from __future__ import annotations

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.errors import DomainError

from . import services
from .models import Shipment, ShipmentItem, ShippingPlan, TrackingEvent


class Items(admin.TabularInline):
    model = ShipmentItem
    extra = 0
    can_delete = False
    readonly_fields = ["job", "quantity"]


class Tracking(admin.TabularInline):
    model = TrackingEvent
    extra = 0
    can_delete = False
    readonly_fields = ["at", "status", "place", "reference"]


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ["uid", "order", "purpose", "state", "from_maker", "carrier", "tracking_number", "expected_on"]
    list_filter = ["state", "purpose"]
    search_fields = ["uid", "tracking_number", "order__number"]
    list_select_related = ["order", "from_maker__organisation", "carrier"]
    inlines = [Items, Tracking]
    actions = ["mark_delivered", "mark_lost"]

    def _each(self, request, queryset, verb) -> None:
        for parcel in queryset:
            try:
                verb(actor=SYSTEM, shipment_uid=parcel.uid)
            except DomainError as error:
                messages.error(request, f"{parcel.uid}: {error.message}")

    @admin.action(description=_("Arrived"))
    def mark_delivered(self, request, queryset):
        self._each(request, queryset, services.deliver)

    @admin.action(description=_("Lost"))
    def mark_lost(self, request, queryset):
        self._each(request, queryset, services.lose)


@admin.register(ShippingPlan)
class ShippingPlanAdmin(ReadOnlyAdmin):
    list_display = ["order", "is_consolidated", "at_maker", "created_at"]
    list_select_related = ["order", "at_maker__organisation"]
