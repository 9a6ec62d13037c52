"""Background work of the parties: the e-mail that carries an invitation."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _

from penstock.hub.core import network
from penstock.hub.core.journal import on
from penstock.hub.core.models import Event

from . import events, services
from .models import Invitation


@on(events.MEMBER_INVITED)
def send_invitation(event: Event) -> None:
    """Write to the invited person, unless the invitation was withdrawn or used meanwhile."""
    invitation = (
        Invitation.objects.across_tenants()
        .select_related("organisation", "invited_by__user")
        .filter(uid=event.subject_uid, state="open")
        .first()
    )
    if invitation is None:
        return
    ours = network.current()
    words = {
        "network": ours.name,
        "organisation": invitation.organisation.name,
        "by": event.actor_name,
        "link": urljoin(settings.PUBLIC_URL, reverse("invitation", args=[services.invitation_token(invitation)])),
        "until": invitation.expires_at.date().isoformat(),
    }
    send_mail(
        subject=_("%(organisation)s invites you to %(network)s") % words,
        message=_(
            "%(by)s invites you to act for %(organisation)s on %(network)s.\n\n"
            "Open this link to join; it works for this e-mail address until %(until)s:\n%(link)s\n"
        )
        % words,
        from_email=ours.sender,
        recipient_list=[invitation.email],
    )
