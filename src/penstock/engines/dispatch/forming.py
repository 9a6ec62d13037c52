"""Builds being formed: what lies in them, how long they take, and how a machine's builds follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.engines.dispatch.clock import hours_between
from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.result import CostItems, PlannedBuild
from penstock.engines.dispatch.routing import Route
from penstock.engines.packing import (
    Chamber,
    Layout,
    PoolStats,
    Prepared,
    expected_box_density,
)

PLATE_SHARE = 0.7
"""Share of a plate that boxes cover when it is full; measured on the packer's plates, an estimate elsewhere."""

SAVING = 1e-6
"""Less money than this is no reason to change a sequence."""


@dataclass(eq=False)
class Line:
    """Pieces of one job in a draft, with the way they take afterwards."""

    job: JobSpec
    route: Route
    quantity: int
    release: float
    due: float
    latest_end: float

    @property
    def share(self) -> float:
        return self.quantity / self.job.quantity

    def late_hours(self, network: Network, end: float) -> float:
        if end <= self.latest_end:
            return 0.0
        return max(self.route.arrival(network, end, self.share) - self.due, 0.0)

    def lateness_cost(self, network: Network, end: float) -> float:
        days = self.late_hours(network, end) / 24.0
        policy = network.policy
        per_day = policy.late_share_per_day * self.job.value + policy.late_cost_per_day
        return days * per_day * self.share


@dataclass(eq=False)
class Draft:
    """A build that may still grow. Times are hours from now, set by `Chain.schedule`."""

    seat: Seat
    material: str
    layout: Layout | None
    lines: list[Line] = field(default_factory=list)
    changes_material: bool = False
    start: float = 0.0
    end: float = 0.0
    no_room_for: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def work_hours(self) -> float:
        """Machine time without the changeover."""
        time = self.seat.machine.build_time
        if self.layout is not None:
            return time.hours(
                height_mm=self.layout.height_mm, volume_mm3=self.layout.volume_mm3, pieces=self.layout.pieces
            )
        volume = sum(line.quantity * line.job.volume_mm3 for line in self.lines)
        own = sum(line.quantity * line.job.machine_hours for line in self.lines)
        return own + time.hours(height_mm=0.0, volume_mm3=volume, pieces=self.pieces)

    @property
    def release(self) -> float:
        return max((line.release for line in self.lines), default=0.0)

    def fill(self) -> float:
        if self.layout is None or not self.layout.pieces:
            return 1.0
        return fill_of(self.layout, self.seat.machine.chamber)

    def rate(self, network: Network) -> float:
        return self.seat.machine.hour_rate * self.seat.maker.cost_factor * network.policy.price_weight

    @property
    def changeover_hours(self) -> float:
        return self.seat.machine.changeover_hours if self.changes_material else 0.0

    def changeover_cost(self, network: Network) -> float:
        if not self.changes_material:
            return 0.0
        extra = self.seat.machine.changeover_cost * network.policy.price_weight
        return self.changeover_hours * self.rate(network) + extra

    def joined(self, line: Line, layout: Layout | None) -> Draft:
        """This draft with one more line, as a new object; times are not set yet."""
        return Draft(self.seat, self.material, layout, [*self.lines, line], no_room_for=self.no_room_for)

    def refused_before(self, size: tuple[float, ...]) -> bool:
        """Whether a part no larger (sorted edges) found no room: then this one is not worth trying."""
        return any(all(new >= old for new, old in zip(size, known, strict=True)) for known in self.no_room_for)


def fill_of(layout: Layout, chamber: Chamber) -> float:
    """0..1 of what the chamber can be expected to hold of such parts."""
    if chamber.single_layer:
        covered = layout.box_volume_mm3 / max(layout.height_mm - chamber.wall_clearance_mm, 1e-9)
        return min(covered / (chamber.floor_mm2 * PLATE_SHARE), 1.0)
    edge = (layout.box_volume_mm3 / layout.pieces) ** (1.0 / 3.0)
    full = PoolStats(layout.pieces, chamber.volume_mm3, layout.volume_mm3, edge, edge)
    return min(layout.box_volume_mm3 / (chamber.volume_mm3 * expected_box_density(full, chamber)), 1.0)


class Chain:
    """The builds of one machine in the order it will run them, after what is reserved already."""

    def __init__(self, network: Network, seat: Seat, locked: Sequence[PlannedBuild]) -> None:
        self.network = network
        self.seat = seat
        self.drafts: list[Draft] = []
        machine = seat.machine
        self._open = network.open_hours(machine.calendar or seat.maker.calendar)
        reserved = [(hours_between(network.now, b.start), hours_between(network.now, b.end)) for b in locked]
        self._free_from = max([network.policy.prepare_hours, *(end for _, end in reserved)])
        taken = [(hours_between(network.now, i.start), hours_between(network.now, i.end)) for i in machine.busy]
        self._busy = sorted(interval for interval in taken if interval[1] > self._free_from)
        last = max(locked, key=lambda build: build.end, default=None)
        self._loaded = last.material if last else machine.loaded_material

    def schedule(self, drafts: Sequence[Draft], first: int = 0) -> list[tuple[bool, float, float]]:
        """(material changes, start, end) of `drafts[first:]` when run in this order."""
        free = drafts[first - 1].end if first else self._free_from
        loaded = drafts[first - 1].material if first else self._loaded
        times = []
        for draft in drafts[first:]:
            changes = draft.material != loaded
            hours = draft.work_hours + (self.seat.machine.changeover_hours if changes else 0.0)
            start, end = self._slot(max(free, draft.release), hours)
            times.append((changes, start, end))
            free, loaded = end, draft.material
        return times

    def settle(self, drafts: Sequence[Draft]) -> None:
        """Make these the machine's builds and set their times."""
        self.drafts = list(drafts)
        for place, draft in enumerate(self.drafts):
            # One at a time: each start follows from the end set just before.
            [(draft.changes_material, draft.start, draft.end)] = self.schedule(self.drafts[: place + 1], place)

    def tidy(self) -> None:
        """Swap neighbouring builds as long as that saves changeover and lateness together."""
        best = self._sequence_cost()
        improved = True
        while improved:
            improved = False
            for place in range(len(self.drafts) - 1):
                order = list(self.drafts)
                swapped = [*order[:place], order[place + 1], order[place], *order[place + 2 :]]
                self.settle(swapped)
                cost = self._sequence_cost()
                if cost < best - SAVING:
                    best, improved = cost, True
                else:
                    self.settle(order)

    def _sequence_cost(self) -> float:
        return sum(
            draft.changeover_cost(self.network)
            + sum(line.lateness_cost(self.network, draft.end) for line in draft.lines)
            for draft in self.drafts
        )

    def _slot(self, ready: float, hours: float) -> tuple[float, float]:
        start = self._open.next_open(ready)
        while True:
            attended = not self.seat.machine.unattended
            end = self._open.after_work(start, hours) if attended else start + hours
            clash = next((busy for busy in self._busy if busy[0] < end and busy[1] > start), None)
            if clash is None:
                return start, end
            start = self._open.next_open(clash[1])


@dataclass(frozen=True, eq=False)
class Option:
    """One way to place some of a job: into the draft at `position` of a chain, or as a new one at its end."""

    chain: Chain
    position: int
    draft: Draft
    line: Line
    start: float
    end: float
    cost: CostItems
    """Decision cost: what the network pays more than without these pieces."""

    @property
    def per_piece(self) -> float:
        return self.cost.total / self.line.quantity

    @property
    def is_new(self) -> bool:
        return self.position == len(self.chain.drafts)

    def take(self) -> None:
        drafts = list(self.chain.drafts)
        drafts[self.position : self.position + 1] = [self.draft]
        self.chain.settle(drafts)


def try_join(
    chain: Chain, position: int, line: Line, prepared: Prepared, wanted: int, pool_box_mm3: float
) -> Option | None:
    """What it costs to put up to `wanted` pieces into the draft at `position` (its end: a new draft).

    A new build is charged only the share of its set-up that these pieces take of it, or of everything the pool
    still has to place if that is less than a build: what follows will share it.
    """
    network, machine = chain.network, chain.seat.machine
    is_new = position == len(chain.drafts)
    if is_new:
        fresh = None if machine.serial else Layout(machine.chamber)
        base = Draft(chain.seat, line.job.material, fresh)
    else:
        base = chain.drafts[position]
    layout = base.layout.copy() if base.layout is not None else None
    placed = layout.add(prepared, wanted) if layout is not None else wanted
    if placed < wanted and line.job.orientation == "any" and machine.chamber.max_mass_g is None:
        base.no_room_for.append(tuple(sorted(line.job.size_mm)))
    if not placed or (placed < wanted and not line.job.splittable):
        return None
    line.quantity = placed
    draft = base.joined(line, layout)
    drafts = [*chain.drafts[:position], draft, *chain.drafts[position + 1 :]]
    times = chain.schedule(drafts, position)
    draft.changes_material, start, end = times[0]
    shared = 1.0
    hours = draft.work_hours
    if is_new:
        shared = min(max(draft.fill(), placed * prepared.box_mm3 / max(pool_box_mm3, 1e-9)), 1.0)
        hours -= machine.build_time.setup_hours * (1.0 - shared)
    else:
        hours -= base.work_hours
    delayed = sum(
        other.lateness_cost(network, moved[2]) - other.lateness_cost(network, before.end)
        for before, moved in zip(chain.drafts[position:], times, strict=False)
        for other in before.lines
    )
    machine_cost = hours * draft.rate(network)
    cost = line.route.cost(line.share) + CostItems(
        machine=machine_cost,
        changeover=shared * draft.changeover_cost(network) if is_new else 0.0,
        lateness=line.lateness_cost(network, end) + delayed,
        quality=quality_cost(network, line),
        load=network.policy.load_share * chain.seat.maker.load * machine_cost,
    )
    return Option(chain, position, draft, line, start, end, cost)


def quality_cost(network: Network, line: Line) -> float:
    """Money at risk with the makers that work on it: value × the chance that one of them errs."""
    good = 1.0
    makers = [line.route.printer, *(stop.maker for stop in line.route.stops)]
    for quality in {maker.id: maker.quality for maker in makers}.values():
        good *= quality
    return network.policy.quality_risk * (1.0 - good) * line.job.value * line.share
