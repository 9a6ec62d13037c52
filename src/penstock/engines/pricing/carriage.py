"""What is added to prices at the end of an order: carriage and tax."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from penstock.engines.pricing.book import CarriageRates, PriceBook
from penstock.engines.pricing.facts import NotPriced

_CENT = Decimal("0.01")


def carriage(mass_g: float, distance_km: float, service: str, book: PriceBook) -> Decimal:
    """Cost of one parcel in the book's currency, without tax. Mass counts by the kilogram or part of one.
    Raises NotPriced for a service the book does not have."""
    rates = _service(service, book)
    kilograms = max(1, math.ceil(mass_g / 1000 - 1e-9))
    amount = rates.base.amount + rates.per_kg.amount * kilograms + rates.per_km.amount * max(0.0, distance_km)
    return Decimal(str(amount)).quantize(_CENT, ROUND_HALF_UP)


def carriage_days(distance_km: float, service: str, book: PriceBook) -> int:
    """Days on the road, rounded up; at least one."""
    rates = _service(service, book)
    return max(1, math.ceil(rates.days + max(0.0, distance_km) / rates.km_per_day - 1e-9))


def tax(net: Decimal, book: PriceBook) -> Decimal:
    """Tax on a net amount at the book's rate, rounded half up to cents."""
    return (net * Decimal(str(book.tax_rate))).quantize(_CENT, ROUND_HALF_UP)


def _service(service: str, book: PriceBook) -> CarriageRates:
    rates = book.carriage.get(service)
    if rates is None:
        raise NotPriced("unknown_service", f"The price book has no carriage service {service!r}", {"service": service})
    return rates
