"""The price book: every rate a price is computed from, as one versioned document the operator edits.

Rates keep the currency of their source in the document and are converted once, here, at the book's own
exchange table. `PriceBook.from_dict` checks the whole document and names every entry that is wrong.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DEFAULT_BOOK = Path(__file__).with_name("price_book.yaml")


class PriceBookError(Exception):
    """The document is no price book. `problems` lists every fault as "entry: why"."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"Problems in the price book: {len(problems)}\n" + "\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rate:
    """Money in the book's currency, with what the source said and whether it is an estimate."""

    amount: float
    quoted: str
    source: str
    estimate: bool


@dataclass(frozen=True, slots=True)
class ProcessRates:
    """What making with one process costs. `numbers` holds the parameters of the process's formula (see
    `formulas`), so that a new parameter is data for one formula and not a field for all."""

    machine: str
    """code of the knowledge machine whose chamber build shares refer to"""
    rate: Rate
    """of one machine hour"""
    minutes_per_line: float
    minutes_per_part: float
    minutes_per_build: float
    failure: float
    days: float
    hours_per_day: float
    numbers: Mapping[str, float]
    basis: str


@dataclass(frozen=True, slots=True)
class MaterialRates:
    price_per_kg: Rate
    waste: float
    """kg bought per kg needed"""
    machine_factor: float
    """how much longer machines take with it than the process's rate assumes"""
    thicknesses_mm: tuple[float, ...]
    """in stock as sheet"""


@dataclass(frozen=True, slots=True)
class FinishRates:
    per_line: Rate
    per_part: Rate
    per_cm2: Rate


@dataclass(frozen=True, slots=True)
class LeadClass:
    factor: float
    days_factor: float
    """of the days that making takes"""
    days_extra: float


@dataclass(frozen=True, slots=True)
class CarriageRates:
    base: Rate
    per_kg: Rate
    per_km: Rate
    days: float
    """on the road, besides one day for every `km_per_day`"""
    km_per_day: float


@dataclass(frozen=True)
class PriceBook:
    """A checked price book; amounts are floats in `currency`, rounded only where a price is made."""

    version: str
    currency: str
    hub_city: str
    hub_country: str
    labour_per_hour: Rate
    packing_per_line: Rate
    packing_per_part: Rate
    packing_per_kg: Rate
    margin_steps: tuple[tuple[float, float], ...]
    """(quantity, gross margin) with quantity rising and margin not rising"""
    platform_share: float
    minimum_part: float
    minimum_line: float
    tax_rate: float
    processes: Mapping[str, ProcessRates]
    materials: Mapping[str, MaterialRates]
    finishes: Mapping[str, FinishRates]
    lead_classes: Mapping[str, LeadClass]
    carriage: Mapping[str, CarriageRates]
    document: Mapping[str, Any] = field(repr=False, compare=False)
    fingerprint: str = ""

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> PriceBook:
        """Raises PriceBookError that lists every faulty entry."""
        from penstock.engines.pricing.book_reading import read_book

        return read_book(document)

    def to_dict(self) -> dict[str, Any]:
        """The document as it was given, for storing and editing; JSON-serialisable."""
        return copy.deepcopy(dict(self.document))

    @property
    def label(self) -> str:
        """Version and hash of the rates: two books with one version but other rates have other labels."""
        return f"{self.version}+{self.fingerprint}"


def fingerprint(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


@lru_cache(maxsize=1)
def default_book() -> PriceBook:
    """The price book shipped with Penstock: a place to start from, most of it marked as estimates."""
    return PriceBook.from_dict(yaml.safe_load(DEFAULT_BOOK.read_text(encoding="utf-8")))
