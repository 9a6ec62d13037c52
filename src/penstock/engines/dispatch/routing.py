"""From the machine to the door: which maker does each further operation, what the ways cost, when it arrives."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.engines.dispatch.model import (
    DispatchError,
    FinishOffer,
    JobSpec,
    MakerSpec,
    OperationSpec,
    Position,
)
from penstock.engines.dispatch.network import Network
from penstock.engines.dispatch.result import CostItems

LATEST_STEPS = 24
NEVER = -1.0


def operations_of(job: JobSpec) -> tuple[OperationSpec, ...]:
    """The routing as given, or print, the finish, inspect, ship; always ends at the buyer's door."""
    steps = job.operations
    if not steps:
        finish = (OperationSpec("finish", job.finish),) if job.finish else ()
        steps = (OperationSpec("print", job.process), *finish, OperationSpec("inspect"))
    kinds = [step.kind for step in steps]
    if kinds[0] != "print" or kinds.count("print") != 1 or "ship" in kinds[:-1]:
        raise DispatchError(f"{job.id}: a routing starts with its one print and ships at the end, not {kinds}")
    return steps if kinds[-1] == "ship" else (*steps, OperationSpec("ship"))


def finishes_of(job: JobSpec) -> tuple[str, ...]:
    return tuple(step.code for step in operations_of(job) if step.kind == "finish")


@dataclass(frozen=True, eq=False)
class Stop:
    """One operation at a place: the way there, the waiting and work (for the whole job) and the money."""

    step: OperationSpec
    maker: MakerSpec
    km: float
    travel_hours: float
    lead_hours: float
    work_hours: float
    shipment_cost: float
    """Of the transport, what a parcel costs whatever it weighs."""
    transport_cost: float
    work_cost: float
    carbon_cost: float


@dataclass(frozen=True, eq=False)
class Route:
    """All operations after the print, for one job from one maker."""

    job: JobSpec
    printer: MakerSpec
    stops: tuple[Stop, ...]

    @property
    def km(self) -> float:
        return sum(stop.km for stop in self.stops)

    def cost(self, share: float = 1.0) -> CostItems:
        """Transport, finishing and carbon for `share` of the job (a parcel costs the same for any share)."""
        return CostItems(
            transport=sum(s.shipment_cost + share * (s.transport_cost - s.shipment_cost) for s in self.stops),
            finishing=share * sum(s.work_cost for s in self.stops),
            carbon=share * sum(s.carbon_cost for s in self.stops),
        )

    def walk(self, network: Network, printed: float, share: float = 1.0) -> list[tuple[float, float]]:
        """(start, end) in hours of each stop when the print ends at `printed` with `share` of the job."""
        moment, times = printed, []
        for stop in self.stops:
            moment += stop.travel_hours
            start = moment
            if stop.step.kind != "ship":
                open_hours = network.open_hours(stop.maker.calendar)
                start = open_hours.next_open(moment + stop.lead_hours)
                moment = open_hours.after_work(start, stop.work_hours * share)
            else:
                start = moment - stop.travel_hours
            times.append((start, moment))
        return times

    def arrival(self, network: Network, printed: float, share: float = 1.0) -> float:
        return self.walk(network, printed, share)[-1][1]

    def latest_print_end(self, network: Network, due: float) -> float:
        """The latest end of the print with which the whole job is still in time; NEVER when none is."""
        low, high = 0.0, due
        if self.arrival(network, low) > due:
            return NEVER
        for _ in range(LATEST_STEPS):
            middle = (low + high) / 2.0
            if self.arrival(network, middle) <= due:
                low = middle
            else:
                high = middle
        return low


def route(network: Network, job: JobSpec, printer: MakerSpec) -> Route | None:
    """The way of a job printed at `printer`; None when one of its finishes has no maker.

    The maker that has the parts does a finish if it can; otherwise the able one with the least cost of the way
    there, the work, its quality risk and the way on to the buyer.
    """
    here = printer
    stops = []
    for step in operations_of(job)[1:]:
        if step.kind == "ship":
            stops.append(_stop(network, job, step, here, here.position, job.destination, None))
            continue
        offer = None
        maker = here
        if step.kind == "finish":
            chosen = _finisher(network, job, step, here)
            if chosen is None:
                return None
            maker, offer = chosen
        stops.append(_stop(network, job, step, maker, here.position, maker.position, offer))
        here = maker
    return Route(job, printer, tuple(stops))


def leg_cost(network: Network, job: JobSpec, km: float) -> float:
    """Money for moving the whole job `km` kilometres."""
    policy = network.policy
    kilograms = job.mass_g * job.quantity / 1000.0
    return policy.shipment_cost + (policy.cost_per_km + policy.cost_per_kg_km * kilograms) * km


def _finisher(
    network: Network, job: JobSpec, step: OperationSpec, here: MakerSpec
) -> tuple[MakerSpec, FinishOffer] | None:
    def cost(maker: MakerSpec) -> float:
        if maker.id == here.id:
            return -1.0
        ways = sum(
            leg_cost(network, job, network.km(one, other))
            for one, other in ((here.position, maker.position), (maker.position, job.destination))
        )
        risk = network.policy.quality_risk * (1.0 - maker.quality) * job.value
        return ways + risk + _work_cost(network, step, maker, _offer(maker, step.code))

    makers = list(network.finishers(job, step.code))
    if not makers:
        return None
    best = min(makers, key=lambda maker: (cost(maker), maker.id))
    return best, _offer(best, step.code)


def _offer(maker: MakerSpec, finish: str) -> FinishOffer:
    return next(offer for offer in maker.finishes if offer.finish == finish)


def _work_cost(network: Network, step: OperationSpec, maker: MakerSpec, offer: FinishOffer) -> float:
    return step.hours * offer.hour_rate * maker.cost_factor * network.policy.price_weight


def _stop(
    network: Network,
    job: JobSpec,
    step: OperationSpec,
    maker: MakerSpec,
    start: Position,
    end: Position,
    offer: FinishOffer | None,
) -> Stop:
    policy = network.policy
    moved = step.kind == "ship" or start != end
    km = network.km(start, end) if moved else 0.0
    kilograms = job.mass_g * job.quantity / 1000.0
    return Stop(
        step=step,
        maker=maker,
        km=km,
        travel_hours=policy.handling_hours + km / policy.km_per_day * 24.0 if moved else 0.0,
        lead_hours=offer.lead_hours if offer else 0.0,
        work_hours=step.hours,
        shipment_cost=policy.shipment_cost + policy.cost_per_km * km if moved else 0.0,
        work_cost=_work_cost(network, step, maker, offer) if offer else 0.0,
        transport_cost=leg_cost(network, job, km) if moved else 0.0,
        carbon_cost=kilograms / 1000.0 * km * policy.carbon_kg_per_tonne_km * policy.carbon_price_per_kg,
    )
