"""Own machines and orders from CSV: is a network worth it for us?

machines: maker, lat, lon, process, material, x_mm, y_mm, z_mm, rate, setup_hours, hours_per_mm (one row a machine).
orders: day, maker, process, material, quantity, x_mm, y_mm, z_mm, cm3, due_days, lat, lon and, if wanted, order.
`maker` of an order is whose customer it is; `day` counts from 0 and may have a fraction.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from penstock.engines.dispatch.model import BuildTime, DispatchError, JobSpec, MachineSpec, MakerSpec
from penstock.engines.dispatch.simulation.world import GRAMS_PER_MM3, START, VALUE_PER_CM3, Arrival
from penstock.engines.packing import Chamber

MACHINE_NUMBERS = ("lat", "lon", "x_mm", "y_mm", "z_mm", "rate", "setup_hours", "hours_per_mm")
ORDER_NUMBERS = ("day", "quantity", "x_mm", "y_mm", "z_mm", "cm3", "due_days", "lat", "lon")
Row = tuple[dict[str, str], dict[str, float]]


def read_machines(lines: Iterable[str]) -> tuple[MakerSpec, ...]:
    """Raises DispatchError with line and column of the first fault."""
    machines: dict[str, list[MachineSpec]] = defaultdict(list)
    places: dict[str, tuple[float, float]] = {}
    for text, number in _rows(lines, ("maker", "process", "material"), MACHINE_NUMBERS):
        places.setdefault(text["maker"], (number["lat"], number["lon"]))
        owned = machines[text["maker"]]
        owned.append(
            MachineSpec(
                id=f"m{len(owned) + 1}",
                model=text["process"],
                process=text["process"],
                materials=frozenset({text["material"]}),
                loaded_material=text["material"],
                chamber=Chamber((number["x_mm"], number["y_mm"], number["z_mm"]), clearance_mm=4, wall_clearance_mm=5),
                hour_rate=number["rate"],
                build_time=BuildTime(number["setup_hours"], hours_per_mm=number["hours_per_mm"]),
            )
        )
    return tuple(MakerSpec(name, *places[name], machines=tuple(owned)) for name, owned in machines.items())


def read_orders(lines: Iterable[str], makers: Sequence[MakerSpec]) -> tuple[Arrival, ...]:
    """Raises DispatchError with line and column of the first fault; every maker must be among the machines'."""
    place = {maker.id: number for number, maker in enumerate(makers)}
    found = []
    for line, (text, number) in enumerate(_rows(lines, ("maker", "process", "material"), ORDER_NUMBERS), start=2):
        if text["maker"] not in place:
            raise DispatchError(f"line {line}: {text['maker']} has no machines")
        hour, volume = number["day"] * 24.0, number["cm3"] * 1000.0
        quantity = int(number["quantity"])
        job = JobSpec(
            id=f"line{line}",
            process=text["process"],
            material=text["material"],
            quantity=quantity,
            size_mm=(number["x_mm"], number["y_mm"], number["z_mm"]),
            volume_mm3=volume,
            mass_g=volume * GRAMS_PER_MM3,
            value=VALUE_PER_CM3 * number["cm3"] * quantity,
            due=START + timedelta(hours=hour + 24.0 * number["due_days"]),
            release=START + timedelta(hours=hour),
            destination=(number["lat"], number["lon"]),
            order=text.get("order", "") or f"line{line}",
        )
        found.append(Arrival(hour, job, place[text["maker"]]))
    return tuple(sorted(found, key=lambda each: (each.hour, each.job.id)))


def _rows(lines: Iterable[str], words: Sequence[str], numbers: Sequence[str]) -> list[Row]:
    reader = csv.DictReader(lines)
    missing = [name for name in (*words, *numbers) if name not in (reader.fieldnames or [])]
    if missing:
        raise DispatchError(f"the heading lacks {', '.join(missing)}")
    found: list[Row] = []
    for line, row in enumerate(reader, start=2):
        values = {}
        for name in numbers:
            try:
                values[name] = float(row[name])
            except (TypeError, ValueError):
                raise DispatchError(f"line {line}: {name} is {row[name]!r}, not a number") from None
            if name not in ("lat", "lon", "day", "hours_per_mm", "setup_hours") and values[name] <= 0:
                raise DispatchError(f"line {line}: {name} must be more than 0")
        found.append(({name: (row.get(name) or "").strip() for name in (*words, "order")}, values))
    if not found:
        raise DispatchError("there is no line below the heading")
    return found
