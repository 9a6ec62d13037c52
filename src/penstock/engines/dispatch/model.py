"""What dispatch is told: jobs, makers with their machines and calendars, and the operator's policy.

All moments are timezone-aware. Money is in one currency throughout, as float (a plan compares costs; the
ledger's exact decimals are not computed here). Positions are (latitude, longitude) in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from penstock.engines.packing import Chamber, Orientation, Vector

OperationKind = Literal["print", "finish", "inspect", "ship"]
Position = tuple[float, float]


class DispatchError(ValueError):
    """The input contradicts itself (two jobs with one id, a naive datetime); says which and why."""


@dataclass(frozen=True)
class OperationSpec:
    """One step of a routing. `kind` "print" is the making step whatever the process; `code` is the process
    (print) or the finish (finish). `hours`: work on the whole quantity; for "print" the machine decides."""

    kind: OperationKind
    code: str = ""
    hours: float = 0.0


@dataclass(frozen=True)
class JobSpec:
    """A quantity of one part to be made. Volume, mass and `machine_hours` are per piece, `value` for all.

    `machine_hours` is used on serial machines (a mill, a lathe); pooled builds take their time from height
    and volume. Without `operations` the routing is print, the finish if any, inspect, ship. A job is not started
    before its `release`, and waiting is counted from it. `order` ties together jobs that go to one address: what
    leaves one maker together is one parcel. `excluded_makers` declined or let an offer lapse. `required_tags`
    ("iso9001", "country:DE" …) must all be among the maker's. Jobs with one `keep_together` are made by one maker.
    `planned_on` (maker, machine) is where the last wave meant to make it; another place has to be worth
    `Policy.stability_cost`.
    """

    id: str
    process: str
    material: str
    quantity: int
    size_mm: Vector
    volume_mm3: float
    due: datetime
    destination: Position
    finish: str = ""
    mass_g: float = 0.0
    machine_hours: float = 0.0
    release: datetime | None = None
    value: float = 0.0
    operations: tuple[OperationSpec, ...] = ()
    order: str = ""
    excluded_makers: frozenset[str] = frozenset()
    required_tags: frozenset[str] = frozenset()
    orientation: Orientation = "any"
    splittable: bool = True
    keep_together: str = ""
    planned_on: tuple[str, str] | None = None


@dataclass(frozen=True)
class Interval:
    """A time a machine is taken: a running build, maintenance."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class WorkCalendar:
    """When people are there: `weekdays` (0 = Monday) from `open_hour` to `close_hour` local time, not on
    `holidays`. Builds are started in these hours."""

    open_hour: float = 8.0
    close_hour: float = 18.0
    weekdays: frozenset[int] = frozenset(range(6))
    holidays: frozenset[date] = frozenset()
    utc_offset_hours: float = 8.0


@dataclass(frozen=True)
class BuildTime:
    """Hours of a build: set-up (with cooling and unpacking that block the machine) + per mm of height + per
    cm³ of parts + per piece."""

    setup_hours: float = 1.0
    hours_per_mm: float = 0.0
    hours_per_cm3: float = 0.0
    hours_per_piece: float = 0.0

    def hours(self, *, height_mm: float, volume_mm3: float, pieces: int) -> float:
        return (
            self.setup_hours
            + self.hours_per_mm * height_mm
            + self.hours_per_cm3 * volume_mm3 / 1000.0
            + self.hours_per_piece * pieces
        )


@dataclass(frozen=True)
class MachineSpec:
    """A machine. `materials` it can run; changing from `loaded_material` costs `changeover_hours` (and
    `changeover_cost` on top of the hours). `serial` machines make pieces one after another, one job per run;
    others share a build in `chamber`. `unattended` builds run on after closing time; attended work pauses.
    `min_fill` overrides the policy's. `calendar` overrides the maker's. `offered_hours_per_week`: the machine hours
    its maker gives the network in a week (counted in the week a build starts in); one longer build is still taken.
    `power_kw` counts for carbon."""

    id: str
    model: str
    process: str
    materials: frozenset[str]
    chamber: Chamber
    hour_rate: float
    loaded_material: str = ""
    build_time: BuildTime = BuildTime()
    changeover_hours: float = 0.0
    changeover_cost: float = 0.0
    busy: tuple[Interval, ...] = ()
    calendar: WorkCalendar | None = None
    unattended: bool = True
    serial: bool = False
    min_fill: float | None = None
    offered_hours_per_week: float | None = None
    power_kw: float = 0.0


@dataclass(frozen=True)
class FinishOffer:
    """A finish this maker does: money per hour of work, and hours until a batch gets its turn."""

    finish: str
    hour_rate: float = 0.0
    lead_hours: float = 0.0


@dataclass(frozen=True)
class MakerSpec:
    """A maker (or finishing shop: no machines). `quality` is the share of work without complaint, 0..1;
    `load` the share of capacity already taken, 0..1; `cost_factor` scales the machines' and finishes' rates
    to what the network pays this maker. `guaranteed_share`: the share of its processes' machine money it was
    promised (0..1). `auto_accept`: offers need no answer."""

    id: str
    lat: float
    lon: float
    machines: tuple[MachineSpec, ...] = ()
    finishes: tuple[FinishOffer, ...] = ()
    quality: float = 1.0
    load: float = 0.0
    cost_factor: float = 1.0
    calendar: WorkCalendar = WorkCalendar()
    tags: frozenset[str] = frozenset()
    name: str = ""
    guaranteed_share: float = 0.0
    auto_accept: bool = False

    @property
    def position(self) -> Position:
        return (self.lat, self.lon)


@dataclass(frozen=True)
class Policy:
    """What the operator weighs, in money, and how long work may wait for a fuller build.

    Transport: every leg costs `shipment_cost` + `cost_per_km` × km + `cost_per_kg_km` × kg × km, and takes
    `handling_hours` + km / `km_per_day` days. Lateness: `late_share_per_day` of the job's value plus
    `late_cost_per_day`. Quality: `quality_risk` × (1 − quality) × value. Load: `load_share` × load × machine
    cost. `price_weight` scales machine, changeover and finishing cost against the rest. Money that a maker gets less
    than its guaranteed share counts `share_weight` each. Work planned on one machine by the last wave moves to another
    only for more than `stability_cost`.
    Carbon: tonne-km × `carbon_kg_per_tonne_km` + machine kWh × `carbon_kg_per_kwh`, at `carbon_price_per_kg`.
    Waiting: a build below `min_fill` is held back while every job in it can still be made in time after
    another `wave_hours` + `safety_hours`, and none has waited longer than `max_wait_hours`.
    """

    shipment_cost: float = 12.0
    cost_per_km: float = 0.02
    cost_per_kg_km: float = 0.003
    km_per_day: float = 600.0
    handling_hours: float = 12.0
    price_weight: float = 1.0
    load_share: float = 0.2
    quality_risk: float = 1.0
    late_share_per_day: float = 0.1
    late_cost_per_day: float = 20.0
    carbon_kg_per_tonne_km: float = 0.1
    carbon_kg_per_kwh: float = 0.5
    carbon_price_per_kg: float = 0.0
    share_weight: float = 0.5
    stability_cost: float = 5.0
    min_fill: float = 0.5
    max_wait_hours: float = 72.0
    wave_hours: float = 24.0
    safety_hours: float = 12.0
    prepare_hours: float = 1.0
    offer_hours: float = 4.0
    alternatives: int = 3
    currency: str = "CNY"
