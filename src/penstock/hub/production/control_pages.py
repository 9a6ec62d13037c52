"""The operator's control room and the page of a wave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import DomainError
from penstock.hub.core.money import network_currency
from penstock.hub.web.doors import page

from . import control, selectors, services
from .models import Build, Job, Wave
from .services import what_if as what_ifs
from .what_if_form import WhatIfForm

SHOWN_WAVES = 8
SHOWN_EXCEPTIONS = 20
# Where an exception is looked at, by its kind.
PAGES = {"obstacle": "job", "overdue_finishing": "job", "overdue_build": "build", "maker_waits": "desk-firm"}


@page()
def control_room(request: HttpRequest) -> HttpResponse:
    actor = request.actor
    found = selectors.exceptions(actor)
    return render(
        request,
        "production/control.html",
        {
            "bars": control.pool_bars(actor),
            "exceptions": [
                (item, reverse(PAGES[item.kind], args=[item.subject_uid])) for item in found[:SHOWN_EXCEPTIONS]
            ],
            "more": max(len(found) - SHOWN_EXCEPTIONS, 0),
            "outlook": control.outlook(actor),
            "misses": [(miss, reverse(miss.kind, args=[miss.uid])) for miss in control.misses(actor)],
            "waves": selectors.waves(actor).order_by("-started_at")[:SHOWN_WAVES],
        },
    )


@page()
def preview(request: HttpRequest) -> HttpResponse:
    """What a wave would do now; nothing changes."""
    hold_back = request.GET.get("hold_back") == "yes"
    plan, seen = services.preview_wave(actor=request.actor, hold_back=hold_back)
    makers = {maker.id: maker for maker in seen.makers}
    models = {(maker.id, machine.id): machine.model for maker in seen.makers for machine in maker.machines}
    builds = [
        {
            "build": build,
            "maker": makers[build.maker_id].name,
            "model": models[build.maker_id, build.machine_id],
            "fill": round(100 * build.fill),
            "pieces": sum(line.quantity for line in build.lines),
        }
        for build in plan.builds
    ]
    obstacles = list(seen.unready.items())
    obstacles += [(each.job_id, " ".join(say(str(reason)) for reason in each.reasons)) for each in plan.unassigned]
    names = _part_names([uid for uid, _why in obstacles] + [each.job_id for each in plan.waiting])
    context = {
        "builds": builds,
        "plan": plan,
        "waiting": [(each, names[each.job_id], [say(str(reason)) for reason in each.reasons]) for each in plan.waiting],
        "obstacles": [(uid, names[uid], why) for uid, why in obstacles],
        "late": sum(1 for given in plan.assignments if given.late_hours),
        "cost": plan.cost.total,
        "currency": network_currency(),
        "hold_back": hold_back,
    }
    return render(request, "production/wave_preview.html", context)


@page()
def what_if(request: HttpRequest) -> HttpResponse:
    """The next wave with a rush order, a machine down or a workshop opened, beside the one as things are."""
    request.actor.require_operator()
    form = WhatIfForm(request.GET) if request.GET else WhatIfForm()
    context: dict[str, Any] = {"form": form, "currency": network_currency()}
    if request.GET and form.is_valid():
        try:
            found = services.imagine(actor=request.actor, hold_back=form.cleaned_data["hold_back"], **form.changes())
        except DomainError as error:
            form.refuse(error)
        else:
            context |= _imagined(found)
    return render(request, "production/what_if.html", context, status=422 if form.errors else 200)


def _imagined(found: what_ifs.Imagined) -> dict[str, Any]:
    names = {maker.id: maker.name for maker in found.makers}
    sides = (found.before, found.after)
    rows = [
        (_("Builds"), *(len(plan.builds) for plan in sides)),
        (_("Jobs given out"), *(len({each.job_id for each in plan.assignments}) for plan in sides)),
        (_("Jobs late"), *(len({each.job_id for each in plan.assignments if each.late_hours}) for plan in sides)),
        (_("Jobs that wait"), *(len(plan.waiting) for plan in sides)),
        (_("Nobody can make"), *(len(plan.unassigned) for plan in sides)),
    ]
    moved = [
        (job, *(", ".join(names.get(each, each) for each in side.split(", ") if each) for side in (old, new)))
        for job, old, new in found.difference.moved
    ]
    part_names = _part_names(row[0] for row in moved)
    about = [each for each in found.after.assignments if each.job_id == what_ifs.IMAGINED]
    nobody = [each for each in found.after.unassigned if each.job_id == what_ifs.IMAGINED]
    held = [each for each in found.after.waiting if each.job_id == what_ifs.IMAGINED]
    return {
        "rows": rows,
        "costs": [plan.cost.total for plan in sides],
        "cost": found.difference.cost,
        "saved": -found.difference.cost,
        "moved": [(row[0], part_names[row[0]], *row[1:]) for row in moved if row[0] != what_ifs.IMAGINED],
        "rush": [
            {
                "maker": names[each.maker_id],
                "pieces": each.quantity,
                "arrives": each.arrives,
                "late": each.late_hours > 0,
                "reasons": [say(str(reason)) for reason in each.reasons],
            }
            for each in about
        ],
        "rush_reasons": [say(str(reason)) for each in (*held, *nobody) for reason in each.reasons],
        "opened": sum(1 for each in found.after.builds if each.maker_id == what_ifs.IMAGINED),
        "done": True,
    }


@page(methods=("POST",))
def run(request: HttpRequest) -> HttpResponse:
    wave = services.run_wave(actor=request.actor, hold_back=request.POST.get("hold_back") == "yes")
    told = {"builds": len(wave.result["builds"]), "waiting": len(wave.result["waiting"])}
    messages.success(request, _("The wave is done: %(builds)s builds offered, %(waiting)s jobs wait.") % told)
    return redirect("wave", wave.uid)


@page()
def wave(request: HttpRequest, uid: str) -> HttpResponse:
    found = selectors.wave(request.actor, uid)
    told = {about: found.result.get(about, []) for about in ("assigned", "waiting", "unassigned")}
    names = _part_names(each["job"] for rows in told.values() for each in rows)
    rows = [_decision(each) | {"name": names[each["job"]]} for each in told["assigned"]]
    context = {
        "wave": found,
        "rows": rows,
        "waiting": [each | {"why": say(each["why"]), "name": names[each["job"]]} for each in told["waiting"]],
        "unassigned": [each | {"why": say(each["why"]), "name": names[each["job"]]} for each in told["unassigned"]],
        "currency": network_currency(),
        "total": sum(row["total"] for row in rows),
        "gantt": _gantt(found),
    }
    return render(request, "production/wave.html", context)


def _part_names(uids: Iterable[str]) -> dict[str, str]:
    """What each of these jobs makes; its number where the job is gone."""
    wanted = set(uids)
    named = Job.objects.across_tenants().filter(uid__in=wanted).values_list("uid", "line__part_name")
    return {uid: uid for uid in wanted} | dict(named)


def _decision(each: dict[str, Any]) -> dict[str, Any]:
    marginal = each.get("marginal") or each["cost"]
    return each | {
        "total": sum(each["cost"].values()),
        "reasons": [say(reason) for reason in each["reasons"]],
        "parts": [(name, value) for name, value in marginal.items() if value],
        "alternatives": [
            other | {"why_not": say(other["why_not"]), "parts": list(other.get("parts", {}).items())}
            for other in each["alternatives"]
        ],
    }


def _gantt(wave: Wave) -> dict[str, Any]:
    """Builds of the wave by machine, for the chart."""
    builds = Build.objects.across_tenants().filter(wave=wave).select_related("maker__organisation", "machine")
    rows = [
        {
            "machine": f"{build.maker.organisation.name} · {build.machine.name or build.machine.model}",
            "build": build.uid,
            "start": build.starts_at.isoformat(),
            "end": build.ends_at.isoformat(),
            "fill": round(100 * build.fill),
        }
        for build in builds.order_by("maker__organisation__name", "machine_id", "starts_at")
    ]
    return {"machines": list(dict.fromkeys(row["machine"] for row in rows)), "builds": rows, "fill": _("full")}


urlpatterns = [
    path("desk/control", control_room, name="control-room"),
    path("desk/control/preview", preview, name="wave-preview"),
    path("desk/control/what-if", what_if, name="wave-what-if"),
    path("desk/control/wave", run, name="wave-run"),
    path("desk/waves/<str:uid>", wave, name="wave"),
]
