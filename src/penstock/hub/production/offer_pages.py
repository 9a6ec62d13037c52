"""A workshop's offers: on *Today*, as a list, answered where they are read.

Two people may answer the same offer. Who comes second is shown what became of it in place of the card, not an error.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import is_htmx, page
from penstock.hub.web.labels import STATES, state_label
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import Section, first, section

from . import selectors, services, workshop
from .models import Offer

# What a workshop usually says; anything else is typed.
REASONS = (
    gettext_lazy("No capacity at that time"),
    gettext_lazy("The machine is down"),
    gettext_lazy("The material is not here"),
    gettext_lazy("The payout is too low"),
    gettext_lazy("The parts do not suit our machine"),
)


@section(kinds={OrganisationKind.MAKER}, place=10)
def offers_to_answer(actor: Actor) -> Section | None:
    waiting = first(workshop.own_offers(actor, state="open").order_by("deadline"), Q(deadline__lt=timezone.now()))
    more = {"may_work": WORK in actor.rights, "reasons": REASONS}
    return Section(
        "offers",
        _("Offers to answer"),
        "production/offer_cards.html",
        workshop.cards(waiting.rows),
        late=waiting.late,
        is_cut=waiting.is_cut,
        url=reverse("offers"),
        more=more,
    )


@page()
def offers(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    chosen = state if state in STATES["offer"] else None
    found = list_page(request, workshop.own_offers(request.actor, state=chosen, search=query))
    context = {
        "page": found,
        "rows": workshop.cards(found),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES["offer"].items()],
    }
    return render(request, "production/offers.html", context)


@page()
def offer(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "production/offer.html", _context(request, uid))


def _context(request: HttpRequest, uid: str) -> dict[str, object]:
    found = selectors.offer(request.actor, uid)
    return {
        "row": workshop.card(found, request.actor),
        "more": {"may_work": WORK in request.actor.rights, "reasons": REASONS},
        "may_give_back": _may_give_back(found),
    }


def _may_give_back(found: Offer) -> bool:
    """Until the build begins, or the pieces to finish have arrived."""
    if found.state != "accepted":
        return False
    if found.build is not None:
        return found.build.state == "accepted"
    step = found.operation
    return step.state == "todo" and (step.job.holder_id != found.maker_id or step.job.maker_id == found.maker_id)


def _answer(request: HttpRequest, uid: str, verb: Callable[[], Offer], text: str) -> HttpResponse:
    """Do it, and show the offer as it now is; also when somebody else was faster."""
    try:
        verb()
    except Conflict as refused:
        if not is_htmx(request):
            raise
        context = _context(request, uid)
        context["told"] = _what_happened(context["row"]) or str(refused.message)
        return render(request, "production/offer_card.html", context)
    if not is_htmx(request):
        done(request, text)
        return redirect("offer", uid)
    return render(request, "production/offer_card.html", _context(request, uid) | {"notice": text})


def _what_happened(row: workshop.OfferCard) -> str:
    """Why an answer came too late, in words that blame nobody; nothing when no answer is known."""
    if row.answer is None:
        return ""
    words = {
        "who": row.answer.by,
        "state": state_label("offer", row.offer.state)[0],
        "when": naturaltime(row.answer.at),
    }
    if row.answer.is_own:
        return _("You have answered this already: %(state)s, %(when)s.") % words
    if row.answer.by:
        return _("%(who)s was faster: %(state)s, %(when)s.") % words
    return ""


@page(methods=("POST",))
def accept(request: HttpRequest, uid: str) -> HttpResponse:
    def take() -> Offer:
        return services.accept_offer(actor=request.actor, offer_uid=uid)

    return _answer(request, uid, take, _("Taken on."))


@page(methods=("POST",))
def decline(request: HttpRequest, uid: str) -> HttpResponse:
    reason = _reason(request)
    return _answer(
        request,
        uid,
        lambda: services.decline_offer(actor=request.actor, offer_uid=uid, reason=reason),
        _("Declined. Another workshop is asked."),
    )


@page(methods=("POST",))
def give_back(request: HttpRequest, uid: str) -> HttpResponse:
    reason = _reason(request)
    return _answer(
        request,
        uid,
        lambda: services.give_back(actor=request.actor, offer_uid=uid, reason=reason),
        _("Given back. Another workshop is asked."),
    )


def _reason(request: HttpRequest) -> str:
    """The words typed, else the reason chosen."""
    return request.POST.get("words", "").strip() or request.POST.get("reason", "").strip()


urlpatterns = [
    path("offers/", offers, name="offers"),
    path("offers/<str:uid>", offer, name="offer"),
    path("offers/<str:uid>/accept", accept, name="offer-accept"),
    path("offers/<str:uid>/decline", decline, name="offer-decline"),
    path("offers/<str:uid>/give-back", give_back, name="offer-give-back"),
]
