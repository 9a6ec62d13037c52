"""A workshop's builds and jobs: lists, one job with its steps, and the finishing done here."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.selectors import story
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.labels import STATES
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import Section, first, section

from . import selectors, services, workshop
from .models import Job
from .states import OperationKind

MAKER = {OrganisationKind.MAKER}


# --- today --------------------------------------------------------------------------------------------


@section(kinds=MAKER, place=20)
def builds_to_start(actor: Actor) -> Section | None:
    now = timezone.now()
    waiting = first(workshop.listed_builds(actor, state="accepted").order_by("starts_at"), Q(starts_at__lt=now))
    return Section(
        "start",
        _("Builds to start"),
        "production/build_rows.html",
        waiting.rows,
        waiting.late,
        f"{reverse('builds')}?state=accepted",
        is_cut=waiting.is_cut,
    )


@section(kinds=MAKER, place=30)
def builds_running(actor: Actor) -> Section | None:
    now = timezone.now()
    running = first(workshop.listed_builds(actor, state="running").order_by("ends_at"), Q(ends_at__lt=now))
    return Section(
        "running",
        _("Builds running"),
        "production/build_rows.html",
        running.rows,
        running.late,
        f"{reverse('builds')}?state=running",
        counts=running.late > 0,
        is_cut=running.is_cut,
    )


@section(kinds=MAKER, place=40)
def pieces_to_finish(actor: Actor) -> Section | None:
    now = timezone.now()
    waiting = first(workshop.steps_to_finish(actor), Q(job__due_at__lt=now))
    return Section(
        "finish",
        _("Pieces to finish"),
        "production/finish_rows.html",
        waiting.rows,
        waiting.late,
        f"{reverse('jobs')}?state=made",
        more={"may_work": WORK in actor.rights, "now": now},
        is_cut=waiting.is_cut,
    )


# --- lists --------------------------------------------------------------------------------------------


def _listed(request: HttpRequest, kind: str, read, template: str) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    chosen = state if state in STATES[kind] else None
    context = {
        "page": list_page(request, read(request.actor, state=chosen, search=query)),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES[kind].items()],
        "now": timezone.now(),
    }
    return render(request, template, context)


@page()
def builds(request: HttpRequest) -> HttpResponse:
    return _listed(request, "build", workshop.listed_builds, "production/builds.html")


@page()
def jobs(request: HttpRequest) -> HttpResponse:
    return _listed(request, "job", workshop.own_jobs, "production/jobs.html")


# --- one job ------------------------------------------------------------------------------------------


@page()
def job(request: HttpRequest, uid: str) -> HttpResponse:
    found = selectors.job(request.actor, uid)
    is_here = found.holder_id is not None and found.holder.organisation_id == request.actor.organisation_id
    finish = next((step for step in found.own_operations if _is_open_finish(step)), None)
    may_work = WORK in request.actor.rights and (is_here or request.actor.is_operator)
    waits = found.state == "made" and may_work
    context = {
        "job": found,
        "steps": found.own_operations,
        "story": story(request.actor, subject=uid),
        "finish": finish if waits else None,
        "may_inspect": waits and finish is None and not _finished_elsewhere(found),
        "is_open": found.state in OPEN_FILES,
        "now": timezone.now(),
    }
    return render(request, "production/job.html", context)


# As long as one of these, the model may be fetched by who makes or finishes it.
OPEN_FILES = ("offered", "accepted", "making", "made", "ready", "shipped")


def _is_open_finish(step) -> bool:
    return step.kind == OperationKind.FINISH and step.state not in ("done", "cancelled")


def _finished_elsewhere(found: Job) -> bool:
    """The surface is another workshop's work, and not done yet."""
    open_steps = found.operations.filter(kind=OperationKind.FINISH).exclude(state__in=("done", "cancelled"))
    return open_steps.exists()


@page(methods=("POST",))
def finish_step(request: HttpRequest, uid: str) -> HttpResponse:
    """The surface is done; the pieces are inspected next."""
    step = services.finish_operation(actor=request.actor, operation_uid=uid)
    done(request, _("Reported as finished. Inspect the pieces next."))
    return redirect("job", step.job.uid)


urlpatterns = [
    path("builds/", builds, name="builds"),
    path("jobs/", jobs, name="jobs"),
    path("jobs/<str:uid>", job, name="job"),
    path("operations/<str:uid>/finish", finish_step, name="operation-finish"),
]
