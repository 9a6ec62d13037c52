"""Price books, quotes and requests for the operator to look through; requests are answered at the desk.

A new price book is an edited copy, published with its checks.
"""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown
from penstock.hub.core.errors import DomainError

from . import services
from .models import PriceBookVersion, Quote, QuoteOption, RequestForQuotation


class PriceBookForm(forms.ModelForm):
    """A fresh version starts as a copy of the one in force."""

    class Meta:
        model = PriceBookVersion
        fields = ["document", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "document" in self.fields and not self.instance.pk:
            self.fields["document"].initial = services.current_book()[0].document

    def clean_document(self):
        try:
            services.read_book(self.cleaned_data["document"])
        except DomainError as error:
            raise forms.ValidationError(error.data["problems"]) from None
        return self.cleaned_data["document"]


@admin.register(PriceBookVersion)
class PriceBookAdmin(RefusalsShown, OperatorAdmin):
    form = PriceBookForm
    list_display = ["number", "note", "created_by", "created_at"]
    list_select_related = ["created_by__user"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request: HttpRequest, obj: PriceBookVersion, form, change: bool) -> None:
        published = services.publish_price_book(actor=request.actor, document=obj.document, note=obj.note)
        obj.__dict__.update(published.__dict__)
        messages.info(request, _("From now on new quotes are priced by it; those given before keep theirs."))


class OptionInline(admin.TabularInline):
    model = QuoteOption
    fields = ["position", "process", "material", "finish"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    ordering = ["position"]

    def get_queryset(self, request):
        return QuoteOption.objects.across_tenants().order_by("position")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "revision", "price_book", "created_at", "expires_at"]
    list_select_related = ["organisation", "revision__part", "price_book"]
    search_fields = ["uid", "organisation__name", "revision__part__name"]
    inlines = [OptionInline]


@admin.register(RequestForQuotation)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "revision", "quantity", "state", "created_at", "answered_at"]
    list_filter = ["state"]
    list_select_related = ["organisation", "revision__part"]
    search_fields = ["uid", "organisation__name", "revision__part__name", "need"]
