"""The verbs of the inbox: read up to here, choose what comes by e-mail, gather what is to be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Forbidden
from penstock.hub.core.locks import exclusive
from penstock.hub.core.models import Delivery, Event
from penstock.hub.parties.models import Member
from penstock.hub.parties.states import OrganisationKind, Role

from . import selectors, topics
from .models import Desk, EmailChoice

# The note that an event has been looked at for e-mails, among the journal's deliveries.
GATHERED = "inbox.gathered"
# What a stopped worker left behind for longer is no news any more.
STALE = timedelta(days=2)


def _own(actor: Actor) -> Member:
    member = Member.objects.across_tenants().select_related("organisation").filter(pk=actor.member_id).first()
    if member is None:
        raise Forbidden("not_a_person", _("Only a person has an inbox."))
    return member


@transaction.atomic
def mark_read(*, actor: Actor, until: int) -> None:
    """Everything up to this event was seen; an older page that is marked later takes nothing back."""
    member = _own(actor)
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    desk, _created = Desk.objects.across_tenants().get_or_create(member=member)
    Desk.objects.across_tenants().filter(pk=desk.pk, read_until__lt=until).update(read_until=min(until, newest))


@transaction.atomic
def choose_emails(*, actor: Actor, emails: bool, kinds: Iterable[str]) -> None:
    """E-mails about these kinds and no others; none at all without `emails`."""
    member = _own(actor)
    wanted = set(kinds)
    Desk.objects.across_tenants().update_or_create(member=member, defaults={"emails": emails})
    for topic in topics.for_kinds(member.organisation.kinds):
        name = topic.kind.name
        EmailChoice.objects.across_tenants().update_or_create(
            member=member, kind=name, defaults={"wanted": name in wanted}
        )


@transaction.atomic
def gather() -> dict[int, list[int]]:
    """Take the events that have become messages since the last time, each once: member → keys of the events to write
    about. The caller hands them on in the same transaction."""
    if not exclusive("inbox", wait=False):
        return {}
    fresh = (
        Event.objects.filter(kind__in=list(topics.BY_KIND), at__gt=timezone.now() - STALE)
        .exclude(deliveries__handler=GATHERED)
        .order_by("pk")
    )
    found = list(fresh)
    Delivery.objects.bulk_create(Delivery(event=event, handler=GATHERED) for event in found)
    letters: dict[int, list[int]] = defaultdict(list)
    for event in found:
        for member in _readers(event):
            letters[member.pk].append(event.pk)
    return dict(letters)


def _readers(event: Event) -> list[Member]:
    """Who wants an e-mail about the event."""
    topic = topics.BY_KIND[event.kind]
    members = Member.objects.across_tenants().filter(
        is_active=True,
        user__is_active=True,
        organisation__is_active=True,
        organisation__kinds__overlap=list(topic.audience),
    )
    if OrganisationKind.OPERATOR not in topic.audience:  # the operator reads everything
        members = members.filter(organisation_id__in=event.organisation_ids)
    if event.actor_organisation_id is not None:
        members = members.exclude(organisation_id=event.actor_organisation_id)
    return [member for member in members.select_related("organisation") if _wants(member, topic)]


def _wants(member: Member, topic: topics.Topic) -> bool:
    if not selectors.wants_emails(member):
        return False
    chosen = EmailChoice.objects.across_tenants().filter(member=member, kind=topic.kind.name).first()
    if chosen is not None:
        return chosen.wanted
    return topic.by_email and member.role != Role.VIEWER
