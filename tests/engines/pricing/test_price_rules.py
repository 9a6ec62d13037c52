"""What every price obeys, whatever the part: sums are exact, more is never cheaper, sooner is never cheaper."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.engines import knowledge as catalogue
from penstock.engines.pricing import NotPriced, PartFacts, Price, PriceBook, Recipe, default_book, price, price_table

from .conftest import box, cylinder

KNOWLEDGE, BOOK = catalogue.default(), default_book()
PRINTED = [
    Recipe(process.code, material.code) for process, material in KNOWLEDGE.recipes() if process.shape_rule == "additive"
]
MADE = [
    *PRINTED,
    Recipe("cnc-milling", "al6061"),
    Recipe("cnc-milling", "al6061", "anodising"),
    Recipe("vacuum-casting", "pu-abs"),
    Recipe("vacuum-casting", "pu-abs", "painting"),
    Recipe("sls", "pa12", "dyeing"),
    Recipe("slm", "316l", "machining-to-size"),
]
sides = st.floats(6, 80)  # so that 1.8 times as large, a part still goes into the smallest chamber
parts = st.builds(
    lambda x, y, z, hull, share, rough: PartFacts(
        volume_mm3=x * y * z * hull * share,
        area_mm2=2 * (x * y + y * z + z * x) * rough,
        size_mm=(x, y, z),
        hull_volume_mm3=x * y * z * hull,
    ),
    sides, sides, sides, st.floats(0.35, 1), st.floats(0.25, 1), st.floats(0.6, 3),
)  # fmt: skip
recipes = st.sampled_from(MADE)
quantities = st.integers(1, 5000)


def at(part: PartFacts, recipe: Recipe, quantity: int, lead: str = "standard", book: PriceBook = BOOK) -> Price:
    return price(part, recipe, quantity, lead, book, KNOWLEDGE)


@given(parts, recipes, quantities, st.sampled_from(sorted(BOOK.lead_classes)))
def test_sums_are_exact(part: PartFacts, recipe: Recipe, quantity: int, lead: str) -> None:
    found = at(part, recipe, quantity, lead)
    assert sum((each.amount for each in found.breakdown), Decimal(0)) == found.unit_price
    assert found.total == found.unit_price * quantity
    assert found.maker_payout_unit + found.platform_margin_unit == found.unit_price
    assert found.maker_payout_total + found.platform_margin_total == found.total
    assert found.maker_payout_total == found.maker_payout_unit * quantity
    assert found.unit_price == found.unit_price.quantize(Decimal("0.01"))
    assert found.unit_price > 0
    assert found.lead_days >= 1
    assert all(each.basis and each.label for each in found.breakdown)


@given(parts, recipes, quantities, st.integers(1, 5000))
def test_more_pieces_never_cost_more_each_nor_less_together(
    part: PartFacts, recipe: Recipe, quantity: int, more: int
) -> None:
    few, many = at(part, recipe, quantity), at(part, recipe, quantity + more)
    assert many.unit_price <= few.unit_price
    # The unit price is rounded to cents (a minimum up to the next cent), which a line multiplies.
    assert many.total >= few.total - Decimal("0.01") * (quantity + more)
    assert many.lead_days >= few.lead_days


@given(parts, recipes, quantities)
def test_twice_the_pieces_always_cost_more_unless_the_minimum_holds(
    part: PartFacts, recipe: Recipe, quantity: int
) -> None:
    few, many = at(part, recipe, quantity), at(part, recipe, 2 * quantity)
    if not any(each.code == "minimum" for each in (*few.breakdown, *many.breakdown)):
        assert many.total > few.total


@given(parts, st.sampled_from(PRINTED), st.floats(0, 1), quantities)
def test_more_material_in_one_outline_is_never_cheaper_to_print(
    part: PartFacts, recipe: Recipe, share: float, quantity: int
) -> None:
    fuller = part.volume_mm3 + share * (part.hull_volume_mm3 - part.volume_mm3)
    assert at(replace(part, volume_mm3=fuller), recipe, quantity).unit_price >= at(part, recipe, quantity).unit_price


@given(parts, recipes, st.floats(1, 1.8), quantities)
def test_the_same_shape_larger_is_never_cheaper(part: PartFacts, recipe: Recipe, by: float, quantity: int) -> None:
    x, y, z = part.size_mm
    larger = PartFacts(
        part.volume_mm3 * by**3, part.area_mm2 * by**2, (x * by, y * by, z * by), part.hull_volume_mm3 * by**3
    )
    found = at(larger, recipe, quantity)
    assert found.unit_price >= at(part, recipe, quantity).unit_price


@given(parts, recipes, quantities)
def test_sooner_is_never_cheaper_nor_later(part: PartFacts, recipe: Recipe, quantity: int) -> None:
    economy, standard, express = (at(part, recipe, quantity, lead) for lead in ("economy", "standard", "express"))
    assert economy.unit_price <= standard.unit_price <= express.unit_price
    assert economy.lead_days >= standard.lead_days >= express.lead_days


@given(parts, st.integers(1, 500))
def test_a_finish_is_never_free(part: PartFacts, quantity: int) -> None:
    plain, dyed = Recipe("sls", "pa12"), Recipe("sls", "pa12", "dyeing")
    assert at(part, dyed, quantity).unit_price >= at(part, plain, quantity).unit_price
    assert at(part, dyed, quantity).lead_days > at(part, plain, quantity).lead_days


@pytest.mark.parametrize(
    ("part", "recipe"),
    [(cylinder(30, 80), Recipe("cnc-turning", "brass")), (box(100, 60, 3), Recipe("sheet-laser", "steel-304"))],
)
def test_turned_and_cut_parts_obey_the_same_rules(part: PartFacts, recipe: Recipe) -> None:
    found = [at(part, recipe, quantity) for quantity in (1, 2, 5, 10, 50, 100, 1000)]
    assert all(a.unit_price >= b.unit_price for a, b in pairwise(found))
    assert all(a.total <= b.total for a, b in pairwise(found))
    for each in found:
        assert sum((item.amount for item in each.breakdown), Decimal(0)) == each.unit_price


def test_what_is_not_priced_says_why(housing: PartFacts) -> None:
    for recipe, code in [
        (Recipe("teleport", "pa12"), "unknown_recipe"),
        (Recipe("sls", "316l"), "unknown_recipe"),
        (Recipe("sls", "pa12", "anodising"), "finish_not_applicable"),
    ]:
        with pytest.raises(NotPriced) as caught:
            at(housing, recipe, 1)
        assert caught.value.code == code
    with pytest.raises(NotPriced, match="lead class"):
        at(housing, Recipe("sls", "pa12"), 1, "yesterday")
    with pytest.raises(ValueError, match="at least 1"):
        at(housing, Recipe("sls", "pa12"), 0)
    with pytest.raises(NotPriced) as caught:
        at(box(500, 30, 30), Recipe("sls", "pa12", "dyeing"), 1)
    assert caught.value.code == "too_large_to_finish"


def test_a_price_names_its_rules_and_its_estimates(housing: PartFacts) -> None:
    found = at(housing, Recipe("sls", "pa12"), 10)
    assert BOOK.version in found.rule_version
    assert KNOWLEDGE.version in found.rule_version
    assert any("machine hour" in each for each in found.estimates)
    assert found.mass_g == pytest.approx(50 * 0.93)
    assert found.to_dict()["unit_price"] == str(found.unit_price)


def test_the_minimum_of_a_line_holds(housing: PartFacts) -> None:
    tiny = box(6, 6, 6)
    one = at(tiny, Recipe("mjf", "pa12-mjf"), 1)
    assert one.total >= Decimal(str(BOOK.minimum_line))
    assert one.total >= Decimal("40")
    many = at(tiny, Recipe("mjf", "pa12-mjf"), 1000)
    assert many.unit_price >= Decimal("2.00")


def test_the_table_has_every_recipe_cheapest_first(housing: PartFacts) -> None:
    rows = price_table(housing, (1, 10), BOOK, KNOWLEDGE)
    plain = [row for row in rows if row.recipe.finish is None]
    assert {(row.recipe.process, row.recipe.material) for row in plain} == {
        (process.code, material.code) for process, material in KNOWLEDGE.recipes()
    }
    assert any(row.recipe.finish == "dyeing" for row in rows)
    assert all(bool(row.prices) != bool(row.obstacles) for row in rows)
    firsts = [each.unit_price for row in rows if (each := row.at(1)) is not None]
    assert firsts == sorted(firsts)
    priced = [bool(row.prices) for row in rows]
    assert priced == sorted(priced, reverse=True)
    assert all(len(row.prices) == 2 * len(BOOK.lead_classes) for row in rows if row.prices)
    row = next(row for row in rows if row.recipe == Recipe("sls", "pa12"))
    assert row.at(10, "express") == at(housing, Recipe("sls", "pa12"), 10, "express")


def test_the_table_narrows(housing: PartFacts) -> None:
    rows = price_table(housing, (1,), BOOK, KNOWLEDGE, process="sls", material="pa12", finish="dyeing")
    assert [row.recipe for row in rows] == [Recipe("sls", "pa12", "dyeing")]
    assert price_table(housing, (1,), BOOK, KNOWLEDGE, process="teleport") == ()
