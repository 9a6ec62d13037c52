"""Who can make a job at all, and the reasons when nobody can."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.result import Reason
from penstock.engines.dispatch.room import room_in
from penstock.engines.dispatch.routing import missing_finishes

Mask = NDArray[np.bool_]


def able_mask(jobs: Sequence[JobSpec], seats: Sequence[Seat]) -> Mask:
    """(n jobs, m machines): everything but the size, which `room_in` judges chamber by chamber."""
    materials = sorted({job.material for job in jobs})
    number = {material: row for row, material in enumerate(materials)}
    runs = np.array([[material in seat.machine.materials for seat in seats] for material in materials], dtype=np.bool_)
    mask: Mask = runs.reshape(len(materials), len(seats))[[number[job.material] for job in jobs]]
    mass = np.array([job.mass_g for job in jobs])
    limits = [seat.machine.chamber.max_mass_g for seat in seats]
    mask &= mass[:, None] <= np.array([np.inf if limit is None else limit for limit in limits])[None, :]
    by_maker: dict[str, list[int]] = defaultdict(list)
    for column, seat in enumerate(seats):
        by_maker[seat.maker.id].append(column)
    tagged: dict[frozenset[str], Mask] = {}
    for row, job in enumerate(jobs):
        for maker_id in job.excluded_makers:
            mask[row, by_maker.get(maker_id, [])] = False
        if job.required_tags:
            if job.required_tags not in tagged:
                tagged[job.required_tags] = np.array([job.required_tags <= seat.maker.tags for seat in seats])
            mask[row] &= tagged[job.required_tags]
    return mask


def hindrance(job: JobSpec, seat: Seat) -> str:
    """Why this machine cannot make the job (a code), or an empty string."""
    maker, machine = seat.maker, seat.machine
    if machine.process != job.process:
        return "process"
    if maker.id in job.excluded_makers:
        return "excluded"
    if not job.required_tags <= maker.tags:
        return "tags"
    if job.material not in machine.materials:
        return "material"
    limit = machine.chamber.max_mass_g
    if limit is not None and job.mass_g > limit:
        return "too_heavy"
    if np.isinf(room_in(np.array([job.size_mm]), job.orientation, machine.chamber)[0][0]):
        return "too_large"
    return ""


def why_nobody(network: Network, job: JobSpec, *, group: int = 0) -> tuple[Reason, ...]:
    """What stood in the way, most general first, with how many makers and machines each. `group`: so many jobs must
    stay together and no maker can make them all."""
    machines: Counter[str] = Counter()
    makers: dict[str, set[str]] = defaultdict(set)
    for seat in network.seats:
        code = hindrance(job, seat)
        machines[code] += 1
        makers[code].add(seat.maker.id)
    reasons = []
    if machines["process"] == len(network.seats):
        reasons.append(Reason("process", {"makers": len(network.makers), "process": job.process}))
    told: dict[str, dict[str, float | str]] = {
        "excluded": {},
        "tags": {"tags": ", ".join(sorted(job.required_tags))},
        "material": {"material": job.material},
        "too_heavy": {"mass_g": job.mass_g},
        "too_large": {"size": " × ".join(f"{edge:.0f}" for edge in job.size_mm)},
    }
    for code, data in told.items():
        if machines[code]:
            reasons.append(Reason(code, {"machines": machines[code], "makers": len(makers[code]), **data}))
    missing = missing_finishes(network, job)
    reasons += [Reason("finish", {"finish": finish}) for finish in missing]
    if group:
        reasons.append(Reason("keep_together", {"jobs": group}))
    elif machines[""] and not missing:
        if not job.splittable and job.quantity > 1:
            reasons.append(Reason("quantity", {"quantity": job.quantity, "machines": machines[""]}))
        else:
            reasons.append(Reason("no_room", {"machines": machines[""]}))
    return tuple(reasons)
