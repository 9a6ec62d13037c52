"""The least a small plan can cost, proven by CP-SAT: ordered builds on machines, jobs in them, lateness at the door.

The model knows what the planner's estimate knows (share of the chamber, height, set-up, changeover, transport, risk,
lateness) and nothing of how the planner searches. Sums are rounded down, so the bound is never above the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from ortools.sat.python import cp_model

from penstock.engines.dispatch import BuildTime, JobSpec, MachineSpec, MakerSpec, Policy, WorkCalendar
from penstock.engines.dispatch.network import road_km
from penstock.engines.dispatch.room import room_in
from penstock.engines.packing import Chamber

TICKS, COINS = 1000, 1_000_000
"""Ticks of time in an hour, coins in a unit of money; a coin is a thousandth of money per tick."""
ALWAYS = WorkCalendar(0.0, 24.0, frozenset(range(7)))
POLICY = Policy(min_fill=0.0, load_share=0.0, prepare_hours=0.0)


def small_network(now: datetime, seed: int) -> tuple[list[JobSpec], list[MakerSpec]]:
    """A handful of jobs of two materials on three machines; several builds are wanted and some jobs are urgent."""
    dice = np.random.default_rng(seed)
    makers = [
        MakerSpec(
            f"maker{n}", float(dice.uniform(30, 32)), float(dice.uniform(119, 122)),
            quality=float(dice.uniform(0.95, 1)),
            calendar=ALWAYS,
            machines=(
                MachineSpec(
                    id="m", model="bed", process="sls", materials=frozenset({"pa12", "pa11"}), loaded_material="pa12",
                    chamber=Chamber((200, 200, 250), clearance_mm=4, wall_clearance_mm=5),
                    hour_rate=float(dice.uniform(40, 70)), changeover_hours=3.0,
                    build_time=BuildTime(setup_hours=4.0, hours_per_mm=0.06),
                ),
            ),
        )
        for n in range(3)
    ]  # fmt: skip
    jobs = []
    for number in range(8):
        edges = np.exp(dice.normal(3.7, 0.3, 3)).clip(10, 180)
        x, y, z = edges.tolist()
        pieces = int(dice.integers(2, 14))
        jobs.append(
            JobSpec(
                id=f"j{number}", process="sls", material=str(dice.choice(["pa12", "pa12", "pa11"])), quantity=pieces,
                size_mm=(x, y, z), volume_mm3=0.25 * x * y * z, mass_g=0.00025 * x * y * z,
                value=float(dice.uniform(100, 900)), due=now + timedelta(hours=float(dice.uniform(30, 130))),
                destination=(float(dice.uniform(30, 32)), float(dice.uniform(119, 122))), splittable=False,
            )
        )  # fmt: skip
    return jobs, makers


def least_cost(
    jobs: Sequence[JobSpec], makers: Sequence[MakerSpec], now: datetime, policy: Policy, seconds: float
) -> float:
    """No plan of these jobs costs less. Jobs are not split, orders not shared, machines open round the clock."""
    model = cp_model.CpModel()
    seats = [(maker, machine) for maker in makers for machine in maker.machines]
    sizes = np.array([job.size_mm for job in jobs])
    horizon = 2000 * TICKS
    at: dict[tuple[int, int, int], cp_model.IntVar] = {}
    terms = []
    late = [model.new_int_var(0, horizon, "") for _ in jobs]
    slots = len(jobs)
    for m, (maker, machine) in enumerate(seats):
        share, height = room_in(sizes, "any", machine.chamber)
        depth, time = machine.chamber.size_mm[2], machine.build_time
        rate = math.floor(machine.hour_rate * maker.cost_factor * TICKS)
        begin: cp_model.LinearExprT = 0
        loaded = model.new_constant(0 if machine.loaded_material == "pa12" else 1)
        before = None
        for s in range(slots):
            used, other = model.new_bool_var(""), model.new_bool_var("")
            for j, job in enumerate(jobs):
                at[j, m, s] = model.new_bool_var("")
                model.add_implication(at[j, m, s], used)
                model.add(other == (job.material != "pa12")).only_enforce_if(at[j, m, s])
            model.add(sum(at[j, m, s] for j in range(slots)) >= used)
            if before is not None:
                model.add_implication(used, before)
            changes = model.new_bool_var("")
            model.add(changes >= other - loaded).only_enforce_if(used)
            model.add(changes >= loaded - other).only_enforce_if(used)
            model.add(
                sum(math.floor(1e6 * share[j] * job.quantity) * at[j, m, s] for j, job in enumerate(jobs)) <= 1_000_000
            )
            tall = model.new_int_var(0, math.ceil(depth * TICKS), "")
            for j in range(slots):
                standing = math.floor((height[j] + machine.chamber.wall_clearance_mm) * TICKS)
                model.add(tall >= standing * at[j, m, s])
            model.add(
                tall
                >= sum(math.floor(share[j] * job.quantity * depth * TICKS) * at[j, m, s] for j, job in enumerate(jobs))
            )
            hours = model.new_int_var(0, horizon, "")
            change_hours = math.floor(machine.changeover_hours * TICKS)
            milli = math.floor(time.hours_per_mm * 1e6)
            model.add(
                1_000_000 * hours
                >= math.floor(time.setup_hours * TICKS) * 1_000_000 * used
                + milli * tall
                + change_hours * 1_000_000 * changes
                - 1_000_000
            )
            end = model.new_int_var(0, horizon, "")
            model.add(end >= begin + hours)
            begin, before, loaded = end, used, other
            terms.append(rate * hours)
            terms.append(math.floor(machine.changeover_cost * COINS) * changes)
            for j, job in enumerate(jobs):
                km = float(road_km(maker.position, job.destination))
                kilograms = job.mass_g * job.quantity / 1000.0
                way = policy.shipment_cost + (policy.cost_per_km + policy.cost_per_kg_km * kilograms) * km
                risk = policy.quality_risk * (1.0 - maker.quality) * job.value
                terms.append(math.floor((way + risk) * COINS) * at[j, m, s])
                travel = policy.handling_hours + km / policy.km_per_day * 24.0
                due = (job.due - now).total_seconds() / 3600.0
                model.add(late[j] >= end + math.floor((travel - due) * TICKS)).only_enforce_if(at[j, m, s])
    for j, job in enumerate(jobs):
        model.add_exactly_one(at[j, m, s] for m in range(len(seats)) for s in range(slots))
        terms.append(
            math.floor((policy.late_share_per_day * job.value + policy.late_cost_per_day) / 24.0 * TICKS) * late[j]
        )
    model.minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.solve(model)
    return max(solver.best_objective_bound, 0.0) / COINS
