"""Price books: a new version is checked entry by entry, its effect can be seen before, an old one is never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from penstock.engines import knowledge
from penstock.engines.pricing import NotPriced, PartFacts, PriceBook, PriceBookError, Recipe
from penstock.engines.pricing import price as engine_price
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Invalid
from penstock.hub.core.journal import record
from penstock.hub.core.locks import exclusive
from penstock.hub.core.money import network_currency

from . import events
from .books import current_book
from .models import PriceBookVersion, Quote, QuoteOption, QuotePrice

PREVIEWED_QUOTES = 100
STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Change:
    """What a new price book would make of the first row of a quote; `new` is None where it has no price, with the
    reason in `obstacle`."""

    quote_uid: str
    part_name: str
    recipe: str
    quantity: int
    old: Decimal
    new: Decimal | None
    obstacle: str = ""

    @property
    def percent(self) -> float | None:
        return None if self.new is None else round(float(self.new / self.old - 1) * 100, 2)


@transaction.atomic
def publish_price_book(*, actor: Actor, document: dict[str, Any], note: str = "") -> PriceBookVersion:
    """Put a price book in force; quotes given before keep theirs. Raises Invalid "bad_price_book" whose data names
    every faulty entry."""
    actor.require_operator()
    read_book(document)
    exclusive("price book")
    current_book()
    last = PriceBookVersion.objects.aggregate(last=Max("number"))["last"]
    version = PriceBookVersion.objects.create(
        number=last + 1, document=document, note=note.strip()[:300], created_by_id=actor.member_id
    )
    record(
        events.PRICE_BOOK_PUBLISHED,
        actor=actor,
        organisations=[actor.organisation_id],
        number=version.number,
        note=version.note,
    )
    return version


def preview_price_book(*, actor: Actor, document: dict[str, Any]) -> list[Change]:
    """What the last hundred quotes by rule would cost by this document: of each its first (cheapest) row, at its
    first quantity and the standard lead time. Nothing is written."""
    actor.require_operator()
    book = read_book(document)
    cells = QuotePrice.objects.across_tenants().filter(lead_class=STANDARD).order_by("quantity")
    options = QuoteOption.objects.across_tenants().filter(position=0).prefetch_related(Prefetch("prices", cells))
    recent = (
        Quote.objects.across_tenants()
        .filter(request=None, derived_from=None, revision__state="ready", currency=book.currency)
        .select_related("revision__part")
        .prefetch_related(Prefetch("options", options))
        .order_by("-pk")[:PREVIEWED_QUOTES]
    )
    return [
        _change(quote, option, option.prices.all()[0], book)
        for quote in recent
        for option in quote.options.all()
        if option.prices.all()
    ]


def read_book(document: Mapping[str, Any]) -> PriceBook:
    """The document as rates, or Invalid "bad_price_book" with every fault as "entry: why"."""
    try:
        book = PriceBook.from_dict(document)
    except PriceBookError as error:
        raise Invalid(
            "bad_price_book",
            ngettext(
                "The price book has %(count)s fault. %(first)s",
                "The price book has %(count)s faults. %(first)s",
                len(error.problems),
            )
            % {"count": len(error.problems), "first": error.problems[0]},
            problems=list(error.problems),
        ) from None
    if book.currency != network_currency():
        raise Invalid(
            "bad_price_book",
            _("The network trades in %(currency)s; give the price book in it.") % {"currency": network_currency()},
            problems=[f"currency: is {book.currency}, must be {network_currency()}"],
        )
    return book


def _change(quote: Quote, option: QuoteOption, cell: QuotePrice, book: PriceBook) -> Change:
    recipe = Recipe(option.process, option.material, option.finish or None)
    facts = PartFacts.from_measurement(quote.revision.measurement)
    new, obstacle = None, ""
    try:
        new = engine_price(facts, recipe, cell.quantity, STANDARD, book, knowledge.default()).unit_price
    except NotPriced as reason:
        obstacle = reason.message
    return Change(quote.uid, quote.revision.part.name, str(recipe), cell.quantity, cell.unit_price, new, obstacle)
