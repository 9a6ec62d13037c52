"""One plate machine, parts arriving over time: wait for a fuller plate, or start now and be on time."""

from penstock.engines.dispatch.postponement.arrivals import Arrivals
from penstock.engines.dispatch.postponement.model import ArrivingPart, Batch, Lying, PlateShop, profit, violations
from penstock.engines.dispatch.postponement.offline import Hindsight, plan_offline
from penstock.engines.dispatch.postponement.online import LookAhead, Now, PostponementPolicy, run_online

__all__ = [
    "Arrivals",
    "ArrivingPart",
    "Batch",
    "Hindsight",
    "LookAhead",
    "Lying",
    "Now",
    "PlateShop",
    "PostponementPolicy",
    "plan_offline",
    "profit",
    "run_online",
    "violations",
]
