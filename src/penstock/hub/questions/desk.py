"""The operator's desk for technical questions: what was asked about what, by whom, and the answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import READ
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.desk import Desk
from penstock.hub.web.doors import page
from penstock.hub.web.forms import MessageForm
from penstock.hub.web.notices import done
from penstock.hub.web.today import section

from . import selectors, services

SHOWN_BEFORE = 5

DESK = Desk(
    name="question",
    states="question",
    answerable=frozenset({"open", "answered"}),
    folder="questions",
    waits=gettext_lazy("Technical questions to answer"),
    rows=selectors.questions,
    named=selectors.questions_named,
    waiting=selectors.waiting_questions,
    take_on=lambda actor, uid: services.take_on(actor=actor, question_uid=uid),
    taken=gettext_lazy("You look after this question."),
)
section(kinds={OrganisationKind.OPERATOR}, place=15)(DESK.today)


@page()
def at_desk(request: HttpRequest, uid: str) -> HttpResponse:
    return _show(request, uid)


@page(methods=("POST",))
def answer(request: HttpRequest, uid: str) -> HttpResponse:
    form = MessageForm(request.POST)
    do = partial(services.say, question_uid=uid)
    return DESK.act(request, uid, form, do, _("Answered. They have been told.")) or _show(
        request, uid, message_form=form
    )


@page(methods=("POST",))
def close(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator()
    services.close(actor=request.actor, question_uid=uid)
    done(request, _("The question is closed. It opens again when they ask again."))
    return redirect(DESK.one, uid)


def _show(request: HttpRequest, uid: str, **refused: Any) -> HttpResponse:
    """Everything known about the thing and the one who asks on one screen."""
    request.actor.require_operator(READ)
    asked = selectors.question(request.actor, uid)
    before = selectors.questions(request.actor).filter(organisation=asked.organisation).exclude(pk=asked.pk)
    context = {
        "revision": asked.revision,
        "line": asked.line or (asked.job and asked.job.line),
        "before": before[:SHOWN_BEFORE],
        "message_form": MessageForm(),
    }
    return DESK.show_one(request, asked, context, refused)


urlpatterns = DESK.paths("questions", one=at_desk, answer=answer, close=close)
