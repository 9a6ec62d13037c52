"""One run of one policy in one world, as a discrete-event simulation (SimPy).

Orders arrive, every evening a wave decides by the policy, machines run the builds they were given, break down and are
repaired (a build that is hit starts again), parcels travel. After the days of arrivals the run goes on until all is
delivered. Policies: "alone" (each maker makes its own customers' orders), "nearest" (the able maker nearest to the
buyer), "price" (the able maker with the lowest rate whose machine is not a week behind), "pooled" (`dispatch.plan`).
The first three wait for fuller builds by the same rule as the pool does, each maker for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import simpy

from penstock.engines.dispatch.model import Interval, JobSpec, MakerSpec, Policy
from penstock.engines.dispatch.network import road_km
from penstock.engines.dispatch.planner import plan
from penstock.engines.dispatch.result import Assignment, Plan, PlannedBuild
from penstock.engines.dispatch.simulation.world import START, World

PolicyName = Literal["alone", "nearest", "price", "pooled"]
POLICIES: tuple[PolicyName, ...] = ("alone", "nearest", "price", "pooled")
WAVE_HOURS = 24.0
WAVE_AT = 9.0
"""Hours after the start of each day; makers open at nine by the world's clock."""
PATIENCE_HOURS = 72.0
EFFORT = 0.2
"""Of the improvement a single wave gets: a run plans hundreds."""
BEHIND_HOURS = 7 * 24.0
LONGEST_TAIL_DAYS = 90
RULES = Policy(
    wave_hours=WAVE_HOURS,
    max_wait_hours=PATIENCE_HOURS,
    min_fill=0.7,
    prepare_hours=0.5,
    alternatives=0,
    load_share=0.0,
)


@dataclass(eq=False)
class Outcome:
    """What happened in one run. Money in the currency of the rates; hours; shares 0..1."""

    policy: PolicyName
    jobs: int = 0
    pieces: int = 0
    cm3: float = 0.0
    on_time: int = 0
    lead_hours: float = 0.0
    machine_cost: float = 0.0
    transport_cost: float = 0.0
    carbon_kg: float = 0.0
    fills: list[float] = field(default_factory=list)
    busy_hours: float = 0.0
    machine_hours: float = 0.0
    income: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    orders: int = 0
    refused: int = 0
    by_wave: list[tuple[datetime, int, int]] = field(default_factory=list)
    """(moment, jobs waiting before the wave, builds released)."""


def simulate(world: World, policy: PolicyName, *, rules: Policy = RULES) -> Outcome:
    """Run a policy to the end. Deterministic for a world."""
    run = _Run(world, policy, rules)
    run.env.process(run.arrivals())
    run.env.process(run.waves())
    run.env.run(until=(world.days + LONGEST_TAIL_DAYS) * 24.0)
    run.outcome.orders = len({arrival.job.order for arrival in world.arrivals})
    run.outcome.machine_hours = sum(len(maker.machines) for maker in world.makers) * world.days * 24.0
    run.outcome.refused += len(run.pool)
    return run.outcome


class _Run:
    def __init__(self, world: World, policy: PolicyName, rules: Policy) -> None:
        self.world, self.policy, self.rules = world, policy, rules
        self.env = simpy.Environment()
        self.outcome = Outcome(policy)
        self.pool: dict[str, JobSpec] = {}
        self.home = {arrival.job.id: world.makers[arrival.home].id for arrival in world.arrivals}
        self.free = {(maker.id, m.id): 0.0 for maker in world.makers for m in maker.machines}

    def arrivals(self) -> Generator[Any, Any, None]:
        for arrival in self.world.arrivals:
            yield self.env.timeout(arrival.hour - self.env.now)
            self.pool[arrival.job.id] = arrival.job

    def waves(self) -> Generator[Any, Any, None]:
        yield self.env.timeout(WAVE_AT)
        while self.env.now < self.world.days * 24.0 or self.pool:
            self._wave()
            yield self.env.timeout(WAVE_HOURS)

    def _wave(self) -> None:
        now = START + timedelta(hours=self.env.now)
        jobs = list(self.pool.values())
        if not jobs:
            return
        makers = self._as_they_are(self.world.makers, now)
        if self.policy != "pooled":
            # Each job is open to one maker only, so the one plan is each maker's own.
            makers = [replace(maker, tags=frozenset({maker.id})) for maker in makers]
            jobs = [replace(job, required_tags=frozenset({self._maker_for(job, makers)})) for job in jobs]
        made = plan(jobs, makers, now=now, policy=self.rules, layouts=False, seed=1, deadline_s=60.0, effort=EFFORT)
        self._release(made, jobs, now)
        self.outcome.by_wave.append((now, len(jobs), len(made.builds)))

    def _maker_for(self, job: JobSpec, makers: Sequence[MakerSpec]) -> str:
        if self.policy == "alone":
            return self.home[job.id]
        able = [
            maker
            for maker in makers
            if any(m.process == job.process and job.material in m.materials for m in maker.machines)
        ]
        if not able:
            return self.home[job.id]
        if self.policy == "nearest":
            return min(able, key=lambda maker: (float(road_km(maker.position, job.destination)), maker.id)).id

        def price(maker: MakerSpec) -> tuple[bool, float, str]:
            free = min(self.free[maker.id, m.id] for m in maker.machines if m.process == job.process)
            rate = min(m.hour_rate for m in maker.machines if m.process == job.process)
            return free - self.env.now > BEHIND_HOURS, rate * maker.cost_factor, maker.id

        return min(able, key=price).id

    def _as_they_are(self, makers: Sequence[MakerSpec], now: datetime) -> list[MakerSpec]:
        """Makers with their machines taken until the builds they have are done; repairs that run are known."""
        seen = []
        for maker in makers:
            machines = []
            for machine in maker.machines:
                key = (maker.id, machine.id)
                until = START + timedelta(hours=self.free[key])
                down = [each for each in self.world.breakdowns[key] if each.start <= now < each.end]
                busy = ([Interval(now, until)] if until > now else []) + down
                machines.append(replace(machine, busy=tuple(busy)))
            seen.append(replace(maker, machines=tuple(machines)))
        return seen

    def _release(self, made: Plan, jobs: Sequence[JobSpec], now: datetime) -> None:
        known = {job.id: job for job in jobs}
        given: dict[str, list[Assignment]] = defaultdict(list)
        placed: Counter[str] = Counter()
        for each in made.assignments:
            given[each.build_id].append(each)
            placed[each.job_id] += each.quantity
        for build in sorted(made.builds, key=lambda each: each.start):
            self.env.process(self._make(build, given[build.id], known))
        for refused in made.unassigned:
            self.outcome.refused += 1
            placed[refused.job_id] += refused.quantity
        for job_id, pieces in placed.items():
            job = self.pool.pop(job_id)
            if pieces < job.quantity:
                left = job.quantity - pieces
                self.pool[job_id] = replace(job, quantity=left, value=job.value * left / job.quantity)
        self.outcome.transport_cost += sum(each.cost for each in made.shipments)

    def _make(
        self, build: PlannedBuild, given: Sequence[Assignment], known: dict[str, JobSpec]
    ) -> Generator[Any, Any, None]:
        """Run a build on its machine, again when it breaks down in it; then deliver."""
        key = (build.maker_id, build.machine_id)
        planned = (build.start - START).total_seconds() / 3600.0
        hours = (build.end - build.start).total_seconds() / 3600.0
        start = max(planned, self.free[key])
        end, spent = self._through(key, start, hours)
        self.free[key] = end
        self.outcome.machine_cost += spent * build.cost / max(build.hours, 1e-9)
        self.outcome.income[build.maker_id] += build.cost
        self.outcome.busy_hours += spent
        self.outcome.fills.append(sum(known[g.job_id].volume_mm3 * g.quantity for g in given) / self._chamber(key))
        slip = end - (planned + hours)
        yield self.env.timeout(end - self.env.now)
        for each in given:
            self._deliver(each, known[each.job_id], slip)

    def _through(self, key: tuple[str, str], start: float, hours: float) -> tuple[float, float]:
        """(end, machine hours spent) of so many hours begun at `start`: what is interrupted begins again."""
        spent = 0.0
        for down in self.world.breakdowns[key]:
            low = (down.start - START).total_seconds() / 3600.0
            high = (down.end - START).total_seconds() / 3600.0
            if high <= start:
                continue
            if low >= start + hours:
                break
            spent += max(low - start, 0.0)
            start = high
        return start + hours, spent + hours

    def _chamber(self, key: tuple[str, str]) -> float:
        maker = next(each for each in self.world.makers if each.id == key[0])
        return next(machine for machine in maker.machines if machine.id == key[1]).chamber.volume_mm3

    def _deliver(self, given: Assignment, job: JobSpec, slip: float) -> None:
        arrives = given.arrives + timedelta(hours=max(slip, 0.0))
        out = self.outcome
        out.jobs += 1
        out.pieces += given.quantity
        out.cm3 += job.volume_mm3 * given.quantity / 1000.0
        out.on_time += arrives <= job.due
        released = job.release or START
        out.lead_hours += (arrives - released).total_seconds() / 3600.0
        out.carbon_kg += given.carbon_kg
