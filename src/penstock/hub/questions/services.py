"""The verbs of a question: ask, say more, take on, close."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.orders.models import OrderLine
from penstock.hub.parts.models import Part
from penstock.hub.production.models import Job

from . import events, selectors
from .models import Question, QuestionMessage
from .states import QUESTION

MAX_MESSAGES = 200
MAX_TEXT = 4000


@transaction.atomic
def ask(*, actor: Actor, about_uid: str, text: str) -> Question:
    """Ask about a part, an order line or a job of one's own. Raises Invalid for an empty question, NotFound for a
    thing that is not the actor's, Conflict "no_file" for a part without one, Forbidden for the operator, who answers.
    """
    actor.require(WORK)
    if actor.is_operator:
        raise Forbidden("operator_answers", _("The network answers questions; the other firms ask them."))
    thing = selectors.thing(actor, about_uid)
    asked = Question.objects.create(
        organisation_id=actor.organisation_id,
        text=_said(text),
        created_by_id=actor.member_id,
        waits_since=timezone.now(),
        **_about(thing),
    )
    _tell(events.QUESTION_ASKED, actor, asked, text=asked.text[:300])
    return asked


def _about(thing: selectors.Thing) -> dict[str, Any]:
    if isinstance(thing, Job):
        return {"job": thing, "revision": thing.line.revision}
    if isinstance(thing, OrderLine):
        return {"line": thing, "revision": thing.revision}
    assert isinstance(thing, Part)
    if thing.latest is None:
        raise Conflict("no_file", _("This part has no file to ask about."))
    return {"revision": thing.latest}


@transaction.atomic
def say(*, actor: Actor, question_uid: str, text: str) -> QuestionMessage:
    """A word to the other side: from the operator it is an answer; from the asker it asks again, also when the question
    was closed. Raises Invalid for an empty one, Conflict "wrong_state" for an answer to a closed question,
    "too_many_messages" past two hundred."""
    actor.require(WORK)
    asked = selectors.question(actor, question_uid)
    text = _said(text)
    if len(asked.messages.all()) >= MAX_MESSAGES:
        raise Conflict("too_many_messages", _("This conversation is full. Ask a new question."))
    now = timezone.now()
    if actor.is_operator:
        QUESTION.move(asked, "answer", answered_at=now)
    else:
        QUESTION.move(asked, "ask", closed_at=None, **({} if asked.state == "open" else {"waits_since": now}))
    said = QuestionMessage.objects.create(
        question=asked, author_id=actor.member_id, by_operator=actor.is_operator, text=text
    )
    kind = events.QUESTION_ANSWERED if actor.is_operator else events.QUESTION_ASKED
    _tell(kind, actor, asked, text=text[:300])
    return said


@transaction.atomic
def take_on(*, actor: Actor, question_uid: str) -> Question:
    """A member of the operator looks after the question from now on."""
    actor.require_operator()
    asked = selectors.question(actor, question_uid)
    asked.owner_id = actor.member_id
    asked.save(update_fields=["owner"])
    _tell(events.QUESTION_TAKEN_ON, actor, asked, owner=actor.name)
    return asked


@transaction.atomic
def close(*, actor: Actor, question_uid: str) -> Question:
    """It is settled, say the asker or the operator. Raises Conflict when it is closed already."""
    actor.require(WORK)
    asked = selectors.question(actor, question_uid)
    QUESTION.move(asked, "close", closed_at=timezone.now())
    _tell(events.QUESTION_CLOSED, actor, asked)
    return asked


def _said(text: str) -> str:
    text = text.strip()[:MAX_TEXT]
    if not text:
        raise Invalid("no_text", _("Write something first."), field="text")
    return text


def _tell(kind: Kind, actor: Actor, asked: Question, **more: object) -> None:
    record(
        kind,
        actor=actor,
        part="" if asked.job else asked.revision.part.uid,  # whose part it is, a maker is not told
        subject=asked.uid,
        organisations=[asked.organisation_id],
        question_uid=asked.uid,
        about=asked.about,
        **more,
    )
