"""Reads: the basket with its delivery choices, orders with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import NotFound
from penstock.hub.core.money import cents
from penstock.hub.core.selectors import TimelineEntry, timeline
from penstock.hub.ledger.models import Invoice, Refund
from penstock.hub.parties.models import Address
from penstock.hub.quotes import selectors as quotes

from .models import BasketLine, Order, OrderLine
from .states import Parcels
from .totals import DeliveryChoice, delivery_choices

__all__ = [
    "BasketView",
    "DeliveryChoice",
    "Problem",
    "basket",
    "credited",
    "order",
    "orders",
    "shared_order",
    "shared_timeline",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps the basket from being ordered as it is; `line_uid` where it is one line's."""

    code: str
    message: str
    line_uid: str = ""


@dataclass(frozen=True, slots=True)
class BasketView:
    """Everything a check-out shows. `services` is empty while there is nothing to deliver or nowhere to; `earlier`
    has them again with each part as soon as it is ready, where parts are ready on different days."""

    lines: tuple[BasketLine, ...]
    net: Decimal
    currency: str
    ship_to: Address | None
    services: tuple[DeliveryChoice, ...]
    earlier: tuple[DeliveryChoice, ...]
    problems: tuple[Problem, ...]

    def choice(self, service: str, parcels: str = "") -> DeliveryChoice | None:
        offered = self.earlier if self.earlier and parcels == Parcels.EARLIER else self.services
        return next((each for each in offered if each.service == service), None)


def basket(actor: Actor, ship_to_uid: str | None = None) -> BasketView:
    """The basket of the actor's organisation, delivered to the address named or its first one."""
    actor.require(READ)
    lines = tuple(basket_lines(actor))
    ship_to = _address(actor, ship_to_uid)
    _version, book = quotes.current_book()
    problems = [
        Problem("quote_expired", _("The price of %(part)s has expired; quote it again.") % {"part": name}, line.uid)
        for line in lines
        if not quotes.is_valid(line.price.option.quote)
        for name in [line.price.option.quote.revision.part.name]
    ]
    problems += [
        Problem(refused.code, str(refused.message), line.uid)
        for line in lines
        if (refused := quotes.refusal(line.price.option))
    ]
    choices: tuple[DeliveryChoice, ...] = ()
    if ship_to is None:
        problems.append(Problem("no_address", _("Add an address to see delivery services and dates.")))
    elif ship_to.latitude is None or ship_to.longitude is None:
        problems.append(Problem("address_without_place", _("The city of the address is not known; correct it.")))
    elif lines:
        choices = delivery_choices(lines, ship_to, book, timezone.localdate())
    net = sum((cents(line.price.unit_price * line.quantity) for line in lines), Decimal("0.00"))
    services = tuple(each for each in choices if each.parcels != Parcels.EARLIER)
    earlier = tuple(each for each in choices if each.parcels == Parcels.EARLIER)
    return BasketView(lines, net, book.currency, ship_to, services, earlier, tuple(problems))


def basket_lines(actor: Actor) -> QuerySet[BasketLine]:
    return (
        BasketLine.objects.visible_to(actor)
        .filter(organisation_id=actor.organisation_id)
        .select_related(
            "price__option__quote__revision__part",
            "price__option__quote__revision__judgement",
            "price__option__quote__request",
            "added_by__user",
        )
        .order_by("pk")
    )


def orders(actor: Actor, state: str | None = None, search: str = "") -> QuerySet[Order]:
    """The actor's orders (everybody's for the operator), newest first, each with its lines in one further query."""
    actor.require(READ)
    found = Order.objects.visible_to(actor).select_related("organisation").order_by("-pk")
    if state:
        found = found.filter(state=state)
    if search:
        named = OrderLine.objects.across_tenants().filter(order=OuterRef("pk"), part_name__icontains=search)
        found = found.filter(
            Q(number__icontains=search) | Q(purchase_order__icontains=search) | Q(uid=search) | Exists(named)
        )
    return found.prefetch_related(Prefetch("lines", _lines().defer("breakdown")))


def order(actor: Actor, uid: str) -> Order:
    """An order with its lines; its timeline is `core.selectors.timeline(actor, order=uid)`."""
    actor.require(READ)
    return _whole(Order.objects.all()).one(actor, uid)


def credited(invoice: Invoice) -> list[Refund]:
    """What was given back of an invoice's sum, oldest first. A second payment that went back was never part of it."""
    given = Refund.objects.across_tenants().filter(order_uid=invoice.order_uid)
    return list(given.exclude(key__startswith="double:").order_by("pk"))


def shared_order(token: str) -> Order:
    """An order for whoever holds its link; NotFound for any other token."""
    found = _whole(Order.objects.across_tenants()).filter(share_token=token).first() if token else None
    if found is None:
        raise NotFound("not_found", _("This link is not (or no longer) valid."))
    return found


def shared_timeline(order: Order) -> list[TimelineEntry]:
    """What its buyer sees of the order's way, for the holder of the link: nothing about money."""
    reader = Actor(name="", organisation_id=order.organisation_id, rights=frozenset({READ}))
    return [entry for entry in timeline(reader, order=order.uid) if not entry.kind.startswith("ledger.")]


def _whole(found: QuerySet[Order]) -> QuerySet[Order]:
    return found.select_related("organisation", "placed_by__user", "reordered_from").prefetch_related(
        Prefetch("lines", _lines())
    )


def _lines() -> QuerySet[OrderLine]:
    found = OrderLine.objects.across_tenants().select_related("revision__part").order_by("position")
    return found.defer("revision__measurement", "revision__refusal")  # large, and no part of an order


def _address(actor: Actor, uid: str | None) -> Address | None:
    own = Address.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, is_active=True)
    if uid is None:
        return own.order_by("pk").first()
    found = own.filter(uid=uid).first()
    if found is None:
        raise NotFound("not_found", _("Choose one of your organisation's addresses."))
    return found
