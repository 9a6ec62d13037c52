"""Parcels for those who send, receive or carry them: what leaves today, what is on its way, one parcel."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import paper
from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.selectors import story
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.labels import STATES
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import Section, first, section

from . import papers, selectors, services
from .models import Shipment
from .states import SHIPMENT

MAKER = {OrganisationKind.MAKER}
ROWS = "logistics/parcel_rows.html"


@section(kinds=MAKER, place=60)
def parcels_to_hand_over(actor: Actor) -> Section | None:
    found = selectors.shipments(actor, "planned").filter(from_maker__organisation_id=actor.organisation_id)
    today = timezone.localdate()
    waiting = first(found.order_by("order__promised_on", "pk"), Q(order__promised_on__lt=today))
    return Section(
        "parcels",
        _("Parcels to hand over"),
        ROWS,
        waiting.rows,
        waiting.late,
        f"{reverse('parcels')}?state=planned",
        more={"may_work": WORK in actor.rights},
        is_cut=waiting.is_cut,
    )


@section(kinds=MAKER, place=70)
def parcels_coming(actor: Actor) -> Section | None:
    under_way = ("handed_over", "in_transit")
    found = selectors.shipments(actor).filter(to_maker__organisation_id=actor.organisation_id, state__in=under_way)
    today = timezone.localdate()
    coming = first(found.order_by("expected_on", "pk"), Q(expected_on__lt=today))
    for parcel in coming.rows:
        parcel.is_coming = True
    return Section(
        "coming",
        _("Parcels coming to you"),
        ROWS,
        coming.rows,
        coming.late,
        reverse("parcels"),
        counts=bool(coming.late),
        more={"may_work": WORK in actor.rights},
        is_cut=coming.is_cut,
    )


@page()
def parcels(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    found = selectors.shipments(request.actor, state if state in STATES["shipment"] else None, search=query)
    context = {
        "page": list_page(request, found),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES["shipment"].items()],
    }
    return render(request, "logistics/parcels.html", context)


@page()
def parcel(request: HttpRequest, uid: str) -> HttpResponse:
    found = selectors.shipment(request.actor, uid)
    may_work = WORK in request.actor.rights
    context = {
        "parcel": found,
        "items": found.items.all(),
        "story": story(request.actor, subject=uid),
        "has_note": papers.has_note(found),
        "may_hand_over": may_work and found.state == "planned" and _is(request.actor, found.from_maker.organisation_id),
        "may_confirm": may_work and SHIPMENT.allows(found.state, "deliver") and _receives(request.actor, found),
    }
    return render(request, "logistics/parcel.html", context)


@page()
def delivery_note(request: HttpRequest, uid: str) -> HttpResponse:
    """The note to lay into the parcel, or to file when it has come."""
    found = selectors.shipment(request.actor, uid)
    return paper.answer(papers.note_pdf(found), found.uid)


def _is(actor: Actor, organisation_id: int | None) -> bool:
    return actor.is_operator or actor.organisation_id == organisation_id


def _receives(actor: Actor, found: Shipment) -> bool:
    """Whoever carries or receives a parcel confirms that it arrived."""
    sides = {found.carrier_id, found.receiver_id, found.to_maker.organisation_id if found.to_maker else None}
    return actor.is_operator or actor.organisation_id in sides


@page(methods=("POST",))
def hand_over(request: HttpRequest, uid: str) -> HttpResponse:
    tracking_number = request.POST.get("tracking_number", "")
    services.hand_over(actor=request.actor, shipment_uid=uid, tracking_number=tracking_number)
    done(request, _("Handed over. Everybody who waits for it can follow it."))
    return redirect("parcel", uid)


@page(methods=("POST",))
def arrived(request: HttpRequest, uid: str) -> HttpResponse:
    services.deliver(actor=request.actor, shipment_uid=uid)
    done(request, _("The parcel has arrived."))
    return redirect("parcel", uid)


urlpatterns = [
    path("parcels/", parcels, name="parcels"),
    path("parcels/<str:uid>", parcel, name="parcel"),
    path("parcels/<str:uid>/note", delivery_note, name="parcel-note"),
    path("parcels/<str:uid>/hand-over", hand_over, name="parcel-hand-over"),
    path("parcels/<str:uid>/arrived", arrived, name="parcel-arrived"),
]
