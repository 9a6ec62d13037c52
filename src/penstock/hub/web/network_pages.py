"""The operator's page of settings: what holds for the network, what dispatch keeps to, what the installation has fixed.

Not imported by any room: it reads from several.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core import network
from penstock.hub.core.actors import MANAGE, READ
from penstock.hub.core.errors import DomainError
from penstock.hub.core.money import network_currency
from penstock.hub.production import selectors as production
from penstock.hub.production import services as production_services
from penstock.hub.quotes import selectors as quotes
from penstock.hub.web.doors import page
from penstock.hub.web.forms import HubForm

SHOWN_VERSIONS = 10
HOURS, DAYS = gettext_lazy("hours"), gettext_lazy("days")
# Whole numbers of the network's settings: label, unit; their limits are the settings' own.
NETWORK = {
    "request_hours": (gettext_lazy("A quotation is late after"), HOURS),
    "question_hours": (gettext_lazy("A technical question is late after"), HOURS),
    "complaint_hours": (gettext_lazy("A complaint is late after"), HOURS),
    "quote_days": (gettext_lazy("A price stands for"), DAYS),
    "unpaid_days": (gettext_lazy("An order waits for its money for"), DAYS),
    "invitation_days": (gettext_lazy("An invitation can be used for"), DAYS),
}
# Of the dispatch policy what a person sets by hand: label, unit, least, most. What is weighed against what is left to
# the document.
POLICY = {
    "wave_minutes": (gettext_lazy("Pause between waves that run by themselves"), gettext_lazy("minutes"), 1, 10_080),
    "offer_hours": (gettext_lazy("A workshop answers an offer within"), HOURS, 0.5, 168),
    "vanish_hours": (gettext_lazy("A build not begun is taken back after"), HOURS, 1, 720),
    "late_grace_hours": (gettext_lazy("A build counts as late after"), HOURS, 0, 168),
}


def _number(field: type[forms.Field], label: Any, unit: Any, least: float, most: float) -> forms.Field:
    widget = forms.NumberInput({"column": "col-sm-6", "step": "any" if field is forms.FloatField else 1})
    return field(label=format_lazy("{}, {}", label, unit), min_value=least, max_value=most, widget=widget)


def _note() -> forms.Field:
    return forms.CharField(label=gettext_lazy("What changes, and why"), max_length=300, required=False)


class NameForm(HubForm):
    name = forms.CharField(label=gettext_lazy("Name of the network"), max_length=network.MAX_NAME)
    mail_from = forms.EmailField(
        label=gettext_lazy("E-mails come from"),
        required=False,
        help_text=gettext_lazy("An address your mail server may send from; empty: the installation's."),
    )


class SellerForm(HubForm):
    seller_name = forms.CharField(
        label=gettext_lazy("Seller on invoices"),
        max_length=network.LINE["seller_name"],
        required=False,
        help_text=gettext_lazy("Empty: the name of the network."),
        widget=forms.TextInput({"column": "col-sm-6"}),
    )
    seller_tax_number = forms.CharField(
        label=gettext_lazy("Tax number of the seller"),
        max_length=network.LINE["seller_tax_number"],
        required=False,
        widget=forms.TextInput({"column": "col-sm-6"}),
    )
    seller_address = forms.CharField(
        label=gettext_lazy("Address of the seller"),
        max_length=network.LINES["seller_address"],
        required=False,
        widget=forms.Textarea({"rows": 3, "column": "col-sm-6"}),
    )
    invoice_footer = forms.CharField(
        label=gettext_lazy("Below invoices"),
        max_length=network.LINES["invoice_footer"],
        required=False,
        help_text=gettext_lazy("A bank account, for example."),
        widget=forms.Textarea({"rows": 3, "column": "col-sm-6"}),
    )


NetworkForm = type(
    "NetworkForm",
    (SellerForm, NameForm),
    {name: _number(forms.IntegerField, *said, *network.LIMITS[name]) for name, said in NETWORK.items()}
    | {"note": _note()},
)
PolicyForm = type(
    "PolicyForm",
    (HubForm,),
    {name: _number(forms.FloatField, *said) for name, said in POLICY.items()} | {"note": _note()},
)


@page()
def show(request: HttpRequest) -> HttpResponse:
    return _show(request)


@page(methods=("POST",))
def change(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator(MANAGE)
    form = NetworkForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        note = given.pop("note")
        try:
            network.change(actor=request.actor, document=given, note=note)
        except DomainError as error:
            for name, fault in error.data.get("faults", {None: error.message}).items():
                form.add_error(name, str(fault))
        else:
            messages.success(request, _("The settings are in force."))
            return redirect("network")
    return _show(request, network_form=form)


@page(methods=("POST",))
def change_policy(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator(MANAGE)
    form = PolicyForm(request.POST, auto_id="policy_%s")
    if form.is_valid():
        given = dict(form.cleaned_data)
        note = given.pop("note")
        document = production.current_policy().document | given
        try:
            production_services.publish_policy(actor=request.actor, document=document, note=note)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The next wave keeps to it; offers already made keep their deadline."))
            return redirect("network")
    return _show(request, policy_form=form)


def _show(request: HttpRequest, **refused: Any) -> HttpResponse:
    """A refused form is shown as it was typed."""
    request.actor.require_operator(READ)
    rules = production.current_rules()
    context = {
        "network_form": NetworkForm(initial=network.current().to_dict()),
        "policy_form": PolicyForm(initial={name: f"{getattr(rules, name):g}" for name in POLICY}, auto_id="policy_%s"),
        "versions": network.versions(request.actor)[:SHOWN_VERSIONS],
        "policies": production.policies(request.actor)[:SHOWN_VERSIONS],
        "may_manage": MANAGE in request.actor.rights,
        "currency": network_currency(),
        "tax_percent": quotes.current_book()[1].tax_rate * 100,
        "time_zone": settings.TIME_ZONE,
        "provider": settings.PAYMENT_PROVIDER,
        "limit_mb": settings.MAX_MODEL_FILE_BYTES // 1024**2,
        "mail_server": settings.EMAIL_HOST if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") else "",
        "mail_default": settings.DEFAULT_FROM_EMAIL,
        "public_url": settings.PUBLIC_URL,
        **refused,
    }
    return render(request, "web/network.html", context, status=422 if refused else 200)


urlpatterns = [
    path("desk/network", show, name="network"),
    path("desk/network/change", change, name="network-change"),
    path("desk/network/policy", change_policy, name="network-policy"),
]
