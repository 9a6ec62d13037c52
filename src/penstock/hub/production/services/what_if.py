"""What a wave would decide, as things are or as they might be. Nothing is committed and nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import dispatch, knowledge
from penstock.engines.knowledge import places
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Invalid
from penstock.hub.quotes.selectors import current_book

from .. import snapshot
from ..models import Machine
from ..selectors import current_rules
from .waves import pooled_processes

IMAGINED = "imagined"
"""Id of the job, or of the workshop, that is not there."""
FILLED = 0.2
"""Of its box, what a part whose shape nobody knows is taken to fill: the median of printed parts is about this."""


@dataclass(frozen=True, slots=True)
class Rush:
    """An order that might come: pieces of a box this large (mm), due in so many days, delivered amid the others."""

    process: str
    material: str
    pieces: int
    size_mm: tuple[float, float, float]
    days: float


@dataclass(frozen=True, slots=True)
class Opening:
    """A workshop that might open: one machine of this model with this material, in a city."""

    city: str
    model: str
    material: str


@dataclass(frozen=True, slots=True)
class Imagined:
    """The plan as things are, as they might be, and what differs."""

    before: dispatch.Plan
    after: dispatch.Plan
    difference: dispatch.Difference
    seen: snapshot.Snapshot
    makers: tuple[dispatch.MakerSpec, ...]


def preview_wave(*, actor: Actor, hold_back: bool = False) -> tuple[dispatch.Plan, snapshot.Snapshot]:
    """What a wave would decide now."""
    actor.require_operator()
    rules, now = current_rules(), timezone.now()
    seen = snapshot.take(now, rules, pooled_processes())
    policy = rules.engine_policy(hold_back=hold_back)
    return dispatch.plan(seen.jobs, seen.makers, now=now, policy=policy, forecast=seen.expected, layouts=False), seen


def imagine(
    *,
    actor: Actor,
    rush: Rush | None = None,
    down: str = "",
    opening: Opening | None = None,
    hold_back: bool = False,
) -> Imagined:
    """The next wave as it would be and with a rush order, a machine (uid) `down`, or a workshop opened; any of them
    together. Raises Invalid for what is not known."""
    actor.require_operator()
    rules, now = current_rules(), timezone.now()
    seen = snapshot.take(now, rules, pooled_processes())
    policy = rules.engine_policy(hold_back=hold_back)
    jobs, makers = list(seen.jobs), list(seen.makers)
    if down:
        machine = Machine.objects.across_tenants().filter(uid=down).first()
        if machine is None:
            raise Invalid("no_such_machine", _("There is no such machine."))
        if any(spec.id == down for maker in makers for spec in maker.machines):
            makers = dispatch.without_machine(makers, str(machine.maker_id), down)
    if opening is not None:
        makers.append(_opened(opening, makers))
    if rush is not None:
        door = _door(seen)
        x, y, z = rush.size_mm
        jobs.append(
            dispatch.JobSpec(
                id=IMAGINED,
                process=rush.process,
                material=rush.material,
                quantity=rush.pieces,
                size_mm=rush.size_mm,
                volume_mm3=FILLED * x * y * z,
                due=now + timedelta(days=rush.days),
                release=now,
                destination=door,
            )
        )

    def planned(jobs: list[dispatch.JobSpec], makers: list[dispatch.MakerSpec]) -> dispatch.Plan:
        return dispatch.plan(jobs, makers, now=now, policy=policy, forecast=seen.expected, layouts=False)

    before = planned(list(seen.jobs), list(seen.makers))
    after = planned(jobs, makers)
    return Imagined(before, after, dispatch.compare(before, after), seen, tuple(makers))


def _opened(opening: Opening, makers: list[dispatch.MakerSpec]) -> dispatch.MakerSpec:
    """One machine of the model, working as an average workshop does."""
    known = knowledge.default()
    model = known.machines.get(opening.model)
    if model is None:
        raise Invalid("unknown_model", _("There is no machine model called %s.") % opening.model)
    city = places.find_city(opening.city)
    if city is None:
        raise Invalid("unknown_city", _("There is no city called %s.") % opening.city)
    machine = Machine(
        uid=IMAGINED,
        model=opening.model,
        process=model.process,
        materials=[opening.material],
        loaded_material=opening.material,
    )
    quality = sum(maker.quality for maker in makers) / len(makers) if makers else 1.0
    spec = snapshot.machine_spec(machine, (), current_book()[1])
    name = _("A workshop in %s") % city.name
    return dispatch.MakerSpec(IMAGINED, city.latitude, city.longitude, machines=(spec,), name=name, quality=quality)


def _door(seen: snapshot.Snapshot) -> dispatch.Position:
    """Where the pooled work goes on average; else where the first workshop is."""
    doors = [job.destination for job in seen.jobs] or [maker.position for maker in seen.makers] or [(0.0, 0.0)]
    return sum(door[0] for door in doors) / len(doors), sum(door[1] for door in doors) / len(doors)
