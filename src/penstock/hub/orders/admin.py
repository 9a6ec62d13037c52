"""Orders for the operator: everything to read; they are cancelled where it is known what has begun: at their jobs."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.admin_verbs import verb

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


@verb(_("Cancel (before production) and refund"))
def cancel(actor: Actor, order: Order) -> None:
    services.cancel(actor=actor, order_uid=order.uid)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "organisation", "state", "total", "currency", "promised_on", "placed_at"]
    list_filter = ["state", "service", "payment_method"]
    list_select_related = ["organisation"]
    search_fields = ["number", "uid", "organisation__name", "purchase_order", "lines__part_name"]
    date_hierarchy = "placed_at"
    inlines = [LineInline]
    actions = [cancel]


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
