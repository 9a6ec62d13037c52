"""The workshop itself: what is missing until it is asked, what it can do and when, its record, its surplus."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from penstock.hub.core.actors import MANAGE, WORK, Actor
from penstock.hub.core.errors import DomainError, NotFound
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as party_services
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.addresses import AddressForm
from penstock.hub.web.doors import page
from penstock.hub.web.notices import done
from penstock.hub.web.today import Section, section

from . import selectors, services
from .models import Maker
from .states import MachineState
from .workshop_forms import HoursForm, WorkshopForm, hours_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing between a new workshop and its first offer; `url` is where it is done, none where others do it."""

    text: str
    is_done: bool
    url: str = ""


def own_maker(actor: Actor) -> Maker | None:
    try:
        return selectors.maker_of(actor)
    except NotFound:
        return None


def steps(actor: Actor) -> list[Step]:
    """What has to happen before this workshop is asked, in order."""
    maker = own_maker(actor)
    machines = maker.machines.exclude(state=MachineState.RETIRED).exists() if maker else False
    workshop = reverse("workshop")
    return [
        Step(_("Say where your workshop is"), maker is not None, workshop),
        Step(
            _("Add your machines, or the finishing you do"),
            machines or bool(maker and maker.finishes),
            reverse("machine-new") if maker else workshop,
        ),
        Step(_("Take work"), bool(maker and maker.is_accepting), workshop),
        Step(_("The operator admits you: an offer opens buyers' models to you"), bool(maker and maker.is_admitted)),
    ]


@section(kinds={OrganisationKind.MAKER}, place=0)
def before_the_first_offer(actor: Actor) -> Section | None:
    rows = steps(actor)
    if all(step.is_done for step in rows):
        return None
    return Section("missing", _("Before you are asked"), "production/steps.html", rows)


@page(methods=("GET", "POST"))
def workshop(request: HttpRequest) -> HttpResponse:
    form = _form(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_new = own_maker(request.actor) is None
        keep = services.register_maker if is_new else services.change_maker
        try:
            keep(actor=request.actor, organisation_uid=request.member.organisation.uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The workshop has been registered.") if is_new else _("The workshop was changed."))
            return redirect("workshop")
    return _workshop(request, form, AddressForm(), None)


def _form(request: HttpRequest, data: QueryDict | None = None) -> WorkshopForm:
    maker = own_maker(request.actor)
    known = {"address_uid": maker.address.uid, "finishes": maker.finishes} if maker else {}
    addresses = parties.addresses(request.actor).exclude(latitude=None).order_by("pk")
    return WorkshopForm(data, addresses=addresses, initial=known)


def _workshop(
    request: HttpRequest, form: WorkshopForm, address_form: AddressForm, hours_form: HoursForm | None
) -> HttpResponse:
    maker = own_maker(request.actor)
    missing = steps(request.actor)
    context = {
        "tab": "workshop",
        "maker": maker,
        "missing": [] if all(step.is_done for step in missing) else missing,
        "form": form,
        "address_form": address_form,
        "hours_form": hours_form or (HoursForm(initial=hours_of(maker.working_hours)) if maker else None),
        "may_work": WORK in request.actor.rights,
        "may_manage": MANAGE in request.actor.rights,
    }
    return render(request, "production/workshop.html", context)


@page(methods=("GET", "POST"))
def add_address(request: HttpRequest) -> HttpResponse:
    """A workshop's first address, typed where it is asked for."""
    if request.method == "GET":
        return redirect("workshop")
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            party_services.add_address(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The address has been added."))
            return redirect("workshop")
    return _workshop(request, _form(request), form, None)


@page(methods=("GET", "POST"))
def change_hours(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return redirect("workshop")
    form = HoursForm(request.POST)
    if form.is_valid():
        try:
            services.change_maker(
                actor=request.actor,
                organisation_uid=request.member.organisation.uid,
                working_hours=form.cleaned_data,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The working hours have been changed."))
            return redirect("workshop")
    return _workshop(request, _form(request), AddressForm(), form)


@page(methods=("POST",))
def take_work(request: HttpRequest) -> HttpResponse:
    """Ask for offers, or for none for a while; the notice takes it back."""
    is_accepting = request.POST.get("is_accepting") == "1"
    uid = request.member.organisation.uid
    services.change_maker(actor=request.actor, organisation_uid=uid, is_accepting=is_accepting)
    text = _("You are asked again.") if is_accepting else _("You are not asked for new work.")
    done(request, text, undo=reverse("workshop-takes-work"), is_accepting=0 if is_accepting else 1)
    return redirect("workshop")


@page()
def record(request: HttpRequest) -> HttpResponse:
    maker = own_maker(request.actor)
    if maker is None:
        return redirect("workshop")
    context = {"tab": "record", "maker": maker, "record": selectors.record(maker)}
    return render(request, "production/record.html", context)


@page(methods=("GET", "POST"))
def surplus(request: HttpRequest) -> HttpResponse:
    """Orders of one's own customers that one cannot make: bought from the network, so the workshop is a buyer too."""
    organisation = request.member.organisation
    buys = OrganisationKind.BUYER in organisation.kinds
    if request.method == "POST" and not buys:
        kinds = [*organisation.kinds, OrganisationKind.BUYER]
        party_services.change_organisation(actor=request.actor, kinds=kinds)
        done(request, _("You can now upload parts and order them from the network."))
        return redirect("workshop-surplus")
    context = {"tab": "surplus", "buys": buys, "may_manage": MANAGE in request.actor.rights}
    return render(request, "production/surplus.html", context)


urlpatterns = [
    path("workshop/", workshop, name="workshop"),
    path("workshop/address", add_address, name="workshop-address"),
    path("workshop/hours", change_hours, name="workshop-hours"),
    path("workshop/takes-work", take_work, name="workshop-takes-work"),
    path("workshop/record", record, name="workshop-record"),
    path("workshop/surplus", surplus, name="workshop-surplus"),
]
