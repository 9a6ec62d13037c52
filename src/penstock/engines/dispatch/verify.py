"""Check a plan without trusting the planner: only the plan, the jobs, the makers and the moment are used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from penstock.engines.dispatch.model import JobSpec, MachineSpec, MakerSpec, WorkCalendar
from penstock.engines.dispatch.network import item_of
from penstock.engines.dispatch.result import Assignment, CostItems, Plan, PlannedBuild, Violation
from penstock.engines.dispatch.room import room_in
from penstock.engines.packing import verify as verify_packing

SECONDS = timedelta(seconds=2)
HOURS = 2 / 3600
MONEY = 1e-6
LATE = frozenset({"late", "impossible_date"})


def verify_plan(
    plan: Plan, jobs: Sequence[JobSpec], makers: Sequence[MakerSpec], now: datetime
) -> tuple[Violation, ...]:
    """Everything wrong with a plan; empty when it can be carried out. Locked builds are taken as facts: they are
    checked against the others (overlap, quantities), not for how they came about."""
    by_id = {job.id: job for job in jobs}
    machines = {(maker.id, machine.id): (maker, machine) for maker in makers for machine in maker.machines}
    found = list(_quantities(plan, by_id))
    for build in plan.builds:
        seat = machines.get((build.maker_id, build.machine_id))
        if build.locked:
            continue
        if seat is None:
            found.append(_fault("unknown", f"{build.id}: no machine {build.machine_id} at {build.maker_id}", build.id))
            continue
        found += _able(build, by_id, *seat)
        found += _contents(build, by_id, seat[1])
        found += _times(build, by_id, *seat, now)
    found += _overlaps(plan)
    found += _changeovers(plan, machines)
    known_makers = {maker.id: maker for maker in makers}
    for assignment in plan.assignments:
        if assignment.job_id in by_id:
            found += _assignment(assignment, by_id[assignment.job_id], known_makers)
    found += _weeks(plan, machines, now)
    found += _together(plan, by_id)
    found += _costs(plan)
    return tuple(found)


def _fault(code: str, message: str, *ids: str) -> Violation:
    return Violation(code, message, ids)


def _quantities(plan: Plan, by_id: Mapping[str, JobSpec]) -> Iterator[Violation]:
    """Each piece is in exactly one build, or waiting, or unassigned; assignments and builds say the same."""
    in_builds: Counter[str] = Counter()
    lines: Counter[tuple[str, str]] = Counter()
    for build in plan.builds:
        for line in build.lines:
            in_builds[line.job_id] += line.quantity
            if not build.locked:
                lines[build.id, line.job_id] += line.quantity
    assigned: Counter[tuple[str, str]] = Counter()
    for assignment in plan.assignments:
        assigned[assignment.build_id, assignment.job_id] += assignment.quantity
    for key in sorted(lines.keys() | assigned.keys()):
        if lines[key] != assigned[key]:
            yield _fault("quantity", f"{key[0]} holds {lines[key]} of {key[1]}, assigned are {assigned[key]}", *key)
    apart: Counter[str] = Counter()
    for held in plan.waiting:
        apart[held.job_id] += held.quantity
    for refused in plan.unassigned:
        apart[refused.job_id] += refused.quantity
    for job_id in sorted(in_builds.keys() | apart.keys() | by_id.keys()):
        total = in_builds[job_id] + apart[job_id]
        if job_id not in by_id:
            locked = any(line.job_id == job_id for build in plan.builds if build.locked for line in build.lines)
            if not locked:
                yield _fault("unknown", f"{job_id} is none of the jobs", job_id)
        elif total != by_id[job_id].quantity:
            yield _fault("quantity", f"{job_id}: {total} pieces planned of {by_id[job_id].quantity}", job_id)


def _able(
    build: PlannedBuild, by_id: Mapping[str, JobSpec], maker: MakerSpec, machine: MachineSpec
) -> Iterator[Violation]:
    if build.material not in machine.materials:
        yield _fault("material", f"{machine.id} cannot run {build.material}", build.id)
    for job in (by_id[line.job_id] for line in build.lines if line.job_id in by_id):
        if job.process != machine.process:
            yield _fault("process", f"{job.id} needs {job.process}, {machine.id} is {machine.process}", job.id)
        if job.material != build.material:
            yield _fault("material", f"{job.id} needs {job.material}, the build is {build.material}", job.id)
        if maker.id in job.excluded_makers:
            yield _fault("excluded", f"{job.id} must not go to {maker.id}", job.id)
        if not job.required_tags <= maker.tags:
            yield _fault("tags", f"{maker.id} lacks what {job.id} requires", job.id)


def _contents(build: PlannedBuild, by_id: Mapping[str, JobSpec], machine: MachineSpec) -> Iterator[Violation]:
    """The layout holds exactly the lines and is sound; the hours are those of the machine."""
    volume = sum(by_id[line.job_id].volume_mm3 * line.quantity for line in build.lines if line.job_id in by_id)
    pieces = sum(line.quantity for line in build.lines)
    time = machine.build_time
    if machine.serial:
        if len({line.job_id for line in build.lines}) != 1:
            yield _fault("capacity", f"{build.id}: a serial machine runs one job at a time", build.id)
        own = sum(by_id[line.job_id].machine_hours * line.quantity for line in build.lines if line.job_id in by_id)
        hours = own + time.hours(height_mm=0.0, volume_mm3=volume, pieces=pieces)
    else:
        hours = time.hours(height_mm=build.height_mm, volume_mm3=volume, pieces=pieces)
        if build.packing is None and build.estimated:
            yield from _estimate(build, by_id, machine)
        elif build.packing is None:
            yield _fault("capacity", f"{build.id} has no layout", build.id)
        else:
            held = Counter(placement.item_id for placement in build.packing.placements)
            if held != Counter({line.job_id: line.quantity for line in build.lines}):
                yield _fault("capacity", f"{build.id}: the layout does not hold its lines", build.id)
            items = [item_of(by_id[line.job_id]) for line in build.lines if line.job_id in by_id]
            for violation in verify_packing(build.packing, items, machine.chamber):
                yield _fault("capacity", f"{build.id}: {violation.message}", build.id)
    if abs(build.hours - build.changeover_hours - hours) > HOURS:
        yield _fault("duration", f"{build.id}: {build.hours:.3f} h planned, {hours:.3f} h needed", build.id)


def _estimate(build: PlannedBuild, by_id: Mapping[str, JobSpec], machine: MachineSpec) -> Iterator[Violation]:
    """Without a layout: each part fits by itself, and their boxes and weights together do not exceed the chamber."""
    lines = [(by_id[line.job_id], line.quantity) for line in build.lines if line.job_id in by_id]
    for job, _ in lines:
        if np.isinf(room_in(np.array([job.size_mm]), job.orientation, machine.chamber)[0][0]):
            yield _fault("too_large", f"{job.id} does not fit {machine.id}", build.id, job.id)
    boxes = sum(float(np.prod(job.size_mm)) * quantity for job, quantity in lines)
    if boxes > machine.chamber.volume_mm3:
        yield _fault("capacity", f"{build.id}: its parts have more volume than {machine.id}", build.id)
    limit = machine.chamber.max_mass_g
    if limit is not None and sum(job.mass_g * quantity for job, quantity in lines) > limit * (1 + MONEY):
        yield _fault("capacity", f"{build.id}: its parts weigh more than {machine.id} may hold", build.id)


def _weeks(
    plan: Plan, seats: Mapping[tuple[str, str], tuple[MakerSpec, MachineSpec]], now: datetime
) -> Iterator[Violation]:
    """No machine runs more hours of a week than its maker offers, unless one build alone is longer."""
    used: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for build in plan.builds:
        week = int((build.start - now).total_seconds() / 3600.0 // 168.0)
        used[build.maker_id, build.machine_id, week].append(build.hours)
    for (maker_id, machine_id, week), hours in used.items():
        seat = seats.get((maker_id, machine_id))
        offered = seat[1].offered_hours_per_week if seat else None
        if offered is not None and len(hours) > 1 and sum(hours) > offered + HOURS:
            yield _fault(
                "offered", f"{machine_id} runs {sum(hours):.1f} h of week {week}, {offered:.1f} h offered", machine_id
            )


def _together(plan: Plan, by_id: Mapping[str, JobSpec]) -> Iterator[Violation]:
    """Jobs that must stay together are at one maker."""
    makers: dict[str, set[str]] = defaultdict(set)
    for given in plan.assignments:
        if given.job_id in by_id and by_id[given.job_id].keep_together:
            makers[by_id[given.job_id].keep_together].add(given.maker_id)
    for group, found in makers.items():
        if len(found) > 1:
            yield _fault("keep_together", f"{group} is spread over {', '.join(sorted(found))}", *sorted(found))


def _times(
    build: PlannedBuild, by_id: Mapping[str, JobSpec], maker: MakerSpec, machine: MachineSpec, now: datetime
) -> Iterator[Violation]:
    calendar = machine.calendar or maker.calendar
    if build.start < now:
        yield _fault("closed", f"{build.id} starts in the past", build.id)
    if not _is_open(calendar, build.start):
        yield _fault("closed", f"{build.id} starts when {maker.id} is closed", build.id)
    if (build.end - build.start).total_seconds() / 3600 < build.hours - HOURS:
        yield _fault("duration", f"{build.id} ends before its {build.hours:.2f} hours are over", build.id)
    for interval in machine.busy:
        if build.start < interval.end - SECONDS and interval.start < build.end - SECONDS:
            yield _fault("busy", f"{build.id} runs while {machine.id} is taken", build.id)
    for line in build.lines:
        job = by_id.get(line.job_id)
        if job is not None and job.release is not None and build.start < job.release - SECONDS:
            yield _fault("released", f"{job.id} starts before its release", build.id, job.id)


def _is_open(calendar: WorkCalendar, moment: datetime) -> bool:
    local = moment + timedelta(hours=calendar.utc_offset_hours) - (moment.utcoffset() or timedelta())
    hour = local.hour + local.minute / 60 + local.second / 3600
    if local.date() in calendar.holidays or local.weekday() not in calendar.weekdays:
        return False
    return calendar.open_hour - HOURS <= hour <= calendar.close_hour + HOURS


def _overlaps(plan: Plan) -> Iterator[Violation]:
    """No machine runs two builds at once, and a change of material has its time."""
    runs: dict[tuple[str, str], list[PlannedBuild]] = defaultdict(list)
    for build in plan.builds:
        runs[build.maker_id, build.machine_id].append(build)
    for builds in runs.values():
        builds.sort(key=lambda build: build.start)
        for before, after in pairwise(builds):
            if after.start < before.end - SECONDS and not (before.locked and after.locked):
                yield _fault("overlap", f"{before.id} and {after.id} run at once", before.id, after.id)


def _changeovers(plan: Plan, machines: Mapping[tuple[str, str], tuple[MakerSpec, MachineSpec]]) -> Iterator[Violation]:
    """A build whose machine held another material has time to change it."""
    loaded = {key: machine.loaded_material for key, (_, machine) in machines.items()}
    for build in sorted(plan.builds, key=lambda build: build.start):
        key = (build.maker_id, build.machine_id)
        if key not in machines:
            continue
        needed = machines[key][1].changeover_hours if build.material != loaded[key] else 0.0
        if not build.locked and build.changeover_hours < needed - HOURS:
            yield _fault("changeover", f"{build.id} needs {needed:.2f} h to change to {build.material}", build.id)
        loaded[key] = build.material


def _assignment(assignment: Assignment, job: JobSpec, makers: Mapping[str, MakerSpec]) -> Iterator[Violation]:
    wanted = [step.code for step in job.operations if step.kind == "finish"]
    if not job.operations and job.finish:
        wanted = [job.finish]
    done = [step for step in assignment.operations if step.kind == "finish"]
    if [step.code for step in done] != wanted:
        yield _fault("finish", f"{job.id}: finishes {wanted} wanted", job.id)
    for step in done:
        maker = makers.get(step.maker_id)
        if maker is None or all(offer.finish != step.code for offer in maker.finishes):
            yield _fault("finish", f"{step.maker_id} does not offer {step.code}", job.id, step.maker_id)
        elif step.maker_id in job.excluded_makers:
            yield _fault("excluded", f"{job.id} must not go to {step.maker_id}", job.id)
    for before, after in pairwise(assignment.operations):
        if after.start < before.end - SECONDS:
            yield _fault("overlap", f"{job.id}: {after.kind} begins before {before.kind} ends", job.id)
    late = (assignment.arrives - job.due).total_seconds() / 3600
    if abs(max(late, 0.0) - assignment.late_hours) > HOURS:
        yield _fault("late_unflagged", f"{job.id} arrives {late:.2f} h after its due date", job.id)
    if assignment.late_hours and all(reason.code not in LATE for reason in assignment.reasons):
        yield _fault("late_unflagged", f"{job.id} is late without a reason", job.id)


def _costs(plan: Plan) -> Iterator[Violation]:
    total = sum((assignment.cost for assignment in plan.assignments), CostItems())
    for name, value in total.as_dict().items():
        if abs(value - plan.cost.as_dict()[name]) > MONEY * max(1.0, abs(value)):
            yield _fault("cost", f"{name}: {plan.cost.as_dict()[name]:.2f} stated, {value:.2f} summed")
    builds = sum(build.cost for build in plan.builds if not build.locked)
    if abs(builds - total.machine - total.changeover) > MONEY * max(1.0, builds):
        yield _fault("cost", f"builds cost {builds:.2f}, assignments carry {total.machine + total.changeover:.2f}")
