"""What leaves together: parcels of one order from one maker, and parts of an order brought together on the way.

Pieces of an order that leave the same maker wait for each other when that makes nobody late (`WAIT_HOURS` at most).
Where it saves money, and nothing becomes late by it, a maker's parcel goes to another maker of the same order and on
with its parcel.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from penstock.engines.dispatch.clock import moment_at
from penstock.engines.dispatch.network import Network, road_km
from penstock.engines.dispatch.result import Shipment

WAIT_HOURS = 72.0
ON_TIME = 1e-6


@dataclass(eq=False)
class Ready:
    """Pieces of a job, packed at `shipper` from hour `ready` on. `leg_km`: straight to the buyer. The rest is found
    here: `leaves`, `arrives`, `cost` (its part of the parcel), `with_others`, `via`, `saved`."""

    key: tuple[str, str]
    order: str
    shipper: int
    ready: float
    due: float
    kilograms: float
    door: tuple[float, float]
    km: float
    leaves: float = 0.0
    arrives: float = 0.0
    cost: float = 0.0
    with_others: int = 0
    via: int = -1
    saved: float = 0.0


@dataclass(eq=False)
class Parcel:
    shipper: int
    content: list[Ready]
    leaves: float
    to: int = -1
    km: float = 0.0
    kilograms: float = field(default=0.0)


def ship(network: Network, lines: list[Ready]) -> list[Shipment]:
    """Set how each line travels; returns the parcels."""
    by_order: dict[str, list[Ready]] = defaultdict(list)
    for line in lines:
        by_order[line.order or f"\0{line.key[0]}"].append(line)
    made: list[Shipment] = []
    for order in by_order.values():
        made += _ship_order(network, order)
    return made


def _ship_order(network: Network, lines: list[Ready]) -> list[Shipment]:
    parcels = _parcels(network, lines)
    if len(parcels) > 1 and len({parcel.shipper for parcel in parcels}) > 1:
        _bring_together(network, parcels)
    return [_shipment(network, parcel) for parcel in parcels]


def _parcels(network: Network, lines: list[Ready]) -> list[Parcel]:
    """By maker and readiness: each line joins the parcel before it unless somebody in that would be late."""
    parcels: list[Parcel] = []
    for line in sorted(lines, key=lambda each: (each.shipper, each.ready, each.key)):
        last = parcels[-1] if parcels else None
        if last is not None and last.shipper == line.shipper and last.content[0].door == line.door:
            leaves = max(last.leaves, line.ready)
            arrives = leaves + _hours(network, line.km)
            patient = all(
                arrives <= each.due + ON_TIME or each.ready + _hours(network, each.km) > each.due
                for each in last.content
                if leaves > last.leaves
            )
            if patient and leaves - last.content[0].ready <= WAIT_HOURS:
                last.content.append(line)
                last.leaves = leaves
                continue
        parcels.append(Parcel(line.shipper, [line], line.ready, km=line.km))
    for parcel in parcels:
        parcel.kilograms = sum(each.kilograms for each in parcel.content)
        for each in parcel.content:
            each.leaves, each.arrives = parcel.leaves, parcel.leaves + _hours(network, parcel.km)
            each.with_others = len(parcel.content) - 1
    return parcels


def _bring_together(network: Network, parcels: list[Parcel]) -> None:
    """Send a parcel through another maker of the order where that saves most, as long as everything stays in time."""
    for parcel in sorted(parcels, key=lambda each: each.kilograms):
        if any(other.to == parcel.shipper for other in parcels):
            continue
        best: tuple[float, Parcel | None, float, float] = (ON_TIME, None, 0.0, 0.0)
        for other in parcels:
            if other is parcel or other.to >= 0 or other.shipper == parcel.shipper:
                continue
            km = float(road_km(network.positions[parcel.shipper], network.positions[other.shipper]))
            leaves = max(other.leaves, parcel.leaves + _hours(network, km))
            arrives = leaves + _hours(network, other.km)
            policy = network.policy
            saved = _cost(network, parcel.km, parcel.kilograms) - _cost(network, km, parcel.kilograms)
            saved -= policy.cost_per_kg_km * parcel.kilograms * other.km
            in_time = all(
                arrives <= max(each.due, each.arrives) + ON_TIME for each in (*parcel.content, *other.content)
            )
            if in_time and leaves - other.leaves <= WAIT_HOURS and saved > best[0]:
                best = (saved, other, km, leaves)
        saved, through, km, leaves = best
        if through is None:
            continue
        parcel.to, parcel.km = through.shipper, km
        through.leaves = leaves
        through.kilograms += parcel.kilograms
        for each in parcel.content:
            each.via, each.saved = through.shipper, saved
        joined = [each for one in parcels if one is through or one.to == through.shipper for each in one.content]
        for each in joined:
            each.arrives = leaves + _hours(network, through.km)


def _shipment(network: Network, parcel: Parcel) -> Shipment:
    cost = _cost(network, parcel.km, parcel.kilograms)
    weights = sum(each.kilograms for each in parcel.content)
    for each in parcel.content:
        part = each.kilograms / weights if weights else 1.0 / len(parcel.content)
        each.cost += part * cost
    arrives = parcel.leaves + _hours(network, parcel.km)
    return Shipment(
        order=parcel.content[0].order,
        from_maker=network.makers[parcel.shipper].id,
        to_maker=network.makers[parcel.to].id if parcel.to >= 0 else "",
        jobs=tuple(each.key for each in parcel.content),
        leaves=moment_at(network.now, parcel.leaves),
        arrives=moment_at(network.now, arrives),
        km=parcel.km,
        cost=cost,
    )


def _hours(network: Network, km: float) -> float:
    return network.policy.handling_hours + km / network.policy.km_per_day * 24.0


def _cost(network: Network, km: float, kilograms: float) -> float:
    policy = network.policy
    return policy.shipment_cost + (policy.cost_per_km + policy.cost_per_kg_km * kilograms) * km
