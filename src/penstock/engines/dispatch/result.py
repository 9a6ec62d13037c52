"""What dispatch answers: who makes what, in which build, when, at what cost, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from penstock.engines.dispatch.model import OperationKind
from penstock.engines.dispatch.words import say
from penstock.engines.packing import Packing


@dataclass(frozen=True)
class Reason:
    """Why something is so: a code with its numbers. `str` says it as a sentence (`words.py`)."""

    code: str
    data: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return say(self.code, self.data)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class CostItems:
    """Cost of an assignment or a plan, in the policy's currency."""

    transport: float = 0.0
    machine: float = 0.0
    changeover: float = 0.0
    finishing: float = 0.0
    lateness: float = 0.0
    quality: float = 0.0
    load: float = 0.0
    carbon: float = 0.0

    @property
    def total(self) -> float:
        way = self.transport + self.finishing + self.lateness + self.quality
        return way + self.machine + self.changeover + self.load + self.carbon

    def __add__(self, other: CostItems) -> CostItems:
        return CostItems(
            self.transport + other.transport,
            self.machine + other.machine,
            self.changeover + other.changeover,
            self.finishing + other.finishing,
            self.lateness + other.lateness,
            self.quality + other.quality,
            self.load + other.load,
            self.carbon + other.carbon,
        )

    def __sub__(self, other: CostItems) -> CostItems:
        return self + CostItems(**{name: -value for name, value in other.as_dict().items()})

    def as_dict(self) -> dict[str, float]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class PlannedOperation:
    """One step at one maker. `machine_id` and `build_id` only for "print"; `km` is the way to this step."""

    sequence: int
    kind: OperationKind
    code: str
    maker_id: str
    start: datetime
    end: datetime
    machine_id: str = ""
    build_id: str = ""
    km: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class Alternative:
    """Somewhere else these pieces could go as the plan stands: what the network would pay, by parts, and what speaks
    against it. The assignment's own `marginal` cost is counted in the same way."""

    maker_id: str
    machine_id: str
    cost: float
    why_not: Reason
    parts: CostItems = field(default_factory=lambda: CostItems())


@dataclass(frozen=True)
class Assignment:
    """`quantity` pieces of a job in one build. A split job has several. `cost` is its share of what the plan costs;
    `marginal` what the network would save without these pieces. `arrives`: at the buyer's door."""

    job_id: str
    quantity: int
    maker_id: str
    machine_id: str
    build_id: str
    cost: CostItems
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...]
    operations: tuple[PlannedOperation, ...]
    arrives: datetime
    late_hours: float = 0.0
    marginal: CostItems = field(default_factory=CostItems)
    carbon_kg: float = 0.0


@dataclass(frozen=True)
class BuildLine:
    """Pieces of one job in a build."""

    job_id: str
    quantity: int


@dataclass(frozen=True)
class PlannedBuild:
    """One run of one machine with one material. `fill`: 0..1 of what its chamber can be expected to hold.
    `hours` is machine time without the closed hours an attended machine pauses for; a changeover is its
    first `changeover_hours`. `packing` holds a first layout by bounding boxes; serial runs have none, nor have builds
    whose contents are only `estimated` to fit. `auto_accept`: its maker has agreed to it beforehand."""

    id: str
    maker_id: str
    machine_id: str
    process: str
    material: str
    lines: tuple[BuildLine, ...]
    start: datetime
    end: datetime
    hours: float
    changeover_hours: float = 0.0
    height_mm: float = 0.0
    fill: float = 0.0
    density: float = 0.0
    cost: float = 0.0
    packing: Packing | None = None
    locked: bool = False
    estimated: bool = False
    auto_accept: bool = False


@dataclass(frozen=True)
class Shipment:
    """A parcel of one order: from a maker to another maker (`to_maker`) or, when that is empty, to the buyer.
    `jobs`: what is in it, as (job, build)."""

    order: str
    from_maker: str
    to_maker: str
    jobs: tuple[tuple[str, str], ...]
    leaves: datetime
    arrives: datetime
    km: float
    cost: float


@dataclass(frozen=True)
class Waiting:
    """Pieces held back for a fuller build; `until` is when they have to be released at the latest. `maker_id` and
    `machine_id`: where they would be made today (`JobSpec.planned_on` of the next wave)."""

    job_id: str
    quantity: int
    until: datetime
    fill: float
    reasons: tuple[Reason, ...]
    maker_id: str = ""
    machine_id: str = ""


@dataclass(frozen=True)
class Unassigned:
    """Pieces nobody can make, with what stood in the way of how many makers or machines."""

    job_id: str
    quantity: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Plan:
    """One wave's decision."""

    assignments: tuple[Assignment, ...]
    builds: tuple[PlannedBuild, ...]
    waiting: tuple[Waiting, ...]
    unassigned: tuple[Unassigned, ...]
    cost: CostItems
    offers_until: datetime
    seconds: float
    seed: int
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True)
class Violation:
    """Something a plan must not do. `code`: quantity · unknown · process · material · too_large · capacity ·
    overlap · busy · closed · released · excluded · tags · finish · late_unflagged · duration · changeover ·
    cost · offered · keep_together."""

    code: str
    message: str
    ids: tuple[str, ...] = ()
