"""Reading one data file's entries with care: every fault is noted with file, entry and reason, none is raised.

A `Reader` goes through one mapping, hands out the fields asked for in the type asked for, and at `done()`
complains about fields nobody asked for — a misspelled key is otherwise silently ignored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from penstock.engines.knowledge.catalogue import Fact, FactValue, Source
from penstock.engines.knowledge.units import UNITS, Quantity


class Problems:
    """The faults found so far, in reading order."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def note(self, file: str, entry: str, why: str) -> None:
        self.found.append(f"{file}, {entry}, {why}")


class Reader:
    """One entry of one file. Missing or mistyped fields are noted and come back as an empty value."""

    def __init__(self, file: str, entry: str, raw: Any, problems: Problems) -> None:
        self.file = file
        self.entry = entry
        self.problems = problems
        self._raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(raw, dict):
            self.note(f"expected a mapping, found {type(raw).__name__}")

    def note(self, why: str) -> None:
        self.problems.note(self.file, self.entry, why)

    def text(self, key: str, *, optional: bool = False, among: frozenset[str] | None = None) -> str:
        value = self._take(key, optional)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.note(f"`{key}` must be text, found {value!r}")
            return ""
        if among is not None and value not in among:
            self.note(f"`{key}` is {value!r}, known are {', '.join(sorted(among))}")
        return value.strip()

    def flag(self, key: str) -> bool:
        value = self._take(key, True)
        if value not in (None, True, False):
            self.note(f"`{key}` must be true or false, found {value!r}")
        return value is True

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        value = self._take(key, optional)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.note(f"`{key}` must be a list of texts, found {value!r}")
            return ()
        if len(set(value)) != len(value):
            self.note(f"`{key}` names something twice")
        return tuple(value)

    def facts(self, key: str, quantities: Mapping[str, Quantity], sources: Mapping[str, Source]) -> dict[str, Fact]:
        """The mapping name → fact under `key`, each checked against its quantity."""
        raw = self._take(key, True)
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.note(f"`{key}` must be a mapping, found {raw!r}")
            return {}
        facts = {}
        for name, entry in raw.items():
            if name not in quantities:
                self.note(f"`{name}` is no known quantity; known are {', '.join(quantities)}")
                continue
            fact = read_fact(self, name, entry, quantities[name], sources)
            if fact is not None:
                facts[name] = fact
        return facts

    def entries(self, key: str) -> list[Any]:
        value = self._take(key, True)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(f"`{key}` must be a list, found {value!r}")
            return []
        return value

    def done(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                self.note(f"`{key}` is not a field of this entry")

    def _take(self, key: str, optional: bool) -> Any:
        self._asked.add(key)
        if key not in self._raw and not optional:
            self.note(f"`{key}` is missing")
        return self._raw.get(key)


def read_fact(at: Reader, name: str, raw: Any, quantity: Quantity, sources: Mapping[str, Source]) -> Fact | None:
    """One fact, or None when it cannot be understood; what is wrong is noted at the entry."""
    if not isinstance(raw, dict):
        at.note(f"`{name}` must be {{value, unit, source}}, found {raw!r}")
        return None
    unknown = sorted(set(raw) - {"value", "unit", "source", "estimate", "condition"})
    if unknown:
        at.note(f"`{name}` has unknown field(s) {', '.join(unknown)}")
    value = _value(at, name, raw.get("value"), quantity)
    _check_unit(at, name, raw.get("unit"), quantity)
    estimate = raw.get("estimate", False)
    if not isinstance(estimate, bool):
        at.note(f"`{name}`: estimate must be true or false, found {estimate!r}")
        return None
    source = sources.get(str(raw.get("source")))
    if "source" not in raw:
        at.note(f"`{name}` has no source")
    elif source is None:
        at.note(f"`{name}` names the source {raw['source']!r}, which sources.yaml does not have")
    elif not source.is_firm and not estimate:
        at.note(f"`{name}` rests on {source.code} of quality {source.quality}: it must say `estimate: true`")
    if value is None:
        return None
    return Fact(value, quantity.unit, str(raw.get("source")), estimate, str(raw.get("condition", "")))


def _check_unit(at: Reader, name: str, unit: Any, quantity: Quantity) -> None:
    if unit not in UNITS:
        at.note(f"`{name}` has the unknown unit {unit!r}")
    elif unit != quantity.unit:
        at.note(f"`{name}` is in {unit}, expected {quantity.unit}")


def _value(at: Reader, name: str, raw: Any, quantity: Quantity) -> FactValue | None:
    if quantity.unit == "yes/no":
        if isinstance(raw, bool):
            return raw
        at.note(f"`{name}` must be true or false, found {raw!r}")
        return None
    numbers = raw if isinstance(raw, list) else [raw]
    if len(numbers) != quantity.numbers or not all(_is_number(each) for each in numbers):
        wanted = "one number" if quantity.numbers == 1 else f"{quantity.numbers} numbers"
        at.note(f"`{name}` must be {wanted}, found {raw!r}")
        return None
    for each in numbers:
        if not quantity.low <= each <= quantity.high:
            at.note(f"`{name}` is {each:g} {quantity.unit}, out of range {quantity.low:g} to {quantity.high:g}")
            return None
    return float(numbers[0]) if quantity.numbers == 1 else tuple(float(each) for each in numbers)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
