"""The operator's desk for complaints: what is wrong, who made it on what, and the remedy."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import READ
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.desk import Desk
from penstock.hub.web.doors import page
from penstock.hub.web.today import section

from . import selectors, services
from .forms import DecisionForm, RejectionForm

DESK = Desk(
    name="complaint",
    states="complaint",
    answerable=frozenset({"open"}),
    folder="quality",
    waits=gettext_lazy("Complaints to answer"),
    rows=selectors.complaints,
    named=selectors.complaints_named,
    waiting=selectors.waiting_complaints,
    take_on=lambda actor, uid: services.take_on(actor=actor, complaint_uid=uid),
    taken=gettext_lazy("You look after this complaint."),
)
section(kinds={OrganisationKind.OPERATOR}, place=20)(DESK.today)


@page()
def at_desk(request: HttpRequest, uid: str) -> HttpResponse:
    return _show(request, uid)


@page(methods=("POST",))
def decide(request: HttpRequest, uid: str) -> HttpResponse:
    request.actor.require_operator()
    form = DecisionForm(request.POST, chain=selectors.chain(selectors.complaint(request.actor, uid).line))
    do = partial(services.decide, complaint_uid=uid)
    said = _("Decided. The buyer has been told.")
    return DESK.act(request, uid, form, do, said) or _show(request, uid, decision_form=form)


@page(methods=("POST",))
def reject(request: HttpRequest, uid: str) -> HttpResponse:
    form = RejectionForm(request.POST, auto_id="reject_%s")
    do = partial(services.reject, complaint_uid=uid)
    said = _("Rejected. The buyer has been told why.")
    return DESK.act(request, uid, form, do, said) or _show(request, uid, rejection_form=form)


def _show(request: HttpRequest, uid: str, **refused: Any) -> HttpResponse:
    """The whole chain behind the pieces on one screen."""
    request.actor.require_operator(READ)
    complaint = selectors.complaint(request.actor, uid)
    order = complaint.line.order
    chain = selectors.chain(complaint.line)
    context = {
        "line": complaint.line,
        "order": order,
        "chain": chain,
        "others": selectors.complaints(request.actor).filter(line__order=order).exclude(pk=complaint.pk),
        "decision_form": DecisionForm(chain=chain),
        "rejection_form": RejectionForm(auto_id="reject_%s"),
    }
    return DESK.show_one(request, complaint, context, refused)


urlpatterns = DESK.paths("complaints", one=at_desk, decide=decide, reject=reject)
