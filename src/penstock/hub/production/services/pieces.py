"""Jobs as heaps of pieces: made with their routing and payout, split, pooled again, withdrawn.

Everything here runs inside a verb's transaction. A job's payout is always the sum of its operations' payouts, so
that however pieces are split the cents of a line add up to what the line pays its makers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from penstock.hub.core.actors import Actor
from penstock.hub.core.money import split
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parts import services as parts

from .. import events
from ..models import Build, Job, Maker, Offer, Operation
from ..policy import Rules
from ..states import BUILD, JOB, LIVE_OFFER, OFFER, OPERATION, OperationKind
from . import telling

LAST_HOUR = time(18)
# What of a price's breakdown pays for which step; everything else pays for making.
FINISH_ITEMS = frozenset({"finish", "finish_setup"})
SHIP_ITEMS = frozenset({"packing"})
# These cover every step in proportion.
OVERHEAD_ITEMS = frozenset({"margin", "lead_time", "minimum"})


def own_workshops(order: Order) -> list[int]:
    """The buyer's workshops. They hand over what they cannot make themselves and are not asked for it again."""
    of_the_buyer = Maker.objects.across_tenants().filter(organisation_id=order.organisation_id)
    return list(of_the_buyer.values_list("pk", flat=True))


def create_job(
    line: OrderLine,
    quantity: int,
    rules: Rules,
    *,
    due_at: datetime | None = None,
    excluded_maker_ids: Iterable[int] = (),
    **fields: Any,
) -> Job:
    """A pooled job with its routing make → [finish] → inspect → ship and each step's share of the payout."""
    payout = line.maker_unit_payout * quantity
    kinds = [OperationKind.MAKE, OperationKind.FINISH, OperationKind.INSPECT, OperationKind.SHIP]
    if not line.finish:
        kinds.remove(OperationKind.FINISH)
    shares = _shares(line, rules)
    amounts = split(payout, [shares[kind] for kind in kinds])
    job = Job.objects.create(
        line=line,
        quantity=quantity,
        process=line.process,
        material=line.material,
        finish=line.finish,
        due_at=due_at or timezone.make_aware(datetime.combine(line.due_on, LAST_HOUR)),
        payout=payout,
        pooled_at=timezone.now(),
        excluded_maker_ids=sorted({*excluded_maker_ids, *own_workshops(line.order)}),
        **fields,
    )
    Operation.objects.bulk_create(
        Operation(
            job=job,
            sequence=number,
            kind=kind,
            finish=line.finish if kind == OperationKind.FINISH else "",
            payout=amount,
        )
        for number, (kind, amount) in enumerate(zip(kinds, amounts, strict=True), start=1)
    )
    return job


def _shares(line: OrderLine, rules: Rules) -> dict[str, Decimal]:
    """What each step weighs in the payout, by the price's own breakdown (a list of items with code and amount)."""
    found = dict.fromkeys(OperationKind, Decimal(0))
    for item in line.breakdown if isinstance(line.breakdown, list) else ():
        code, amount = item.get("code", ""), Decimal(str(item.get("amount", 0)))
        if code in OVERHEAD_ITEMS or amount <= 0:
            continue
        step = OperationKind.MAKE
        if code in FINISH_ITEMS:
            step = OperationKind.FINISH
        elif code in SHIP_ITEMS:
            step = OperationKind.SHIP
        found[step] += amount
    # A price that a person set names no steps.
    found[OperationKind.MAKE] = found[OperationKind.MAKE] or Decimal(1)
    if not found[OperationKind.FINISH]:
        found[OperationKind.FINISH] = found[OperationKind.MAKE] * Decimal(str(rules.finish_share))
    found[OperationKind.INSPECT] = found[OperationKind.MAKE] * Decimal(str(rules.inspect_share))
    return found


def split_off(job: Job, quantity: int, **fields: Any) -> Job:
    """Move `quantity` pieces of a job to a new one in the same state, with their part of the payout and history."""
    rest = job.quantity - quantity
    operations = list(job.operations.all())
    other_operations = []
    for operation in operations:
        operation.payout, amount = split(operation.payout, [rest, quantity])
        other_operations.append(
            Operation(
                sequence=operation.sequence,
                kind=operation.kind,
                finish=operation.finish,
                maker_id=operation.maker_id,
                # An answer to an offer belongs to the pieces that stay.
                state="todo" if operation.state == "offered" else operation.state,
                payout=amount,
                done_at=operation.done_at,
            )
        )
    copied = {
        field.attname: getattr(job, field.attname)
        for field in Job._meta.concrete_fields
        if field.name not in ("id", "uid", "split_from", "quantity", "payout")
    }
    payout = sum((operation.payout for operation in other_operations), Decimal(0))
    other = Job.objects.create(**copied | {"split_from": job, "quantity": quantity, "payout": payout} | fields)
    for operation in other_operations:
        operation.job = other
    Operation.objects.bulk_create(other_operations)
    Operation.objects.across_tenants().bulk_update(operations, ["payout"])
    job.quantity, job.payout = rest, job.payout - payout
    job.save(update_fields=["quantity", "payout"])
    for offer in Offer.objects.across_tenants().filter(operation__job=job, state__in=LIVE_OFFER):
        offer.payout = sum((o.payout for o in operations if o.maker_id == offer.maker_id), Decimal(0))
        offer.save(update_fields=["payout"])
    return other


def pool_again(job: Job, verb: str, *, actor: Actor, exclude: Iterable[int] = (), **fields: Any) -> None:
    """Move a job back to the pool by `verb`: nobody has it, every step is to do, files are closed to whom they were
    open. The pieces' part in the build's plan remains as its history."""
    asked = _makers_of(job)
    JOB.move(
        job,
        verb,
        maker=None,
        holder=None,
        build=None,
        reasons=[],
        alternatives=[],
        pooled_at=timezone.now(),
        excluded_maker_ids=sorted({*job.excluded_maker_ids, *exclude}),
        **fields,
    )
    for operation in job.operations.all():
        _reset(operation)
    close_files(actor, job, asked)


def _reset(operation: Operation) -> None:
    withdraw_offers(operation)
    back = {"offered": "release", "doing": "fail", "done": "redo"}.get(operation.state)
    if back:
        OPERATION.move(operation, back, maker=None, done_at=None)
    elif operation.maker_id:
        operation.maker = None
        operation.save(update_fields=["maker"])


def withdraw_offers(operation: Operation) -> None:
    """Nobody is asked any more for this step."""
    for offer in Offer.objects.across_tenants().filter(operation=operation, state__in=LIVE_OFFER):
        OFFER.move(offer, "withdraw")


def withdraw(job: Job, *, actor: Actor) -> None:
    """Cancel a job that has not begun; its build shrinks, or dissolves with its offer when nothing is left in it."""
    asked = _makers_of(job)
    build = job.build
    JOB.move(job, "withdraw", build=None)
    for operation in job.operations.all():
        withdraw_offers(operation)
        OPERATION.move(operation, "cancel")
    if build is not None:
        _take_out(build, job)
    close_files(actor, job, asked)
    telling.about_job(
        events.JOB_CANCELLED,
        actor,
        job,
        organisations=[maker.organisation_id for maker in asked],
        build=build.uid if build else "",
    )


def _take_out(build: Build, job: Job) -> None:
    build = Build.objects.across_tenants().select_for_update(no_key=True).get(pk=build.pk)
    left = list(Job.objects.across_tenants().filter(build=build))
    offer = Offer.objects.across_tenants().filter(build=build, state__in=LIVE_OFFER).first()
    if not left:
        BUILD.move(build, "dissolve")
        if offer:
            OFFER.move(offer, "withdraw", answered_at=timezone.now())
        return
    build.layout = [placement for placement in build.layout if placement["job"] != job.uid]
    build.save(update_fields=["layout"])
    if offer:
        offer.payout = payout_of(left, build.maker_id)
        offer.save(update_fields=["payout"])


def payout_of(jobs: Sequence[Job], maker_id: int) -> Decimal:
    """What one maker gets for its steps of these jobs."""
    operations = Operation.objects.across_tenants().filter(job__in=jobs, maker_id=maker_id)
    return sum((operation.payout for operation in operations), Decimal(0))


def open_files(actor: Actor, job: Job, maker: Maker) -> None:
    """The maker may fetch the model because of this job."""
    parts.grant(
        actor=actor, revision_id=job.line.revision_id, organisation_id=maker.organisation_id, reason_uid=job.uid
    )


def close_all_files(actor: Actor, job: Job) -> None:
    """Nobody works on the job any more."""
    parts.revoke(actor=actor, reason_uid=job.uid)


def close_files(actor: Actor, job: Job, makers: Iterable[Maker]) -> None:
    for maker in makers:
        parts.revoke(actor=actor, reason_uid=job.uid, organisation_id=maker.organisation_id)


def _makers_of(job: Job) -> list[Maker]:
    """Everybody who makes, finishes or holds the job."""
    operation_makers = job.operations.exclude(maker=None).values_list("maker_id", flat=True)
    keys = {*operation_makers, job.maker_id, job.holder_id} - {None}
    return list(Maker.objects.across_tenants().filter(pk__in=keys).select_related("organisation").order_by("pk"))


def count(maker_id: int, **counters: int) -> None:
    """Add to a maker's record. Of several makers in one transaction the lower key goes first, as everywhere."""
    added = {name: F(name) + pieces for name, pieces in counters.items() if pieces}
    if added:
        Maker.objects.across_tenants().filter(pk=maker_id).update(**added)


def lock_orders(**lookups: Any) -> None:
    """Lock orders in key order: a verb that will count pieces on their lines does so before it touches a job."""
    keys = Order.objects.across_tenants().filter(**lookups).values("pk")
    list(Order.objects.across_tenants().select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


def jobs_for_update(**lookups: Any) -> list[Job]:
    """Jobs locked in the house's order, with what events tell about them."""
    keys = list(
        Job.objects.across_tenants()
        .select_for_update(no_key=True)
        .filter(**lookups)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    found = Job.objects.across_tenants().filter(pk__in=keys).select_related("line__order", "build", "maker", "holder")
    return list(found.order_by("pk"))


def lock_builds(jobs: Sequence[Job]) -> None:
    """Lock the builds of these (locked) jobs in key order, for a verb that takes pieces out of several."""
    builds = Build.objects.across_tenants().select_for_update(no_key=True).filter(pk__in={job.build_id for job in jobs})
    list(builds.order_by("pk").values_list("pk"))


def jobs_of_build(build_id: int) -> list[Job]:
    """The jobs of a build in key order, unlocked: the moves that follow are compare-and-set."""
    found = Job.objects.across_tenants().filter(build_id=build_id)
    return list(found.select_related("line__order", "build", "maker", "holder").order_by("pk"))
