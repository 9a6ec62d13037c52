"""The operator's desk for complaints: what is wrong, who made it on what, and the remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, WORK, Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.labels import STATES
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import Section, section

from . import selectors, services
from .forms import DecisionForm, RejectionForm
from .models import Complaint

# A buyer whose parts are wrong hears from a person within a day.
ANSWER_WITHIN = timedelta(days=1)


@section(kinds={OrganisationKind.OPERATOR}, place=20)
def complaints_to_answer(actor: Actor) -> Section | None:
    rows = list(selectors.complaints(actor, "open").order_by("pk"))
    late = timezone.now() - ANSWER_WITHIN
    return Section(
        "complaints",
        _("Complaints to answer"),
        "quality/desk_rows.html",
        rows,
        late=sum(complaint.created_at < late for complaint in rows),
        url=reverse("desk-complaints"),
        more={"late": late, "may_work": WORK in actor.rights},
    )


@page()
def desk(request: HttpRequest) -> HttpResponse:
    request.actor.require_operator(READ)
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = selectors.complaints(request.actor, state if state in STATES["complaint"] else None)
    if query:
        found = selectors.complaints_named(found, query)
    context = {
        "page": list_page(request, found),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES["complaint"].items()],
    }
    return render(request, "quality/desk.html", context)


@page()
def at_desk(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(READ)
    return _show(request, selectors.complaint(request.actor, uid))


@page(methods=("POST",))
def take_on(request: HttpRequest, uid: str) -> HttpResponse:
    services.take_on(actor=request.actor, complaint_uid=uid)
    done(request, _("You look after this complaint."))
    return redirect("desk-complaint", uid)


@page(methods=("POST",))
def decide(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator()
    complaint = selectors.complaint(request.actor, uid)
    form = DecisionForm(request.POST, chain=selectors.chain(complaint.line))
    if form.is_valid():
        try:
            services.decide(actor=request.actor, complaint_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Decided. The buyer has been told."))
            return redirect("desk-complaint", uid)
    return _show(request, complaint, decision_form=form)


@page(methods=("POST",))
def reject(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator()
    form = RejectionForm(request.POST)
    if form.is_valid():
        try:
            services.reject(actor=request.actor, complaint_uid=uid, answer=form.cleaned_data["answer"])
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Rejected. The buyer has been told why."))
            return redirect("desk-complaint", uid)
    return _show(request, selectors.complaint(request.actor, uid), rejection_form=form)


def _show(request: HttpRequest, complaint: Complaint, **forms: Any) -> HttpResponse:
    """The whole chain behind the pieces on one screen. A refused form is shown as it was typed."""
    chain = selectors.chain(complaint.line)
    context = {
        "complaint": complaint,
        "line": complaint.line,
        "order": complaint.line.order,
        "chain": chain,
        "others": selectors.complaints(request.actor).filter(line__order=complaint.line.order).exclude(pk=complaint.pk),
        "may_work": WORK in request.actor.rights,
        "decision_form": DecisionForm(chain=chain),
        "rejection_form": RejectionForm(auto_id="reject_%s"),
        **forms,
    }
    return render(request, "quality/desk_complaint.html", context, status=422 if forms else 200)


urlpatterns = [
    path("desk/complaints/", desk, name="desk-complaints"),
    path("desk/complaints/<str:uid>", at_desk, name="desk-complaint"),
    path("desk/complaints/<str:uid>/take-on", take_on, name="desk-complaint-take-on"),
    path("desk/complaints/<str:uid>/decide", decide, name="desk-complaint-decide"),
    path("desk/complaints/<str:uid>/reject", reject, name="desk-complaint-reject"),
]
