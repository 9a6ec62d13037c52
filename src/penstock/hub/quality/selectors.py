"""Reads: inspections and complaints with the chain behind them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum

from penstock.hub.core.actors import READ, Actor
from penstock.hub.orders.models import OrderLine
from penstock.hub.production import selectors as production
from penstock.hub.production.models import Job, Operation
from penstock.hub.production.states import OperationKind

from .models import Complaint, Inspection
from .states import COMPLAINT, Remedy

# A complaint that came to nothing, or whose pieces were made again, leaves its pieces open to another.
NOT_COUNTED = Q(state__in=("rejected", "withdrawn")) | Q(state="closed", remedy=Remedy.REPRINT)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Where pieces of a line came from: which job, at whom, in which build, on which machine, of what."""

    job_uid: str
    quantity: int
    maker: str
    build_uid: str
    machine: str
    machine_model: str
    material: str


def complaints(actor: Actor, state: str | None = None) -> QuerySet[Complaint]:
    """The buyer's own complaints; every one for the operator."""
    found = Complaint.objects.visible_to(actor).select_related(
        "line__order", "organisation", "cause_job", "owner__user"
    )
    return (found.filter(state=state) if state else found).prefetch_related("pictures")


def complaints_named(found: QuerySet[Complaint], words: str) -> QuerySet[Complaint]:
    """Of these complaints those about a part, an order, a firm or a number called so."""
    return found.filter(
        Q(line__part_name__icontains=words)
        | Q(line__order__number__icontains=words)
        | Q(organisation__name__icontains=words)
        | Q(uid=words)
    )


def waiting_complaints(actor: Actor) -> QuerySet[Complaint]:
    """The operator's: complaints nobody has answered, the longest wait (`waits_since`) first."""
    actor.require_operator(READ)
    return complaints(actor, "open").annotate(waits_since=F("created_at")).order_by("pk")


def complaint(actor: Actor, uid: str) -> Complaint:
    return complaints(actor).one(actor, uid)


def open_complaints(actor: Actor) -> QuerySet[Complaint]:
    final = [state for state in COMPLAINT.table if COMPLAINT.is_final(state)]
    return complaints(actor).exclude(state__in=final)


def inspections(actor: Actor) -> QuerySet[Inspection]:
    return Inspection.objects.visible_to(actor).select_related("job", "maker__organisation")


def jobs_to_inspect(actor: Actor) -> QuerySet[Job]:
    """Pieces that lie at the actor's workshop made and finished, and that nobody has looked at yet."""
    unfinished = Operation.objects.across_tenants().filter(kind=OperationKind.FINISH)
    unfinished = unfinished.exclude(state__in=("done", "cancelled")).values("job")
    here = production.jobs(actor, state="made").filter(holder__organisation_id=actor.organisation_id)
    return here.exclude(pk__in=unfinished).order_by("due_at")


def chain(line: OrderLine) -> list[ChainLink]:
    """Who made the delivered pieces of a line, on what, of what. For the operator's desk."""
    jobs = (
        Job.objects.across_tenants()
        .filter(line=line, state="delivered")
        .select_related("build__machine", "build__maker__organisation")
        .order_by("id")
    )
    return [
        ChainLink(
            job_uid=job.uid,
            quantity=job.quantity,
            maker=job.build.maker.organisation.name,
            build_uid=job.build.uid,
            machine=job.build.machine.name,
            machine_model=job.build.machine.model,
            material=job.material,
        )
        for job in jobs
        if job.build is not None
    ]


def complained_pieces(line: OrderLine) -> int:
    """Pieces of a line that a standing complaint already covers."""
    standing = Complaint.objects.across_tenants().filter(line=line).exclude(NOT_COUNTED)
    return standing.aggregate(n=Sum("quantity"))["n"] or 0
