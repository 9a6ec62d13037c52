"""The form for an address, on the organisation's pages and at the check-out."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from . import countries
from .forms import HubForm


def half(widget: forms.Widget) -> forms.Widget:
    """The input takes half the form's width on a wide screen."""
    widget.attrs["column"] = "col-md-6"
    return widget


class AddressForm(HubForm):
    """What `parties.services.add_address` wants, as one form."""

    recipient = forms.CharField(label=_("Recipient"), max_length=200, widget=half(forms.TextInput()))
    label = forms.CharField(
        label=_("Label"), max_length=80, required=False, widget=half(forms.TextInput({"placeholder": _("Workshop")}))
    )
    street = forms.CharField(label=_("Street and number"), max_length=300)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False, widget=half(forms.TextInput()))
    city = forms.CharField(label=_("City"), max_length=120, widget=half(forms.TextInput()))
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices, widget=half(forms.Select()))
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False, widget=half(forms.TextInput()))
