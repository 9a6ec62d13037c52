"""Inspections by makers, complaints by buyers, what was done about them and who caused them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import Member, Organisation
from penstock.hub.parts.models import Blob
from penstock.hub.production.models import Job, Maker

from .states import Cause, Remedy


class Inspection(TenantModel):
    """What a maker found before the pieces left: passed + failed = the job's pieces then."""

    tenant_paths = ("maker__organisation_id",)

    uid = UidField("ins")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="inspections")
    maker = models.ForeignKey(Maker, on_delete=models.PROTECT, related_name="inspections")
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    note = models.CharField(_("note"), max_length=1000, blank=True)
    inspected_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


class Complaint(TenantModel):
    """Something is wrong with delivered pieces of one line. The chain behind it (job, build, machine) is kept."""

    uid = UidField("cmp")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="complaints")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="complaints")
    quantity = models.PositiveIntegerField(_("pieces affected"))
    text = models.TextField(_("what is wrong"), max_length=4000)
    state = models.CharField(max_length=20, default="open")
    remedy = models.CharField(_("remedy"), max_length=20, choices=Remedy.choices, blank=True)
    amount = AmountField(null=True)
    answer = models.TextField(_("answer"), blank=True)
    cause = models.CharField(_("cause"), max_length=20, choices=Cause.choices, blank=True)
    cause_job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="caused_complaints")
    owner = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.uid


class ComplaintPicture(models.Model):
    """A picture shown as evidence; served only as an attachment to those who may see the complaint."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="pictures")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.filename
