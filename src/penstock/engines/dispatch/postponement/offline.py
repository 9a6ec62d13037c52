"""The best plan with hindsight: what could have been earned had all arrivals been known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.engines.dispatch.model import DispatchError
from penstock.engines.dispatch.postponement.beam import MOST_BATCHES, MOST_PARTS, search
from penstock.engines.dispatch.postponement.layout import NODES
from penstock.engines.dispatch.postponement.model import ArrivingPart, Batch, PlateShop, checked, profit
from penstock.engines.dispatch.postponement.table import batch_of, rates_of, table_of

WAIT_H = 10.0
"""Hours from a part and a free machine to the part made, where that has to be guessed."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The plan, what it earns, and whether no plan can earn more."""

    batches: tuple[Batch, ...]
    profit: float
    proven: bool


def plan_offline(
    parts: Sequence[ArrivingPart], horizon_h: int, *, shop: PlateShop | None = None, width: int = 400
) -> Hindsight:
    """Batches that earn the most within the horizon, all arrivals known.

    `width` states are kept per hour: the time taken grows with it.  The result is proven to be the best (up to the
    layout search's limit of tries) when that left out none.  Raises DispatchError for parts no machine can make,
    and for more parts than MOST_PARTS.
    """
    shop = shop or PlateShop()
    checked(parts, shop)
    if len(parts) > MOST_PARTS:
        raise DispatchError(f"{len(parts)} parts: with hindsight at most {MOST_PARTS} are planned at once.")
    table = table_of(parts, shop)
    _gain, proven, masks, starts = search(
        table, 0, 0.0, 0, horizon_h, float(horizon_h), rates_of(shop), width, NODES, MOST_BATCHES, WAIT_H
    )
    batches = tuple(
        batch_of([part for j, part in enumerate(parts) if mask >> j & 1], start, shop)
        for mask, start in zip(masks.tolist(), starts.tolist(), strict=True)
    )
    return Hindsight(batches, profit(parts, batches, horizon_h, shop), bool(proven))
