"""From a basket to an order: everything that was promised is copied, the basket is emptied, money is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import PAY, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import record
from penstock.hub.core.money import money
from penstock.hub.core.wording import money_in_words
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.orders import events
from penstock.hub.orders.models import BasketLine, Order, OrderLine
from penstock.hub.orders.states import Parcels
from penstock.hub.orders.totals import LineSum, delivery_choice, line_sums
from penstock.hub.parties.models import Address
from penstock.hub.quotes import selectors as quotes
from penstock.hub.quotes import services as quoting

from .confirming import confirm_paid
from .telling import about, locked_order


@transaction.atomic
def place_order(
    *,
    actor: Actor,
    ship_to_uid: str,
    bill_to_uid: str | None = None,
    service: str,
    payment_method: str,
    purchase_order: str = "",
    expected_total: Decimal | None = None,
    parcels: str = "",
) -> Order:
    """Order everything in the basket.

    `parcels` (states.Parcels) says whether parts that are ready on different days wait for each other.

    On account the order is confirmed at once; otherwise it waits for the payment that was opened with it
    (`ledger.begin_payment`, outside this transaction). `expected_total` is what the buyer was shown.
    Raises Conflict "basket_empty" (also for the second of two clicks), "quote_expired", "blocked_by_finding",
    "price_changed"; Invalid for an address or service that does not serve; PaymentFailed "credit_limit". The basket is
    then as it was.
    """
    actor.require(PAY)
    lines = locked_basket(actor)
    if not lines:
        raise Conflict("basket_empty", _("There is nothing in the basket (any more)."))
    for line in lines:
        quotes.require_valid(line.price.option.quote)
        quoting.require_makeable(line.price.option)
    ship_to = _own_address(actor, ship_to_uid, "ship_to_uid")
    bill_to = _own_address(actor, bill_to_uid, "bill_to_uid") if bill_to_uid else ship_to
    today = timezone.localdate()
    _version, book = quotes.current_book()
    if service not in book.carriage:
        raise Invalid("unknown_service", _("There is no such delivery service."), field="service")
    if parcels and parcels not in Parcels.values:
        raise Invalid("unknown_parcels", _("Choose fewer parcels or earlier ones."), field="parcels")
    if any(line.price.option.quote.currency != book.currency for line in lines):
        raise Conflict("quote_expired", _("A price in the basket is in a currency no longer used. Quote it again."))
    sums = line_sums(lines, book, today)
    choice = delivery_choice(lines, sums, service, ship_to, book, parcels)
    promises = {line.pk: each.promised_on for each in choice.consignments for line in each.lines}
    if expected_total is not None and expected_total != choice.total:
        raise Conflict(
            "price_changed",
            _("The total has changed to %(total)s since you looked. Check it and order again.")
            % {"total": money_in_words(money(choice.total, book.currency))},
            total=str(choice.total),
        )
    order = Order.objects.create(
        number=_next_number(today),
        organisation_id=actor.organisation_id,
        currency=book.currency,
        net=choice.net,
        carriage=choice.carriage,
        tax=choice.tax,
        total=choice.total,
        tax_percent=Decimal(str(book.tax_rate)) * 100,
        service=service,
        parcels=parcels,
        ship_to=ship_to.as_dict(),
        bill_to=bill_to.as_dict(),
        purchase_order=purchase_order.strip()[:60],
        payment_method=payment_method,
        promised_on=choice.promised_on,
        reordered_from_id=_reordered_from(lines),
        placed_by_id=actor.member_id,
    )
    OrderLine.objects.bulk_create(
        _line(order, position, line, shares, promises[line.pk])
        for position, (line, shares) in enumerate(zip(lines, sums, strict=True), start=1)
    )
    for asked in {line.price.option.quote.request for line in lines} - {None}:
        quoting.mark_ordered(actor=actor, rfq=asked)
    BasketLine.objects.across_tenants().filter(pk__in=[line.pk for line in lines]).delete()
    record(
        events.ORDER_PLACED,
        **about(order, actor),
        total=str(order.total),
        currency=order.currency,
        promised_on=str(order.promised_on),
    )
    payment = _ask_for_money(actor, order)
    if payment.state == "succeeded":
        confirm_paid(order, actor)
    return order


@transaction.atomic
def retry_payment(*, actor: Actor, order_uid: str, method: str) -> Payment:
    """Pay another time, or another way, after a decline. A payment by this method that is still open is given again.

    Should both arrive, the second goes back by itself. Raises Conflict when the order is not waiting for money.
    """
    actor.require(PAY)
    order = locked_order(Order.objects.one(actor, order_uid).pk)
    if order.state != "placed":
        raise Conflict("not_waiting", _("This order is not waiting for a payment."), state=order.state)
    open_already = Payment.objects.across_tenants().filter(order_uid=order.uid, state="pending", method=method).first()
    if open_already is not None:
        return open_already
    order.payment_method = method
    order.save(update_fields=["payment_method"])
    payment = _ask_for_money(actor, order)
    if payment.state == "succeeded":
        confirm_paid(order, actor)
    return payment


def locked_basket(actor: Actor) -> Sequence[BasketLine]:
    """The basket's lines, held until the transaction ends: a second click waits, and then finds none."""
    return list(
        BasketLine.objects.visible_to(actor)
        .filter(organisation_id=actor.organisation_id)
        .select_related(
            "price__option__quote__revision__part",
            "price__option__quote__revision__judgement",
            "price__option__quote__request",
        )
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _own_address(actor: Actor, uid: str, field: str) -> Address:
    found = Address.objects.one(actor, uid)
    if found.organisation_id != actor.organisation_id or not found.is_active:
        raise Invalid("unknown_address", _("Choose one of your organisation's addresses."), field=field)
    if found.latitude is None or found.longitude is None:
        raise Invalid("address_without_place", _("The city of this address is not known; correct it."), field=field)
    return found


def _ask_for_money(actor: Actor, order: Order) -> Payment:
    return ledger.open_payment(
        actor=actor,
        organisation_id=order.organisation_id,
        order_uid=order.uid,
        amount=order.total,
        currency=order.currency,
        method=order.payment_method,
    )


def _line(order: Order, position: int, line: BasketLine, shares: LineSum, promised_on: date) -> OrderLine:
    price, option = line.price, line.price.option
    return OrderLine(
        order=order,
        position=position,
        revision=option.quote.revision,
        part_name=option.quote.revision.part.name,
        process=option.process,
        material=option.material,
        finish=option.finish,
        lead_class=price.lead_class,
        lead_days=price.lead_days,
        quantity=line.quantity,
        unit_price=price.unit_price,
        net=shares.net,
        tax=shares.tax,
        maker_unit_payout=price.maker_unit_payout,
        machine_hours=price.machine_hours,
        mass_g=price.mass_g,
        breakdown=price.breakdown,
        rule_version=price.rule_version,
        due_on=shares.due_on,
        promised_on=promised_on,
    )


def _reordered_from(lines: Sequence[BasketLine]) -> int | None:
    """The earlier order, when everything in the basket comes from it."""
    origins = {line.reorder_of_id for line in lines}
    return origins.pop() if len(origins) == 1 else None


def _next_number(today: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_order_number')")
        return f"P-{today.year}-{cursor.fetchone()[0]:06d}"
