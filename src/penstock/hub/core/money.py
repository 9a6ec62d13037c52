"""Money: decimals with two places in the network's currency, rounded here and nowhere else."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import models
from moneyed import Money

CENT = Decimal("0.01")


def network_currency() -> str:
    """ISO 4217 code of the one currency this network trades in."""
    return settings.DEFAULT_CURRENCY


def cents(amount: Decimal | int | str) -> Decimal:
    """Round half up to two places - the commercial rounding of invoices."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def money(amount: Decimal | int | str, currency: str | None = None) -> Money:
    return Money(cents(amount), currency or network_currency())


def split(amount: Decimal, weights: list[Decimal] | list[int]) -> list[Decimal]:
    """Divide `amount` in proportion to `weights` to the cent; the parts add up to it exactly.

    Largest remainder method: the left-over cents go to the largest fractions, the first of equals first.
    """
    total = sum(Decimal(w) for w in weights)
    if total <= 0:
        raise ValueError("weights must add up to more than zero")
    exact = [amount * Decimal(w) / total for w in weights]
    floor = [e.quantize(CENT, rounding="ROUND_FLOOR") for e in exact]
    left = int((amount - sum(floor)) / CENT)
    by_fraction = sorted(range(len(exact)), key=lambda i: (floor[i] - exact[i], i))
    for i in by_fraction[:left]:
        floor[i] += CENT
    return floor


class AmountField(models.DecimalField):
    """An amount in the currency of its row, to the cent."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 13)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(**kwargs)
