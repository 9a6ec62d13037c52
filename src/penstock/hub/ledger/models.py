"""Payments in, payouts out, credit limits, statements. The double entry itself is django-hordak's
(Account, Transaction, Leg): append-only, balanced by a database trigger."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Organisation


class BookAccount(models.Model):
    """Which ledger account is kept for what, and for whom."""

    purpose = models.CharField(_("purpose"), max_length=30)  # a key of accounts.CHART
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.OneToOneField("hordak.Account", on_delete=models.PROTECT, related_name="kept_for")

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("chart of accounts")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "organisation"], name="account_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.organisation or ''}".strip()


class Posting(models.Model):
    """Ties one ledger transaction to what it was for. `key` makes each business fact post once."""

    key = models.CharField(max_length=120, unique=True)
    transaction = models.OneToOneField("hordak.Transaction", on_delete=models.PROTECT, related_name="posting")
    kind = models.CharField(max_length=40, db_index=True)
    order_uid = models.CharField(max_length=24, blank=True, db_index=True)
    subject_uid = models.CharField(max_length=24, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class LegSubject(models.Model):
    """The job, shipment or complaint one side of a transaction pays for."""

    leg = models.OneToOneField("hordak.Leg", on_delete=models.PROTECT, primary_key=True, related_name="subject")
    subject_uid = models.CharField(max_length=24, db_index=True)

    def __str__(self) -> str:
        return self.subject_uid


class Payment(TenantModel):
    """One attempt of a buyer to pay one order (by a provider, or on account within the credit limit)."""

    uid = UidField("pay")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payments")
    order_uid = models.CharField(max_length=24, db_index=True)
    method = models.CharField(_("method"), max_length=20)  # a provider's name, or "account"
    amount = AmountField(verbose_name=_("amount"))
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="pending")
    provider_reference = models.CharField(max_length=120, blank=True, db_index=True)
    next_url = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.uid} {self.amount} {self.currency} {self.state}"


class PaymentNotice(models.Model):
    """A provider's notice, kept as it came; the same notice twice is one row."""

    provider = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "notice_id"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.notice_id}"


class Refund(TenantModel):
    """Money given back to a buyer, to where it came from (or onto the account)."""

    uid = UidField("rfd")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", null=True)
    order_uid = models.CharField(max_length=24, db_index=True)
    key = models.CharField(max_length=120, unique=True)
    amount = AmountField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    to_account = models.BooleanField(default=False)  # left as credit on the account instead of sent back
    provider_reference = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.uid} {self.amount} {self.currency}"


class CreditLimit(TenantModel):
    """How much an organisation may owe when it pays on account."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="credit_limit")
    amount = AmountField(verbose_name=_("limit"))
    days = models.PositiveSmallIntegerField(_("days to pay"), default=30)

    def __str__(self) -> str:
        return f"{self.organisation} {self.amount}"


class Statement(TenantModel):
    """What the network owes (or is owed by) an organisation for a period. Lines add up to it; issued once."""

    uid = UidField("stm")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="statements")
    number = models.CharField(_("number"), max_length=30, unique=True)
    period_start = models.DateField()
    period_end = models.DateField()
    opening = AmountField()
    total = AmountField()
    closing = AmountField()
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "period_start", "period_end"], name="statement_once")
        ]

    def __str__(self) -> str:
        return self.number


class StatementLine(models.Model):
    """One ledger leg on a statement, in words, linked to the job, shipment or order it pays for."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="lines")
    # One to one: whatever happens, no leg is on two statements.
    leg = models.OneToOneField("hordak.Leg", on_delete=models.PROTECT, related_name="statement_line")
    at = models.DateTimeField()
    text = models.CharField(max_length=300)
    order_uid = models.CharField(max_length=24, blank=True)
    subject_uid = models.CharField(max_length=24, blank=True)
    amount = AmountField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.text} {self.amount}"


class Invoice(TenantModel):
    """What a buyer is charged for one order, as it was when it was first asked for. The database lets no row change."""

    uid = UidField("ivc")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invoices")
    order_uid = models.CharField(max_length=24, unique=True)
    serial = models.PositiveIntegerField(unique=True)  # from 1 without a gap
    number = models.CharField(_("number"), max_length=30, unique=True)
    issued_at = models.DateTimeField(auto_now_add=True)
    currency = models.CharField(max_length=3)
    net = AmountField()
    carriage = AmountField()
    tax = AmountField()
    total = AmountField(verbose_name=_("total"))
    tax_percent = models.DecimalField(max_digits=5, decimal_places=2)
    document = models.JSONField()  # seller, buyer, lines, delivery and way to pay: orders.services.invoicing

    class Meta(TenantModel.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total=models.F("net") + models.F("carriage") + models.F("tax")),
                name="invoice_total_adds_up",
            )
        ]

    def __str__(self) -> str:
        return self.number


class Payout(TenantModel):
    """Money sent to a maker, carrier or designer: settles what the ledger says it is owed."""

    uid = UidField("out")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payouts")
    amount = AmountField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="prepared")
    reference = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.uid} {self.amount} {self.currency}"


class SandboxCharge(models.Model):
    """The sandbox provider's own books: what it was asked to collect, how its customer answered, what it gave back."""

    reference = models.CharField(max_length=120, unique=True)
    amount = AmountField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, default="open")  # open, succeeded, declined
    refunds = models.JSONField(default=dict)  # {our refund's public id: amount}: asked twice, given once
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"
