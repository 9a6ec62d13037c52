"""The network as dispatch sees it at one moment: pooled jobs, workshops with their machines, calendars and records.

Reads only, with no row locked: what changes while a plan is computed is noticed when the plan is applied.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from penstock.engines import dispatch, knowledge, pricing
from penstock.engines.packing import Chamber
from penstock.hub.quotes.selectors import current_book

from . import forecast
from .models import TAKES_WORK, Build, CalendarBlock, Job, Machine, Maker
from .policy import Rules
from .selectors import maker_record
from .states import MachineState

logger = logging.getLogger(__name__)

LOAD_DAYS = 7
# Loose powder carries the parts: only these stack them over each other (ISO/ASTM 52900 codes).
STACKING = frozenset({"PBF-LB/P", "PBF-IrL/P", "BJT"})
CLEARANCE_MM = 3.0
# A surface without a thickness takes this much room.
THINNEST_MM = 0.1
SETUP_HOURS = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the engine is told, with the rows behind it and the jobs that cannot even be asked about. `expected`: box
    volume in mm³ an hour to arrive in each (process, material) pool."""

    jobs: tuple[dispatch.JobSpec, ...]
    makers: tuple[dispatch.MakerSpec, ...]
    rows: dict[str, Job]
    unready: dict[str, str]  # job uid → why
    expected: Mapping[tuple[str, str], float]


def take(now: datetime, rules: Rules, processes: Collection[str]) -> Snapshot:
    """What is pooled of these processes and everybody who takes work, in a number of queries that does not grow with
    either."""
    pooled = (
        Job.objects.across_tenants()
        .filter(state="pooled", process__in=processes)
        .select_related("line__order", "line__revision")
        .order_by("pk")
    )
    rows = {job.uid: job for job in pooled}
    unready = {uid: why for uid, job in rows.items() if (why := _why_unready(job))}
    specs = []
    for uid, job in rows.items():
        if uid in unready:
            continue
        try:
            specs.append(_job_spec(job))
        except (dispatch.DispatchError, ArithmeticError, KeyError, TypeError, ValueError) as error:
            # One job that makes no sense must not keep everybody else's from being distributed.
            logger.exception("job %s cannot be planned", uid)
            unready[uid] = _("This job cannot be planned: %s") % error
    return Snapshot(tuple(specs), makers(now, rules), rows, unready, forecast.arrivals(now, processes))


def _why_unready(job: Job) -> str:
    if not (job.line.revision.measurement or {}).get("size_mm"):
        return _("The model is not measured.")
    if job.line.order.ship_to.get("latitude") is None:
        return _("The delivery address has no known place.")
    return ""


def _job_spec(job: Job) -> dispatch.JobSpec:
    line, facts, place = job.line, job.line.revision.measurement, job.line.order.ship_to
    size_mm = tuple(max(side, THINNEST_MM) for side in facts["size_mm"])
    return dispatch.JobSpec(
        id=job.uid,
        process=job.process,
        material=job.material,
        finish=job.finish,
        quantity=job.quantity,
        size_mm=size_mm,
        # A model that encloses nothing was priced by a person; it is taken to fill its box.
        volume_mm3=facts.get("volume_mm3") or math.prod(size_mm),
        mass_g=line.mass_g,
        machine_hours=line.machine_hours,
        value=float(line.unit_price * job.quantity),
        due=job.due_at,
        release=job.pooled_at,
        destination=(place["latitude"], place["longitude"]),
        order=line.order.uid,
        excluded_makers=frozenset(str(key) for key in job.excluded_maker_ids),
    )


def makers(now: datetime, rules: Rules) -> tuple[dispatch.MakerSpec, ...]:
    """Every workshop that takes work, finishing shops included. Ids are primary keys as text, machines' their uids."""
    machines: dict[int, list[Machine]] = defaultdict(list)
    for machine in Machine.objects.across_tenants().filter(state=MachineState.IN_SERVICE).order_by("pk"):
        machines[machine.maker_id].append(machine)
    busy = _busy(now)
    book = current_book()[1]
    active = (
        Maker.objects.across_tenants().filter(**TAKES_WORK).select_related("organisation", "address").order_by("pk")
    )
    return tuple(_maker_spec(maker, machines[maker.pk], busy, now, rules, book) for maker in active)


def _busy(now: datetime) -> dict[int, list[dispatch.Interval]]:
    """When machines are taken: by builds offered, accepted or running, and by what their makers blocked."""
    taken: dict[int, list[dispatch.Interval]] = defaultdict(list)
    builds = Build.objects.across_tenants().filter(state__in=("offered", "accepted", "running"))
    for machine_id, starts_at, ends_at, state in builds.values_list("machine_id", "starts_at", "ends_at", "state"):
        # A late build still holds its machine for as long as it was planned to take.
        end = max(ends_at, now) if state == "running" else max(ends_at, now + (ends_at - starts_at))
        taken[machine_id].append(dispatch.Interval(starts_at, end))
    blocks = CalendarBlock.objects.across_tenants().filter(ends_at__gt=now)
    for machine_id, starts_at, ends_at in blocks.values_list("machine_id", "starts_at", "ends_at"):
        taken[machine_id].append(dispatch.Interval(starts_at, ends_at))
    return taken


def _maker_spec(
    maker: Maker,
    machines: Sequence[Machine],
    busy: dict[int, list[dispatch.Interval]],
    now: datetime,
    rules: Rules,
    book: pricing.PriceBook,
) -> dispatch.MakerSpec:
    from .services.makers import work_calendar  # the services stand on this module

    return dispatch.MakerSpec(
        id=str(maker.pk),
        name=maker.organisation.name,
        lat=maker.address.latitude,
        lon=maker.address.longitude,
        machines=tuple(
            replace(
                machine_spec(machine, tuple(busy[machine.pk]), book),
                offered_hours_per_week=maker.offered_hours_per_week,
            )
            for machine in machines
        ),
        finishes=tuple(dispatch.FinishOffer(code, book.labour_per_hour.amount) for code in maker.finishes),
        quality=maker_record(maker, rules.record).quality,
        load=_load([interval for machine in machines for interval in busy[machine.pk]], len(machines), now),
        cost_factor=maker.cost_factor,
        guaranteed_share=maker.guaranteed_share,
        auto_accept=maker.auto_accept,
        calendar=work_calendar(maker.working_hours),
    )


def _load(busy: Sequence[dispatch.Interval], machines: int, now: datetime) -> float:
    """Share of the machines' hours taken in the coming week."""
    end = now + timedelta(days=LOAD_DAYS)
    seconds = sum(max((min(each.end, end) - max(each.start, now)).total_seconds(), 0) for each in busy)
    return min(seconds / (machines * LOAD_DAYS * 86400), 1.0) if machines else 0.0


def machine_spec(
    machine: Machine, busy: tuple[dispatch.Interval, ...], book: pricing.PriceBook
) -> dispatch.MachineSpec:
    """A machine with its model's chamber and speed, at the price book's hourly rate for its process."""
    known = knowledge.default()
    model, process = known.machine(machine.model), known.process(machine.process)
    rates = book.processes.get(machine.process)
    numbers = rates.numbers if rates else {}
    serial = not process.pooled
    return dispatch.MachineSpec(
        id=machine.uid,
        model=machine.model,
        process=machine.process,
        materials=frozenset(machine.materials),
        loaded_material=machine.loaded_material,
        chamber=Chamber(
            size_mm=model.chamber_mm,
            clearance_mm=float(numbers.get("gap_mm", CLEARANCE_MM)),
            single_layer=process.iso not in STACKING,
        ),
        hour_rate=rates.rate.amount if rates else 0.0,
        build_time=build_time(model, numbers),
        changeover_hours=0.0 if serial else SETUP_HOURS,
        busy=busy,
        unattended=not serial,
        serial=serial,
    )


def build_time(model: knowledge.MachineModel, numbers: dict[str, float]) -> dispatch.BuildTime:
    """Hours per millimetre of height from what the vendor says of a full chamber or its throughput (which for powder
    beds counts chamber volume), else hours per cm³ of product from the price book's deposition rate."""
    x, y, z = model.chamber_mm
    if "full_build" in model.facts:
        hours = max(model.facts["full_build"].number - SETUP_HOURS, 0.0)
        return dispatch.BuildTime(SETUP_HOURS, hours_per_mm=hours / z)
    if "throughput" in model.facts:
        cm3_per_mm = x * y / 1000.0
        return dispatch.BuildTime(SETUP_HOURS, hours_per_mm=cm3_per_mm / model.facts["throughput"].number)
    if numbers.get("chamber_l_h"):
        return dispatch.BuildTime(SETUP_HOURS, hours_per_mm=x * y / 1e6 / numbers["chamber_l_h"])
    if numbers.get("deposition_cm3_h"):
        return dispatch.BuildTime(SETUP_HOURS, hours_per_cm3=1.0 / numbers["deposition_cm3_h"])
    # Nothing known: a full chamber takes a day.
    return dispatch.BuildTime(SETUP_HOURS, hours_per_mm=24.0 / max(z, math.ulp(1.0)))
