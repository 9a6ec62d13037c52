"""Orders for the operator: everything to read; cancelling goes through the room's verb."""

from __future__ import annotations

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.errors import DomainError
from penstock.hub.parties.auth import actor_of_session

from . import services
from .models import BasketLine, Order, OrderLine


class LineInline(admin.TabularInline):
    model = OrderLine
    fields = [
        "position",
        "part_name",
        "process",
        "material",
        "finish",
        "quantity",
        "unit_price",
        "net",
        "state",
        "made",
        "shipped",
        "delivered",
        "due_on",
    ]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return OrderLine.objects.across_tenants().order_by("position")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "organisation", "state", "total", "currency", "promised_on", "placed_at"]
    list_filter = ["state", "service", "payment_method"]
    list_select_related = ["organisation"]
    search_fields = ["number", "uid", "organisation__name", "purchase_order", "lines__part_name"]
    date_hierarchy = "placed_at"
    inlines = [LineInline]
    actions = ["cancel"]

    @admin.action(description=gettext_lazy("Cancel (before production) and refund"))
    def cancel(self, request, queryset):
        actor = actor_of_session(request)
        for order in queryset:
            try:
                services.cancel(actor=actor, order_uid=order.uid)
            except DomainError as refused:
                self.message_user(request, f"{order.number}: {refused.message}", messages.ERROR)
            else:
                self.message_user(request, _("%(number)s cancelled.") % {"number": order.number}, messages.SUCCESS)


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ["uid", "order", "position", "part_name", "process", "material", "quantity", "state", "due_on"]
    list_filter = ["state", "process"]
    list_select_related = ["order"]
    search_fields = ["uid", "order__number", "part_name"]


@admin.register(BasketLine)
class BasketLineAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "quantity", "added_by", "added_at"]
    list_select_related = ["organisation", "added_by__user"]
