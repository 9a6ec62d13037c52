"""Length units: their size in millimetres, and which one a file without a unit was probably drawn in."""

from __future__ import annotations

from .limits import Refused

UNIT_MM: dict[str, float] = {
    "micron": 0.001,
    "mm": 1.0,
    "cm": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "m": 1000.0,
}

ALIASES: dict[str, str] = {
    "micrometre": "micron",
    "micrometer": "micron",
    "um": "micron",
    "µm": "micron",
    "millimeter": "mm",
    "millimetre": "mm",
    "centimeter": "cm",
    "centimetre": "cm",
    "in": "inch",
    "inches": "inch",
    "ft": "foot",
    "feet": "foot",
    "meter": "m",
    "metre": "m",
}


def canonical_unit(name: str) -> str:
    """The unit's name in UNIT_MM, or Refused('unknown_unit')."""
    key = name.strip().lower()
    key = ALIASES.get(key, key)
    if key not in UNIT_MM:
        known = ", ".join(UNIT_MM)
        raise Refused("unknown_unit", f"The unit “{name[:40]}” is not known; use one of {known}.")
    return key


def guess_unit(largest_mm: float) -> tuple[str, str] | None:
    """(unit, reason) if a part read as millimetres is implausibly small and another unit explains its size.

    Manufactured parts are mostly 5 to 2000 mm long. Metres are suggested below 0.5 mm; inches between 0.5 and
    8 mm, because CAD systems exporting in inches are the commonest cause of such parts. Larger parts are taken
    at their word: a wrong guess costs more trust than no guess.
    """
    if largest_mm < 0.5 and 5.0 <= largest_mm * 1000.0 <= 2000.0:
        return "m", (
            f"Read as millimetres the part would be only {largest_mm:.3g} mm long; "
            f"in metres it would be {largest_mm * 1000:.4g} mm."
        )
    if 0.5 <= largest_mm < 8.0:
        return "inch", (
            f"Read as millimetres the part would be only {largest_mm:.3g} mm long; "
            f"in inches it would be {largest_mm * 25.4:.4g} mm."
        )
    return None
