"""Reads: the price book, quotes with their tables, and requests for quotation."""

from __future__ import annotations

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import Conflict, NotFound

from .blocking import against, refusal
from .books import book_of, current_book
from .models import PriceBookVersion, Quote, QuoteOption, QuotePrice, RequestForQuotation, RequestMessage

__all__ = [
    "against",
    "book_of",
    "current_book",
    "option",
    "price",
    "price_books",
    "quote",
    "quotes",
    "refusal",
    "request",
    "requests",
    "shared_quote",
]


def quotes(actor: Actor, search: str = "", *, part_uid: str | None = None) -> QuerySet[Quote]:
    """The actor's quotes, newest first, without their tables and without those made for a single basket line."""
    actor.require(READ)
    found = Quote.objects.visible_to(actor).filter(derived_from=None).order_by("-pk")
    found = found.select_related("revision__part", "request", "price_book")
    found = found.defer("obstacles", "price_book__document", "revision__measurement")
    if part_uid:
        found = found.filter(revision__part__uid=part_uid)
    if search:
        found = found.filter(Q(revision__part__name__icontains=search) | Q(uid=search))
    return found


def quote(actor: Actor, uid: str, *, breakdowns: bool = False) -> Quote:
    """A quote with `options`, each with its `prices` by quantity and lead time, in three queries.

    breakdowns: how every price comes about is read too, which is most of a quote; a table does not show it.
    """
    actor.require(READ)
    return _with_table(Quote.objects.all(), breakdowns).one(actor, uid)


def shared_quote(token: str, *, breakdowns: bool = False) -> Quote:
    """A quote for whoever holds its link; NotFound for any other token. An expired one can still be read."""
    shared = _with_table(Quote.objects.across_tenants(), breakdowns)
    found = shared.filter(share_token=token).first() if token else None
    if found is None:
        raise NotFound("not_found", _("This link is not (or no longer) valid."))
    return found


def option(actor: Actor, uid: str) -> QuoteOption:
    actor.require(READ)
    return QuoteOption.objects.select_related(
        "quote__revision__part", "quote__revision__judgement", "quote__price_book", "quote__request"
    ).one(actor, uid)


def price(actor: Actor, option_uid: str, quantity: int, lead_class: str) -> QuotePrice:
    """One cell of a quote's table. NotFound when the table has no such cell, Conflict "quote_expired"."""
    chosen = option(actor, option_uid)
    require_valid(chosen.quote)
    found = chosen.prices.filter(quantity=quantity, lead_class=lead_class).first()
    if found is None:
        raise NotFound("not_quoted", _("This quantity and lead time are not in the quote."), quantity=quantity)
    found.option = chosen
    return found


def is_valid(quote: Quote) -> bool:
    return quote.expires_at > timezone.now()


def require_valid(quote: Quote) -> None:
    """Raise Conflict when the quote has expired."""
    if not is_valid(quote):
        raise Conflict("quote_expired", _("This quote has expired. Ask for a fresh one."), quote_uid=quote.uid)


def requests(actor: Actor, state: str | None = None) -> QuerySet[RequestForQuotation]:
    """Requests for quotation: the actor's own; everybody's for the operator. Each with its answers (`quotes`)."""
    actor.require(READ)
    found = RequestForQuotation.objects.visible_to(actor).order_by("-pk")
    if state:
        found = found.filter(state=state)
    return _with_answers(found)


def requests_named(found: QuerySet[RequestForQuotation], words: str) -> QuerySet[RequestForQuotation]:
    """Of these requests those whose part, firm or number is called so."""
    return found.filter(
        Q(revision__part__name__icontains=words) | Q(organisation__name__icontains=words) | Q(uid=words)
    )


def waiting_requests(actor: Actor) -> QuerySet[RequestForQuotation]:
    """The operator's: requests where the buyer had the last word, the longest wait (`waits_since`) first."""
    actor.require_operator(READ)
    said = RequestMessage.objects.across_tenants().filter(request=OuterRef("pk")).order_by("-pk")
    return (
        _with_answers(RequestForQuotation.objects.visible_to(actor))
        .annotate(operator_spoke=Subquery(said.values("by_operator")[:1]), last_word_at=Subquery(said.values("at")[:1]))
        .annotate(waits_since=Coalesce("last_word_at", "created_at"))
        .filter(
            Q(state="open") & (Q(operator_spoke=None) | Q(operator_spoke=False))
            | Q(state__in=("answered", "ordered"), operator_spoke=False, last_word_at__gt=F("answered_at"))
        )
        .order_by("waits_since")
    )


def request(actor: Actor, uid: str) -> RequestForQuotation:
    actor.require(READ)
    return _with_answers(RequestForQuotation.objects.all()).one(actor, uid)


def price_books(actor: Actor) -> QuerySet[PriceBookVersion]:
    """Every version, newest first; the operator's."""
    actor.require_operator(READ)
    current_book()  # a new installation has its first version by looking at it
    return PriceBookVersion.objects.select_related("created_by__user").order_by("-number")


def price_book(actor: Actor, number: int) -> PriceBookVersion:
    found = price_books(actor).filter(number=number).first()
    if found is None:
        raise NotFound("not_found", _("There is no price book with this number."))
    return found


def _with_table(found: QuerySet[Quote], breakdowns: bool) -> QuerySet[Quote]:
    prices = QuotePrice.objects.across_tenants().order_by("quantity", "lead_days", "pk")
    if not breakdowns:
        prices = prices.defer("breakdown")
    options = QuoteOption.objects.across_tenants().prefetch_related(Prefetch("prices", prices))
    found = found.select_related("revision__part", "revision__blob", "revision__judgement", "request", "price_book")
    return found.defer("price_book__document", "revision__measurement").prefetch_related(Prefetch("options", options))


def _with_answers(found: QuerySet[RequestForQuotation]) -> QuerySet[RequestForQuotation]:
    answers = Quote.objects.across_tenants().order_by("-pk")
    said = RequestMessage.objects.across_tenants().select_related("author__user")
    return found.select_related("revision__part", "organisation", "owner__user").prefetch_related(
        Prefetch("quotes", answers), Prefetch("messages", said)
    )
