"""The world a simulation runs in: makers with machines, orders as they will come, breakdowns; the same for each policy.

Everything random is drawn here, before any policy runs (common random numbers), so that policies differ by what they
do and by nothing else. Part sizes are log-normal about the medians of a set of 84 real printed parts (longest edge
median 61 mm, middle 38 mm, shortest 16 mm; box filled to 22 % on average), measured once; set other ones by own orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from penstock.engines.dispatch.clock import OpenHours
from penstock.engines.dispatch.model import BuildTime, Interval, JobSpec, MachineSpec, MakerSpec
from penstock.engines.packing import Chamber

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CITIES = ((31.23, 121.47), (31.30, 120.60), (30.27, 120.15), (29.87, 121.54), (32.06, 118.80), (31.57, 120.30))
MEDIAN_EDGES_MM = (61.0, 38.0, 16.0)
SIZE_SPREAD, SHAPE_SPREAD = 0.45, 0.25
BOX_SHARE = 0.22
GRAMS_PER_MM3 = 0.00101
PARTS_AN_ORDER = 2.2
MEAN_PIECES = 6.0
LEAD_DAYS = (5.0, 12.0)
MEAN_DAYS_BETWEEN_BREAKDOWNS = 30.0
MEAN_REPAIR_HOURS = 18.0
SERVICES = (("sls", "pa12"), ("mjf", "pa12"))
VALUE_PER_CM3 = 2.0
WEEKS_TRIED = 26


@dataclass(frozen=True)
class Arrival:
    """A job that comes in: at this hour after the start, a customer of this maker (number)."""

    hour: float
    job: JobSpec
    home: int


@dataclass(frozen=True)
class World:
    """Makers, orders in the order they come, and when each machine is broken (hours from the start)."""

    makers: tuple[MakerSpec, ...]
    arrivals: tuple[Arrival, ...]
    breakdowns: dict[tuple[str, str], tuple[Interval, ...]]
    days: int


def make_world(makers: int, days: int, seed: int, *, load: float = 0.8, owners: tuple[MakerSpec, ...] = ()) -> World:
    """A made-up network. `load`: machine hours that the orders take in full builds, of those in which full builds begun
    in opening hours can run; `owners` are taken instead of made-up makers."""
    dice = np.random.default_rng(seed)
    owners = owners or _makers(makers, dice)
    return World(owners, _arrivals(owners, days, load, dice), breakdowns(owners, days, dice), days)


def _makers(count: int, dice: np.random.Generator) -> tuple[MakerSpec, ...]:
    made = []
    for number in range(count):
        process, material = SERVICES[number % len(SERVICES)]
        sls = process == "sls"
        machine = MachineSpec(
            id="m1",
            model="P 396 class" if sls else "5200 class",
            process=process,
            materials=frozenset({material}),
            loaded_material=material,
            chamber=Chamber((340, 340, 600) if sls else (380, 284, 380), clearance_mm=4, wall_clearance_mm=5),
            hour_rate=float(dice.normal(60, 5)),
            build_time=BuildTime(8.0, hours_per_mm=0.06) if sls else BuildTime(12.0, hours_per_mm=0.035),
            power_kw=4.0,
        )
        lat, lon = CITIES[int(dice.integers(len(CITIES)))]
        position = (float(lat + dice.normal(0, 0.15)), float(lon + dice.normal(0, 0.15)))
        made.append(
            MakerSpec(f"maker{number + 1}", *position, machines=(machine,), quality=float(dice.uniform(0.95, 1.0)))
        )
    return tuple(made)


def _arrivals(makers: tuple[MakerSpec, ...], days: int, load: float, dice: np.random.Generator) -> tuple[Arrival, ...]:
    """Orders until the machines' hours are taken to `load`; each a customer of a maker that has its process."""
    owners = [number for number, maker in enumerate(makers) if any(not each.serial for each in maker.machines)]
    hours = sum(runnable(maker, machine) for n in owners for maker in [makers[n]] for machine in maker.machines)
    hours *= days * 24.0 * load
    found: list[Arrival] = []
    order = 0
    while hours > 0 and owners:
        order += 1
        home = owners[int(dice.integers(len(owners)))]
        machine = next(each for each in makers[home].machines if not each.serial)
        hour = float(dice.uniform(0, days * 24.0))
        door = (makers[home].lat + float(dice.normal(0, 0.6)), makers[home].lon + float(dice.normal(0, 0.6)))
        due = START + timedelta(hours=hour + 24.0 * float(dice.uniform(*LEAD_DAYS)))
        for part in range(1 + int(dice.poisson(PARTS_AN_ORDER - 1))):
            job = _job(f"o{order}-{part + 1}", f"o{order}", machine, hour, due, door, dice)
            found.append(Arrival(hour, job, home))
            hours -= full_build_hours(job, machine)
    return tuple(sorted(found, key=lambda each: (each.hour, each.job.id)))


def runnable(maker: MakerSpec, machine: MachineSpec) -> float:
    """Share of all hours in which a machine runs when one full build follows the other and each is begun while somebody
    is there."""
    hours = machine.build_time.setup_hours + machine.build_time.hours_per_mm * machine.chamber.size_mm[2]
    open_hours = OpenHours(machine.calendar or maker.calendar, START)
    moment, ran = 0.0, 0.0
    while moment < WEEKS_TRIED * 168.0:
        moment = float(open_hours.next_open(moment)) + hours
        ran += hours
    return ran / moment


def full_build_hours(job: JobSpec, machine: MachineSpec) -> float:
    """Machine hours of a job in builds that are full to two thirds with boxes."""
    x, y, z = job.size_mm
    part = x * y * z * job.quantity / (machine.chamber.volume_mm3 * 0.5)
    time = machine.build_time
    return part * (time.setup_hours + time.hours_per_mm * machine.chamber.size_mm[2])


def _job(
    name: str,
    order: str,
    machine: MachineSpec,
    hour: float,
    due: datetime,
    door: tuple[float, float],
    dice: np.random.Generator,
) -> JobSpec:
    scale = np.exp(dice.normal(0, SIZE_SPREAD))
    edges = np.array(MEDIAN_EDGES_MM) * scale * np.exp(dice.normal(0, SHAPE_SPREAD, 3))
    x, y, z = np.clip(edges, 4.0, 270.0).tolist()
    volume = x * y * z * float(np.clip(dice.normal(BOX_SHARE, 0.1), 0.05, 0.8))
    quantity = 1 + int(dice.geometric(1.0 / MEAN_PIECES))
    return JobSpec(
        id=name,
        process=machine.process,
        material=machine.loaded_material or min(machine.materials),
        quantity=quantity,
        size_mm=(x, y, z),
        volume_mm3=volume,
        mass_g=volume * GRAMS_PER_MM3,
        value=VALUE_PER_CM3 * volume / 1000.0 * quantity,
        due=due,
        release=START + timedelta(hours=hour),
        destination=door,
        order=order,
    )


def breakdowns(
    makers: tuple[MakerSpec, ...], days: int, dice: np.random.Generator
) -> dict[tuple[str, str], tuple[Interval, ...]]:
    """When each machine is down: exponential times to failure and to repair."""
    found = {}
    for maker in makers:
        for machine in maker.machines:
            moments, hour = [], 0.0
            while True:
                hour += float(dice.exponential(MEAN_DAYS_BETWEEN_BREAKDOWNS * 24.0))
                if hour > days * 24.0 * 2:
                    break
                repair = float(dice.exponential(MEAN_REPAIR_HOURS))
                moments.append(Interval(START + timedelta(hours=hour), START + timedelta(hours=hour + repair)))
                hour += repair
            found[maker.id, machine.id] = tuple(moments)
    return found
