"""The forms of the organisation pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import PAY, READ, WORK
from penstock.hub.web import countries
from penstock.hub.web.forms import HubForm

from .states import OrganisationKind, Role

# The operator's organisation is made by the command line; a carrier is invited by the operator.
OPEN_KINDS = [
    (OrganisationKind.BUYER, _("Have parts made")),
    (OrganisationKind.MAKER, _("Make parts for others")),
]
SCOPES = [
    (READ, _("Read parts, quotes and orders")),
    (WORK, _("Upload parts, ask for quotes, report work")),
    (PAY, _("Place and pay orders")),
]


class OrganisationForm(HubForm):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Your firm, or your own name."))
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices)
    kinds = forms.MultipleChoiceField(
        label=_("What will you do here?"),
        choices=OPEN_KINDS,
        initial=[OrganisationKind.BUYER],
        widget=forms.CheckboxSelectMultiple,
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    email = forms.EmailField(
        label=_("E-mail for documents"), required=False, help_text=_("Invoices go there; empty for your own.")
    )


class InvitationForm(HubForm):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.PURCHASER)


class RoleForm(HubForm):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ApiKeyForm(HubForm):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What will use it, so that you know it later."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=SCOPES, initial=[READ], widget=forms.CheckboxSelectMultiple
    )
