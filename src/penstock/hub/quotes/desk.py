"""The operator's desk for quotations: who waits how long for an answer, and everything needed to give one."""

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
from .forms import AnswerForm, DeclineForm, MessageForm
from .models import RequestForQuotation

# Longer than this without a word from the network, and a request is shown as late.
ANSWER_WITHIN = timedelta(days=1)
SHOWN_QUOTES = 5


@section(kinds={OrganisationKind.OPERATOR}, place=10)
def requests_to_answer(actor: Actor) -> Section | None:
    rows = list(selectors.waiting_requests(actor))
    late = timezone.now() - ANSWER_WITHIN
    return Section(
        "requests",
        _("Quotations to answer"),
        "quotes/desk_rows.html",
        rows,
        late=sum(asked.waits_since < late for asked in rows),
        url=reverse("desk-requests"),
        more={"late": late, "may_work": WORK in actor.rights},
    )


@page()
def desk(request: HttpRequest) -> HttpResponse:
    """Every request, newest first; those that wait are on *Today* with their clock."""
    request.actor.require_operator(READ)
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = selectors.requests(request.actor, state if state in STATES["request"] else None)
    if query:
        found = selectors.requests_named(found, query)
    context = {
        "page": list_page(request, found),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES["request"].items()],
    }
    return render(request, "quotes/desk.html", context)


@page()
def at_desk(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator(READ)
    return _show(request, selectors.request(request.actor, uid))


@page(methods=("POST",))
def take_on(request: HttpRequest, uid: str) -> HttpResponse:
    services.take_on_request(actor=request.actor, rfq_uid=uid)
    done(request, _("You look after this request."))
    return redirect("desk-request", uid)


@page(methods=("POST",))
def answer(request: HttpRequest, uid: str) -> HttpResponse:
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            services.answer_request(actor=request.actor, rfq_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The quotation has been given. The buyer can order from it."))
            return redirect("desk-request", uid)
    return _show(request, selectors.request(request.actor, uid), answer_form=form)


@page(methods=("POST",))
def decline(request: HttpRequest, uid: str) -> HttpResponse:
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            services.decline_request(actor=request.actor, rfq_uid=uid, answer=form.cleaned_data["answer"])
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Declined. The buyer has been told why."))
            return redirect("desk-request", uid)
    return _show(request, selectors.request(request.actor, uid), decline_form=form)


def _show(request: HttpRequest, asked: RequestForQuotation, **forms: Any) -> HttpResponse:
    """Everything known about the part and the customer on one screen. A refused form is shown as it was typed."""
    revision = asked.revision
    others = selectors.quotes(request.actor, part_uid=revision.part.uid).filter(request=None)
    before = selectors.requests(request.actor).filter(organisation=asked.organisation).exclude(pk=asked.pk)
    wanted = {"process": asked.process, "material": asked.material}
    context = {
        "asked": asked,
        "part": revision.part,
        "revision": revision,
        "measured": revision.measurement,
        "findings": (revision.measurement or {}).get("findings", []),
        "quotes": others[:SHOWN_QUOTES],
        "before": before[:SHOWN_QUOTES],
        "is_answerable": asked.state in ("open", "answered"),
        "may_work": WORK in request.actor.rights,
        "answer_form": AnswerForm(initial=wanted, prefix=None),
        "decline_form": DeclineForm(auto_id="decline_%s"),
        "message_form": MessageForm(auto_id="message_%s"),
        **forms,
    }
    return render(request, "quotes/desk_request.html", context, status=422 if forms else 200)


urlpatterns = [
    path("desk/requests/", desk, name="desk-requests"),
    path("desk/requests/<str:uid>", at_desk, name="desk-request"),
    path("desk/requests/<str:uid>/take-on", take_on, name="desk-request-take-on"),
    path("desk/requests/<str:uid>/answer", answer, name="desk-request-answer"),
    path("desk/requests/<str:uid>/decline", decline, name="desk-request-decline"),
]
