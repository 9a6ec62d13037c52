"""A build on one page: the chamber in 3D, the checklist with one button a step, files, sheet, travellers and labels.

Two people may report the same step. Who comes second is shown how things stand and who was first, not an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.hub.core.actors import WORK
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.web.doors import is_htmx, page
from penstock.hub.web.notices import done

from . import build_file, build_paper, build_scene, checklist, selectors, services
from .models import Build

# As long as one of these, the models may be fetched by who makes them.
HAS_FILES = ("offered", "accepted", "running", "finished")


@page()
def build(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "production/build.html", _context(request, uid))


def _context(request: HttpRequest, uid: str) -> dict[str, Any]:
    found = selectors.build(request.actor, uid)
    jobs = list(found.jobs.all())
    is_own = found.maker.organisation_id == request.actor.organisation_id or request.actor.is_operator
    if not is_own:
        # A finisher of pieces that were made here reads of its own steps, not of the machine.
        raise NotFound("not_found", _("There is nothing here under this number, or it is not yours to see."))
    model = knowledge.default().machines.get(found.machine.model)
    floor = model.chamber_mm[0] * model.chamber_mm[1] if model else 0.0
    for job in jobs:
        job.finish_step = checklist.open_finish(job) if job.state == "made" else None
        is_here = job.holder_id == found.maker_id
        job.may_inspect = job.state == "made" and is_here and not checklist.finished_elsewhere(job)
    return {
        "build": found,
        "jobs": jobs,
        "steps": checklist.steps(found, jobs, request.actor),
        "may_work": WORK in request.actor.rights and found.state in ("accepted", "running", "finished"),
        "offer": selectors.live_offer(found) if found.state == "offered" else None,
        "model": model,
        "has_files": bool(found.layout) and found.state in HAS_FILES,
        "share_of_height": found.height_mm / model.chamber_mm[2] if model else None,
        "volume_share": _volume(jobs) / (floor * found.height_mm) if floor and found.height_mm else None,
    }


def _volume(jobs: list[Any]) -> float:
    volumes = build_scene.volumes(jobs)
    return sum((volumes.get(job.line.revision_id) or 0.0) * job.quantity for job in jobs)


@page()
def scene(request: HttpRequest, uid: str) -> HttpResponse:
    found = _own(request, uid)
    answer = JsonResponse(build_scene.scene(found, list(found.jobs.all())))
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _own(request: HttpRequest, uid: str) -> Build:
    return _context(request, uid)["build"]


@page()
def file(request: HttpRequest, uid: str) -> HttpResponse:
    """The build as 3MF, every model in its place."""
    found = _own(request, uid)
    return _attachment(build_file.write(found, request.actor), f"{found.uid}.3mf", "model/3mf")


@page()
def sheet(request: HttpRequest, uid: str) -> HttpResponse:
    """Views, counts and part numbers of the build, for the wall beside the machine."""
    found = _own(request, uid)
    link = request.build_absolute_uri(reverse("build", args=[found.uid]))
    return _attachment(build_paper.sheet(found, list(found.jobs.all()), link), f"{found.uid}.pdf", "application/pdf")


@page()
def labels(request: HttpRequest, uid: str) -> HttpResponse:
    """A traveller for each job, to go with the pieces: its code opens the job's next step on a phone."""
    found = _own(request, uid)

    def link(job_uid: str) -> str:
        return request.build_absolute_uri(reverse("job", args=[job_uid]))

    paper = build_paper.travellers(found, list(found.jobs.all()), link)
    return _attachment(paper, f"{found.uid}-travellers.pdf", "application/pdf")


def _attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


# --- reporting --------------------------------------------------------------------------------------------


def _report(request: HttpRequest, uid: str, verb: Callable[[], Any], text: str) -> HttpResponse:
    """Do it and show the build as it now is; also when a colleague was faster."""
    kindly = ""
    try:
        verb()
    except Conflict as refused:
        if not is_htmx(request):
            raise
        kindly = str(refused.message)
    if not is_htmx(request):
        done(request, text)
        return redirect("build", uid)
    context = _context(request, uid)
    if kindly:
        first = _first(context["steps"])
        context["told"] = _("%(who)s was faster: this is how it stands now.") % {"who": first} if first else kindly
    else:
        context["notice"] = text
    return render(request, "production/build_work.html", context)


def _first(steps: list[checklist.Step]) -> str:
    """Who reported the last step that is done."""
    return next((step.by for step in reversed(steps) if step.state == "done" and step.by), "")


@page(methods=("POST",))
def start(request: HttpRequest, uid: str) -> HttpResponse:
    return _report(
        request, uid, lambda: services.start_build(actor=request.actor, build_uid=uid), _("The build has begun.")
    )


@page(methods=("POST",))
def finish(request: HttpRequest, uid: str) -> HttpResponse:
    """Unpacked and counted."""
    good = _counts(request)
    return _report(
        request,
        uid,
        lambda: services.finish_build(actor=request.actor, build_uid=uid, good=good),
        _("The build is out. Pieces that failed are made again."),
    )


@page(methods=("POST",))
def fail(request: HttpRequest, uid: str) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()[:300]
    if not reason:
        raise Invalid("reason_missing", _("Say in a few words what happened."))
    return _report(
        request,
        uid,
        lambda: services.fail_build(actor=request.actor, build_uid=uid, reason=reason),
        _("Reported. All pieces are made again."),
    )


@page(methods=("POST",))
def report(request: HttpRequest, uid: str) -> HttpResponse:
    """Tick a step off."""
    step, note = request.POST.get("step", ""), request.POST.get("note", "")
    return _report(
        request,
        uid,
        lambda: services.report_step(actor=request.actor, build_uid=uid, step=step, note=note),
        _("Reported."),
    )


@page(methods=("POST",))
def take_back(request: HttpRequest, uid: str) -> HttpResponse:
    """It was a mistake."""
    step = request.POST.get("step", "")

    def undo() -> None:
        if step == "start":
            services.take_back_start(actor=request.actor, build_uid=uid)
        else:
            services.take_back_step(actor=request.actor, build_uid=uid, step=step)

    return _report(request, uid, undo, _("Taken back."))


def _counts(request: HttpRequest) -> dict[str, int]:
    """Good pieces by job, from fields named good-<job>."""
    counts = {}
    for name, value in request.POST.items():
        if name.startswith("good-"):
            if not (value.isdecimal() and len(value) < 7):
                raise Invalid("bad_count", _("Good pieces are whole numbers."))
            counts[name.removeprefix("good-")] = int(value)
    return counts


urlpatterns = [
    path("builds/<str:uid>", build, name="build"),
    path("builds/<str:uid>/scene", scene, name="build-scene"),
    path("builds/<str:uid>/file", file, name="build-file"),
    path("builds/<str:uid>/sheet", sheet, name="build-sheet"),
    path("builds/<str:uid>/travellers", labels, name="build-travellers"),
    path("builds/<str:uid>/start", start, name="build-start"),
    path("builds/<str:uid>/finish", finish, name="build-finish"),
    path("builds/<str:uid>/fail", fail, name="build-fail"),
    path("builds/<str:uid>/report", report, name="build-report"),
    path("builds/<str:uid>/take-back", take_back, name="build-take-back"),
]
