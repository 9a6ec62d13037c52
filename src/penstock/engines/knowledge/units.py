"""The units a fact may have, and for each named quantity its unit and the range that is believable.

The ranges are wide on purpose: they catch a slipped decimal point or a value in the wrong unit, not a bad
datasheet.
"""

from __future__ import annotations

from dataclasses import dataclass

UNITS = frozenset(
    {"mm", "um", "deg", "%", "g/cm3", "MPa", "degC", "cm3/h", "l/h", "mm/h", "h", "USD/h", "USD", "1", "yes/no"}
    | {"day", "kWh"}
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a named fact is measured in, and between what values it is believable (each number of a triple)."""

    unit: str
    low: float
    high: float
    numbers: int = 1


MATERIAL_FACTS = {
    "density": Quantity("g/cm3", 0.05, 23),
    "tensile_strength": Quantity("MPa", 0.1, 3000),
    "modulus": Quantity("MPa", 0.1, 450_000),
    "hdt": Quantity("degC", 20, 1500),
    "elongation": Quantity("%", 0.1, 2000),
    "machinability": Quantity("1", 0.01, 10),
}
MATERIAL_FLAGS = {
    name: Quantity("yes/no", 0, 1)
    for name in ("transparent", "food_contact", "biocompatible", "flame_retardant", "flexible", "weatherproof")
}
MACHINE_FACTS = {
    "build_volume": Quantity("mm", 10, 20_000, numbers=3),
    "layer": Quantity("mm", 0.005, 2),
    "throughput": Quantity("cm3/h", 0.1, 100_000),
    "full_build": Quantity("h", 0.1, 300),
    "vertical_speed": Quantity("mm/h", 0.1, 1000),
    "hourly_rate": Quantity("USD/h", 1, 1000),
    "price": Quantity("USD", 100, 10_000_000),
}
FINISH_FACTS = {
    "days": Quantity("day", 0, 60),
    "largest_part": Quantity("mm", 10, 20_000, numbers=3),
}
LIMITS = {
    "min_wall": Quantity("mm", 0.01, 20),
    "min_hole": Quantity("mm", 0.01, 50),
    "min_gap": Quantity("mm", 0.01, 10),
    "min_escape_hole": Quantity("mm", 0.1, 50),
    "min_pin": Quantity("mm", 0.01, 20),
    "min_detail": Quantity("mm", 0.01, 20),
    "max_overhang": Quantity("deg", 0, 90),
    "max_bridge": Quantity("mm", 0.1, 200),
    "max_flat": Quantity("mm", 10, 5000),
    "flat_thickness": Quantity("mm", 0.1, 50),
    "tool_radius": Quantity("mm", 0.01, 50),
    "hole_depth_ratio": Quantity("1", 1, 100),
    "pocket_depth_ratio": Quantity("1", 0.5, 50),
    "max_setups": Quantity("1", 1, 20),
    "tolerance_percent": Quantity("%", 0.001, 10),
    "tolerance_floor": Quantity("mm", 0.001, 10),
    "max_massive_section": Quantity("mm", 1, 1000),
    "min_size": Quantity("mm", 0.01, 100),
    "max_size": Quantity("mm", 1, 20_000),
    "max_thickness": Quantity("mm", 0.1, 200),
    "standard_layer": Quantity("mm", 0.005, 2),
    "surface_roughness": Quantity("um", 0.01, 200),
    "shots_per_mould": Quantity("1", 1, 1000),
}
SHAPE_RULES = frozenset({"additive", "milling", "turning", "casting", "sheet"})
QUALITIES = frozenset("PSGDR")
