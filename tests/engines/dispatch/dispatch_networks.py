"""Made-up networks and jobs for the dispatch tests: small by hand, large by seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from penstock.engines.dispatch import BuildTime, FinishOffer, JobSpec, MachineSpec, MakerSpec
from penstock.engines.packing import Chamber

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 where the makers' clocks stand at UTC+8."""
SHANGHAI = (31.23, 121.47)
SUZHOU = (31.30, 120.60)
SHENZHEN = (22.54, 114.06)

BED = Chamber((340, 340, 600), clearance_mm=3, wall_clearance_mm=5)
PLATE = Chamber((350, 200, 300), clearance_mm=2, single_layer=True)


def sls(machine_id: str = "m", **changes: object) -> MachineSpec:
    known: dict[str, object] = {
        "model": "P 396",
        "process": "sls",
        "materials": frozenset({"pa12", "pa11"}),
        "chamber": BED,
        "hour_rate": 60.0,
        "loaded_material": "pa12",
        "build_time": BuildTime(setup_hours=4.0, hours_per_mm=0.06),
        "changeover_hours": 6.0,
    }
    return MachineSpec(id=machine_id, **(known | changes))


def maker(maker_id: str, position: tuple[float, float], *machines: MachineSpec, **changes: object) -> MakerSpec:
    return MakerSpec(maker_id, *position, machines=machines, **changes)


def job(job_id: str = "j", **changes: object) -> JobSpec:
    known: dict[str, object] = {
        "process": "sls",
        "material": "pa12",
        "quantity": 4,
        "size_mm": (80.0, 60.0, 40.0),
        "volume_mm3": 40_000.0,
        "mass_g": 40.0,
        "value": 300.0,
        "due": MONDAY + timedelta(days=10),
        "release": MONDAY - timedelta(days=30),
        "destination": SHANGHAI,
    }
    return JobSpec(id=job_id, **(known | changes))


PROCESSES = {
    "sls": ("pa12", "pa11"),
    "sla": ("clear", "tough"),
    "cnc": ("6061", "pom"),
}
FINISHES = ("dyeing", "painting", "plating")


def random_machine(dice: np.random.Generator, number: int) -> MachineSpec:
    process = list(PROCESSES)[int(dice.integers(3))]
    materials = PROCESSES[process]
    common = {
        "id": f"machine{number}",
        "model": process,
        "process": process,
        "materials": frozenset(materials[: int(dice.integers(1, 3))]),
        "hour_rate": float(dice.uniform(20, 90)),
        "loaded_material": materials[0],
        "changeover_hours": float(dice.uniform(0, 5)),
        "changeover_cost": float(dice.uniform(0, 50)),
    }
    if process == "sls":
        return MachineSpec(**common, chamber=BED, build_time=BuildTime(3.0, hours_per_mm=0.05))
    if process == "sla":
        return MachineSpec(**common, chamber=PLATE, build_time=BuildTime(0.5, hours_per_mm=0.03))
    return MachineSpec(
        **common,
        chamber=Chamber((400, 300, 300)),
        build_time=BuildTime(1.0, hours_per_piece=0.1),
        serial=True,
        unattended=False,
    )


def random_makers(seed: int, makers: int, machines: int) -> list[MakerSpec]:
    dice = np.random.default_rng(seed)
    owned: list[list[MachineSpec]] = [[] for _ in range(makers)]
    for number in range(machines):
        owned[int(dice.integers(makers))].append(random_machine(dice, number))
    return [
        MakerSpec(
            f"maker{number}",
            float(dice.uniform(22, 32)),
            float(dice.uniform(113, 122)),
            machines=tuple(owned[number]),
            finishes=tuple(FinishOffer(f, 30.0, 8.0) for f in FINISHES if dice.random() < 0.3),
            quality=float(dice.uniform(0.9, 1.0)),
            load=float(dice.uniform(0, 1)),
            tags=frozenset({"certified"}) if dice.random() < 0.5 else frozenset(),
        )
        for number in range(makers)
    ]


def random_jobs(seed: int, jobs: int, makers: int) -> list[JobSpec]:
    dice = np.random.default_rng(seed)
    made = []
    for number in range(jobs):
        process = list(PROCESSES)[int(dice.integers(3))]
        size = np.exp(dice.normal(3.6, 0.6, 3)).clip(4, 700)
        x, y, z = size.tolist()
        made.append(
            JobSpec(
                id=f"job{number}",
                process=process,
                material=PROCESSES[process][int(dice.integers(2))],
                finish=str(dice.choice(["", "", *FINISHES])),
                quantity=int(np.exp(dice.uniform(0, 4))),
                size_mm=(x, y, z),
                volume_mm3=x * y * z * float(dice.uniform(0.1, 0.6)),
                mass_g=x * y * z * 0.0005,
                machine_hours=0.2 if process == "cnc" else 0.0,
                due=MONDAY + timedelta(hours=float(dice.uniform(-24, 500))),
                release=MONDAY + timedelta(hours=float(dice.uniform(-80, 10))),
                destination=(float(dice.uniform(22, 32)), float(dice.uniform(113, 122))),
                value=float(dice.uniform(20, 2000)),
                excluded_makers=frozenset({f"maker{int(dice.integers(makers))}"}),
                required_tags=frozenset({"certified"}) if dice.random() < 0.1 else frozenset(),
                splittable=bool(dice.random() < 0.8),
            )
        )
    return made
