"""What a workshop's pages read of its work: offers and what they mean in minutes, what waits for a hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from penstock.engines.pricing import PriceBook
from penstock.hub.core import selectors as journal
from penstock.hub.core.actors import READ, Actor
from penstock.hub.quotes.selectors import current_book

from . import events, selectors
from .build_picture import Picture, Sizes, draw, sizes_of
from .models import Build, Job, Offer, Operation
from .states import OperationKind

# Thumbnails on a card; further parts are counted.
FACES = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered an offer and when; `by` is empty when it was nobody of the reader's firm."""

    by: str
    at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer as its card shows it. `minutes` of work are the price book's; None where it names none. The picture is
    for deciding: once the offer is answered there is none."""

    offer: Offer
    jobs: Sequence[Job]
    pieces: int
    minutes: int | None
    due_at: datetime
    picture: Picture | None
    answer: Answer | None = None

    @property
    def is_late(self) -> bool:
        return self.offer.state == "open" and self.offer.deadline < timezone.now()

    @property
    def faces(self) -> list[Job]:
        return list(self.jobs[:FACES])

    @property
    def hidden_faces(self) -> int:
        return max(len(self.jobs) - FACES, 0)


def work_minutes(book: PriceBook, process: str, jobs: Iterable[Job]) -> int | None:
    """Minutes of a person's work on a build: preparing and emptying it, and what each line and piece takes."""
    rates = book.processes.get(process)
    if rates is None:
        return None
    pieces = [job.quantity for job in jobs]
    each = len(pieces) * rates.minutes_per_line + sum(pieces) * rates.minutes_per_part
    return round(rates.minutes_per_build + each)


def cards(offers: Iterable[Offer]) -> list[OfferCard]:
    found = list(offers)
    # What several cards need is read once.
    sizes, book = sizes_of(job for offer in found for job in _jobs(offer)), current_book()[1]
    return [_card(offer, sizes, book, None) for offer in found]


def card(offer: Offer, reader: Actor) -> OfferCard:
    """It also tells who answered."""
    return _card(offer, sizes_of(_jobs(offer)), current_book()[1], answer_to(offer, reader))


def _jobs(offer: Offer) -> list[Job]:
    return list(offer.build.jobs.all()) if offer.build else [offer.operation.job]


def _card(offer: Offer, sizes: Sizes, book: PriceBook, answer: Answer | None) -> OfferCard:
    build, jobs = offer.build, _jobs(offer)
    return OfferCard(
        offer=offer,
        jobs=jobs,
        pieces=sum(job.quantity for job in jobs),
        minutes=work_minutes(book, build.process, jobs) if build and jobs else None,
        due_at=min((job.due_at for job in jobs), default=offer.deadline),
        picture=draw(build, jobs, sizes) if build and offer.state == "open" else None,
        answer=answer,
    )


ANSWERS = (events.OFFER_ACCEPTED.name, events.OFFER_DECLINED.name, events.OFFER_LAPSED.name)


def answer_to(offer: Offer, reader: Actor) -> Answer | None:
    """The last thing said to an offer, as the journal has it."""
    told = journal.events(reader, subject=offer.uid).filter(kind__in=ANSWERS).last()
    if told is None:
        return None
    is_own = told.actor_organisation_id is not None and told.actor_organisation_id == reader.organisation_id
    return Answer(by=told.actor_name if is_own else "", at=told.at, is_own=told.actor_id == reader.member_id)


def own_offers(actor: Actor, *, state: str | None = None, search: str = "") -> QuerySet[Offer]:
    """What this workshop is or was asked; for the operator everybody's."""
    found = selectors.offers(actor, state=state)
    if not search:
        return found
    words = Q(uid=search) | Q(build__uid=search) | Q(build__machine__name__icontains=search)
    jobs = Job.objects.across_tenants().filter(line__part_name__icontains=search)
    words |= Q(build__in=jobs.values("build")) | Q(operation__job__in=jobs)
    return found.filter(words)


def own_jobs(actor: Actor, *, state: str | None = None, search: str = "") -> QuerySet[Job]:
    found = selectors.jobs(actor, state=state)
    if not search:
        return found
    return found.filter(Q(uid=search) | Q(build__uid=search) | Q(line__part_name__icontains=search))


def own_builds(actor: Actor, *, state: str | None = None, search: str = "") -> QuerySet[Build]:
    """This workshop's builds (a build offered elsewhere is not one of them)."""
    found = selectors.builds(actor, state=state)
    if not search:
        return found
    named = Job.objects.across_tenants().filter(line__part_name__icontains=search).values("build")
    return found.filter(Q(uid=search) | Q(machine__name__icontains=search) | Q(pk__in=named))


def listed_builds(actor: Actor, *, state: str | None = None, search: str = "") -> QuerySet[Build]:
    """The same for a list: each with the names of what is in it."""
    inside = Job.objects.across_tenants().select_related("line").only("build_id", "quantity", "line__part_name")
    return own_builds(actor, state=state, search=search).prefetch_related(Prefetch("jobs", inside.order_by("pk")))


def steps_to_finish(actor: Actor) -> QuerySet[Operation]:
    """Surfaces to finish here: the pieces are made and lie at this workshop."""
    actor.require(READ)
    return (
        Operation.objects.visible_to(actor)
        .filter(kind=OperationKind.FINISH, state__in=("todo", "doing"), job__state="made", job__holder=F("maker"))
        .filter(maker__organisation_id=actor.organisation_id)
        .select_related("job__line__revision", "maker")
        .order_by("job__due_at")
    )
