"""Reads: questions with what was said, and what a question can be about."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import NotFound
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parts.models import Part
from penstock.hub.production.models import Job

from .models import Question, QuestionMessage

Thing = Part | OrderLine | Job
# Prefix of the public id → how the thing is read by its number.
THINGS = {
    "prt": Part.objects,
    "lin": OrderLine.objects.select_related("order", "revision__part"),
    "job": Job.objects.select_related("line__revision__part", "line__order"),
}


def questions(actor: Actor, state: str | None = None) -> QuerySet[Question]:
    """The questions of the actor's organisation, newest first; everybody's for the operator."""
    actor.require(READ)
    said = QuestionMessage.objects.across_tenants().select_related("author__user")
    found = Question.objects.visible_to(actor).order_by("-pk")
    if state:
        found = found.filter(state=state)
    return found.select_related(
        "revision__part", "line__order", "job__line", "organisation", "owner__user", "created_by__user"
    ).prefetch_related(Prefetch("messages", said))


def questions_named(found: QuerySet[Question], words: str) -> QuerySet[Question]:
    """Of these questions those with these words, or about a part or of a firm called so."""
    return found.filter(
        Q(text__icontains=words)
        | Q(revision__part__name__icontains=words)
        | Q(organisation__name__icontains=words)
        | Q(uid=words)
    )


def waiting_questions(actor: Actor) -> QuerySet[Question]:
    """The operator's: questions where the asker had the last word, the longest wait first."""
    actor.require_operator(READ)
    return questions(actor, "open").order_by("waits_since")


def question(actor: Actor, uid: str) -> Question:
    return questions(actor).one(actor, uid)


def thing(actor: Actor, uid: str) -> Thing:
    """The part, order line or job of this number, if it is the actor's; NotFound otherwise."""
    actor.require(READ)
    reader = THINGS.get(uid.partition("_")[0])
    if reader is None:
        raise NotFound("not_found", _("A question is about a part, a line of an order or a job."))
    return reader.one(actor, uid)


def things(actor: Actor, uid: str) -> list[Thing]:
    """What can be asked about under this number: of an order each of its lines."""
    if uid.startswith("ord_"):
        return list(Order.objects.one(actor, uid).lines.select_related("revision__part"))
    return [thing(actor, uid)]


def about(actor: Actor, uid: str) -> QuerySet[Question]:
    """The actor's questions about this thing; of an order those about its lines, of a part those about the part
    alone."""
    paths = {"prt": "revision__part__uid", "lin": "line__uid", "job": "job__uid", "ord": "line__order__uid"}
    found = questions(actor).filter(**{paths[uid.partition("_")[0]]: uid})
    return found.filter(line=None, job=None) if uid.startswith("prt_") else found
