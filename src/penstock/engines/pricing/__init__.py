"""Pricing: a part's measurements + a recipe + a quantity → a price with its breakdown.

    from penstock.engines import knowledge, pricing

    facts = pricing.PartFacts.from_measurement(measurement.to_dict())
    price = pricing.price(facts, pricing.Recipe("sls", "pa12"), 10, "standard",
                          pricing.default_book(), knowledge.default())

Rates are data (`PriceBook`), formulas are code, and every price names the version of both.
Signatures: price(part, recipe, quantity, lead_class, book, knowledge) -> Price, raises NotPriced;
price_table(part, quantities, book, knowledge, process=None, material=None, finish=None) -> tuple[PriceRow, ...];
check(part, process, knowledge) -> tuple[Obstacle, ...];
carriage(mass_g, distance_km, service, book) -> Decimal; tax(net, book) -> Decimal;
PriceBook.from_dict(document) / .to_dict(); default_book().
"""

from penstock.engines.pricing.facts import (
    CostItem,
    NotPriced,
    Obstacle,
    PartFacts,
    Price,
    PriceRow,
    Recipe,
)

__all__ = ["CostItem", "NotPriced", "Obstacle", "PartFacts", "Price", "PriceRow", "Recipe"]
