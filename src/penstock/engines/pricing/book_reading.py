"""Checking a price-book document and turning it into a `PriceBook`, with every fault named by its entry."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, TypeVar

from penstock.engines.pricing.book import (
    CarriageRates,
    FinishRates,
    LeadClass,
    MaterialRates,
    PriceBook,
    PriceBookError,
    ProcessRates,
    Rate,
    fingerprint,
)

_T = TypeVar("_T")
_NOTHING = Rate(0.0, "0", "", False)

# Parameters of the formulas, and between what values each is believable.
NUMBERS: Mapping[str, tuple[float, float]] = {
    "deposition_cm3_h": (0.1, 100_000),
    "chamber_l_h": (0.01, 1000),
    "fill": (0.01, 1),
    "gap_mm": (0, 50),
    "hull_share": (0, 1),
    "support_share": (0, 1),
    "infill": (0.01, 1),
    "wall_mm": (0, 20),
    "lost_g_cm3": (0, 10),
    "allowance_mm": (0, 50),
    "removal_cm3_h": (1, 100_000),
    "surface_cm2_h": (1, 100_000),
    "cut_m_h": (1, 10_000),
    "kerf_mm": (0, 20),
    "programming_minutes": (0, 10_000),
    "mould_wall_mm": (1, 200),
    "mould_price_per_kg": (0, 10_000),
    "mould_minutes": (0, 10_000),
    "master_per_cm3": (0, 1000),
    "shots": (1, 10_000),
    "cycle_hours": (0.01, 100),
}


class _Document:
    """One mapping of the document. Faults are collected, never raised; unknown keys are faults."""

    def __init__(self, raw: Any, path: str, problems: list[str], exchange: Mapping[str, float]) -> None:
        self.path = path
        self.problems = problems
        self.exchange = exchange
        self._asked: set[str] = set()
        self._raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        if not isinstance(raw, dict):
            self.note("", f"must be a mapping, found {raw!r}")

    def note(self, key: str, why: str) -> None:
        self.problems.append(f"{'.'.join(part for part in (self.path, key) if part)}: {why}")

    def take(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        if key not in self._raw and default is None:
            self.note(key, "is missing")
        return self._raw.get(key, default)

    def text(self, key: str) -> str:
        value = self.take(key)
        if value is not None and (not isinstance(value, str) or not value):
            self.note(key, f"must be text, found {value!r}")
        return str(value)

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        value = self.take(key, default)
        if not is_number(value):
            if value is not None:
                self.note(key, f"must be a number, found {value!r}")
            return low
        if not low <= value <= high:
            self.note(key, f"is {value:g}, out of range {low:g} to {high:g}")
        return float(value)

    def rate(self, key: str, optional: bool = False) -> Rate:
        """{amount, currency, source, estimate} converted to the book's currency."""
        raw = self.take(key, {} if optional else None)
        if optional and raw == {}:
            return _NOTHING
        at = self.section(key, raw)
        amount, currency = at.number("amount", 0, 1e7), at.text("currency")
        source, estimate = at.text("source"), at.take("estimate", False)
        if not isinstance(estimate, bool):
            at.note("estimate", f"must be true or false, found {estimate!r}")
        if currency not in self.exchange:
            at.note("currency", f"{currency!r} is not in the exchange table")
        at.done()
        converted = amount * self.exchange.get(currency, 1.0)
        return Rate(converted, f"{amount:g} {currency}", source, estimate is True)

    def section(self, key: str, raw: Any = None) -> _Document:
        found = self.take(key) if raw is None else raw
        path = f"{self.path}.{key}" if self.path else key
        return _Document(found if found is not None else {}, path, self.problems, self.exchange)

    def each(self, key: str, read: Callable[[_Document], _T]) -> dict[str, _T]:
        """The mapping code → entry under `key`, every entry read and checked for unknown keys."""
        section = self.section(key)
        found = {}
        for code in section._raw:
            entry = section.section(code)
            found[code] = read(entry)
            entry.done()
        if not found:
            self.note(key, "has no entries")
        return found

    def done(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                self.note(str(key), "is not a field of this entry")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def read_book(document: Mapping[str, Any]) -> PriceBook:
    """The checked book; raises PriceBookError with every fault."""
    if not isinstance(document, dict):
        raise PriceBookError((f"the document must be a mapping, found {type(document).__name__}",))
    problems: list[str] = []
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PriceBookError((f"the document is not JSON: {error}",)) from error
    root = _Document(document, "", problems, {})
    currency = root.text("currency")
    exchange = _exchange(root, currency)
    root = _Document(document, "", problems, exchange)
    root.take("exchange", {})
    hub, packing, minimum = root.section("hub"), root.section("packing"), root.section("minimum")
    book = PriceBook(
        version=root.text("version"),
        currency=root.text("currency"),
        hub_city=hub.text("city"),
        hub_country=hub.text("country"),
        labour_per_hour=root.rate("labour_per_hour"),
        packing_per_line=packing.rate("per_line"),
        packing_per_part=packing.rate("per_part"),
        packing_per_kg=packing.rate("per_kg"),
        margin_steps=_margin(root),
        platform_share=root.number("platform_share", 0, 0.95),
        minimum_part=minimum.rate("per_part").amount,
        minimum_line=minimum.rate("per_line").amount,
        tax_rate=root.number("tax_rate", 0, 1),
        processes=root.each("processes", _process),
        materials=root.each("materials", _material),
        finishes=root.each("finishes", _finish),
        lead_classes=_lead_classes(root),
        carriage=root.each("carriage", _carriage),
        document=copy.deepcopy(document),
        fingerprint=fingerprint(document),
    )
    for section in (hub, packing, minimum, root):
        section.done()
    if problems:
        raise PriceBookError(tuple(dict.fromkeys(problems)))
    return book


def _exchange(root: _Document, currency: str) -> dict[str, float]:
    """Currency → how much of the book's currency one unit buys."""
    rates = {currency: 1.0}
    table = root.section("exchange", root.take("exchange", {}))
    for code in table._raw:
        entry = table.section(code)
        rates[code] = entry.number("rate", 1e-6, 1e6)
        entry.text("date")
        entry.text("source")
        entry.take("estimate", False)
        entry.done()
    return rates


def _process(at: _Document) -> ProcessRates:
    rates = ProcessRates(
        machine=at.text("machine"),
        rate=at.rate("rate"),
        minutes_per_line=at.number("minutes_per_line", 0, 10_000),
        minutes_per_part=at.number("minutes_per_part", 0, 10_000),
        minutes_per_build=at.number("minutes_per_build", 0, 10_000, 0),
        failure=at.number("failure", 0, 0.9),
        days=at.number("days", 0, 200),
        hours_per_day=at.number("hours_per_day", 0.1, 100_000),
        numbers=_numbers(at.section("numbers")),
        basis=at.text("basis"),
    )
    return rates


def _numbers(at: _Document) -> dict[str, float]:
    numbers = {key: at.number(key, *NUMBERS[key]) for key in at._raw if key in NUMBERS}
    at.done()
    return numbers


def _material(at: _Document) -> MaterialRates:
    thicknesses = at.take("thicknesses_mm", [])
    if not isinstance(thicknesses, list) or not all(is_number(each) and each > 0 for each in thicknesses):
        at.note("thicknesses_mm", f"must be a list of positive numbers, found {thicknesses!r}")
        thicknesses = []
    return MaterialRates(
        price_per_kg=at.rate("per_kg"),
        waste=at.number("waste", 1, 20, 1),
        machine_factor=at.number("machine_factor", 0.1, 20, 1),
        thicknesses_mm=tuple(float(each) for each in thicknesses),
    )


def _finish(at: _Document) -> FinishRates:
    return FinishRates(
        at.rate("per_line", optional=True), at.rate("per_part", optional=True), at.rate("per_cm2", optional=True)
    )


def _carriage(at: _Document) -> CarriageRates:
    return CarriageRates(
        base=at.rate("base"),
        per_kg=at.rate("per_kg"),
        per_km=at.rate("per_km"),
        days=at.number("days", 0, 100),
        km_per_day=at.number("km_per_day", 1, 50_000),
    )


def _lead_classes(root: _Document) -> dict[str, LeadClass]:
    def read(at: _Document) -> LeadClass:
        return LeadClass(
            at.number("factor", 0.1, 10), at.number("days_factor", 0.1, 10), at.number("days_extra", 0, 100, 0)
        )

    classes = root.each("lead_classes", read)
    if "standard" not in classes:
        root.note("lead_classes", "must have `standard`")
    quickest_first = sorted(classes.values(), key=lambda each: (each.days_factor, each.days_extra))
    if any(a.factor < b.factor for a, b in pairwise(quickest_first)):
        root.note("lead_classes", "a quicker class must not be cheaper than a slower one")
    return classes


def _margin(root: _Document) -> tuple[tuple[float, float], ...]:
    """Steps that never let a larger quantity cost less in total: over a step the margin may not fall faster
    than the quantity makes up for (see `costing.margin_at`)."""
    raw = root.take("margin")
    steps: list[tuple[float, float]] = []
    for index, each in enumerate(raw if isinstance(raw, list) else []):
        if not (isinstance(each, list) and len(each) == 2 and all(is_number(number) for number in each)):
            root.note(f"margin[{index}]", f"must be [quantity, margin], found {each!r}")
            continue
        quantity, margin = float(each[0]), float(each[1])
        if not 0 <= margin < 0.95:
            root.note(f"margin[{index}]", f"a gross margin of {margin:g} is out of range 0 to 0.95")
        elif steps and (quantity <= steps[-1][0] or margin > steps[-1][1]):
            root.note(f"margin[{index}]", "quantities must rise and margins must not")
        elif steps and (steps[-1][1] - margin) > (1 - steps[-1][1]) * math.log(quantity / steps[-1][0]):
            root.note(f"margin[{index}]", "falls so fast that more pieces would cost less in total")
        else:
            steps.append((quantity, margin))
    if not steps or steps[0][0] != 1:
        root.note("margin", "must be a list of [quantity, margin] that starts at quantity 1")
        return ((1.0, 0.0),)
    return tuple(steps)
