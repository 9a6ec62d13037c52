"""The operator's desk for quotations: who waits how long for an answer, and everything needed to give one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import READ
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.parts import selectors as parts
from penstock.hub.web.desk import Desk
from penstock.hub.web.doors import page
from penstock.hub.web.forms import MessageForm
from penstock.hub.web.today import section

from . import selectors, services
from .forms import AnswerForm, DeclineForm

SHOWN_QUOTES = 5

DESK = Desk(
    name="request",
    states="request",
    answerable=frozenset({"open", "answered"}),
    folder="quotes",
    waits=gettext_lazy("Quotations to answer"),
    rows=selectors.requests,
    named=selectors.requests_named,
    waiting=selectors.waiting_requests,
    take_on=lambda actor, uid: services.take_on_request(actor=actor, rfq_uid=uid),
    taken=gettext_lazy("You look after this request."),
)
section(kinds={OrganisationKind.OPERATOR}, place=10)(DESK.today)


@page()
def at_desk(request: HttpRequest, uid: str) -> HttpResponse:
    return _show(request, uid)


@page(methods=("POST",))
def answer(request: HttpRequest, uid: str) -> HttpResponse:
    form = AnswerForm(request.POST)
    said = _("The quotation has been given. The buyer can order from it.")
    do = partial(services.answer_request, rfq_uid=uid)
    return DESK.act(request, uid, form, do, said) or _show(request, uid, answer_form=form)


@page(methods=("POST",))
def decline(request: HttpRequest, uid: str) -> HttpResponse:
    form = DeclineForm(request.POST, auto_id="decline_%s")
    said = _("Declined. The buyer has been told why.")
    do = partial(services.decline_request, rfq_uid=uid)
    return DESK.act(request, uid, form, do, said) or _show(request, uid, decline_form=form)


def _show(request: HttpRequest, uid: str, **refused: Any) -> HttpResponse:
    """Everything known about the part and the customer on one screen."""
    request.actor.require_operator(READ)
    asked = selectors.request(request.actor, uid)
    others = selectors.quotes(request.actor, part_uid=asked.revision.part.uid).filter(request=None)
    before = selectors.requests(request.actor).filter(organisation=asked.organisation).exclude(pk=asked.pk)
    wanted = {"process": asked.process, "material": asked.material}
    context = {
        "revision": asked.revision,
        "judged": [each for each in parts.judgement(asked.revision) if each["process"] == asked.process],
        "quotes": others[:SHOWN_QUOTES],
        "before": before[:SHOWN_QUOTES],
        "answer_form": AnswerForm(initial=wanted),
        "decline_form": DeclineForm(auto_id="decline_%s"),
        "message_form": MessageForm(auto_id="message_%s"),
    }
    return DESK.show_one(request, asked, context, refused)


urlpatterns = DESK.paths("requests", one=at_desk, answer=answer, decline=decline)
