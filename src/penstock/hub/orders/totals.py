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

# Nearest first: what a buyer takes who does not choose.
USUAL_SERVICE = "standard"


@dataclass(frozen=True, slots=True)
class LineSum:
    """One line's share: net, its tax, and when it leaves the maker at the latest."""

    net: Decimal
    tax: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """One delivery service for the whole basket, with everything the buyer would pay."""

    service: str
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
    lines: Sequence[BasketLine], sums: Sequence[LineSum], service: str, address: Address, book: PriceBook
) -> DeliveryChoice:
    """Carriage of everything as one parcel from the hub's city, and the promise: the slowest line, then the road."""
    kilometres = distance_from_hub(address, book)
    mass_g = sum(line.price.mass_g * line.quantity for line in lines)
    carriage = pricing.carriage(mass_g, kilometres, service, book)
    net = sum((each.net for each in sums), Decimal(0))
    tax = sum((each.tax for each in sums), pricing.tax(carriage, book))
    leaves_on = max(each.due_on for each in sums)
    return DeliveryChoice(
        service=service,
        net=net,
        carriage=carriage,
        tax=tax,
        total=net + carriage + tax,
        promised_on=add_working_days(leaves_on, pricing.carriage_days(kilometres, service, book)),
        distance_km=round(kilometres, 1),
    )


def delivery_choices(
    lines: Sequence[BasketLine], address: Address, book: PriceBook, today: date
) -> tuple[DeliveryChoice, ...]:
    """Every service of the price book, the cheapest first."""
    sums = line_sums(lines, book, today)
    choices = [delivery_choice(lines, sums, service, address, book) for service in book.carriage]
    return tuple(sorted(choices, key=lambda choice: (choice.total, choice.promised_on)))


def distance_from_hub(address: Address, book: PriceBook) -> float:
    """Kilometres from the network's hub, over the ground. ValueError for an address without a place."""
    hub = find_city(book.hub_city, book.hub_country)
    if hub is None:
        raise ValueError(f"the price book's hub {book.hub_city!r} is no known city")
    if address.latitude is None or address.longitude is None:
        raise ValueError("the address has no coordinates")
    return distance_km(hub, (address.latitude, address.longitude))
