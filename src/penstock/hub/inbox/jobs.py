"""E-mails: once a minute what is new is gathered, and each person gets one letter about it."""

from __future__ import annotations

from django.core.mail import send_mail
from django.db import transaction
from procrastinate.contrib.django import app

from penstock.hub.core import network
from penstock.hub.core.jobs import RETRY
from penstock.hub.core.models import Event
from penstock.hub.parties.models import Member

from . import letters, services


@app.periodic(cron="* * * * *")
@app.task(name="inbox.gather", queue="house", queueing_lock="inbox.gather")
def gather(timestamp: int) -> None:
    """The notes that events were gathered and the letters to send are kept together or not at all."""
    with transaction.atomic():
        for member_id, event_ids in services.gather().items():
            send.defer(member_id=member_id, event_ids=event_ids)


@app.task(name="inbox.send", queue="events", retry=RETRY)
def send(member_id: int, event_ids: list[int]) -> None:
    """A mail server that is away is tried again; what a person may not read any more is not sent."""
    member = (
        Member.objects.across_tenants()
        .select_related("user", "organisation")
        .filter(pk=member_id, is_active=True, user__is_active=True)
        .first()
    )
    events = list(Event.objects.filter(pk__in=event_ids).order_by("pk"))
    if member is None or not events:
        return
    letter = letters.write(member, events)
    ours = network.current()
    send_mail(
        subject=f"{ours.subject_prefix}{letter.subject}",
        message=letter.text,
        from_email=ours.sender,
        recipient_list=[member.user.email],
    )
