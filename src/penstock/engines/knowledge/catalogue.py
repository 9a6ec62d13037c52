"""What the network knows about making things: processes, materials, finishes, machine models, limits.

Every number is a `Fact`: a value with its unit, the source it was read in and the condition under which it
holds. A fact whose source is neither a vendor or standard page [P] nor our own arithmetic [D] is an estimate
and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

FactValue = float | tuple[float, ...] | bool


class KnowledgeError(Exception):
    """The data files do not hold together. `problems` lists every fault as "file, entry, why"."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the knowledge base:\n" + "\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts were read. quality: P vendor or standard page, S secondary page, G a value in a public
    repository's file, D our arithmetic, R recalled and not verified."""

    code: str
    title: str
    url: str
    quality: str

    @property
    def is_firm(self) -> bool:
        return self.quality in ("P", "D")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with its unit, source, and the condition under which it holds ("" when it always does)."""

    value: FactValue
    unit: str
    source: str
    estimate: bool = False
    condition: str = ""

    @property
    def number(self) -> float:
        """The value as one number; a TypeError when it is a triple."""
        if isinstance(self.value, tuple):
            raise TypeError(f"{self.value!r} is not a single number")
        return float(self.value)

    @property
    def triple(self) -> tuple[float, float, float]:
        """The value as x, y, z; a TypeError when it is a single number."""
        if not isinstance(self.value, tuple) or len(self.value) != 3:
            raise TypeError(f"{self.value!r} is not three numbers")
        return self.value[0], self.value[1], self.value[2]


@dataclass(frozen=True, slots=True)
class Process:
    """A way of making a part. `code` is the trade code (`sls`), `iso` the ISO/ASTM 52900 code where there is
    one (`PBF-LB/P`). `shape_rule` names the rule that decides from measurements whether a part can be priced:
    additive, milling, turning, casting or sheet."""

    code: str
    iso: str
    name: str
    trade_name: str
    shape_rule: str
    pooled: bool
    good_for: str
    not_for: str
    default_finishes: tuple[str, ...] = ()

    @property
    def traps_material(self) -> bool:
        """Whether powder or resin stays in a closed void."""
        return self.iso.startswith(("PBF", "VPP", "MJT", "BJT"))


@dataclass(frozen=True, slots=True)
class Material:
    """A material as bought for one or more processes. `facts` holds density, tensile_strength, modulus, hdt,
    elongation, machinability; `flags` holds transparent, food_contact, biocompatible, flame_retardant,
    flexible, weatherproof (years of sun and rain, uncoated) as boolean facts — absent means not known, which is not
    the same as no."""

    code: str
    name: str
    family: str
    processes: tuple[str, ...]
    colours: tuple[str, ...]
    facts: Mapping[str, Fact]
    flags: Mapping[str, Fact]

    @property
    def density_g_cm3(self) -> float:
        return self.facts["density"].number

    def number(self, name: str) -> float | None:
        """The named property, or None when it is not known."""
        fact = self.facts.get(name)
        return None if fact is None else fact.number

    def flag(self, name: str) -> bool | None:
        """True, False, or None when it is not known."""
        fact = self.flags.get(name)
        return None if fact is None else bool(fact.value)


@dataclass(frozen=True, slots=True)
class Finish:
    """What can be done to a part after it is made, to which processes and material families it applies,
    and what drives its time and cost (part, area, line)."""

    code: str
    name: str
    processes: tuple[str, ...]
    families: tuple[str, ...]
    drivers: tuple[str, ...]
    effect: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class MachineModel:
    """A machine one can buy. `facts` holds build_volume (x, y, z mm) and, where known, layer, throughput,
    full_build, hourly_rate, price."""

    code: str
    maker: str
    name: str
    process: str
    facts: Mapping[str, Fact]

    @property
    def chamber_mm(self) -> tuple[float, float, float]:
        return self.facts["build_volume"].triple


@dataclass(frozen=True, slots=True)
class Limit:
    """A design limit of a process: `code` such as min_wall, `sense` min or max."""

    process: str
    code: str
    sense: str
    fact: Fact
    message: str


@dataclass(frozen=True)
class Knowledge:
    """The whole catalogue, checked. `version` is a hash of the data files' content."""

    version: str
    sources: Mapping[str, Source]
    processes: Mapping[str, Process]
    materials: Mapping[str, Material]
    finishes: Mapping[str, Finish]
    machines: Mapping[str, MachineModel]
    all_limits: tuple[Limit, ...] = field(default=())

    def process(self, code: str) -> Process:
        """Raises KeyError for a code that is not known; so do `material`, `finish` and `machine`."""
        return self.processes[code]

    def material(self, code: str) -> Material:
        return self.materials[code]

    def finish(self, code: str) -> Finish:
        return self.finishes[code]

    def machine(self, code: str) -> MachineModel:
        return self.machines[code]

    def recipes(self) -> tuple[tuple[Process, Material], ...]:
        """Every process with every material it takes."""
        return self._recipes

    def materials_for(self, process: str) -> tuple[Material, ...]:
        return tuple(material for each, material in self._recipes if each.code == process)

    def finishes_for(self, process: str, material: str) -> tuple[Finish, ...]:
        """The finishes that apply to a part made so; empty for a material the process does not take."""
        made_of = self.materials[material]
        if process not in made_of.processes:
            return ()
        return tuple(
            finish
            for finish in self.finishes.values()
            if process in finish.processes and made_of.family in finish.families
        )

    def machines_for(self, process: str) -> tuple[MachineModel, ...]:
        return self._machines_by_process.get(process, ())

    def limits(self, process: str) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.all_limits if limit.process == process)

    def limit(self, process: str, code: str) -> float | None:
        """The number of one limit, such as `min_wall` in mm, or None when the process has none."""
        return next((limit.fact.number for limit in self.limits(process) if limit.code == code), None)

    def largest_chamber(self, process: str) -> tuple[float, float, float] | None:
        """The build volume in mm of the machine with the most room, or None when none is known."""
        chambers = [machine.chamber_mm for machine in self.machines_for(process)]
        return max(chambers, key=lambda mm: mm[0] * mm[1] * mm[2], default=None)

    @cached_property
    def _recipes(self) -> tuple[tuple[Process, Material], ...]:
        return tuple(
            (process, material)
            for process in self.processes.values()
            for material in self.materials.values()
            if process.code in material.processes
        )

    @cached_property
    def _machines_by_process(self) -> dict[str, tuple[MachineModel, ...]]:
        grouped: dict[str, tuple[MachineModel, ...]] = {}
        for machine in self.machines.values():
            grouped[machine.process] = (*grouped.get(machine.process, ()), machine)
        return grouped
