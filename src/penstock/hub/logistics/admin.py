"""Parcels for the operator's eyes, with the verbs a telephone call may ask for."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.admin_verbs import verb

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


class HandOverForm(forms.Form):
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=80, required=False)


@verb(_("Handed over to the carrier…"), HandOverForm)
def hand_over(actor: Actor, parcel: Shipment, tracking_number: str) -> None:
    services.hand_over(actor=actor, shipment_uid=parcel.uid, tracking_number=tracking_number)


@verb(_("Arrived"))
def deliver(actor: Actor, parcel: Shipment) -> None:
    services.deliver(actor=actor, shipment_uid=parcel.uid)


@verb(_("Lost"))
def lose(actor: Actor, parcel: Shipment) -> None:
    services.lose(actor=actor, shipment_uid=parcel.uid)


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ["uid", "order", "purpose", "state", "from_maker", "carrier", "tracking_number", "expected_on"]
    list_filter = ["state", "purpose"]
    search_fields = ["uid", "tracking_number", "order__number"]
    list_select_related = ["order", "from_maker__organisation", "carrier"]
    inlines = [Items, Tracking]
    actions = [hand_over, deliver, lose]


@admin.register(ShippingPlan)
class ShippingPlanAdmin(ReadOnlyAdmin):
    list_display = ["order", "is_consolidated", "at_maker", "created_at"]
    list_select_related = ["order", "at_maker__organisation"]
