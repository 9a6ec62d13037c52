"""Parts with measurements known from their geometry, and the shipped rates."""

from __future__ import annotations

import math

import pytest
from hypothesis import settings

from penstock.engines import knowledge as catalogue
from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing import PartFacts, PriceBook, default_book

# A slow machine is no fault of a price.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return catalogue.default()


@pytest.fixture(scope="session")
def book() -> PriceBook:
    return default_book()


@pytest.fixture(scope="session")
def housing() -> PartFacts:
    """50 cm3 in a hull of 100: an ordinary part."""
    return PartFacts(50_000, 30_000, (60, 60, 50), 100_000, 1, (3100, 2400, 2600))


def box(x: float, y: float, z: float) -> PartFacts:
    volume, area = x * y * z, 2 * (x * y + y * z + z * x)
    return PartFacts(volume, area, (x, y, z), volume, 1, (y * z, x * z, x * y))


def cylinder(diameter: float, length: float) -> PartFacts:
    """Standing along z."""
    disc = math.pi / 4 * diameter**2
    area = 2 * disc + math.pi * diameter * length
    return PartFacts(
        disc * length,
        area,
        (diameter, diameter, length),
        disc * length,
        1,
        (diameter * length, diameter * length, disc),
    )


def cone(diameter: float, length: float) -> PartFacts:
    disc = math.pi / 4 * diameter**2
    side = math.pi * diameter / 2 * math.hypot(diameter / 2, length)
    shadow = diameter * length / 2
    volume = disc * length / 3
    return PartFacts(volume, disc + side, (diameter, diameter, length), volume, 1, (shadow, shadow, disc))
