"""How the price of one piece falls with the quantity: a drawing made here, so that it needs no script and prints.

Both axes are logarithmic: what is paid once is shared by more pieces, which is a straight slope there until the work
on each piece alone is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from penstock.engines import knowledge
from penstock.engines.pricing import PartFacts, price_table

from .books import book_of
from .models import QuoteOption

QUANTITIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
WIDTH, HEIGHT = 420, 200
LEFT, RIGHT, TOP, BOTTOM = 14, 14, 26, 30


@dataclass(frozen=True, slots=True)
class Point:
    """A quantity with its price a piece, and where that is on the drawing."""

    quantity: int
    unit_price: Decimal
    x: float
    y: float
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Curve:
    points: tuple[Point, ...]
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = HEIGHT - BOTTOM

    @property
    def path(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)

    @property
    def area(self) -> str:
        first, last = self.points[0], self.points[-1]
        return f"{first.x:.1f},{self.foot} {self.path} {last.x:.1f},{self.foot}"


def curve(option: QuoteOption, lead_class: str, own: int | None = None) -> Curve | None:
    """The prices of a recipe by the price book of its quote; None where no rule prices it (a person answered).

    own: a quantity to show besides. Nothing is kept: a price holds once it is in a quote.
    """
    quote = option.quote
    if quote.request_id is not None:
        return None
    quantities = sorted({*QUANTITIES, *([own] if own else [])})
    rows = price_table(
        PartFacts.from_measurement(quote.revision.measurement),
        quantities,
        book_of(quote.price_book),
        knowledge.default(),
        process=option.process,
        material=option.material,
        finish=option.finish or None,
    )
    prices = {
        price.quantity: price.unit_price
        for row in rows
        if (row.recipe.finish or "") == option.finish
        for price in row.prices
        if price.lead_class == lead_class
    }
    if len(prices) < 2:
        return None
    return Curve(tuple(_points(sorted(prices.items()), own)))


def _points(prices: list[tuple[int, Decimal]], own: int | None) -> list[Point]:
    most = math.log(prices[-1][0] / prices[0][0])
    high = math.log(float(max(price for _, price in prices)))
    low = math.log(float(min(price for _, price in prices)))
    span = max(high - low, 0.05)
    placed: list[Point] = []
    for quantity, price in prices:
        x = LEFT + (WIDTH - LEFT - RIGHT) * math.log(quantity / prices[0][0]) / most
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log(float(price))) / span
        placed.append(Point(quantity, price, x, y, quantity == own or math.log10(quantity) % 1 == 0))
    return placed
