"""The operator's look at the books. Everything is written by services; hordak's own editing pages are replaced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import hordak.admin  # noqa: F401 — registers its pages, which are then taken down
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from hordak.models import Account, Leg, LegView, StatementImport, Transaction, TransactionCsvImport
from hordak.models import StatementLine as ImportedLine

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown, verb
from penstock.hub.parties.models import Organisation

from . import services
from .models import (
    BookAccount,
    CreditLimit,
    Invoice,
    Payment,
    PaymentNotice,
    Payout,
    Posting,
    Refund,
    Statement,
    StatementLine,
)

admin.site.unregister([Account, Leg, LegView, Transaction, StatementImport, ImportedLine, TransactionCsvImport])


class LegInline(admin.TabularInline):
    model = Leg
    fields = readonly_fields = ["account", "debit", "credit", "description"]
    extra = 0
    can_delete = False


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ["id", "date", "description"]
    date_hierarchy = "date"
    search_fields = ["description", "posting__key", "posting__order_uid"]
    inlines = [LegInline]


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ["key", "kind", "order_uid", "subject_uid", "at"]
    list_filter = ["kind"]
    search_fields = ["key", "order_uid", "subject_uid"]


@admin.register(BookAccount)
class BookAccountAdmin(ReadOnlyAdmin):
    list_display = ["purpose", "organisation", "account"]
    list_filter = ["purpose"]
    list_select_related = ["organisation", "account"]
    search_fields = ["organisation__name"]


@verb(_("Ask the provider where these payments stand"))
def ask_provider(actor: Actor, payment: Payment) -> None:
    services.ask_provider(payment_uid=payment.uid)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "order_uid", "method", "amount", "currency", "state", "created_at"]
    list_filter = ["state", "method"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "order_uid", "provider_reference", "organisation__name"]
    actions = [ask_provider]


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    list_display = ["notice_id", "provider", "received_at"]
    search_fields = ["notice_id"]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "order_uid", "amount", "currency", "reason", "created_at"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "order_uid", "organisation__name"]


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ["number", "organisation", "order_uid", "total", "currency", "issued_at"]
    list_select_related = ["organisation"]
    search_fields = ["number", "order_uid", "organisation__name"]


class ReceiptForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount"), max_digits=13, decimal_places=2)
    reference = forms.CharField(
        label=_("Reference of the bank"), max_length=80, help_text=_("The same reference counts once.")
    )


@verb(_("Payment received…"), ReceiptForm)
def receive(actor: Actor, limit: CreditLimit, amount: Decimal, reference: str) -> None:
    services.receive_on_account(actor=actor, organisation_id=limit.organisation_id, amount=amount, reference=reference)


@admin.register(CreditLimit)
class CreditLimitAdmin(RefusalsShown, OperatorAdmin):
    """Edited by hand; the change goes through the service, so that it is told to the journal."""

    list_display = ["organisation", "amount", "days"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    actions = [receive]

    def get_readonly_fields(self, request: HttpRequest, obj: CreditLimit | None = None) -> list[str]:
        return ["organisation"] if obj else []

    def save_model(self, request: HttpRequest, obj: CreditLimit, form, change: bool) -> None:
        limit = services.set_credit_limit(
            actor=request.actor, organisation_uid=obj.organisation.uid, amount=obj.amount, days=obj.days
        )
        obj.pk = limit.pk

    def has_delete_permission(self, request: HttpRequest, obj: CreditLimit | None = None) -> bool:
        return False


class StatementLineInline(admin.TabularInline):
    model = StatementLine
    fields = readonly_fields = ["at", "text", "order_uid", "subject_uid", "amount"]
    extra = 0
    can_delete = False


class StatementForm(forms.ModelForm):
    class Meta:
        model = Statement
        fields = ["organisation", "period_start", "period_end"]

    def clean_period_end(self) -> date:
        end = self.cleaned_data["period_end"]
        if "period_start" in self.cleaned_data and end < self.cleaned_data["period_start"]:
            raise forms.ValidationError(_("The period ends before it begins."))
        return end


class IssuedAdmin(RefusalsShown, ReadOnlyAdmin):
    """`Add` asks for the little a service needs to make the row."""

    asked: tuple[str, ...]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return list(super().get_fields(request, obj) if obj else self.asked)


@admin.register(Statement)
class StatementAdmin(IssuedAdmin):
    form = StatementForm
    asked = ("organisation", "period_start", "period_end")
    list_display = ["number", "organisation", "period_start", "period_end", "total", "closing", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["number", "organisation__name"]
    inlines = [StatementLineInline]

    def get_inlines(self, request: HttpRequest, obj: Statement | None) -> list:
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: Statement, form: StatementForm, change: bool) -> None:
        issued = services.issue_statement(
            actor=request.actor,
            organisation_id=obj.organisation_id,
            period_start=obj.period_start,
            period_end=obj.period_end,
        )
        obj.pk, obj.number = issued.pk, issued.number


class PayoutForm(forms.ModelForm):
    class Meta:
        model = Payout
        fields = ["organisation"]

    organisation = forms.ModelChoiceField(Organisation.objects.order_by("name"))


class SentForm(forms.Form):
    reference = forms.CharField(label=_("Reference of the bank"), max_length=120)


@verb(_("The bank has sent them…"), SentForm)
def pay(actor: Actor, payout: Payout, reference: str) -> None:
    services.pay_payout(actor=actor, payout_uid=payout.uid, reference=reference)


@verb(_("Cancel these payouts"))
def cancel(actor: Actor, payout: Payout) -> None:
    services.cancel_payout(actor=actor, payout_uid=payout.uid)


@admin.register(Payout)
class PayoutAdmin(IssuedAdmin):
    """`Add` sets aside everything an organisation is owed."""

    form = PayoutForm
    asked = ("organisation",)
    list_display = ["uid", "organisation", "amount", "currency", "state", "created_at", "paid_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "organisation__name"]
    actions = [pay, cancel]

    def save_model(self, request: HttpRequest, obj: Payout, form: PayoutForm, change: bool) -> None:
        prepared = services.prepare_payout(actor=request.actor, organisation_id=obj.organisation_id)
        obj.pk, obj.uid, obj.amount, obj.currency = prepared.pk, prepared.uid, prepared.amount, prepared.currency
