"""Parcels: from makers to buyers, to the next maker, or to where an order is brought together."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import Organisation
from penstock.hub.production.models import Job, Maker

from .states import ShipmentPurpose


class ShippingPlan(TenantModel):
    """How an order travels: apart or brought together, decided once with its reasons."""

    tenant_paths = ("order__organisation_id",)

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="shipping_plan")
    is_consolidated = models.BooleanField()
    at_maker = models.ForeignKey(Maker, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.order} {'together' if self.is_consolidated else 'apart'}"


class Shipment(TenantModel):
    """One parcel of pieces of one order."""

    tenant_paths = (
        "from_maker__organisation_id",
        "to_maker__organisation_id",
        "carrier_id",
        "receiver_id",
    )

    uid = UidField("shp")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    purpose = models.CharField(max_length=20, choices=ShipmentPurpose.choices)
    state = models.CharField(max_length=20, default="planned")
    from_maker = models.ForeignKey(Maker, on_delete=models.PROTECT, related_name="shipments_out")
    to_maker = models.ForeignKey(Maker, on_delete=models.PROTECT, null=True, related_name="shipments_in")
    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="shipments")
    to_address = models.JSONField()
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="carried_shipments")
    service = models.CharField(max_length=20)
    tracking_number = models.CharField(_("tracking number"), max_length=40, blank=True, db_index=True)
    mass_g = models.FloatField()
    distance_km = models.FloatField()
    cost = AmountField(verbose_name=_("carriage paid to the carrier"))
    expected_on = models.DateField(_("expected"))
    created_at = models.DateTimeField(auto_now_add=True)
    handed_over_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["carrier", "state"], name="shipment_of_carrier")]

    def __str__(self) -> str:
        return self.uid


class ShipmentItem(models.Model):
    """Pieces of one job in a parcel (a job travels whole)."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="items")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="shipment_items")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "job"], name="shipment_item_once")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.job_id}"


class TrackingEvent(models.Model):
    """What the carrier reported, as it came; the same report twice is one row."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="tracking")
    reference = models.CharField(max_length=80)
    status = models.CharField(max_length=20)
    place = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["shipment", "reference"], name="tracking_once")]

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.status}"
