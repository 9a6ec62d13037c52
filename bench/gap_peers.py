"""What general solvers reach on the same assignment instances: CP-SAT (OR-Tools) and HiGHS (as SciPy carries it).

python bench/gap_peers.py cpsat|highs FILE… [--seconds 20]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from gap import Arrays, best_known, read_instances


def cpsat(instance: Arrays, seconds: float) -> tuple[float | None, float]:
    from ortools.sat.python import cp_model

    cost, use, capacity = instance
    agents, items = cost.shape
    model = cp_model.CpModel()
    take = [[model.new_bool_var("") for _ in range(items)] for _ in range(agents)]
    for j in range(items):
        model.add_exactly_one(take[i][j] for i in range(agents))
    for i in range(agents):
        model.add(sum(int(use[i, j]) * take[i][j] for j in range(items)) <= int(capacity[i]))
    model.minimize(sum(int(cost[i, j]) * take[i][j] for i in range(agents) for j in range(items)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (solver.objective_value if found else None), solver.best_objective_bound


def highs(instance: Arrays, seconds: float) -> tuple[float | None, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    cost, use, capacity = instance
    agents, items = cost.shape
    i, j = (axis.ravel() for axis in np.indices(cost.shape))
    column = np.arange(cost.size)
    each = csr_array((np.ones(cost.size), (j, column)), shape=(items, cost.size))
    room = csr_array((use.ravel(), (i, column)), shape=(agents, cost.size))
    answer = milp(
        cost.ravel(),
        integrality=np.ones(cost.size),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(each, 1, 1), LinearConstraint(room, -np.inf, capacity)],
        options={"time_limit": seconds},
    )
    return answer.fun, answer.mip_dual_bound if answer.mip_dual_bound is not None else float("-inf")


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("solver", choices=("cpsat", "highs"))
    ask.add_argument("files", nargs="+", type=Path)
    ask.add_argument("--seconds", type=float, default=20.0)
    given = ask.parse_args()
    solve = cpsat if given.solver == "cpsat" else highs
    for file in given.files:
        for instance in read_instances(file):
            started = time.perf_counter()
            value, bound = solve(instance, given.seconds)
            known = best_known(file)
            gap = f"{value / known - 1:.3%}" if value is not None and known else "—"
            took = time.perf_counter() - started
            print(
                f"{file.name:12s} {given.solver} value {value}   bound {bound:.0f}   gap {gap}   {took:.1f} s",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
