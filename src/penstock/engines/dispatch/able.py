"""Who can make a job at all, and the reasons when nobody can."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from penstock.engines.dispatch.model import JobSpec
from penstock.engines.dispatch.network import Network, Seat
from penstock.engines.dispatch.result import Reason
from penstock.engines.dispatch.routing import finishes_of


def hindrance(network: Network, job: JobSpec, seat: Seat) -> str:
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
    if not len(network.prepared(job, machine.chamber).poses):
        return "too_large"
    return ""


def able_seats(network: Network, job: JobSpec, seats: Sequence[Seat]) -> list[Seat]:
    """Machines among `seats` that can make the job, and whose parts can be finished as asked somewhere."""
    if missing_finishes(network, job):
        return []
    return [seat for seat in seats if not hindrance(network, job, seat)]


def missing_finishes(network: Network, job: JobSpec) -> list[str]:
    return [finish for finish in finishes_of(job) if next(network.finishers(job, finish), None) is None]


def why_nobody(network: Network, job: JobSpec) -> tuple[Reason, ...]:
    """What stood in the way, most general first, with how many makers and machines each."""
    machines: Counter[str] = Counter()
    makers: dict[str, set[str]] = defaultdict(set)
    for seat in network.seats:
        code = hindrance(network, job, seat)
        machines[code] += 1
        makers[code].add(seat.maker.id)
    having = {seat.maker.id for seat in network.seats if seat.machine.process == job.process}
    reasons = []
    without = len(network.makers) - len(having)
    if not having:
        text = f"None of {without} makers has a machine for {job.process}."
        reasons.append(Reason("process", text, {"makers": without, "process": job.process}))
    sentences = {
        "excluded": "declined it or let the offer lapse",
        "tags": f"lack {', '.join(sorted(job.required_tags))}",
        "material": f"cannot run {job.material}",
        "too_heavy": f"cannot carry a part of {job.mass_g:.0f} g",
        "too_large": f"are too small for {' × '.join(f'{edge:.0f}' for edge in job.size_mm)} mm",
    }
    for code, sentence in sentences.items():
        if machines[code]:
            text = f"{_count(machines[code], 'machine')} at {_count(len(makers[code]), 'maker')} {sentence}."
            reasons.append(Reason(code, text, {"machines": machines[code], "makers": len(makers[code])}))
    for finish in missing_finishes(network, job):
        text = f"No maker open to this job offers {finish}."
        reasons.append(Reason("finish", text, {"finish": finish}))
    if machines[""] and not job.splittable:
        text = f"{job.quantity} pieces fit no single build of {_count(machines[''], 'able machine')}."
        reasons.append(Reason("quantity", text, {"quantity": job.quantity}))
    elif machines[""] and not missing_finishes(network, job):
        text = f"{_count(machines[''], 'able machine')} found no room for the part beside what is reserved."
        reasons.append(Reason("no_room", text, {"machines": machines[""]}))
    return tuple(reasons)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
