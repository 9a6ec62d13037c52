"""Questions on the page of the thing they are about, for templates of other rooms, which know nothing of this one."""

from __future__ import annotations

from typing import Any

from django import template

from penstock.hub.core.actors import WORK
from penstock.hub.questions import selectors

register = template.Library()
SHOWN = 5


@register.inclusion_tag("questions/about.html", takes_context=True)
def questions_about(context: dict[str, Any], uid: str) -> dict[str, Any]:
    """The reader's questions about a part, an order or a job, and the way to ask another."""
    actor = context["request"].actor
    return {
        "uid": uid,
        "questions": selectors.about(actor, uid)[:SHOWN],
        "may_ask": WORK in actor.rights and not (actor.is_operator or actor.is_visitor),
    }
