"""Price books, quotes that never change, and requests a person answers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Member, Organisation
from penstock.hub.parts.models import Revision


class PriceBookVersion(models.Model):
    """One version of the operator's rates (`document`: engines.pricing.PriceBook as data). Never edited: superseded."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"#{self.number}"


class Capacity(models.Model):
    """What some workshop can do now: a material in a process with the chambers it runs in, or a finish."""

    process = models.CharField(max_length=40, blank=True)
    material = models.CharField(max_length=60, blank=True)
    finish = models.CharField(max_length=40, blank=True)
    chambers = models.JSONField(default=list)  # [[x, y, z], …] in mm

    class Meta:
        constraints = [models.UniqueConstraint(fields=["process", "material", "finish"], name="capacity_once")]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.process, self.material, self.finish)))


class Quote(TenantModel):
    """Prices for one revision at one moment: immutable, expiring, shareable by its token."""

    uid = UidField("quo")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="quotes")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="quotes")
    price_book = models.ForeignKey(PriceBookVersion, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey("RequestForQuotation", on_delete=models.PROTECT, null=True, related_name="quotes")
    # Set where a buyer took another quantity than the table has: one row, priced by the same book.
    derived_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="derived")
    currency = models.CharField(max_length=3)
    quantities = models.JSONField()  # the quantities of the table's columns
    obstacles = models.JSONField(default=list)  # recipes that cannot make it, each with the reason
    share_token = models.CharField(max_length=43, unique=True, null=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "-id"], name="quote_newest")]

    def __str__(self) -> str:
        return self.uid


class QuoteOption(TenantModel):
    """One recipe of a quote: process, material, finish; with its price for each quantity and lead-time class."""

    tenant_paths = ("quote__organisation_id",)

    uid = UidField("opt")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="options")
    process = models.CharField(max_length=40)
    material = models.CharField(max_length=60)
    finish = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.process} {self.material} {self.finish}"


class QuotePrice(TenantModel):
    """The price of one option at one quantity and lead-time class, with everything that explains it.

    `breakdown` items add up to `unit_price`; `maker_unit_payout` is what the maker gets of it per piece.
    """

    tenant_paths = ("option__quote__organisation_id",)

    option = models.ForeignKey(QuoteOption, on_delete=models.CASCADE, related_name="prices")
    quantity = models.PositiveIntegerField()
    lead_class = models.CharField(max_length=20)
    lead_days = models.PositiveIntegerField()
    unit_price = AmountField()
    total = AmountField()
    maker_unit_payout = AmountField()
    machine_hours = models.FloatField()  # per piece
    mass_g = models.FloatField()  # per piece
    breakdown = models.JSONField()
    rule_version = models.CharField(max_length=80)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["option", "quantity", "lead_class"], name="quote_price_once")]
        ordering = ["quantity", "lead_days"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.unit_price}"


class RequestForQuotation(TenantModel):
    """What cannot be priced by rule goes to a person: the buyer's words, the operator's answer."""

    uid = UidField("rfq")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="requests")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="requests")
    quantity = models.PositiveIntegerField(_("quantity"))
    need = models.TextField(_("what it is for"), max_length=4000)
    process = models.CharField(_("process wanted"), max_length=40, blank=True)
    material = models.CharField(_("material wanted"), max_length=60, blank=True)
    state = models.CharField(max_length=20, default="open")
    answer = models.TextField(_("answer"), blank=True)
    # Who of the operator's people looks after it.
    owner = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.uid


class RequestMessage(TenantModel):
    """A question or an answer between the buyer and the operator while a request is looked at. Never edited."""

    tenant_paths = ("request__organisation_id",)

    request = models.ForeignKey(RequestForQuotation, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    by_operator = models.BooleanField()
    text = models.TextField(_("text"), max_length=4000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        # Who had the last word and when, without reading the words.
        indexes = [models.Index(fields=["request", "-id"], include=["by_operator", "at"], name="request_last_word")]

    def __str__(self) -> str:
        return self.text[:60]
