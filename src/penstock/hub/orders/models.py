"""Baskets, orders, lines. An order copies what it was promised: later price books or addresses do not move it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Member, Organisation
from penstock.hub.parts.models import Revision
from penstock.hub.quotes.models import QuotePrice

from .states import Parcels


class BasketLine(TenantModel):
    """A price put aside by an organisation. The basket is all its lines; check-out empties it."""

    uid = UidField("bsk")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="basket_lines")
    price = models.ForeignKey(QuotePrice, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    reorder_of = models.ForeignKey("Order", on_delete=models.SET_NULL, null=True, related_name="+")
    added_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "price"], name="basket_line_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.price_id}"


class Order(TenantModel):
    """What a buyer bought: one payment, one delivery promise, any mix of processes."""

    uid = UidField("ord")
    number = models.CharField(_("number"), max_length=20, unique=True)  # P-2026-000123, from a database sequence
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=20, default="placed")
    currency = models.CharField(max_length=3)
    net = AmountField(verbose_name=_("parts"))
    carriage = AmountField(verbose_name=_("carriage"))
    tax = AmountField(verbose_name=_("tax"))
    total = AmountField(verbose_name=_("total"))
    tax_percent = models.DecimalField(max_digits=5, decimal_places=2)
    service = models.CharField(_("delivery service"), max_length=20)  # a carriage service of the price book
    parcels = models.CharField(_("parcels"), max_length=10, choices=Parcels.choices, blank=True)
    ship_to = models.JSONField()  # parties.Address.as_dict()
    bill_to = models.JSONField()
    purchase_order = models.CharField(_("your purchase order number"), max_length=60, blank=True)
    payment_method = models.CharField(max_length=20)  # "account", or a payment provider's name
    promised_on = models.DateField(_("promised for"))
    share_token = models.CharField(max_length=43, unique=True, null=True)
    reordered_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="reorders")
    placed_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    carriage_settled_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("order")
        indexes = [
            models.Index(fields=["organisation", "-id"], name="order_newest"),
            models.Index(fields=["state", "-id"], name="order_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total=models.F("net") + models.F("carriage") + models.F("tax")),
                name="order_total_adds_up",
            )
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(TenantModel):
    """A quantity of one revision by one recipe. The counters are pieces: made ≥ shipped ≥ delivered."""

    tenant_paths = ("order__organisation_id",)

    uid = UidField("lin")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=20, default="open")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="order_lines")
    part_name = models.CharField(max_length=200)
    process = models.CharField(max_length=40)
    material = models.CharField(max_length=60)
    finish = models.CharField(max_length=40, blank=True)
    lead_class = models.CharField(max_length=20)
    lead_days = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    unit_price = AmountField()
    net = AmountField()
    tax = AmountField()
    maker_unit_payout = AmountField()
    machine_hours = models.FloatField()  # per piece
    mass_g = models.FloatField()  # per piece
    breakdown = models.JSONField()
    rule_version = models.CharField(max_length=80)
    due_on = models.DateField(_("leaves the maker by"))
    # Where parts go as they are ready; otherwise the order's promise is the line's.
    promised_on = models.DateField(_("promised for"), null=True)
    made = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        # Searching by a part's name reads this instead of the lines, which are wide.
        indexes = [models.Index(fields=["part_name"], include=["id", "order"], name="order_line_names")]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once"),
            models.CheckConstraint(
                condition=models.Q(made__lte=models.F("quantity"))
                & models.Q(shipped__lte=models.F("made"))
                & models.Q(delivered__lte=models.F("shipped")),
                name="order_line_pieces_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"
