"""From runs to figures: means over replications with 95 % confidence intervals, and each policy against the first.

Policies run in the same worlds, so differences are taken pair by pair (common random numbers; Law, Simulation Modeling
and Analysis, ch. 11), which needs far fewer replications than comparing two means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from penstock.engines.dispatch.simulation.run import Outcome

FIGURES = (
    "fill", "utilisation", "unit_cost", "lead_days", "on_time", "transport_per_order", "carbon_per_order",
    "income", "income_spread", "builds", "refused",
)  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A mean over replications and the half width of its 95 % interval (0 with a single one)."""

    mean: float
    half_width: float


@dataclass(frozen=True)
class Answer:
    """`policies`: policy → figure → estimate. `against`: policy → figure → relative change against the first policy,
    pair by pair."""

    policies: Mapping[str, Mapping[str, Estimate]]
    against: Mapping[str, Mapping[str, Estimate]]
    replications: int


def figures_of(outcome: Outcome, makers: int) -> dict[str, float]:
    """The figures of one run. `fill`: part volume over chamber volume, mean over builds. `unit_cost`: machine and
    transport money per cm³ of product. `income_spread`: standard deviation over mean of makers' income."""
    jobs, orders = max(outcome.jobs, 1), max(outcome.orders, 1)
    income = np.array([*outcome.income.values(), *[0.0] * (makers - len(outcome.income))], dtype=np.float64)
    mean = float(income.mean()) if len(income) else 0.0
    return {
        "fill": float(np.mean(outcome.fills)) if outcome.fills else 0.0,
        "utilisation": outcome.busy_hours / max(outcome.machine_hours, 1e-9),
        "unit_cost": (outcome.machine_cost + outcome.transport_cost) / max(outcome.cm3, 1e-9),
        "lead_days": outcome.lead_hours / jobs / 24.0,
        "on_time": outcome.on_time / jobs,
        "transport_per_order": outcome.transport_cost / orders,
        "carbon_per_order": outcome.carbon_kg / orders,
        "income": mean,
        "income_spread": float(income.std() / mean) if mean else 0.0,
        "builds": float(len(outcome.fills)),
        "refused": float(outcome.refused),
    }


def summarise(runs: Mapping[str, Sequence[Outcome]], makers: int) -> Answer:
    """`runs`: policy → its outcomes, one per world, in the same order for all."""
    table = {name: [figures_of(each, makers) for each in outcomes] for name, outcomes in runs.items()}
    base = next(iter(table.values()))
    policies = {name: {f: _estimate([row[f] for row in rows]) for f in FIGURES} for name, rows in table.items()}
    against = {
        name: {
            f: _estimate([row[f] / first[f] - 1.0 for row, first in zip(rows, base, strict=True) if first[f]])
            for f in FIGURES
        }
        for name, rows in table.items()
    }
    return Answer(policies, against, len(base))


def _estimate(values: Sequence[float]) -> Estimate:
    if not values:
        return Estimate(0.0, 0.0)
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, 0.0)
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    return Estimate(mean, float(stats.t.ppf(0.975, len(values) - 1)) * error)
