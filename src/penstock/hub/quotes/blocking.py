"""A process that a blocker finding forbids has a price to look at, and cannot be ordered by it.

Only a person can answer for making the part that way all the same: what the operator quoted on request is free of it.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import Conflict
from penstock.hub.parts import selectors as parts

from .models import Quote, QuoteOption


def judged(quote: Quote) -> list[dict[str, Any]]:
    """What each process finds on the quoted part, blockers first; nothing where a person has judged."""
    return [] if quote.request_id is not None else parts.judgement(quote.revision)


def against(quote: Quote) -> dict[str, list[dict[str, str]]]:
    """Process → code and message of each finding that forbids ordering it at its price in the quote."""
    return {} if quote.request_id is not None else parts.blockers(quote.revision)


def refusal(option: QuoteOption) -> Conflict | None:
    """Why this recipe cannot be ordered at its price by rule, or None."""
    findings = against(option.quote).get(option.process)
    if not findings:
        return None
    process = knowledge.default().processes.get(option.process)
    words = {
        "process": say(process.trade_name or process.name) if process else option.process,
        "part": option.quote.revision.part.name,
        "finding": say(findings[0]["message"]),
    }
    said = _(
        "%(part)s cannot be made by %(process)s as it is: %(finding)s "
        "Choose another process, change the part, or ask for a quotation."
    )
    return Conflict("blocked_by_finding", said % words, process=option.process, findings=findings)


def require_makeable(option: QuoteOption) -> None:
    """Raise Conflict "blocked_by_finding" where a finding forbids what the option says."""
    refused = refusal(option)
    if refused is not None:
        raise refused
