"""Visits: what somebody leaves with the hub before they sign up is held for them as by an organisation without people.

A visit is known only to the browser session it began in. It ends when its things have been handed to the organisation
of whoever signed up, or have been swept; both are done by the rooms that hold them.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from penstock.hub.parties.models import Organisation
from penstock.hub.parties.states import OrganisationKind

LASTS = timedelta(days=7)


def begin_visit() -> Organisation:
    return Organisation.objects.create(
        name="", country="", kinds=[OrganisationKind.BUYER], visit_until=timezone.now() + LASTS
    )


@transaction.atomic
def hold_visit(*, uid: str = "", pk: int | None = None) -> Organisation | None:
    """The visit, locked until the transaction ends, or None when it has ended: it is claimed or swept once."""
    named = {"uid": uid} if uid else {"pk": pk}
    return Organisation.objects.select_for_update().filter(visit_until__isnull=False, **named).first()


def end_visit(visit: Organisation) -> None:
    """ProtectedError while anything is still held by it."""
    Organisation.objects.filter(pk=visit.pk, visit_until__isnull=False).first().delete()
