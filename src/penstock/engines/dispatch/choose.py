"""For one job: every place its pieces could go, what each costs, and the cheapest taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.engines.dispatch.able import able_seats
from penstock.engines.dispatch.clock import hours_between
from penstock.engines.dispatch.forming import Chain, Draft, Line, Option, quality_cost, try_join
from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.routing import Route, route

PLACES_TRIED = 6
PLACES_TRIED_WHEN_LATE = 30
BUILDS_TRIED = 3
USUAL_BOX_DENSITY = 0.6
"""Only ranks the places before they are tried for real."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A decision and what it was taken against. `others`: (seat, cost for the same pieces, option if tried)."""

    option: Option
    others: tuple[tuple[Seat, float, Option | None], ...]
    able: int
    earliest: float
    """The earliest arrival (hours from now) among all places tried."""


@dataclass(eq=False)
class Desk:
    """What choosing needs to know and keeps from one job to the next."""

    network: Network
    chains: Mapping[tuple[str, str], Chain]
    by_process: Mapping[str, Sequence[Seat]]
    pool_box_mm3: dict[tuple[str, str], float]
    routes: dict[tuple[str, str], tuple[Route, float] | None] = field(default_factory=dict)
    able: dict[str, list[Seat]] = field(default_factory=dict)

    def able_seats(self, job: JobSpec) -> list[Seat]:
        if job.id not in self.able:
            found = able_seats(self.network, job, self.by_process.get(job.process, ()))
            self.able[job.id] = [seat for seat in found if self.way(job, seat) is not None]
        return self.able[job.id]

    def way(self, job: JobSpec, seat: Seat) -> tuple[Route, float] | None:
        """(route, latest end of the print) from this maker."""
        key = (job.id, seat.maker.id)
        if key not in self.routes:
            found = route(self.network, job, seat.maker)
            due = hours_between(self.network.now, job.due)
            self.routes[key] = (found, found.latest_print_end(self.network, due)) if found else None
        return self.routes[key]

    def line(self, job: JobSpec, seat: Seat, quantity: int) -> Line:
        way = self.way(job, seat)
        assert way is not None, "only called for able seats"
        now = self.network.now
        release = max(hours_between(now, job.release), 0.0) if job.release else 0.0
        return Line(job, way[0], quantity, release, hours_between(now, job.due), way[1])

    def urgency(self, job: JobSpec) -> float:
        """The latest end of the print anywhere; jobs with the smallest are placed first."""
        ends = [way[1] for seat in self.able_seats(job) if (way := self.way(job, seat))]
        return max(ends, default=hours_between(self.network.now, job.due))


def place(desk: Desk, job: JobSpec, hurry: Callable[[], bool]) -> tuple[list[Choice], int]:
    """Place all pieces of a job, cheapest first; returns the choices made and the pieces nobody has room for."""
    choices = []
    left = job.quantity
    while left:
        choice = _choose(desk, job, left, 1 if hurry() else PLACES_TRIED)
        if choice is None:
            break
        choice.option.take()
        choices.append(choice)
        left -= choice.option.line.quantity
    pool = (job.process, job.material)
    desk.pool_box_mm3[pool] -= (job.quantity - left) * _box_mm3(job)
    return choices, left


def _choose(desk: Desk, job: JobSpec, wanted: int, tried_at_most: int) -> Choice | None:
    seats = desk.able_seats(job)
    ranked = sorted((_estimate(desk, job, seat, wanted), *seat.key, seat) for seat in seats)
    best: Option | None = None
    tried: dict[tuple[str, str], Option] = {}
    for number, (estimate, _, _, seat) in enumerate(ranked):
        if best is not None:
            late = best.cost.lateness > 0
            if number >= (max(PLACES_TRIED_WHEN_LATE, tried_at_most) if late and tried_at_most > 1 else tried_at_most):
                break
            if estimate / wanted > best.per_piece:
                break
        for option in _options(desk, job, seat, wanted):
            known = tried.get(seat.key)
            if known is None or option.per_piece < known.per_piece:
                tried[seat.key] = option
            if best is None or option.per_piece < best.per_piece - 1e-9:
                best = option
    if best is None:
        return None
    pieces = best.line.quantity
    others = [
        (seat, known.per_piece * pieces if (known := tried.get(seat.key)) else estimate * pieces / wanted, known)
        for estimate, _, _, seat in ranked
        if seat.key != best.chain.seat.key
    ]
    others.sort(key=lambda other: (other[1], other[0].key))
    earliest = min(o.line.route.arrival(desk.network, o.end, o.line.share) for o in tried.values())
    return Choice(best, tuple(others[: desk.network.policy.alternatives]), len(seats), earliest)


def _options(desk: Desk, job: JobSpec, seat: Seat, wanted: int) -> Iterator[Option]:
    chain = desk.chains[seat.key]
    prepared = desk.network.prepared(job, seat.machine.chamber)
    pool = desk.pool_box_mm3[job.process, job.material]
    size = tuple(sorted(job.size_mm))
    positions = [] if seat.machine.serial else _open_builds(chain, job.material, size)
    for position in [*positions, len(chain.drafts)]:
        option = try_join(chain, position, desk.line(job, seat, wanted), prepared, wanted, pool)
        if option is not None:
            yield option


def _open_builds(chain: Chain, material: str, size: tuple[float, ...]) -> list[int]:
    def open_to(draft: Draft) -> bool:
        return draft.material == material and not draft.refused_before(size)

    return [number for number, draft in enumerate(chain.drafts) if open_to(draft)][-BUILDS_TRIED:]


def _estimate(desk: Desk, job: JobSpec, seat: Seat, wanted: int) -> float:
    """Cost of the pieces at this machine if they joined a running build: transport, risk, their own hours."""
    line = desk.line(job, seat, wanted)
    machine, policy = seat.machine, desk.network.policy
    time = machine.build_time
    hours = (time.hours_per_piece + time.hours_per_cm3 * job.volume_mm3 / 1000.0) * wanted
    if machine.serial:
        hours += job.machine_hours * wanted + time.setup_hours
    elif not machine.chamber.single_layer:
        hours += time.hours_per_mm * _box_mm3(job) * wanted / machine.chamber.floor_mm2 / USUAL_BOX_DENSITY
    money = hours * machine.hour_rate * seat.maker.cost_factor * policy.price_weight
    way = line.route.cost(line.share).total
    return way + quality_cost(desk.network, line) + money * (1.0 + policy.load_share * seat.maker.load)


def _box_mm3(job: JobSpec) -> float:
    x, y, z = job.size_mm
    return x * y * z


def pool_volumes(jobs: Sequence[JobSpec]) -> dict[tuple[str, str], float]:
    """Box volume waiting in each (process, material) pool."""
    pools: dict[tuple[str, str], float] = {}
    for job in jobs:
        key = (job.process, job.material)
        pools[key] = pools.get(key, 0.0) + job.quantity * _box_mm3(job)
    return pools
