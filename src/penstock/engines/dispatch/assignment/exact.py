"""Is there any assignment?  Asked of CP-SAT where the search met none: the answer may be a proof that there is not."""

from __future__ import annotations

from ortools.sat.python import cp_model

from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.dispatch.assignment.model import Instance
from penstock.engines.dispatch.model import DispatchError


def exact(instance: Instance, seconds: float) -> list[int] | None:
    """An assignment that keeps the capacities, None when time runs out; raises DispatchError when there is none."""
    model = cp_model.CpModel()
    take = {
        (i, j): model.new_bool_var("")
        for i in range(instance.agents)
        for j in range(instance.items)
        if instance.cost[i, j] < NEVER
    }
    for j in range(instance.items):
        model.add_exactly_one(take[i, j] for i in range(instance.agents) if (i, j) in take)
    for i in range(instance.agents):
        model.add(
            sum(int(instance.use[i, j]) * take[i, j] for j in range(instance.items) if (i, j) in take)
            <= int(instance.capacity[i])
        )
    model.minimize(sum(int(instance.cost[i, j]) * x for (i, j), x in take.items()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        raise DispatchError(
            "No assignment keeps all capacities: the items fit one by one and in sum, but not together (proven)."
        )
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [
        next(i for i in range(instance.agents) if (i, j) in take and solver.boolean_value(take[i, j]))
        for j in range(instance.items)
    ]
