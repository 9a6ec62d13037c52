"""Strangers' models: the files (content-addressed), the parts they are revisions of, and who may see them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Member, Organisation


class Blob(models.Model):
    """Bytes kept once, named by their SHA-256. Never reached by its hash from outside, only through a revision."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    # When somebody last brought these bytes: what was brought just now is not forgotten.
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256[:12]


class Part(TenantModel):
    """A thing a buyer wants made. Its revisions are the files; the newest ready one is quoted."""

    uid = UidField("prt")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(_("name"), max_length=200)
    is_archived = models.BooleanField(default=False)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "-id"], name="part_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def latest(self) -> Revision | None:
        """The newest revision not withdrawn, ready or not; from rows already read where selectors.parts() made them."""
        newest = getattr(self, "newest", None)
        if newest is None:
            newest = self.revisions.exclude(state="withdrawn").select_related("blob").order_by("-number")[:1]
        return newest[0] if newest else None


class Revision(TenantModel):
    """One file of a part with what was measured on it (`measurement`: engines.geometry.Measurement.to_dict())."""

    tenant_paths = ("part__organisation_id", "grants__organisation_id")

    uid = UidField("rev")
    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(_("file name"), max_length=255)
    unit = models.CharField(_("unit"), max_length=10, blank=True)
    state = models.CharField(max_length=20, default="uploaded")
    measurement = models.JSONField(null=True)
    refusal = models.JSONField(null=True)  # {"code", "message"}
    thumbnail = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    preview = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    # JSON: what each process finds on the part (a list of engines.geometry.Finding.to_dict()), with its places.
    judgement = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    # Made by repairing another revision's file, and what that changed: engines.geometry.Repair.to_dict().
    repaired_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    repair = models.JSONField(null=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    measured_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["part", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.part} r{self.number}"


class Grant(TenantModel):
    """An organisation may fetch a revision's file because of the work named (a job's or quotation's public id)."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="part_grants")
    reason_uid = models.CharField(max_length=24)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["revision", "organisation", "reason_uid"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} → {self.revision_id} ({self.reason_uid})"


class Upload(TenantModel):
    """A file that comes in piece by piece over a line that may break; its pieces lie in the store until it is whole."""

    uid = UidField("upl")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="uploads")
    key = models.CharField(max_length=64)  # chosen by who sends it: the same file sent on after a break
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    # What it became: the answer, should the last piece come twice.
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="upload_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.received} of {self.size}"
