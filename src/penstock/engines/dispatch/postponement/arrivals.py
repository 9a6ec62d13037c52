"""What a look-ahead policy knows of the parts still to come: their kinds, how often each arrives, how they are priced.

The kinds are those of Wu and Yu (2026): low or high, with a small, long or large footprint; sizes are uniform
within the kind, the due date is a multiple of the time the part would take alone, and the price its cost with a
margin.  Their policy knows the true rate of each kind; here a rate is a gamma distribution around a first guess,
narrowed by the parts that have really come (Poisson arrivals have it as conjugate prior), so that another mix is
learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.engines.dispatch.postponement.model import ArrivingPart, PlateShop

HEIGHTS = ((1 / 3, 1 / 2), (1 / 2, 2 / 3))
"""Shares of the machine's height: low, high."""
SIDES = ((1 / 6, 1 / 3), (1 / 3, 1 / 2))
"""Shares of the plate's side: short, long."""
KINDS = 6


@dataclass(frozen=True, slots=True)
class Arrivals:
    """First guess of each kind's rate per hour (low small, long, large, then high), and the hours it is worth."""

    per_h: tuple[float, ...] = (0.04,) * KINDS
    guess_worth_h: float = 100.0
    due_factor: float = 3.0
    late_cost_scale: float = 100.0

    def learned(self, seen: Sequence[ArrivingPart], hours: float, shop: PlateShop) -> tuple[float, ...]:
        """Mean rate per hour of each kind, given the parts that arrived in the first `hours`."""
        counts = [0] * KINDS
        for part in seen:
            if part.arrival_h > 0:  # those there at the start say nothing about the rate
                counts[kind_of(part, shop)] += 1
        worth = self.guess_worth_h
        return tuple((rate * worth + count) / (worth + hours) for rate, count in zip(self.per_h, counts, strict=True))

    def sample(
        self, rates: Sequence[float], start_h: float, end_h: float, shop: PlateShop, random: np.random.Generator
    ) -> list[ArrivingPart]:
        """Parts that might arrive in (start, end], in the order they arrive."""
        parts: list[ArrivingPart] = []
        for kind, rate in enumerate(rates):
            number = random.poisson(max(0.0, rate * (end_h - start_h)))
            hours = (start_h + (end_h - start_h) * random.random(number)).tolist()
            parts += [self._part(kind, hour, f"{kind}@{hour:.6f}", shop, random) for hour in hours]
        return sorted(parts, key=lambda part: part.arrival_h)

    def _part(self, kind: int, hour: float, name: str, shop: PlateShop, random: np.random.Generator) -> ArrivingPart:
        length, width, height = shop.plate_mm
        long_sides = (
            (0, 0) if kind % 3 == 0 else (1, 1) if kind % 3 == 2 else ((1, 0) if random.random() < 0.5 else (0, 1))
        )
        a = length * random.uniform(*SIDES[long_sides[0]])
        b = width * random.uniform(*SIDES[long_sides[1]])
        c = height * random.uniform(*HEIGHTS[kind // 3])
        volume = a * b * c * random.uniform(0.05, 0.15)
        support = volume * random.uniform(0.0, 0.3)
        melt = volume / shop.mm3_per_h + support / shop.support_mm3_per_h
        share = max(a, b) / min(length, width)
        cost = share * (shop.batch_cost + shop.hour_cost * c * shop.h_per_mm)
        cost += shop.mm3_cost * (volume + support) + shop.hour_cost * melt
        price = cost * (1 + 1 / self.due_factor) * (1 + shop.late_cost_per_h / self.late_cost_scale)
        due = hour + self.due_factor * (shop.around_h + melt + c * shop.h_per_mm)
        return ArrivingPart(name, hour, a, b, c, volume, support, due, price)


def kind_of(part: ArrivingPart, shop: PlateShop) -> int:
    """The kind a part belongs to, by its box."""
    length, width, height = shop.plate_mm
    longs = (part.length_mm > length / 3) + (part.width_mm > width / 3)
    return longs + (3 if part.height_mm > height / 2 else 0)
