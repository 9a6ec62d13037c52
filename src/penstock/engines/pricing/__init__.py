"""Pricing: a part's measurements + a recipe + a quantity → a price with its breakdown.

    from penstock.engines import knowledge, pricing

    facts = pricing.PartFacts.from_measurement(measurement.to_dict())
    price = pricing.price(facts, pricing.Recipe("sls", "pa12"), 10, "standard",
                          pricing.default_book(), knowledge.default())

Rates are data (`PriceBook`), formulas are code, and every price names the version of both. What no rule
prices raises `NotPriced` with a code, and goes to a person as a request for quotation.
"""

from penstock.engines.pricing.book import PriceBook, PriceBookError, default_book
from penstock.engines.pricing.carriage import carriage, carriage_days, tax
from penstock.engines.pricing.facts import (
    CostItem,
    NotPriced,
    Obstacle,
    PartFacts,
    Price,
    PriceRow,
    Recipe,
)
from penstock.engines.pricing.fitting import check, warnings
from penstock.engines.pricing.table import price, price_table

__all__ = [
    "CostItem",
    "NotPriced",
    "Obstacle",
    "PartFacts",
    "Price",
    "PriceBook",
    "PriceBookError",
    "PriceRow",
    "Recipe",
    "carriage",
    "carriage_days",
    "check",
    "default_book",
    "price",
    "price_table",
    "tax",
    "warnings",
]
