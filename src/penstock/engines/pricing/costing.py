"""From work and rates to a price: the one place where money is added up and rounded.

A recipe's costs are worked out once (`Costs`), then priced at any quantity and lead class. Setting up is
divided by the quantity and keeps the margin of one piece; what each piece costs carries a margin that falls
with quantity. So the unit price never rises with quantity and the line never gets cheaper by ordering more,
but for the rounding of the unit price to cents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing.book import PriceBook, Rate
from penstock.engines.pricing.facts import CostItem, NotPriced, PartFacts, Price, Recipe
from penstock.engines.pricing.formulas import Work, work


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in the book's currency. `lasts` is how many pieces a thing paid once serves (0: paid for
    each piece)."""

    code: str
    label: str
    amount: float
    basis: str
    lasts: float = 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Everything about a recipe for a part that does not depend on quantity and lead class."""

    recipe: Recipe
    each: tuple[Cost, ...]
    once: tuple[Cost, ...]
    work: Work
    days: float
    hours_per_day: float
    estimates: tuple[str, ...]
    rule_version: str


def costs(part: PartFacts, recipe: Recipe, book: PriceBook, knowledge: Knowledge) -> Costs:
    """The costs of making the part by the recipe. Raises NotPriced when the catalogue or the book does not
    cover it. The part must have passed `fitting.check`."""
    material = knowledge.materials.get(recipe.material)
    if recipe.process not in knowledge.processes or material is None or recipe.process not in material.processes:
        raise NotPriced("unknown_recipe", f"{recipe} is not in the catalogue", {"recipe": str(recipe)})
    process = knowledge.process(recipe.process)
    rates = book.processes.get(recipe.process)
    material_rates = book.materials.get(recipe.material)
    machine = knowledge.machines.get(rates.machine) if rates else None
    if rates is None or material_rates is None or machine is None:
        raise NotPriced("no_rate", f"The price book has no rate for {recipe}", {"recipe": str(recipe)})
    labour = book.labour_per_hour.amount
    chamber_mm3 = math.prod(machine.chamber_mm)
    done = work(part, process.shape_rule, rates, material_rates, material, chamber_mm3, labour)

    machine_cost = done.machine_hours * rates.rate.amount
    material_cost = done.material_g / 1000 * material_rates.price_per_kg.amount
    build_cost = done.build_share * rates.minutes_per_build / 60 * labour
    risk = rates.failure / (1 - rates.failure) * (machine_cost + material_cost + build_cost)
    each = [
        Cost(
            "machine",
            "Machine time",
            machine_cost,
            f"{done.machine_hours:.3f} h at {rates.rate.amount:.2f}/h: {done.machine_basis}",
        ),
        Cost(
            "material",
            "Material",
            material_cost,
            f"{done.material_basis} at {material_rates.price_per_kg.amount:.2f}/kg",
        ),
        Cost(
            "build",
            "Preparing and emptying the build",
            build_cost,
            f"{done.build_share:.2%} of a build of {rates.minutes_per_build:g} min",
        ),
        Cost(
            "labour",
            "Handling each piece",
            rates.minutes_per_part / 60 * labour,
            f"{rates.minutes_per_part:g} min at {labour:.2f}/h",
        ),
        Cost("risk", "Failed builds", risk, f"{rates.failure:.1%} of builds fail"),
        Cost(
            "packing",
            "Packing",
            book.packing_per_part.amount + done.mass_g / 1000 * book.packing_per_kg.amount,
            f"{done.mass_g:.1f} g",
        ),
    ]
    setup_minutes = rates.minutes_per_line + done.setup_minutes
    once = [
        Cost(
            "setup",
            "Setting up the line",
            setup_minutes / 60 * labour + done.setup_machine_hours * rates.rate.amount + book.packing_per_line.amount,
            f"{setup_minutes:g} min work, {done.setup_machine_hours:.2f} machine h and the parcel",
            math.inf,
        ),
    ]
    if done.tooling is not None:
        once.append(Cost("tooling", "Tooling", done.tooling.amount, done.tooling.basis, done.tooling.lasts))
    used = [("machine hour", rates.rate), ("material", material_rates.price_per_kg), ("labour", book.labour_per_hour)]
    days = rates.days
    if recipe.finish is not None:
        used += _finish(part, recipe, book, knowledge, each, once)
        days += knowledge.finish(recipe.finish).facts["days"].number
    return Costs(
        recipe=recipe,
        each=tuple(each),
        once=tuple(once),
        work=done,
        days=days,
        hours_per_day=rates.hours_per_day,
        estimates=(*done.assumptions, *_estimates(used), f"{process.trade_name} rates: {rates.basis}"),
        rule_version=f"book {book.label}, knowledge {knowledge.version}",
    )


def _finish(
    part: PartFacts,
    recipe: Recipe,
    book: PriceBook,
    knowledge: Knowledge,
    each: list[Cost],
    once: list[Cost],
) -> list[tuple[str, Rate]]:
    """Adds the finish's costs to `each` and `once`; returns the rates it used."""
    offered = {finish.code: finish for finish in knowledge.finishes_for(recipe.process, recipe.material)}
    finish, rates = offered.get(recipe.finish or ""), book.finishes.get(recipe.finish or "")
    if finish is None:
        raise NotPriced(
            "finish_not_applicable",
            f"{recipe.finish} does not apply to {recipe.material} made by {recipe.process}",
            {"recipe": str(recipe)},
        )
    if rates is None:
        raise NotPriced("no_rate", f"The price book has no rate for {recipe.finish}", {"recipe": str(recipe)})
    limit = finish.facts.get("largest_part")
    if limit is not None and any(
        side > room for side, room in zip(sorted(part.size_mm), sorted(limit.triple), strict=True)
    ):
        raise NotPriced(
            "too_large_to_finish",
            f"The part is too large for {finish.name.lower()}",
            {"size_mm": list(part.size_mm), "largest_mm": list(limit.triple)},
        )
    area_cm2 = part.area_mm2 / 100
    each.append(
        Cost(
            "finish",
            finish.name,
            rates.per_part.amount + area_cm2 * rates.per_cm2.amount,
            f"{rates.per_part.amount:.2f} a piece + {area_cm2:.1f} cm2 at {rates.per_cm2.amount:.3f}",
        )
    )
    once.append(
        Cost(
            "finish_setup",
            f"{finish.name}, setting up",
            rates.per_line.amount,
            f"{rates.per_line.amount:.2f} a line",
            math.inf,
        )
    )
    return [("finishing", rates.per_part)]


def _estimates(used: Sequence[tuple[str, Rate]]) -> list[str]:
    return [f"{name}: {rate.quoted}, {rate.source}" for name, rate in used if rate.estimate]


def margin_at(book: PriceBook, quantity: int) -> float:
    """Gross margin at a quantity: interpolated between the book's steps on the logarithm of the quantity."""
    steps = book.margin_steps
    for (low, high_margin), (high, low_margin) in pairwise(steps):
        if quantity <= high:
            share = math.log(quantity / low) / math.log(high / low)
            return high_margin + share * (low_margin - high_margin)
    return steps[-1][1]


def price_at(found: Costs, quantity: int, lead_class: str, book: PriceBook) -> Price:
    """The price of a quantity. Raises NotPriced for a lead class the book does not have and ValueError for a
    quantity below one."""
    if quantity < 1:
        raise ValueError(f"quantity must be at least 1, not {quantity}")
    lead = book.lead_classes.get(lead_class)
    if lead is None:
        raise NotPriced(
            "unknown_lead_class", f"The price book has no lead class {lead_class!r}", {"lead_class": lead_class}
        )
    items: list[tuple[str, str, float, str]] = []
    one_cost = once_cost = 0.0
    for cost in found.each:
        one_cost += cost.amount
        items.append((cost.code, cost.label, cost.amount, cost.basis))
    for cost in found.once:
        share = cost.amount / min(quantity, cost.lasts)
        once_cost += share
        items.append((cost.code, cost.label, share, f"{cost.amount:.2f} for the line: {cost.basis}"))
    margin, first_margin = margin_at(book, quantity), book.margin_steps[0][1]
    before_lead = one_cost / (1 - margin) + once_cost / (1 - first_margin)
    items.append(
        (
            "margin",
            "Margin",
            before_lead - one_cost - once_cost,
            f"{margin:.1%} of the piece, {first_margin:.0%} of what is paid once",
        )
    )
    wanted = before_lead * lead.factor
    if lead.factor != 1:
        items.append(("lead_time", "Lead time", wanted - before_lead, f"{lead_class}: x {lead.factor:g}"))

    cents = math.floor(wanted * 100 + 0.5)
    least = max(math.ceil(book.minimum_part * 100 - 1e-6), math.ceil(book.minimum_line * 100 / quantity - 1e-6), 1)
    if cents < least:
        cents = least
        items.append(
            (
                "minimum",
                "Up to the minimum",
                least / 100 - wanted,
                f"at least {book.minimum_part:.2f} a piece and {book.minimum_line:.2f} a line",
            )
        )
    unit = _money(cents)
    kept = _money(math.floor(cents * book.platform_share + 0.5))
    hours = found.work.machine_hours * quantity
    return Price(
        recipe=found.recipe,
        quantity=quantity,
        lead_class=lead_class,
        lead_days=max(
            1, math.ceil(found.days * lead.days_factor + lead.days_extra + hours / found.hours_per_day - 1e-9)
        ),
        currency=book.currency,
        unit_price=unit,
        total=unit * quantity,
        maker_payout_unit=unit - kept,
        maker_payout_total=(unit - kept) * quantity,
        platform_margin_unit=kept,
        platform_margin_total=kept * quantity,
        breakdown=_rounded(items, cents),
        machine_hours=hours,
        mass_g=found.work.mass_g,
        build_share=found.work.build_share * quantity,
        rule_version=found.rule_version,
        estimates=found.estimates,
    )


def _rounded(items: list[tuple[str, str, float, str]], total_cents: int) -> tuple[CostItem, ...]:
    """The items in cents that add up exactly: each is the difference of two rounded running sums, so no item
    is off by more than a cent and the last sum is the price itself."""
    found, running, before = [], 0.0, 0
    last = len(items) - 1
    for index, (code, label, amount, basis) in enumerate(items):
        running += amount
        upto = total_cents if index == last else math.floor(running * 100 + 0.5)
        found.append(CostItem(code, label, _money(upto - before), basis))
        before = upto
    return tuple(found)


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
