"""Makers, their machines and when these take no build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from penstock.engines import dispatch, knowledge
from penstock.hub.core import journal
from penstock.hub.core.actors import MANAGE, WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.parties.models import Address, Organisation
from penstock.hub.quotes import services as quotes

from .. import events
from ..models import TAKES_WORK, CalendarBlock, Machine, Maker
from ..states import MachineState

WEEK_HOURS = 168.0


def own(actor: Actor, maker: Maker | None, right: str = WORK) -> None:
    """Only the maker itself, or the operator on its behalf. Raises Forbidden."""
    actor.require(right)
    if not actor.is_operator and (maker is None or maker.organisation_id != actor.organisation_id):
        raise Forbidden("not_your_workshop", _("Only the workshop itself can do this."))


@transaction.atomic
def register_maker(*, actor: Actor, organisation_uid: str, address_uid: str, finishes: Iterable[str] = ()) -> Maker:
    """Make an organisation's workshop known to dispatch. Its organisation must take part as maker.

    Anybody can say that they make things, and who is asked to reads buyers' models: a workshop that registers itself
    is asked nothing until the operator has admitted it (`change_maker`).
    """
    actor.require(MANAGE)
    organisation = Organisation.objects.filter(uid=organisation_uid).first()
    if organisation is None or not (actor.is_operator or actor.organisation_id == organisation.pk):
        raise NotFound("not_found", _("There is no such organisation, or it is not yours."))
    if "maker" not in organisation.kinds:
        raise Invalid("not_a_maker", _("This organisation does not take part as a maker."))
    try:
        with transaction.atomic():
            maker = Maker.objects.create(
                organisation=organisation,
                address=_address(actor, address_uid, organisation.pk),
                finishes=_finishes(finishes),
                is_admitted=actor.is_operator,
            )
    except IntegrityError:
        raise Conflict("already_registered", _("This organisation already has a workshop.")) from None
    _announce_capacity()
    return maker


def _announce_capacity() -> None:
    """Tell quoting what the workshops that take work can make. A machine down comes back, a retired does not."""
    taking = Maker.objects.across_tenants().filter(**TAKES_WORK)
    machines = (
        Machine.objects.across_tenants()
        .filter(maker__in=taking)
        .exclude(state=MachineState.RETIRED)
        .values_list("process", "model", "materials")
    )
    recipes: dict[tuple[str, str], set[tuple[float, float, float]]] = defaultdict(set)
    for process, model, materials in machines:
        for material in materials:
            recipes[process, material].add(knowledge.default().machine(model).chamber_mm)
    finishes = {finish for each in taking.values_list("finishes", flat=True) for finish in each}
    quotes.announce_capacity(recipes=recipes, finishes=finishes)


@transaction.atomic
def change_maker(
    *,
    actor: Actor,
    organisation_uid: str,
    address_uid: str | None = None,
    finishes: Iterable[str] | None = None,
    is_accepting: bool | None = None,
    working_hours: Mapping[str, Any] | None = None,
    cost_factor: float | None = None,
    is_admitted: bool | None = None,
) -> Maker:
    """Change what is given. Whether it is asked at all (`is_admitted`), and what the network pays it in comparison
    (`cost_factor`), only the operator sets; what is agreed with it, `agree`."""
    maker = Maker.objects.visible_to(actor).filter(organisation__uid=organisation_uid).first()
    if maker is None:
        raise NotFound("not_found", _("There is no such workshop, or it is not yours."))
    own(actor, maker)
    if address_uid is not None:
        maker.address = _address(actor, address_uid, maker.organisation_id)
    if finishes is not None:
        maker.finishes = _finishes(finishes)
    if is_accepting is not None:
        maker.is_accepting = is_accepting
    if working_hours is not None:
        work_calendar(working_hours)
        maker.working_hours = dict(working_hours)
    if cost_factor is not None:
        actor.require_operator()
        if not 0.1 <= cost_factor <= 10:
            raise Invalid("bad_cost_factor", _("The factor lies between 0.1 and 10."))
        maker.cost_factor = cost_factor
    if is_admitted is not None:
        actor.require_operator()
        maker.is_admitted = is_admitted
    # The counters of the record are written by others meanwhile and stay untouched.
    maker.save(update_fields=["address", "finishes", "is_accepting", "working_hours", "cost_factor", "is_admitted"])
    _announce_capacity()
    return maker


@transaction.atomic
def agree(
    *,
    actor: Actor,
    organisation_uid: str,
    guaranteed_share: float,
    auto_accept: bool,
    offered_hours_per_week: float | None,
) -> Maker:
    """What the operator and a workshop agreed: the share of its processes' machine money that dispatch tries to give it
    (0 to 1), whether it takes every offer without being asked, and the hours a week it offers of each machine (None:
    all). For the operator."""
    actor.require_operator(MANAGE)
    maker = Maker.objects.across_tenants().filter(organisation__uid=organisation_uid).first()
    if maker is None:
        raise NotFound("not_found", _("There is no such workshop, or it is not yours."))
    if not 0 <= guaranteed_share <= 1:
        raise Invalid("bad_share", _("A share lies between 0 and 1."))
    if offered_hours_per_week is not None and not 0 < offered_hours_per_week <= WEEK_HOURS:
        raise Invalid("bad_hours", _("A week has 168 hours."))
    others = Maker.objects.across_tenants().filter(**TAKES_WORK, machines__process__in=_processes(maker))
    promised = sum(dict(others.exclude(pk=maker.pk).values_list("pk", "guaranteed_share")).values())
    if guaranteed_share + promised > 1 + 1e-9:
        raise Invalid(
            "over_promised",
            _("More than all of the work would be promised: %d %% is promised to others.") % (100 * promised),
        )
    maker.guaranteed_share, maker.auto_accept = guaranteed_share, auto_accept
    maker.offered_hours_per_week = offered_hours_per_week
    maker.save(update_fields=["guaranteed_share", "auto_accept", "offered_hours_per_week"])
    journal.record(
        events.AGREED,
        actor=actor,
        subject=organisation_uid,
        organisations=[maker.organisation_id],
        maker=maker.organisation.name,
        share=round(100 * guaranteed_share),
    )
    return maker


def _processes(maker: Maker) -> set[str]:
    return set(Machine.objects.across_tenants().filter(maker=maker).values_list("process", flat=True))


def _address(actor: Actor, uid: str, organisation_id: int) -> Address:
    address = Address.objects.one(actor, uid)
    if address.organisation_id != organisation_id:
        raise Invalid("foreign_address", _("The address belongs to another organisation."))
    if address.latitude is None or address.longitude is None:
        raise Invalid("address_without_place", _("Dispatch needs to know where this address is."))
    return address


def _finishes(codes: Iterable[str]) -> list[str]:
    known = knowledge.default().finishes
    wanted = list(dict.fromkeys(codes))
    unknown = [code for code in wanted if code not in known]
    if unknown:
        raise Invalid("unknown_finish", _("There is no finish called %s.") % ", ".join(unknown), known=sorted(known))
    return wanted


def work_calendar(hours: Mapping[str, Any]) -> dispatch.WorkCalendar:
    """The engine's calendar of a maker's `working_hours`. Raises Invalid for what is no calendar."""
    try:
        given = dict(hours)
        if "weekdays" in given:
            given["weekdays"] = frozenset(int(day) for day in given["weekdays"])
        if "holidays" in given:
            given["holidays"] = frozenset(date.fromisoformat(day) for day in given["holidays"])
        calendar = dispatch.WorkCalendar(**given)
        sound = 0 <= calendar.open_hour < calendar.close_hour <= 24 and calendar.weekdays <= set(range(7))
        sound = sound and bool(calendar.weekdays) and -12 <= calendar.utc_offset_hours <= 14
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise Invalid("bad_working_hours", _("Working hours name open_hour, close_hour, weekdays 0-6 and holidays."))
    return calendar


@transaction.atomic
def add_machine(
    *,
    actor: Actor,
    name: str,
    model: str,
    materials: Iterable[str],
    loaded_material: str = "",
    organisation_uid: str | None = None,
) -> Machine:
    """Add a machine to the actor's workshop; the operator names another's by `organisation_uid`."""
    workshops = Maker.objects.visible_to(actor)
    if organisation_uid:
        maker = workshops.filter(organisation__uid=organisation_uid).first()
    else:
        maker = workshops.filter(organisation_id=actor.organisation_id).first()
    if maker is None:
        raise NotFound("no_workshop", _("Register your workshop before its machines."))
    own(actor, maker)
    machine_model = knowledge.default().machines.get(model)
    if machine_model is None:
        raise Invalid("unknown_machine", _("There is no machine model called %s.") % model)
    runs = _materials(machine_model.process, materials)
    machine = Machine.objects.create(
        maker=maker,
        name=name.strip() or machine_model.name,
        model=model,
        process=machine_model.process,
        materials=runs,
        loaded_material=_loaded(loaded_material, runs),
    )
    _announce_capacity()
    return machine


def _materials(process: str, codes: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(codes))
    possible = {material.code for material in knowledge.default().materials_for(process)}
    wrong = [code for code in wanted if code not in possible]
    if wrong or not wanted:
        raise Invalid(
            "wrong_material",
            _("This machine cannot run %s.") % ", ".join(wrong) if wrong else _("Name at least one material."),
            possible=sorted(possible),
        )
    return wanted


def _loaded(code: str, runs: list[str]) -> str:
    if code and code not in runs:
        raise Invalid("wrong_material", _("This machine cannot run %s.") % code, possible=runs)
    return code


@transaction.atomic
def change_machine(
    *,
    actor: Actor,
    machine_uid: str,
    name: str | None = None,
    materials: Iterable[str] | None = None,
    loaded_material: str | None = None,
    in_service: bool | None = None,
) -> Machine:
    """Change what is given; a retired machine stays retired."""
    machine = _machine(actor, machine_uid)
    if machine.state == MachineState.RETIRED:
        raise Conflict("retired", _("This machine has been retired."))
    if name is not None:
        machine.name = name.strip() or machine.name
    if materials is not None:
        machine.materials = _materials(machine.process, materials)
        if machine.loaded_material not in machine.materials:
            machine.loaded_material = ""
    if loaded_material is not None:
        machine.loaded_material = _loaded(loaded_material, machine.materials)
    if in_service is not None:
        machine.state = MachineState.IN_SERVICE if in_service else MachineState.DOWN
    machine.save()
    _announce_capacity()
    return machine


@transaction.atomic
def retire_machine(*, actor: Actor, machine_uid: str) -> Machine:
    """Take a machine out for good. Refused while it has a build to make."""
    machine = _machine(actor, machine_uid)
    if machine.builds.filter(state__in=("offered", "accepted", "running")).exists():
        raise Conflict("machine_has_builds", _("Finish, decline or give back this machine's builds first."))
    machine.state = MachineState.RETIRED
    machine.save(update_fields=["state"])
    _announce_capacity()
    return machine


@transaction.atomic
def block_time(
    *, actor: Actor, machine_uid: str, starts_at: datetime, ends_at: datetime, reason: str = ""
) -> CalendarBlock:
    """Keep a time free of builds. Builds already accepted in it stay."""
    machine = _machine(actor, machine_uid)
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise Invalid("naive_time", _("Give the time with its time zone."))
    if ends_at <= starts_at:
        raise Invalid("empty_time", _("The end lies before the beginning."))
    return CalendarBlock.objects.create(machine=machine, starts_at=starts_at, ends_at=ends_at, reason=reason)


@transaction.atomic
def unblock_time(*, actor: Actor, block_uid: str) -> None:
    block = CalendarBlock.objects.visible_to(actor).select_related("machine__maker").filter(uid=block_uid).first()
    if block is None:
        raise NotFound("not_found", _("There is no such time block, or it is not yours."))
    own(actor, block.machine.maker)
    block.delete()


def _machine(actor: Actor, uid: str) -> Machine:
    machine = Machine.objects.select_related("maker").one(actor, uid)
    own(actor, machine.maker)
    return machine


def record_complaint(*, maker: Maker, pieces: int) -> None:
    """Put pieces of a complaint that the maker answers for into its record (called by quality when it decides)."""
    count = F("pieces_complained") + pieces
    Maker.objects.across_tenants().filter(pk=maker.pk).update(pieces_complained=count)
