"""Prices for people to choose from: one recipe, or every recipe that could make the part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing.book import PriceBook
from penstock.engines.pricing.costing import costs, price_at
from penstock.engines.pricing.facts import NotPriced, Obstacle, PartFacts, Price, PriceRow, Recipe
from penstock.engines.pricing.fitting import check


def price(
    part: PartFacts,
    recipe: Recipe,
    quantity: int,
    lead_class: str,
    book: PriceBook,
    knowledge: Knowledge,
) -> Price:
    """The price of `quantity` pieces. Raises NotPriced when no rule prices it."""
    if recipe.process not in knowledge.processes:
        raise NotPriced("unknown_recipe", f"{recipe} is not in the catalogue", {"recipe": str(recipe)})
    for obstacle in check(part, recipe.process, knowledge):
        raise NotPriced(obstacle.code, obstacle.message, obstacle.data)
    return price_at(costs(part, recipe, book, knowledge), quantity, lead_class, book)


def price_table(
    part: PartFacts,
    quantities: Sequence[int],
    book: PriceBook,
    knowledge: Knowledge,
    process: str | None = None,
    material: str | None = None,
    finish: str | None = None,
) -> tuple[PriceRow, ...]:
    """A row for every process and material — as made, and with the process's usual finishes; or with `finish`
    only — priced at every quantity and lead class. Cheapest first (at the first quantity, standard lead time);
    rows that cannot be priced come last and say why. Unknown codes give no rows."""
    obstacles = {code: check(part, code, knowledge) for code in knowledge.processes if process in (None, code)}
    rows = [
        _row(part, recipe, obstacles[recipe.process], quantities, book, knowledge)
        for recipe in _recipes(knowledge, process, material, finish)
    ]
    return tuple(sorted(rows, key=_cheapest_first))


def _recipes(knowledge: Knowledge, process: str | None, material: str | None, finish: str | None) -> Iterator[Recipe]:
    for made_by, made_of in knowledge.recipes():
        if process not in (None, made_by.code) or material not in (None, made_of.code):
            continue
        if finish is not None:
            yield Recipe(made_by.code, made_of.code, finish)
            continue
        yield Recipe(made_by.code, made_of.code)
        applicable = {each.code for each in knowledge.finishes_for(made_by.code, made_of.code)}
        for usual in made_by.default_finishes:
            if usual in applicable:
                yield Recipe(made_by.code, made_of.code, usual)


def _row(
    part: PartFacts,
    recipe: Recipe,
    obstacles: tuple[Obstacle, ...],
    quantities: Sequence[int],
    book: PriceBook,
    knowledge: Knowledge,
) -> PriceRow:
    if obstacles:
        return PriceRow(recipe, obstacles=obstacles)
    try:
        found = costs(part, recipe, book, knowledge)
    except NotPriced as reason:
        return PriceRow(recipe, obstacles=(Obstacle(reason.code, reason.message, reason.data),))
    return PriceRow(
        recipe,
        tuple(
            price_at(found, quantity, lead_class, book) for quantity in quantities for lead_class in book.lead_classes
        ),
    )


def _cheapest_first(row: PriceRow) -> tuple[bool, float, str]:
    standard = [each.unit_price for each in row.prices if each.lead_class == "standard"]
    return (not standard, float(standard[0]) if standard else 0.0, str(row.recipe))
