"""The verbs of the quote room: what a buyer asks for here, what the operator answers in the modules beside it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.engines.pricing import PartFacts, PriceBook, PriceRow, price_table
from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties.models import Organisation
from penstock.hub.parts import selectors as parts
from penstock.hub.parts.models import Revision

from . import events, selectors
from .blocking import require_makeable
from .books import book_of, current_book
from .capacity import announce_capacity, only_able
from .conversing import take_on_request, write_message
from .models import PriceBookVersion, Quote, QuoteOption, QuotePrice
from .publishing import preview_price_book, publish_price_book, read_book
from .requesting import answer_request, decline_request, mark_ordered, request_quotation, withdraw_request
from .writing import cell, obstacles, open_quote, payable, write_options

__all__ = [
    "announce_capacity",
    "answer_request",
    "current_book",
    "decline_request",
    "forget_quotes_of",
    "hand_over",
    "mark_ordered",
    "preview_price_book",
    "price_for",
    "publish_price_book",
    "quote",
    "quote_again",
    "read_book",
    "request_quotation",
    "require_makeable",
    "share_quote",
    "take_on_request",
    "unshare_quote",
    "withdraw_request",
    "write_message",
]

MAX_QUANTITY = 1_000_000
MAX_COLUMNS = 10


@transaction.atomic
def quote(
    *,
    actor: Actor,
    revision_uid: str,
    quantities: Sequence[int] = (1, 10, 100),
    process: str | None = None,
    material: str | None = None,
    finish: str | None = None,
) -> Quote:
    """Price a measured revision: every recipe that can make it, at each quantity and lead-time class.

    Recipes that cannot are kept with the reason (`obstacles`); a quote without options says that a person has to
    look at it (`request_quotation`). Raises Conflict "not_measured", Invalid for quantities or codes that make no
    sense, NotFound for a revision that is not the actor's.
    """
    actor.require(WORK)
    revision = parts.own_revision(actor, revision_uid)
    columns = _columns(quantities)
    version, book = current_book()
    rows = _rows(revision, columns, book, process, material, finish)
    return _write(actor, revision, version, book, columns, rows)


@transaction.atomic
def quote_again(*, actor: Actor, quote_uid: str) -> Quote:
    """The same part in the same quantities at today's prices; the quote asked about stays as it is.

    Raises Conflict "answered_by_person" for one that no rule wrote.
    """
    actor.require(WORK)
    given = Quote.objects.select_related("revision").one(actor, quote_uid)
    if given.request_id is not None:
        raise Conflict("answered_by_person", _("A person gave this price. Write to them to have it renewed."))
    return quote(actor=actor, revision_uid=given.revision.uid, quantities=given.quantities)


@transaction.atomic
def price_for(*, actor: Actor, option_uid: str, quantity: int, lead_class: str) -> QuotePrice:
    """The price of a quoted recipe at any quantity. One that is not in the table is priced by the same price book
    and holds as long as the quote it comes from.

    Raises Conflict "quote_expired", "blocked_by_finding" where the process finds what forbids it, and "not_quoted"
    where no rule prices it (what a person answered holds for the quantity it names).
    """
    actor.require(WORK)
    columns = _columns([quantity])
    option = selectors.option(actor, option_uid)
    given = option.quote.derived_from or option.quote
    selectors.require_valid(given)
    require_makeable(option)
    found = _priced_before(given, option, quantity, lead_class)
    if found is not None:
        return found
    book = book_of(given.price_book)
    if given.request_id is not None or lead_class not in book.lead_classes:
        raise _not_quoted(quantity)
    priced = _rows(given.revision, columns, book, option.process, option.material, option.finish)
    rows = [row for row in priced if (row.recipe.finish or "") == option.finish and payable(row)]
    if not rows:
        raise _not_quoted(quantity)
    _write(
        actor, given.revision, given.price_book, book, columns, rows, expires_at=given.expires_at, derived_from=given
    )
    return _priced_before(given, option, quantity, lead_class)


@transaction.atomic
def share_quote(*, actor: Actor, quote_uid: str) -> str:
    """The token of the link under which anybody can read the quote; the same one while it is shared."""
    actor.require(WORK)
    shared = Quote.objects.one(actor, quote_uid)
    token = secrets.token_urlsafe(32)
    if Quote.objects.across_tenants().filter(pk=shared.pk, share_token=None).update(share_token=token):
        _tell(events.QUOTE_SHARED, actor, shared)
    shared.refresh_from_db(fields=["share_token"])
    return shared.share_token


@transaction.atomic
def unshare_quote(*, actor: Actor, quote_uid: str) -> None:
    """Close the link; a later one is another."""
    actor.require(WORK)
    shared = Quote.objects.one(actor, quote_uid)
    if Quote.objects.across_tenants().filter(pk=shared.pk).exclude(share_token=None).update(share_token=None):
        _tell(events.QUOTE_UNSHARED, actor, shared)


def hand_over(*, visit: Organisation, organisation_id: int) -> None:
    """What was priced before signing up now belongs to the organisation."""
    Quote.objects.across_tenants().filter(organisation=visit).update(organisation_id=organisation_id)


def forget_quotes_of(*, visit: Organisation) -> None:
    """Drop what was priced in a visit nobody came back to."""
    held = Quote.objects.across_tenants().filter(organisation=visit)
    held.exclude(derived_from=None).delete()
    held.delete()


def _priced_before(given: Quote, option: QuoteOption, quantity: int, lead_class: str) -> QuotePrice | None:
    """The cell in the quote itself, or in one made from it for a quantity its table does not have."""
    return (
        QuotePrice.objects.across_tenants()
        .filter(Q(option__quote=given) | Q(option__quote__derived_from=given))
        .filter(option__process=option.process, option__material=option.material, option__finish=option.finish)
        .filter(quantity=quantity, lead_class=lead_class)
        .select_related("option__quote__revision__part", "option__quote__price_book", "option__quote__request")
        .order_by("pk")
        .first()
    )


def _columns(quantities: Iterable[int]) -> list[int]:
    columns = sorted(set(quantities))
    if not columns or len(columns) > MAX_COLUMNS or not all(1 <= each <= MAX_QUANTITY for each in columns):
        raise Invalid(
            "bad_quantity",
            _("Name up to %(columns)s quantities between 1 and %(most)s.")
            % {"columns": MAX_COLUMNS, "most": MAX_QUANTITY},
            field="quantity",
        )
    return columns


def _rows(
    revision: Revision,
    quantities: list[int],
    book: PriceBook,
    process: str | None,
    material: str | None,
    finish: str | None,
) -> list[PriceRow]:
    if revision.state != "ready":
        raise Conflict("not_measured", _("This file is not measured (yet), so it cannot be priced."))
    facts = PartFacts.from_measurement(revision.measurement)
    rows = price_table(
        facts,
        quantities,
        book,
        knowledge.default(),
        process=process or None,
        material=material or None,
        finish=finish or None,
    )
    if not rows:
        raise Invalid("unknown_recipe", _("The network knows no such process, material or finish."))
    return only_able(rows, facts.size_mm)


def _write(
    actor: Actor,
    revision: Revision,
    version: PriceBookVersion,
    book: PriceBook,
    quantities: list[int],
    rows: Sequence[PriceRow],
    **more: Any,
) -> Quote:
    written = open_quote(
        actor,
        revision,
        version,
        currency=book.currency,
        quantities=quantities,
        obstacles=obstacles(rows),
        **more,
    )
    write_options(actor, written, [(row.recipe, [cell(each) for each in row.prices]) for row in rows if payable(row)])
    return written


def _not_quoted(quantity: int) -> Conflict:
    return Conflict(
        "not_quoted",
        _("This quantity or lead time was not quoted and no rule prices it. Ask for a quotation."),
        quantity=quantity,
    )


def _tell(kind: Kind, actor: Actor, shared: Quote) -> None:
    record(kind, actor=actor, subject=shared.uid, organisations=[shared.organisation_id], quote_uid=shared.uid)
