"""A workshop's machines: how they stand and what they did, one machine with its week, adding and changing one."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.hub.core.actors import WORK
from penstock.hub.core.errors import DomainError, Invalid
from penstock.hub.web.doors import page
from penstock.hub.web.notices import done

from . import calendar, selectors, services, usage
from .machine_forms import BlockForm, MachineForm, models_by_process
from .models import CalendarBlock, Machine
from .states import MachineState


@page()
def machines(request: HttpRequest) -> HttpResponse:
    found = selectors.machines(request.actor).filter(maker__organisation_id=request.actor.organisation_id)
    rows = list(found.exclude(state=MachineState.RETIRED).order_by("name", "pk"))
    used = usage.of_machines(rows, now=timezone.now()) if rows else {}
    context = {
        "rows": [(machine, knowledge.default().machines.get(machine.model), used[machine.pk]) for machine in rows],
        "retired": list(found.filter(state=MachineState.RETIRED).order_by("name")),
        "may_work": WORK in request.actor.rights,
    }
    return render(request, "production/machines.html", context)


@page(methods=("GET", "POST"))
def new_machine(request: HttpRequest) -> HttpResponse:
    """First the model, of which the process and the possible materials follow."""
    model = knowledge.default().machines.get(request.GET.get("model", ""))
    form = MachineForm(request.POST or None, process=model.process, initial={"name": model.name}) if model else None
    if request.method == "POST":
        if model is None or form is None:
            raise Invalid("unknown_machine", _("Choose the model of the machine first."))
        if form.is_valid():
            try:
                added = services.add_machine(actor=request.actor, model=model.code, **form.cleaned_data)
            except DomainError as error:
                form.refuse(error)
            else:
                done(request, _("%(name)s has been added.") % {"name": added.name})
                return redirect("machine", added.uid)
    context = {"groups": models_by_process(), "model": model, "form": form}
    return render(request, "production/new_machine.html", context)


@page()
def machine(request: HttpRequest, uid: str) -> HttpResponse:
    return _machine(request, selectors.machine(request.actor, uid), BlockForm())


def _machine(request: HttpRequest, found: Machine, form: BlockForm) -> HttpResponse:
    now = timezone.now()
    own = found.maker.organisation_id == request.actor.organisation_id or request.actor.is_operator
    context = {
        "machine": found,
        "model": knowledge.default().machines.get(found.model),
        "week": calendar.week_of(found, _day(request), now=now),
        "used": usage.of_machines([found], now=now)[found.pk],
        "form": form,
        "hours": range(0, 24, 3),
        "may_work": own and WORK in request.actor.rights and found.state != MachineState.RETIRED,
    }
    return render(request, "production/machine.html", context)


def _day(request: HttpRequest) -> date:
    """A day of the week to show; today's when the address names none."""
    try:
        return date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return timezone.localdate()


@page(methods=("GET", "POST"))
def change_machine(request: HttpRequest, uid: str) -> HttpResponse:
    found = selectors.machine(request.actor, uid)
    known = {"name": found.name, "materials": found.materials, "loaded_material": found.loaded_material}
    form = MachineForm(request.POST or None, process=found.process, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_machine(actor=request.actor, machine_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("The machine has been changed."))
            return redirect("machine", uid)
    return render(request, "production/change_machine.html", {"machine": found, "form": form})


@page(methods=("POST",))
def load_material(request: HttpRequest, uid: str) -> HttpResponse:
    """What is in the machine now; the notice takes it back."""
    before = selectors.machine(request.actor, uid).loaded_material
    material = request.POST.get("loaded_material", "")
    services.change_machine(actor=request.actor, machine_uid=uid, loaded_material=material)
    undo = reverse("machine-load", args=[uid])
    done(request, _("The loaded material has been changed."), undo=undo, loaded_material=before)
    return redirect("machine", uid)


@page(methods=("POST",))
def set_state(request: HttpRequest, uid: str) -> HttpResponse:
    """In service or down; the notice takes it back."""
    in_service = request.POST.get("in_service") == "1"
    services.change_machine(actor=request.actor, machine_uid=uid, in_service=in_service)
    text = _("The machine is in service.") if in_service else _("The machine is down: it is given no new builds.")
    done(request, text, undo=reverse("machine-state", args=[uid]), in_service=0 if in_service else 1)
    return redirect("machine", uid)


@page(methods=("POST",))
def retire(request: HttpRequest, uid: str) -> HttpResponse:
    services.retire_machine(actor=request.actor, machine_uid=uid)
    done(request, _("The machine has been retired."))
    return redirect("machines")


@page(methods=("GET", "POST"))
def block(request: HttpRequest, uid: str) -> HttpResponse:
    """Keep a time free of builds: by the form, by dragging over the calendar, or taking a removal back."""
    if request.method == "GET":
        return redirect("machine", selectors.machine(request.actor, uid).uid)
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _machine(request, selectors.machine(request.actor, uid), form)
    added = services.block_time(actor=request.actor, machine_uid=uid, **form.cleaned_data)
    done(request, _("No build is planned in this time."), undo=reverse("block-remove", args=[added.uid]))
    return _to_week(uid, added)


@page(methods=("POST",))
def unblock(request: HttpRequest, uid: str) -> HttpResponse:
    removed = CalendarBlock.objects.select_related("machine").one(request.actor, uid)
    services.unblock_time(actor=request.actor, block_uid=uid)
    undo = reverse("machine-block", args=[removed.machine.uid])
    typed = "%Y-%m-%dT%H:%M"
    times = {
        "starts_at": timezone.localtime(removed.starts_at).strftime(typed),
        "ends_at": timezone.localtime(removed.ends_at).strftime(typed),
    }
    done(request, _("The time is free for builds again."), undo=undo, reason=removed.reason, **times)
    return _to_week(removed.machine.uid, removed)


def _to_week(machine_uid: str, of: CalendarBlock) -> HttpResponse:
    day = timezone.localtime(of.starts_at).date()
    return redirect(f"{reverse('machine', args=[machine_uid])}?week={day.isoformat()}#calendar")


urlpatterns = [
    path("machines/", machines, name="machines"),
    path("machines/add", new_machine, name="machine-new"),
    path("machines/<str:uid>", machine, name="machine"),
    path("machines/<str:uid>/change", change_machine, name="machine-change"),
    path("machines/<str:uid>/load", load_material, name="machine-load"),
    path("machines/<str:uid>/state", set_state, name="machine-state"),
    path("machines/<str:uid>/retire", retire, name="machine-retire"),
    path("machines/<str:uid>/block", block, name="machine-block"),
    path("blocks/<str:uid>/remove", unblock, name="block-remove"),
]
