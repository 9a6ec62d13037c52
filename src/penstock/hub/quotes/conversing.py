"""The talk about a request for quotation: questions and answers between the buyer and the operator, and who owns it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Invalid

from . import events
from .models import RequestForQuotation, RequestMessage
from .requesting import locked, tell

MAX_MESSAGES = 200
# A request that came to nothing is over; one that was ordered may still raise a question.
SILENT = {"declined", "withdrawn"}


@transaction.atomic
def write_message(*, actor: Actor, rfq_uid: str, text: str) -> RequestMessage:
    """Ask or answer about a request. Raises Invalid for an empty message, Conflict "request_over" when it is declined
    or withdrawn, "too_many_messages" past two hundred."""
    actor.require(WORK)
    asked = locked(actor, rfq_uid)
    text = text.strip()
    if not text:
        raise Invalid("no_text", _("Write something first."), field="text")
    if asked.state in SILENT:
        raise Conflict("request_over", _("This request is over. Ask for a new quotation."))
    if asked.messages.count() >= MAX_MESSAGES:
        raise Conflict("too_many_messages", _("This conversation is full. Ask for a new quotation."))
    said = RequestMessage.objects.create(
        request=asked, author_id=actor.member_id, by_operator=actor.is_operator, text=text[:4000]
    )
    tell(events.REQUEST_MESSAGE, actor, asked, text=said.text[:300], by_operator=said.by_operator)
    return said


@transaction.atomic
def take_on_request(*, actor: Actor, rfq_uid: str) -> RequestForQuotation:
    """A member of the operator looks after the request from now on."""
    actor.require_operator()
    asked = locked(actor, rfq_uid)
    asked.owner_id = actor.member_id
    asked.save(update_fields=["owner"])
    tell(events.REQUEST_TAKEN_ON, actor, asked, owner=actor.name)
    return asked
