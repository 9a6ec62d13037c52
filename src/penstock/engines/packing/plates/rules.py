"""What a process asks of a plate beside the distance between parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.engines.packing.model import FloatArray


@dataclass(frozen=True)
class PlateRules:
    """`holes_usable`: small parts may stand in the openings of large ones. `borders_mm`: kept free at the plate's
    low x, high x, low y and high y side, beside the wall clearance. `turns`: how many turns about z are tried.
    `blade_deg`: the direction along which the recoater's blade lies (0: along x; None: no blade); no long side of a
    part lies within `blade_min_deg` of it, so that the blade meets it corner first. `height_bands`: parts of like
    height stand together, in so many bands along y, the lowest first; 0: no bands."""

    holes_usable: bool = True
    borders_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    turns: int = 8
    blade_deg: float | None = None
    blade_min_deg: float = 5.0
    height_bands: int = 0


# By ISO/ASTM 52900 process. The turn against the blade is the usual advice for metal powder beds (5 to 15 degrees).
RULES = {
    "PBF-LB/M": PlateRules(blade_deg=0.0, height_bands=0),
    "VPP": PlateRules(borders_mm=(2.0, 2.0, 2.0, 2.0)),
    "MEX": PlateRules(borders_mm=(5.0, 5.0, 5.0, 5.0)),
}


def turned_off_the_blade(angle_deg: float, side_deg: float, rules: PlateRules) -> float:
    """The turn nearest to `angle_deg` that keeps a side lying at `side_deg` (when not turned) off the blade."""
    if rules.blade_deg is None:
        return angle_deg
    off = (side_deg + angle_deg - rules.blade_deg + 90.0) % 180.0 - 90.0
    if abs(off) >= rules.blade_min_deg:
        return angle_deg
    return angle_deg + (rules.blade_min_deg - off if off >= 0 else -rules.blade_min_deg - off)


def about_z(angle_deg: float) -> FloatArray:
    """The rotation matrix of a turn about z."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    # Quarter turns without rounding errors.
    c, s = (np.rint(v) if abs(v - np.rint(v)) < 1e-12 else v for v in (c, s))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
