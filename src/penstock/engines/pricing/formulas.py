"""From a part's measurements to the work it takes: one formula per shape rule.

Sources of the methods (docs/engines/pricing.md gives the formulas): shell and infill after 3YOURMIND; support
as a share of the gap between part and hull, and chamber rates for powder beds, after Phasio; stock block and
removed volume for machining after Phasio and hcl.dev. Where the numbers come from is said in the price book.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penstock.engines.knowledge import Material
from penstock.engines.pricing.book import MaterialRates, ProcessRates
from penstock.engines.pricing.facts import NotPriced, PartFacts

MM3_PER_CM3 = 1000.0
MM3_PER_LITRE = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Tooling:
    """Something made once and worn out after `lasts` pieces, in the book's currency."""

    amount: float
    lasts: float
    basis: str


@dataclass(frozen=True, slots=True)
class Work:
    """What one piece takes. Volumes are settled here; money is not, but for tooling."""

    machine_hours: float
    machine_basis: str
    material_g: float
    material_basis: str
    mass_g: float
    build_share: float
    """of one build of the reference machine, by one piece"""
    setup_machine_hours: float = 0.0
    setup_minutes: float = 0.0
    tooling: Tooling | None = None
    assumptions: tuple[str, ...] = ()


Formula = Callable[[PartFacts, ProcessRates, MaterialRates, Material, float, float], Work]


def work(
    part: PartFacts,
    shape_rule: str,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    """The work of one piece. Raises NotPriced when the material is not stocked in the shape it needs."""
    return _FORMULAS[shape_rule](part, rates, material_rates, material, chamber_mm3, labour_per_hour)


def _additive(
    part: PartFacts,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    number = rates.numbers
    solid = _shell_and_infill(part, number)
    support = number.get("support_share", 0.0) * (part.hull_volume_mm3 - part.volume_mm3)
    deposited_cm3 = (solid + support) / MM3_PER_CM3
    envelope = _envelope(part, number)
    fill = number.get("fill", 1.0)

    hours, said = 0.0, []
    if "deposition_cm3_h" in number:
        hours += deposited_cm3 / number["deposition_cm3_h"]
        said.append(f"{deposited_cm3:.2f} cm3 with support at {number['deposition_cm3_h']:g} cm3/h")
    if "chamber_l_h" in number:
        hours += envelope / MM3_PER_LITRE / (fill * number["chamber_l_h"])
        said.append(
            f"{envelope / MM3_PER_CM3:.1f} cm3 of build space, {number['chamber_l_h']:g} l/h at {fill:.0%} fill"
        )
    hours *= material_rates.machine_factor
    density = material.density_g_cm3
    lost_g = number.get("lost_g_cm3", 0.0) * envelope / MM3_PER_CM3
    material_g = deposited_cm3 * density * material_rates.waste + lost_g
    return Work(
        machine_hours=hours,
        machine_basis=" + ".join(said),
        material_g=material_g,
        material_basis=f"{material_g:.1f} g with support and waste",
        mass_g=solid / MM3_PER_CM3 * density,
        build_share=envelope / (fill * chamber_mm3),
    )


def _shell_and_infill(part: PartFacts, number: Mapping[str, float]) -> float:
    """Volume of feedstock in the part: solid walls and a share of the inside."""
    infill = number.get("infill", 1.0)
    shell = min(part.volume_mm3, part.area_mm2 * number.get("wall_mm", 0.0))
    return shell + infill * (part.volume_mm3 - shell)


def _envelope(part: PartFacts, number: Mapping[str, float]) -> float:
    """Build space the part takes from others: itself, a share of the room inside its hull, a gap around."""
    taken = part.volume_mm3 + number.get("hull_share", 1.0) * (part.hull_volume_mm3 - part.volume_mm3)
    gap = number.get("gap_mm", 0.0)
    x, y, z = part.size_mm
    return taken * (x + gap) * (y + gap) * (z + gap) / (x * y * z)


def _milling(
    part: PartFacts,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    x, y, z = (side + rates.numbers["allowance_mm"] for side in part.size_mm)
    return _machined(part, x * y * z, "block", rates, material_rates, material, chamber_mm3)


def _turning(
    part: PartFacts,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    diameter, length = round_axis(part.size_mm)
    allowance = rates.numbers["allowance_mm"]
    stock = math.pi / 4 * (diameter + allowance) ** 2 * (length + allowance)
    return _machined(part, stock, "round bar", rates, material_rates, material, chamber_mm3)


def round_axis(size_mm: tuple[float, float, float]) -> tuple[float, float]:
    """(diameter, length) if the part is round: the two sides nearest to each other are the diameter."""
    small, middle, large = sorted(size_mm)
    return (middle, large) if middle - small <= large - middle else (large, small)


def _machined(
    part: PartFacts,
    stock_mm3: float,
    stock_name: str,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
) -> Work:
    number = rates.numbers
    ease = material.number("machinability") or 1.0
    removed_cm3 = max(0.0, stock_mm3 - part.volume_mm3) / MM3_PER_CM3
    surface_cm2 = part.area_mm2 / 100
    # Finishing passes are limited by the tool's path more than by the metal: hence the root.
    hours = removed_cm3 / (number["removal_cm3_h"] * ease) + surface_cm2 / (number["surface_cm2_h"] * math.sqrt(ease))
    hours *= material_rates.machine_factor
    material_g = stock_mm3 / MM3_PER_CM3 * material.density_g_cm3 * material_rates.waste
    return Work(
        machine_hours=hours,
        machine_basis=f"{removed_cm3:.1f} cm3 to remove and {surface_cm2:.0f} cm2 to finish, {ease:g} x aluminium",
        material_g=material_g,
        material_basis=f"{material_g:.0f} g of {stock_name} with offcut",
        mass_g=part.volume_mm3 / MM3_PER_CM3 * material.density_g_cm3,
        build_share=min(1.0, stock_mm3 / chamber_mm3),
        setup_machine_hours=rates.minutes_per_line / 60,
        setup_minutes=number.get("programming_minutes", 0.0),
        assumptions=("Machining time is a rule of thumb from stock and surface; threads and fits are not seen.",),
    )


def _casting(
    part: PartFacts,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    number = rates.numbers
    wall = 2 * number["mould_wall_mm"]
    x, y, z = (side + wall for side in part.size_mm)
    silicone_kg = (x * y * z - part.volume_mm3) / MM3_PER_CM3 * 1.1 / 1000
    master = part.volume_mm3 / MM3_PER_CM3 * number["master_per_cm3"]
    mould = silicone_kg * number["mould_price_per_kg"] + number["mould_minutes"] / 60 * labour_per_hour + master
    material_g = part.volume_mm3 / MM3_PER_CM3 * material.density_g_cm3 * material_rates.waste
    return Work(
        machine_hours=number["cycle_hours"] * material_rates.machine_factor,
        machine_basis=f"one cast of {number['cycle_hours']:g} h",
        material_g=material_g,
        material_basis=f"{material_g:.1f} g with sprue",
        mass_g=part.volume_mm3 / MM3_PER_CM3 * material.density_g_cm3,
        build_share=min(1.0, x * y * z / chamber_mm3),
        tooling=Tooling(
            mould,
            number["shots"],
            f"master and a mould of {silicone_kg:.2f} kg silicone, worn after {number['shots']:g} casts",
        ),
        assumptions=("The mould is assumed to part in two; undercuts need a person's eye.",),
    )


def _sheet(
    part: PartFacts,
    rates: ProcessRates,
    material_rates: MaterialRates,
    material: Material,
    chamber_mm3: float,
    labour_per_hour: float,
) -> Work:
    number = rates.numbers
    thickness, width, length = sorted(part.size_mm)
    stocked = material_rates.thicknesses_mm
    if not any(abs(thickness - each) <= max(0.05, 0.03 * each) for each in stocked):
        raise NotPriced(
            "thickness_not_stocked",
            f"{thickness:.2f} mm is no stock thickness of {material.name}"
            + (f" ({', '.join(f'{each:g}' for each in stocked)} mm)" if stocked else ""),
            {"thickness_mm": round(thickness, 3), "stock_mm": list(stocked)},
        )
    edge_mm2 = max(0.0, part.area_mm2 - 2 * part.volume_mm3 / thickness)
    cut_m = edge_mm2 / thickness / 1000
    sheet_mm3 = (width + number["kerf_mm"]) * (length + number["kerf_mm"]) * thickness
    speed = number["cut_m_h"] / max(0.5, thickness)
    material_g = sheet_mm3 / MM3_PER_CM3 * material.density_g_cm3 * material_rates.waste
    return Work(
        machine_hours=cut_m / speed * material_rates.machine_factor,
        machine_basis=f"{cut_m:.2f} m of cut in {thickness:.1f} mm at {speed:.0f} m/h",
        material_g=material_g,
        material_basis=f"{material_g:.0f} g of sheet with offcut",
        mass_g=part.volume_mm3 / MM3_PER_CM3 * material.density_g_cm3,
        build_share=min(1.0, (width + number["kerf_mm"]) * (length + number["kerf_mm"]) * 20 / chamber_mm3),
        assumptions=("Taken as a flat plate: bends, countersinks and threads are not seen.",),
    )


_FORMULAS: Mapping[str, Formula] = {
    "additive": _additive,
    "milling": _milling,
    "turning": _turning,
    "casting": _casting,
    "sheet": _sheet,
}
