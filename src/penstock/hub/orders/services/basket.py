"""Putting prices aside: the basket of an organisation, shared by its members."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.orders.models import BasketLine, Order, OrderLine
from penstock.hub.quotes import selectors as quotes_reads
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import QuoteOption, QuotePrice


@transaction.atomic
def add_to_basket(*, actor: Actor, option_uid: str, quantity: int, lead_class: str) -> BasketLine:
    """Put a quoted recipe aside at a quantity and lead-time class. The same one twice is one line.

    Raises Conflict "quote_expired", "not_quoted" or "blocked_by_finding", NotFound for a quote that is not the actor's
    organisation's.
    """
    actor.require(WORK)
    price = quotes.price_for(actor=actor, option_uid=option_uid, quantity=quantity, lead_class=lead_class)
    return _put(actor, price)


@transaction.atomic
def change_basket_line(*, actor: Actor, line_uid: str, quantity: int) -> BasketLine:
    """Another quantity of the same recipe, at the price of that quantity."""
    actor.require(WORK)
    line = _own_line(actor, line_uid)
    chosen = line.price
    price = quotes.price_for(actor=actor, option_uid=chosen.option.uid, quantity=quantity, lead_class=chosen.lead_class)
    if price.pk == chosen.pk:
        return line
    try:
        with transaction.atomic():
            line.price, line.quantity = price, price.quantity
            line.save(update_fields=["price", "quantity"])
    except IntegrityError:  # the basket has that line already
        line.delete()
        return _put(actor, price)
    return line


@transaction.atomic
def price_line_again(*, actor: Actor, line_uid: str) -> BasketLine:
    """The same recipe, quantity and lead time at today's price, in place of one that has expired.

    Raises Conflict "not_quoted" where no rule prices it (any more), "blocked_by_finding" where a finding forbids it.
    """
    actor.require(WORK)
    line = _own_line(actor, line_uid)
    option = line.price.option
    revision = option.quote.revision
    price = None
    if option.quote.request_id is None:
        price = _todays_price(actor, revision.uid, option, line.quantity, line.price.lead_class)
    if price is None:
        raise Conflict(
            "not_quoted",
            _("%(parts)s cannot be ordered this way by rule any more. Ask for a quotation.")
            % {"parts": revision.part.name},
        )
    quotes.require_makeable(price.option)
    line.price = price
    line.save(update_fields=["price"])
    return line


@transaction.atomic
def remove_basket_line(*, actor: Actor, line_uid: str) -> None:
    actor.require(WORK)
    _own_line(actor, line_uid).delete()


@transaction.atomic
def reorder(*, actor: Actor, order_uid: str) -> list[BasketLine]:
    """Put everything of an earlier order into the basket again, at today's prices.

    All of it or nothing: raises Conflict "cannot_reorder" naming the parts that no rule prices (any more)
    or whose process finds what forbids it.
    """
    actor.require(WORK)
    order = Order.objects.one(actor, order_uid)
    added, refused = [], []
    for line in order.lines.exclude(state="cancelled").select_related("revision"):
        price = _todays_price(actor, line.revision.uid, line, line.quantity, line.lead_class)
        if price is None or quotes_reads.refusal(price.option):
            refused.append(line.part_name)
        else:
            added.append(_put(actor, price, reorder_of=order))
    if refused:
        raise Conflict(
            "cannot_reorder",
            _("%(parts)s cannot be ordered this way by rule any more. Ask for a quotation.")
            % {"parts": ", ".join(refused)},
            parts=refused,
        )
    return added


def _todays_price(
    actor: Actor, revision_uid: str, recipe: OrderLine | QuoteOption, quantity: int, lead_class: str
) -> QuotePrice | None:
    try:
        quote = quotes.quote(
            actor=actor,
            revision_uid=revision_uid,
            quantities=[quantity],
            process=recipe.process,
            material=recipe.material,
            finish=recipe.finish or None,
        )
    except Invalid:  # the recipe has left the catalogue
        return None
    prices = QuotePrice.objects.across_tenants().filter(
        option__quote=quote, option__finish=recipe.finish, lead_class=lead_class
    )
    return prices.select_related("option__quote__revision__part").first()


def _put(actor: Actor, price: QuotePrice, reorder_of: Order | None = None) -> BasketLine:
    if actor.organisation_id is None or price.option.quote.organisation_id != actor.organisation_id:
        raise NotFound("not_found", _("There is nothing here under this number, or it is not yours to see."))
    line, _created = BasketLine.objects.across_tenants().get_or_create(
        organisation_id=actor.organisation_id,
        price=price,
        defaults={"quantity": price.quantity, "added_by_id": actor.member_id, "reorder_of": reorder_of},
    )
    return line


def _own_line(actor: Actor, uid: str) -> BasketLine:
    """A line of the actor's own basket, held: a check-out at the same moment takes it before or after. The operator
    does not reach into others'."""
    line = (
        BasketLine.objects.visible_to(actor)
        .select_related("price__option__quote__revision__part")
        .select_for_update(of=("self",))
        .filter(uid=uid, organisation_id=actor.organisation_id)
        .first()
    )
    if line is None:
        raise NotFound("not_found", _("This is not (or no longer) in your basket."))
    return line
