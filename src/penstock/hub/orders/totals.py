"""What a basket would cost and when it would come, for each delivery service. The same sums make an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from penstock.engines import pricing
from penstock.engines.knowledge.places import distance_km, find_city
from penstock.engines.pricing import PriceBook
from penstock.hub.core.money import cents
from penstock.hub.parties.models import Address

from .models import BasketLine
from .promises import add_working_days
from .states import Parcels

# Nearest first: what a buyer takes who does not choose.
USUAL_SERVICE = "standard"


@dataclass(frozen=True, slots=True)
class LineSum:
    """One line's share: net, its tax, and when it leaves the maker at the latest."""

    net: Decimal
    tax: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class Consignment:
    """Lines that are promised for the same day, with the carriage of a parcel of their own."""

    lines: tuple[BasketLine, ...]
    carriage: Decimal
    promised_on: date


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """One delivery service for the whole basket, with everything the buyer would pay.

    `parcels`: all of it in one, or each day's lines as soon as they are ready; the consignments, earliest first.
    """

    service: str
    parcels: str
    consignments: tuple[Consignment, ...]
    net: Decimal
    carriage: Decimal
    tax: Decimal
    total: Decimal
    promised_on: date
    distance_km: float


def line_sums(lines: Sequence[BasketLine], book: PriceBook, today: date) -> list[LineSum]:
    """Tax is rounded line by line, so that a line can be cancelled or settled by itself to the cent."""
    sums = []
    for line in lines:
        net = cents(line.price.unit_price * line.quantity)
        sums.append(LineSum(net, pricing.tax(net, book), add_working_days(today, line.price.lead_days)))
    return sums


def delivery_choice(
    lines: Sequence[BasketLine],
    sums: Sequence[LineSum],
    service: str,
    address: Address,
    book: PriceBook,
    parcels: str = "",
) -> DeliveryChoice:
    """Carriage from the hub's city as one parcel, or as one for each day on which lines are ready; the promise is
    that day, then the road."""
    kilometres = distance_from_hub(address, book)
    under_way = pricing.carriage_days(kilometres, service, book)
    last = max(each.due_on for each in sums)
    ready: dict[date, list[BasketLine]] = {}
    for line, shares in sorted(zip(lines, sums, strict=True), key=lambda pair: pair[1].due_on):
        ready.setdefault(shares.due_on if parcels == Parcels.EARLIER else last, []).append(line)
    consignments = tuple(
        Consignment(
            tuple(together),
            pricing.carriage(sum(line.price.mass_g * line.quantity for line in together), kilometres, service, book),
            add_working_days(leaves_on, under_way),
        )
        for leaves_on, together in ready.items()
    )
    carriage = sum((each.carriage for each in consignments), Decimal(0))
    net = sum((each.net for each in sums), Decimal(0))
    tax = sum((each.tax for each in sums), pricing.tax(carriage, book))
    return DeliveryChoice(
        service=service,
        parcels=parcels,
        consignments=consignments,
        net=net,
        carriage=carriage,
        tax=tax,
        total=net + carriage + tax,
        promised_on=consignments[-1].promised_on,
        distance_km=round(kilometres, 1),
    )


def delivery_choices(
    lines: Sequence[BasketLine], address: Address, book: PriceBook, today: date
) -> tuple[DeliveryChoice, ...]:
    """Every service of the price book, the cheapest first. Where lines are ready on different days each comes twice:
    in fewer parcels, or earlier."""
    sums = line_sums(lines, book, today)
    wishes = list(Parcels) if len({each.due_on for each in sums}) > 1 else [""]
    choices = [
        delivery_choice(lines, sums, service, address, book, parcels) for service in book.carriage for parcels in wishes
    ]
    return tuple(sorted(choices, key=lambda choice: (choice.total, choice.promised_on)))


def distance_from_hub(address: Address, book: PriceBook) -> float:
    """Kilometres from the network's hub, over the ground. ValueError for an address without a place."""
    hub = find_city(book.hub_city, book.hub_country)
    if hub is None:
        raise ValueError(f"the price book's hub {book.hub_city!r} is no known city")
    if address.latitude is None or address.longitude is None:
        raise ValueError("the address has no coordinates")
    return distance_km(hub, (address.latitude, address.longitude))
