"""The end of a visit: what somebody left here before signing up becomes their organisation's, or is swept.

It is done here because this is the first room that knows all that a visit can hold: parts, quotes, a basket.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from penstock.hub.core.actors import Actor
from penstock.hub.core.journal import record
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as party_services
from penstock.hub.parties.auth import VISIT_SESSION_KEY
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.parts import services as parts
from penstock.hub.quotes import services as quotes

from . import events
from .models import BasketLine


class ClaimVisit:
    """However somebody logged in, was invited or signed up: the next page finds what they left here before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = request.member
        if member is not None and OrganisationKind.BUYER in member.organisation.kinds:
            visit = request.session.pop(VISIT_SESSION_KEY, None)
            if visit:
                claim_visit(actor=request.actor, visit_uid=visit)
        return self.get_response(request)


@transaction.atomic
def claim_visit(*, actor: Actor, visit_uid: str) -> int:
    """Everything a visit holds becomes the actor's organisation's; returns how many parts. Of two at once the second
    finds nothing left."""
    visit = party_services.hold_visit(uid=visit_uid)
    if visit is None or actor.organisation_id is None:
        return 0
    count = parts.hand_over(visit=visit, organisation_id=actor.organisation_id)
    quotes.hand_over(visit=visit, organisation_id=actor.organisation_id)
    BasketLine.objects.across_tenants().filter(organisation=visit).update(organisation_id=actor.organisation_id)
    party_services.end_visit(visit)
    record(events.VISIT_CLAIMED, actor=actor, subject=visit.uid, organisations=[actor.organisation_id], parts=count)
    return count


def sweep_visits() -> int:
    """End the visits nobody came back to, with everything they hold; returns how many."""
    return sum(_sweep(pk) for pk in parties.visits_over().values_list("pk", flat=True))


def _sweep(pk: int) -> bool:
    with transaction.atomic():
        visit = party_services.hold_visit(pk=pk)
        if visit is None:  # claimed a moment ago
            return False
        BasketLine.objects.across_tenants().filter(organisation=visit).delete()
        quotes.forget_quotes_of(visit=visit)
        blobs = parts.forget_parts_of(visit=visit)
        party_services.end_visit(visit)
    parts.forget_blobs(blobs)
    return True
