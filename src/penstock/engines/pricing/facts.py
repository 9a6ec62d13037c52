"""What pricing takes and returns: a part's measurements, a recipe, a price with its breakdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Self


class NotPriced(Exception):
    """No rule prices this: `code` for machines, `message` for people, `data` for both. The part then goes to a
    person as a request for quotation."""

    def __init__(self, code: str, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = dict(data or {})


@dataclass(frozen=True, slots=True)
class PartFacts:
    """The measurements a price depends on. Lengths mm, areas mm2, volumes mm3.

    `projected_area_mm2` holds the area of the part's shadow along x, y and z; `min_box_mm` is the smallest box
    the part fits in turned as one likes; `thin_wall_mm` an estimate of its thinnest walls: each None when not
    measured. `void_volume_mm3` is the room in closed cavities. `solid` is False when the mesh does not enclose
    a volume, in which case nothing prices it.
    """

    volume_mm3: float
    area_mm2: float
    size_mm: tuple[float, float, float]
    hull_volume_mm3: float
    bodies: int = 1
    projected_area_mm2: tuple[float, float, float] | None = None
    min_box_mm: tuple[float, float, float] | None = None
    thin_wall_mm: float | None = None
    void_volume_mm3: float = 0.0
    solid: bool = True

    @classmethod
    def from_measurement(cls, measurement: Mapping[str, Any]) -> Self:
        """From the mapping that `geometry.Measurement.to_dict()` returns. A part whose hull was not measured
        is taken to fill its bounding box, the dearer assumption."""
        size = _triple(measurement["size_mm"])
        volume = float(measurement.get("volume_mm3") or 0.0)
        shadows, box = measurement.get("projected_area_mm2"), measurement.get("min_box_mm")
        thin = measurement.get("thin_wall_mm")
        return cls(
            volume_mm3=volume,
            area_mm2=float(measurement["area_mm2"]),
            size_mm=size,
            hull_volume_mm3=max(volume, float(measurement.get("hull_volume_mm3") or math.prod(size))),
            bodies=int(measurement.get("bodies") or 1),
            projected_area_mm2=None if shadows is None else _triple(shadows),
            min_box_mm=None if box is None else _triple(box),
            thin_wall_mm=None if thin is None else float(thin),
            void_volume_mm3=max(0.0, float(measurement.get("void_volume_mm3") or 0.0)),
            solid=bool(measurement.get("printable", measurement.get("watertight", True))),
        )


def _triple(values: Sequence[Any]) -> tuple[float, float, float]:
    x, y, z = (float(each) for each in values)
    return x, y, z


@dataclass(frozen=True, slots=True)
class Recipe:
    """Codes of process, material and, optionally, finish."""

    process: str
    material: str
    finish: str | None = None

    def __str__(self) -> str:
        return " / ".join(code for code in (self.process, self.material, self.finish) if code)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a process cannot make a part, cannot be priced for it by rule, or needs a second look."""

    code: str
    message: str
    data: Mapping[str, Any]


class CostItem(NamedTuple):
    """One line of a breakdown: `amount` is per piece, `basis` says in words with the numbers how it came about."""

    code: str
    label: str
    amount: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class Price:
    """What a line costs and why. Money is without tax and without carriage; unit_price is the sum of the
    breakdown, total is unit_price x quantity, and payout and platform margin add up to the price."""

    recipe: Recipe
    quantity: int
    lead_class: str
    lead_days: int
    currency: str
    unit_price: Decimal
    total: Decimal
    maker_payout_unit: Decimal
    maker_payout_total: Decimal
    platform_margin_unit: Decimal
    platform_margin_total: Decimal
    breakdown: tuple[CostItem, ...]
    machine_hours: float
    """for the whole quantity"""
    mass_g: float
    """of one piece"""
    build_share: float
    """share of one build of the process's reference machine that the whole quantity fills"""
    rule_version: str
    """version of the price book + hash of its rates + hash of the knowledge it was computed from"""
    estimates: tuple[str, ...]
    """what this price rests on that is estimated or assumed"""

    def to_dict(self) -> dict[str, Any]:
        """JSON-serialisable; money as strings."""
        return {
            "process": self.recipe.process,
            "material": self.recipe.material,
            "finish": self.recipe.finish,
            "quantity": self.quantity,
            "lead_class": self.lead_class,
            "lead_days": self.lead_days,
            "currency": self.currency,
            "unit_price": str(self.unit_price),
            "total": str(self.total),
            "maker_payout_unit": str(self.maker_payout_unit),
            "maker_payout_total": str(self.maker_payout_total),
            "platform_margin_unit": str(self.platform_margin_unit),
            "platform_margin_total": str(self.platform_margin_total),
            "breakdown": [
                {"code": each.code, "label": each.label, "amount": str(each.amount), "basis": each.basis}
                for each in self.breakdown
            ],
            "machine_hours": round(self.machine_hours, 4),
            "mass_g": round(self.mass_g, 3),
            "build_share": round(self.build_share, 6),
            "rule_version": self.rule_version,
            "estimates": list(self.estimates),
        }


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One recipe of a price table: prices (one per quantity and lead class), or the obstacles why there are
    none. `warnings` do not stand against a price, but someone should look before it is made."""

    recipe: Recipe
    prices: tuple[Price, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    warnings: tuple[Obstacle, ...] = ()

    def at(self, quantity: int, lead_class: str = "standard") -> Price | None:
        return next((each for each in self.prices if each.quantity == quantity and each.lead_class == lead_class), None)
