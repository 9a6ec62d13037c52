"""Parts and shop as the arrays the compiled search works on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.postponement.beam import COLUMNS
from penstock.engines.dispatch.postponement.layout import arrange
from penstock.engines.dispatch.postponement.model import ArrivingPart, Batch, Lying, PlateShop

TYPICAL_FILL = 0.5
"""Share of a plate a batch is expected to fill when a part's share of its set-up is guessed."""


def table_of(parts: Sequence[ArrivingPart], shop: PlateShop) -> NDArray[np.float64]:
    """One row per part, in the columns of `beam`."""
    plate = shop.plate_mm[0] * shop.plate_mm[1]
    rows = np.empty((len(parts), COLUMNS))
    for row, part in zip(rows, parts, strict=True):
        area = part.length_mm * part.width_mm
        melt = shop.melt_h(part)
        worth = part.price - shop.mm3_cost * (part.volume_mm3 + part.support_mm3)
        set_up = shop.batch_cost + shop.hour_cost * shop.h_per_mm * part.height_mm
        share = min(1.0, area / (TYPICAL_FILL * plate)) * set_up + shop.hour_cost * melt
        sides = sorted((part.length_mm, part.width_mm), reverse=True)
        row[:] = (part.arrival_h, part.due_h, part.height_mm, melt, worth, area, *sides, share)
    return rows


def rates_of(shop: PlateShop) -> NDArray[np.float64]:
    """The shop's rates, in the places of `beam`."""
    return np.array(
        [
            shop.batch_cost,
            shop.hour_cost,
            shop.late_cost_per_h,
            shop.h_per_mm,
            shop.around_h,
            shop.plate_mm[0],
            shop.plate_mm[1],
        ]
    )


def batch_of(parts: Sequence[ArrivingPart], start_h: float, shop: PlateShop) -> Batch:
    """A batch with a place for every part; the parts are known to lie side by side."""
    lying = arrange([(part.length_mm, part.width_mm) for part in parts], *shop.plate_mm[:2])
    if lying is None:  # pragma: no cover - the search has just laid them out
        raise AssertionError("a batch was chosen that does not lie on the plate")
    places = tuple(Lying(part.id, x, y, turned) for part, (x, y, turned) in zip(parts, lying, strict=True))
    return Batch(start_h, start_h + shop.around_h + shop.build_h(parts), places)
