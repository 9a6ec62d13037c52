"""Which news reaches whom: the kinds of events that are messages, for organisations of which kind, and what they are
about. Everything else in the journal is history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import Kind
from penstock.hub.core.models import Event
from penstock.hub.ledger import events as ledger
from penstock.hub.logistics import events as logistics
from penstock.hub.orders import events as orders
from penstock.hub.parties import events as parties
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.parts import events as parts
from penstock.hub.production import events as production
from penstock.hub.quality import events as quality
from penstock.hub.questions import events as questions
from penstock.hub.quotes import events as quotes

About = Literal["order", "part", "build", "subject"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message. `about` names the field of the event that holds the thing to open; `by_email` what is
    usual where a person has chosen nothing."""

    kind: Kind
    title: Any
    audience: frozenset[str]
    about: About
    by_email: bool = False

    def thing(self, event: Event) -> str:
        """The public id of what the message is about."""
        return getattr(event, f"{self.about}_uid")


def _topics(audience: Iterable[OrganisationKind], rows: Iterable[tuple[Kind, Any, About, bool]]) -> list[Topic]:
    return [Topic(kind, title, frozenset(audience), about, by_email) for kind, title, about, by_email in rows]


YES, NO = True, False
ALL = [
    *_topics(
        {OrganisationKind.BUYER, OrganisationKind.MAKER},
        [(questions.QUESTION_ANSWERED, _("A technical question is answered"), "subject", YES)],
    ),
    *_topics(
        {OrganisationKind.BUYER},
        [
            (orders.ORDER_CONFIRMED, _("An order is confirmed"), "order", YES),
            (orders.ORDER_CANCELLED, _("An order is cancelled"), "order", YES),
            (ledger.PAYMENT_DECLINED, _("A payment was declined"), "order", YES),
            (ledger.REFUNDED, _("Money is on its way back"), "order", YES),
            (production.BUILD_STARTED, _("Making has started"), "order", NO),
            (logistics.PARCEL_HANDED_OVER, _("A parcel is on its way"), "order", YES),
            (orders.ORDER_DELIVERED, _("An order is delivered"), "order", YES),
            (quotes.REQUEST_ANSWERED, _("Your question is answered with a price"), "subject", YES),
            (quotes.REQUEST_DECLINED, _("Your question is answered"), "subject", YES),
            (quality.COMPLAINT_DECIDED, _("A complaint is answered"), "order", YES),
            (quality.COMPLAINT_REJECTED, _("A complaint is rejected"), "order", YES),
            (quality.COMPLAINT_CLOSED, _("A complaint is closed"), "order", NO),
            (parts.REVISION_REFUSED, _("A file cannot be used"), "part", NO),
        ],
    ),
    *_topics(
        {OrganisationKind.MAKER},
        [
            (production.OFFER_MADE, _("An offer waits for your answer"), "subject", YES),
            (production.OFFER_LAPSED, _("An offer has lapsed"), "subject", YES),
            (production.JOB_CANCELLED, _("Pieces are withdrawn"), "subject", YES),
            (production.JOB_NEEDS_TRANSFER, _("Pieces go on to finishing"), "subject", NO),
            (logistics.PARCEL_PLANNED, _("A parcel is to be packed"), "subject", NO),
            (logistics.PARCEL_ARRIVED, _("A parcel has arrived at a workshop"), "subject", NO),
            (ledger.CHARGED_BACK, _("Money is charged back"), "subject", YES),
            (ledger.STATEMENT_ISSUED, _("A statement is issued"), "subject", YES),
            (ledger.PAYOUT_PAID, _("Money is on its way to you"), "subject", YES),
        ],
    ),
    *_topics(
        {OrganisationKind.OPERATOR},
        [
            (quotes.QUOTATION_REQUESTED, _("A quotation is asked for"), "subject", YES),
            (questions.QUESTION_ASKED, _("A technical question is asked"), "subject", YES),
            (quality.COMPLAINT_OPENED, _("Somebody complains"), "order", YES),
            (production.OFFER_DECLINED, _("A workshop declines"), "subject", NO),
            (production.BUILD_FAILED, _("A build failed"), "build", NO),
            (logistics.PARCEL_LOST, _("A parcel is lost"), "subject", YES),
            (parties.ORGANISATION_REGISTERED, _("Somebody joins the network"), "subject", NO),
        ],
    ),
]
BY_KIND = {topic.kind.name: topic for topic in ALL}
# One message a kind: for whom an event is news is a matter of the event's readers.
assert len(BY_KIND) == len(ALL)


def for_kinds(kinds: Iterable[str]) -> list[Topic]:
    """The messages that organisations of these kinds get, in the order people read them in."""
    wanted = set(kinds)
    return [topic for topic in ALL if topic.audience & wanted]
