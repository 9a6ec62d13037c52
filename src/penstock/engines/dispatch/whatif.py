"""What would be different: two plans side by side, and the changes an operator thinks about. Nothing is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from penstock.engines.dispatch.model import DispatchError, MakerSpec
from penstock.engines.dispatch.result import Plan


@dataclass(frozen=True)
class Difference:
    """After less before: money, late jobs, jobs waiting and jobs nobody can make; and which jobs go elsewhere (job,
    maker before, maker after; empty when not assigned)."""

    cost: float
    late: int
    waiting: int
    unassigned: int
    builds: int
    moved: tuple[tuple[str, str, str], ...]


def compare(before: Plan, after: Plan) -> Difference:
    """How the plan changes."""
    old, new = _places(before), _places(after)
    moved = tuple(
        (job_id, ", ".join(sorted(old.get(job_id, set()))), ", ".join(sorted(new.get(job_id, set()))))
        for job_id in sorted(old.keys() | new.keys())
        if old.get(job_id) != new.get(job_id)
    )
    return Difference(
        cost=after.cost.total - before.cost.total,
        late=_late(after) - _late(before),
        waiting=len(after.waiting) - len(before.waiting),
        unassigned=len(after.unassigned) - len(before.unassigned),
        builds=len(after.builds) - len(before.builds),
        moved=moved,
    )


def without_machine(makers: Sequence[MakerSpec], maker_id: str, machine_id: str) -> list[MakerSpec]:
    """The network with one machine down. Raises DispatchError when there is no such machine."""
    found = [maker for maker in makers if maker.id == maker_id and any(m.id == machine_id for m in maker.machines)]
    if not found:
        raise DispatchError(f"{maker_id} has no machine {machine_id}")
    return [
        replace(maker, machines=tuple(m for m in maker.machines if m.id != machine_id))
        if maker.id == maker_id
        else maker
        for maker in makers
    ]


def _places(plan: Plan) -> dict[str, set[str]]:
    places: dict[str, set[str]] = {}
    for given in plan.assignments:
        places.setdefault(given.job_id, set()).add(given.maker_id)
    return places


def _late(plan: Plan) -> int:
    return len({given.job_id for given in plan.assignments if given.late_hours})
