"""The shipped rates give prices of the size real bureaus ask, in euro at the book's own rate.

The ranges are wide: they catch a wrong unit or a lost factor, not a market that moved.
"""

from __future__ import annotations

import pytest

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing import PartFacts, PriceBook, Recipe, price

from .conftest import box, cylinder


def euro(part: PartFacts, recipe: str, quantity: int, book: PriceBook, knowledge: Knowledge) -> float:
    process, material = recipe.split()
    found = price(part, Recipe(process, material), quantity, "standard", book, knowledge)
    return float(found.unit_price) / float(book.document["exchange"]["EUR"]["rate"])


@pytest.mark.parametrize(
    ("recipe", "least", "most"),
    [
        ("sls pa12", 15, 30),
        ("mjf pa12-mjf", 13, 30),
        ("fdm pla", 10, 35),
        ("sla resin-white", 15, 60),
        ("dlp resin-grey", 15, 60),
        ("dlp resin-tough", 30, 90),
        ("mjt vero", 80, 300),
        ("bjt 316l", 60, 300),
        ("slm 316l", 400, 1800),
        ("slm ti64", 500, 2500),
        ("cnc-milling al6061", 60, 250),
        ("cnc-milling ti-grade5", 250, 900),
        ("vacuum-casting pu-abs", 100, 400),
    ],
)
def test_one_ordinary_part_of_50_cm3(
    housing: PartFacts, book: PriceBook, knowledge: Knowledge, recipe: str, least: float, most: float
) -> None:
    assert least <= euro(housing, recipe, 1, book, knowledge) <= most


def test_the_worked_example_for_laser_sintering(book: PriceBook, knowledge: Knowledge) -> None:
    """Phasio: EUR 0.18 per cm3 of shrink wrap + 80 a build, 10 % off at 50: EUR 53.80 at 5 and 35.46 at 50,
    which is a part of 210 cm3 wrapped; it charges one line the whole build's set-up, we share builds."""
    part = PartFacts(105_000, 60_000, (80, 70, 60), 210_000)
    assert 25 <= euro(part, "sls pa12", 5, book, knowledge) <= 60
    assert 25 <= euro(part, "sls pa12", 50, book, knowledge) <= 48


def test_the_list_price_by_bounding_box(book: PriceBook, knowledge: Knowledge) -> None:
    """3dpeople.uk: (x+1)(y+1)(z+1) x GBP 0.00011 for laser sintered PA12, at quantity."""
    part = PartFacts(50_000, 25_000, (60, 60, 50), 120_000)
    listed = 61 * 61 * 51 * 0.00011 * float(book.document["exchange"]["GBP"]["rate"])
    ours = float(price(part, Recipe("sls", "pa12"), 20, "standard", book, knowledge).unit_price)
    assert 0.5 * listed <= ours <= 1.6 * listed


def test_the_worked_example_for_metal(book: PriceBook, knowledge: Knowledge) -> None:
    """Phasio: (V + 0.4 (hull - V)) / 5 cm3/h at EUR 130/h: 25 cm3 in a hull of 50 is EUR 910 of machine time
    before margin, with machines at EUR 80 to 250/h and twice that speed being ordinary."""
    part = PartFacts(25_000, 15_000, (45, 40, 40), 50_000)
    assert 200 <= euro(part, "slm 316l", 1, book, knowledge) <= 1500


def test_metal_is_much_dearer_than_nylon_and_a_mould_pays_at_quantity(
    housing: PartFacts, book: PriceBook, knowledge: Knowledge
) -> None:
    assert euro(housing, "slm 316l", 1, book, knowledge) > 10 * euro(housing, "sls pa12", 1, book, knowledge)
    assert euro(housing, "vacuum-casting pu-abs", 1, book, knowledge) > 3 * euro(
        housing, "vacuum-casting pu-abs", 15, book, knowledge
    )


def test_small_flat_and_round_parts(book: PriceBook, knowledge: Knowledge) -> None:
    assert 3 <= euro(box(100, 60, 3), "sheet-laser steel-304", 1, book, knowledge) <= 40
    assert euro(box(100, 60, 3), "sheet-laser steel-304", 100, book, knowledge) <= 12
    assert 15 <= euro(cylinder(20, 60), "cnc-turning al6061", 1, book, knowledge) <= 120
    assert 4 <= euro(box(20, 20, 10), "fdm pla", 1, book, knowledge) <= 12
