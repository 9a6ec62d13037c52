"""The operator's view of the firms: who takes part as what, workshops to admit, their record, credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import MANAGE, PAY, READ, WORK, Actor
from penstock.hub.core.errors import DomainError, NotFound
from penstock.hub.ledger import selectors as ledger
from penstock.hub.ledger import services as ledger_services
from penstock.hub.orders import selectors as orders
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as parties_services
from penstock.hub.parties.models import Organisation
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.forms import HubForm
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import NEVER, Section, first, section

from . import selectors, services
from .models import Maker

SHOWN_ORDERS = 5


class KindsForm(HubForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Takes part as"),
        choices=[choice for choice in OrganisationKind.choices if choice[0] != OrganisationKind.OPERATOR],
        widget=forms.CheckboxSelectMultiple,
    )


class CreditForm(HubForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Credit limit"),
        min_value=Decimal(0),
        max_digits=13,
        decimal_places=2,
        widget=forms.NumberInput({"column": "col-6"}),
        help_text=gettext_lazy("Zero ends buying on account."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days to pay"),
        min_value=1,
        max_value=365,
        widget=forms.NumberInput({"column": "col-6"}),
    )


class AgreementForm(HubForm):
    share = forms.FloatField(
        label=gettext_lazy("Promised share, %"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"column": "col-6", "step": "any"}),
        help_text=gettext_lazy("Of the machine money of its processes; dispatch gives it more until it has that."),
    )
    hours = forms.FloatField(
        label=gettext_lazy("Hours a week offered"),
        required=False,
        min_value=1,
        max_value=168,
        widget=forms.NumberInput({"column": "col-6", "step": "any"}),
        help_text=gettext_lazy("Of each of its machines; empty: all of them."),
    )
    auto_accept = forms.BooleanField(label=gettext_lazy("Takes every offer without being asked"), required=False)


@section(kinds={OrganisationKind.OPERATOR}, place=30)
def workshops_to_admit(actor: Actor) -> Section | None:
    waiting = first(selectors.makers(actor).filter(is_admitted=False).order_by("pk"), NEVER)
    return Section(
        "admit",
        _("Workshops to admit"),
        "production/admit_rows.html",
        waiting.rows,
        url=reverse("desk-firms"),
        more={"may_work": WORK in actor.rights},
        is_cut=waiting.is_cut,
    )


@page()
def firms(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator(READ)
    query, kind = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = parties.organisations(request.actor, query, kind if kind in OrganisationKind.values else "")
    context = {
        "page": list_page(request, found),
        "query": query,
        "state": kind,
        "states": OrganisationKind.choices,
    }
    return render(request, "production/firms.html", context)


@page()
def firm(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(READ)
    return _show(request, parties.organisation(request.actor, uid))


@page(methods=("POST",))
def admit(request: HttpRequest, uid: str) -> HttpResponse:
    """Let a workshop be asked, or ask it nothing any more."""
    request.actor.require_operator()
    is_admitted = request.POST.get("admit") == "yes"
    maker = services.change_maker(actor=request.actor, organisation_uid=uid, is_admitted=is_admitted)
    told = _("%(name)s is asked from now on.") if is_admitted else _("%(name)s is asked nothing any more.")
    undo = {"undo": reverse("desk-firm-admit", args=[uid]), "admit": "no" if is_admitted else "yes"}
    done(request, told % {"name": maker.organisation.name}, **undo)
    return redirect("desk-firm", uid)


@page(methods=("POST",))
def take_part(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(MANAGE)
    organisation = parties.organisation(request.actor, uid)
    form = KindsForm(request.POST)
    if form.is_valid():
        try:
            kinds = form.cleaned_data["kinds"]
            parties_services.change_organisation(actor=request.actor, organisation_uid=uid, kinds=kinds)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("Changed."))
            return redirect("desk-firm", uid)
    return _show(request, organisation, kinds_form=form)


@page(methods=("POST",))
def credit(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(PAY)
    organisation = parties.organisation(request.actor, uid)
    form = CreditForm(request.POST)
    if form.is_valid():
        try:
            ledger_services.set_credit_limit(actor=request.actor, organisation_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The credit limit is set."))
            return redirect("desk-firm", uid)
    return _show(request, organisation, credit_form=form)


@page(methods=("POST",))
def agreement(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(MANAGE)
    organisation = parties.organisation(request.actor, uid)
    form = AgreementForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.agree(
                actor=request.actor,
                organisation_uid=uid,
                guaranteed_share=given["share"] / 100.0,
                auto_accept=given["auto_accept"],
                offered_hours_per_week=given["hours"],
            )
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The agreement counts from the next wave on."))
            return redirect("desk-firm", uid)
    return _show(request, organisation, agreement_form=form)


def _show(request: HttpRequest, organisation: Organisation, **forms: Any) -> HttpResponse:
    actor = request.actor
    account = ledger.account(organisation.pk)
    maker = _workshop(actor, organisation)
    context = {
        "firm": organisation,
        "kinds": [str(OrganisationKind(kind).label) for kind in organisation.kinds],
        "people": parties.people_of(actor, organisation),
        "account": account,
        "maker": maker,
        "machines": selectors.machines(actor).filter(maker=maker).exclude(state="retired") if maker else [],
        "record": selectors.record(maker) if maker else None,
        "orders": orders.orders(actor).filter(organisation=organisation)[:SHOWN_ORDERS],
        "may_work": WORK in actor.rights,
        "may_manage": MANAGE in actor.rights,
        "may_pay": PAY in actor.rights,
        "kinds_form": KindsForm(initial={"kinds": organisation.kinds}),
        "credit_form": CreditForm(initial={"amount": account.credit_limit, "days": account.days_to_pay or 30}),
        "agreement_form": AgreementForm(initial=_agreed(maker)),
        **forms,
    }
    return render(request, "production/firm.html", context, status=422 if forms else 200)


def _agreed(maker: Maker | None) -> dict[str, Any]:
    if maker is None:
        return {}
    hours = maker.offered_hours_per_week
    return {"share": 100 * maker.guaranteed_share, "hours": hours, "auto_accept": maker.auto_accept}


def _workshop(actor: Actor, organisation: Organisation) -> Maker | None:
    try:
        return selectors.maker(actor, organisation.uid)
    except NotFound:
        return None


urlpatterns = [
    path("desk/firms/", firms, name="desk-firms"),
    path("desk/firms/<str:uid>", firm, name="desk-firm"),
    path("desk/firms/<str:uid>/admit", admit, name="desk-firm-admit"),
    path("desk/firms/<str:uid>/kinds", take_part, name="desk-firm-kinds"),
    path("desk/firms/<str:uid>/agreement", agreement, name="desk-firm-agreement"),
    path("desk/firms/<str:uid>/credit", credit, name="desk-firm-credit"),
]
