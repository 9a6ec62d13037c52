"""The operator's look at the books. Everything is written by services; hordak's own editing pages are replaced."""

from __future__ import annotations

import hordak.admin  # noqa: F401 — registers its pages, which are then taken down
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from hordak.models import Account, Leg, LegView, StatementImport, Transaction, TransactionCsvImport
from hordak.models import StatementLine as ImportedLine

from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.errors import DomainError
from penstock.hub.parties.auth import actor_of_admin

from . import services
from .models import (
    BookAccount,
    CreditLimit,
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


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "order_uid", "method", "amount", "currency", "state", "created_at"]
    list_filter = ["state", "method"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "order_uid", "provider_reference", "organisation__name"]
    actions = ["ask_provider"]

    @admin.action(description=_("Ask the provider where these payments stand"))
    def ask_provider(self, request: HttpRequest, queryset) -> None:
        for payment in queryset:
            services.ask_provider(payment_uid=payment.uid)


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    list_display = ["notice_id", "provider", "received_at"]
    search_fields = ["notice_id"]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "order_uid", "amount", "currency", "reason", "created_at"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "order_uid", "organisation__name"]


@admin.register(CreditLimit)
class CreditLimitAdmin(OperatorAdmin):
    """Edited by hand; the change goes through the service, so that it is told to the journal."""

    list_display = ["organisation", "amount", "days"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]

    def save_model(self, request: HttpRequest, obj: CreditLimit, form, change: bool) -> None:
        limit = services.set_credit_limit(
            actor=actor_of_admin(request), organisation_uid=obj.organisation.uid, amount=obj.amount, days=obj.days
        )
        obj.pk = limit.pk

    def has_delete_permission(self, request: HttpRequest, obj: CreditLimit | None = None) -> bool:
        return False


class StatementLineInline(admin.TabularInline):
    model = StatementLine
    fields = readonly_fields = ["at", "text", "order_uid", "subject_uid", "amount"]
    extra = 0
    can_delete = False


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ["number", "organisation", "period_start", "period_end", "total", "closing", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["number", "organisation__name"]
    inlines = [StatementLineInline]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "amount", "currency", "state", "created_at", "paid_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["uid", "organisation__name"]
    actions = ["pay", "cancel"]

    @admin.action(description=_("The bank has sent these payouts today"))
    def pay(self, request: HttpRequest, queryset) -> None:
        reference = f"{timezone.localdate():%Y%m%d}"
        self._each(
            request,
            queryset,
            lambda actor, uid: services.pay_payout(actor=actor, payout_uid=uid, reference=f"{reference}-{uid}"),
        )

    @admin.action(description=_("Cancel these payouts"))
    def cancel(self, request: HttpRequest, queryset) -> None:
        self._each(request, queryset, lambda actor, uid: services.cancel_payout(actor=actor, payout_uid=uid))

    def _each(self, request: HttpRequest, queryset, do) -> None:
        actor = actor_of_admin(request)
        for payout in queryset:
            try:
                do(actor, payout.uid)
            except DomainError as error:
                messages.error(request, f"{payout.uid}: {error.message}")
