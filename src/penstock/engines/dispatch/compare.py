"""What lines cost at their candidates, by parts, for all of them at once."""

from __future__ import annotations

import numpy as np

from penstock.engines.dispatch.network import Floats, Ints
from penstock.engines.dispatch.tables import Tables, rates_of


def cost_parts(tables: Tables, jobs: Ints, candidates: Ints, share: Floats, numbers: Floats) -> Floats:
    """(n, a, 8) parts in the order of `CostItems`, of lines of `jobs` (n) with `share` (n) of their pieces at
    `candidates` (n, a; negative: none), from what the kernel `explain` noted (n, a, 8); scaled up where only some of
    the pieces find room."""
    policy, problem = tables.network.policy, tables.problem
    ks, rows = np.maximum(candidates, 0), np.arange(len(jobs))[:, None]
    shape = ks.shape
    fixed, parcel, heavy, finishing, risk, carbon = (np.zeros(shape) for _ in range(6))
    kilograms = (problem.job["mass_g"] * problem.job["quantity"])[jobs, None] / 1000.0
    for number, way in enumerate(tables.ways):
        mine = np.flatnonzero(tables.route[jobs] == number)
        if not len(mine):
            continue
        at = (tables.row[jobs[mine]][:, None], ks[mine])
        fixed[mine], parcel[mine], risk[mine] = way.fixed[at], way.parcel[at], way.risk[at]
        heavy[mine] = sum(stop.km[at] for stop in way.stops)
        finishing[mine] = sum(stop.work_cost[at] for stop in way.stops)
        carbon[mine] = way.tonne_km[at]
    part = share[:, None]
    hours, changed, late, shared, room = (numbers[..., column] for column in (1, 2, 3, 4, 7))
    room = np.where(room > 0.0, room, 1.0)
    plain, load, power = (
        column[problem.place["seat"][jobs[rows], ks]] for column in rates_of(tables.network, tables.seats)
    )
    carbon = part * carbon * policy.carbon_kg_per_tonne_km * policy.carbon_price_per_kg
    columns = (
        fixed + np.where(shared > 0.0, 0.0, parcel) + part * policy.cost_per_kg_km * kilograms * heavy,
        hours * plain / room,
        changed / room,
        part * finishing,
        late / room,
        part * risk,
        hours * load / room,
        carbon + hours * power / room,
    )
    return np.stack(columns, axis=-1)
