"""The check-out as a form: where to, how fast, how paid."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.hub.web.forms import HubForm


class CheckoutForm(HubForm):
    """The choices are the page's own radio buttons; this checks what came back."""

    to = forms.CharField(max_length=24, error_messages={"required": _("Choose or add an address for the delivery.")})
    bill = forms.CharField(max_length=24, required=False)
    service = forms.CharField(max_length=20, error_messages={"required": _("Choose how the parts travel.")})
    parcels = forms.CharField(max_length=10, required=False)
    method = forms.CharField(max_length=20, error_messages={"required": _("Choose how to pay.")})
    # What the buyer was shown: an order for another amount is refused.
    expected_total = forms.DecimalField(required=False, max_digits=13, decimal_places=2, localize=False)
    purchase_order = forms.CharField(label=_("Your purchase order number"), max_length=60, required=False)

    def first_error(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)
