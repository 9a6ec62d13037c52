"""Reads: offers, builds and jobs of a maker; pools, waves and what needs the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, DecimalField, F, Min, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import NotFound

from . import policy
from .models import Build, CalendarBlock, DispatchPolicy, Job, Machine, Maker, Offer, Operation, Wave
from .states import LIVE_OFFER, OperationKind

NOTHING = Decimal("0.00")
# JSON that lists do not show; whoever needs it of a single row reads it then.
BULKY = ("line__breakdown", "line__revision__measurement", "build__layout")
TOLD_OF_A_JOB = ("uid", "quantity", "line__part_name", "line__order__uid", "line__order__number")
LISTED = (
    *("uid", "quantity", "process", "material", "finish", "state", "due_at", "holder_id", "complaint_uid"),
    *("line__uid", "line__part_name", "line__order__uid", "line__revision__uid", "build__uid"),
)
LISTED_FOR_OPERATOR = (
    *LISTED,
    *("reasons", "alternatives", "obstacle", "split_from__uid"),
    *("maker__organisation__name", "holder__organisation__name"),
)


def current_policy() -> DispatchPolicy:
    """The newest version; the default is published as the first when there is none."""
    newest = DispatchPolicy.objects.first()
    if newest is None:
        try:
            with transaction.atomic():
                newest = DispatchPolicy.objects.create(number=1, document=policy.DEFAULT.to_dict())
        except IntegrityError:
            newest = DispatchPolicy.objects.get(number=1)
    return newest


def policies(actor: Actor) -> QuerySet[DispatchPolicy]:
    """Every version of the policy, newest first; the operator's."""
    actor.require_operator(READ)
    return DispatchPolicy.objects.select_related("created_by__user").order_by("-number")


def current_rules() -> policy.Rules:
    return policy.read(current_policy().document)


@dataclass(frozen=True, slots=True)
class MakerRecord:
    """What a maker's record says, as shares from 0 to 1, and how they became the number dispatch uses."""

    pieces_good: float
    builds_on_time: float
    offers_kept: float
    quality: float
    explanation: tuple[str, ...]


def maker_record(maker: Maker, rules: policy.RecordRules) -> MakerRecord:
    """Shares smoothed by the rules' priors, so that the first mishap of a new maker does not end its work."""
    bad = min(maker.pieces_failed + maker.pieces_complained, maker.pieces_inspected)
    pieces = _share(maker.pieces_inspected, bad, rules.prior_pieces)
    on_time = _share(maker.builds_finished, maker.builds_late, rules.prior_builds)
    kept = _share(maker.offers_made, maker.offers_refused, rules.prior_offers)
    weights = (rules.pieces_weight, rules.on_time_weight, rules.kept_weight)
    quality = sum(w * s for w, s in zip(weights, (pieces, on_time, kept), strict=True)) / sum(weights)
    told = (
        (_("pieces good"), pieces, maker.pieces_inspected - bad, maker.pieces_inspected, rules.prior_pieces),
        (
            _("builds on time"),
            on_time,
            maker.builds_finished - maker.builds_late,
            maker.builds_finished,
            rules.prior_builds,
        ),
        (_("offers kept"), kept, maker.offers_made - maker.offers_refused, maker.offers_made, rules.prior_offers),
    )
    sentence = _("%(what)s: (%(good)s + %(prior)g) of (%(all)s + %(prior)g) = %(share).1f %%")
    lines = [
        sentence % {"what": what, "good": good, "all": all_, "prior": prior, "share": 100 * share}
        for what, share, good, all_, prior in told
    ]
    lines.append(
        _("Together, weighed %(a)g : %(b)g : %(c)g: %(share).1f %%")
        % {"a": weights[0], "b": weights[1], "c": weights[2], "share": 100 * quality}
    )
    return MakerRecord(pieces, on_time, kept, quality, tuple(lines))


def _share(total: int, bad: int, prior: float) -> float:
    return (max(total - bad, 0) + prior) / (total + prior) if total + prior else 1.0


def record(maker: Maker) -> MakerRecord:
    return maker_record(maker, current_rules().record)


def makers(actor: Actor) -> QuerySet[Maker]:
    actor.require(READ)
    return (
        Maker.objects.visible_to(actor)
        .select_related("organisation", "address")
        .annotate(machine_count=Count("machines", filter=~Q(machines__state="retired"), distinct=True))
    )


def maker(actor: Actor, organisation_uid: str) -> Maker:
    """An organisation's workshop, if the actor may see it."""
    found = makers(actor).filter(organisation__uid=organisation_uid).first()
    if found is None:
        raise NotFound("not_found", _("There is no such workshop, or it is not yours."))
    return found


def maker_of(actor: Actor) -> Maker:
    """The actor's own workshop. Raises NotFound when its organisation has none."""
    maker = makers(actor).filter(organisation_id=actor.organisation_id).first()
    if maker is None:
        raise NotFound("no_workshop", _("Your organisation has no workshop in this network."))
    return maker


def machines(actor: Actor) -> QuerySet[Machine]:
    actor.require(READ)
    coming = CalendarBlock.objects.across_tenants().filter(ends_at__gt=timezone.now()).order_by("starts_at")
    return (
        Machine.objects.visible_to(actor)
        .select_related("maker__organisation")
        .prefetch_related(Prefetch("blocks", queryset=coming, to_attr="coming_blocks"))
    )


def machine(actor: Actor, uid: str) -> Machine:
    return machines(actor).one(actor, uid)


def _own_payout(actor: Actor, link: str) -> Coalesce:
    """What the actor's own workshop gets for its steps (all steps, for the operator), as one subquery."""
    steps = Operation.objects.across_tenants().filter(**{link: OuterRef("pk")})
    if not actor.is_operator:
        steps = steps.filter(maker__organisation_id=actor.organisation_id)
    total = steps.order_by().values(link).annotate(total=Sum("payout")).values("total")
    return Coalesce(Subquery(total), NOTHING, output_field=DecimalField(max_digits=13, decimal_places=2))


def _own_operations(actor: Actor) -> Prefetch:
    """A maker reads of its own steps; where else the pieces go is on the parcel, not here."""
    steps = Operation.objects.visible_to(actor).order_by("sequence")
    return Prefetch("operations", queryset=steps, to_attr="own_operations")


def jobs(
    actor: Actor, *, state: str | None = None, order_uid: str | None = None, build_uid: str | None = None
) -> QuerySet[Job]:
    """Jobs the actor makes, holds or finishes (every job for the operator), with its share of the work and the money
    as `own_operations` and `own_payout`."""
    actor.require(READ)
    wanted = {"state": state, "line__order__uid": order_uid, "build__uid": build_uid}
    return (
        Job.objects.visible_to(actor)
        .filter(**{path: value for path, value in wanted.items() if value})
        .annotate(own_payout=_own_payout(actor, "job"))
        .select_related(
            "line__order", "line__revision", "build", "maker__organisation", "holder__organisation", "split_from"
        )
        .defer(*BULKY)
        .prefetch_related(_own_operations(actor))
    )


def listed_jobs(actor: Actor, *, state: str | None = None, order_uid: str | None = None) -> QuerySet[Job]:
    """The same jobs for a list: only what a line of it says is read."""
    columns = LISTED_FOR_OPERATOR if actor.is_operator else LISTED
    related = {column.rpartition("__")[0] for column in columns} - {""}
    found = jobs(actor, state=state, order_uid=order_uid).defer(None).select_related(None)
    return found.select_related(*related).only(*columns)


def job(actor: Actor, uid: str) -> Job:
    return jobs(actor).one(actor, uid)


def builds(actor: Actor, *, state: str | None = None) -> QuerySet[Build]:
    actor.require(READ)
    found = Build.objects.visible_to(actor).select_related("maker__organisation", "machine", "wave")
    if state:
        found = found.filter(state=state)
    return (
        found.annotate(own_payout=_own_payout(actor, "job__build"), has_layout=~Q(layout=[]))
        .annotate(job_count=Count("jobs"), pieces=Coalesce(Sum("jobs__quantity"), 0))
        .defer("layout")
    )


def build(actor: Actor, uid: str) -> Build:
    """One build with its layout and its jobs."""
    return (
        builds(actor)
        .defer(None)
        .prefetch_related(Prefetch("jobs", queryset=jobs(actor).order_by("pk")))
        .one(actor, uid)
    )


def offers(actor: Actor, *, state: str | None = None) -> QuerySet[Offer]:
    """What the actor is asked or was asked; with the build or the finishing step it is about."""
    actor.require(READ)
    found = Offer.objects.visible_to(actor)
    if state:
        found = found.filter(state=state)
    return found.select_related(
        "maker__organisation", "build__machine", "operation__job__line__revision"
    ).prefetch_related(Prefetch("build__jobs", queryset=jobs(actor).order_by("pk")))


def offer(actor: Actor, uid: str) -> Offer:
    return offers(actor).one(actor, uid)


@dataclass(frozen=True, slots=True)
class Pool:
    """What waits of one process and material."""

    process: str
    material: str
    jobs: int
    pieces: int
    mass_g: float
    oldest_due_at: datetime
    waiting_since: datetime
    with_obstacle: int


def pools(actor: Actor) -> list[Pool]:
    """Waiting work by process and material, the most urgent first. For the operator."""
    actor.require_operator(READ)
    rows = (
        Job.objects.across_tenants()
        .filter(state="pooled")
        .values("process", "material")
        .annotate(
            count=Count("pk"),
            pieces=Sum("quantity"),
            mass_g=Sum(F("quantity") * F("line__mass_g")),
            oldest_due_at=Min("due_at"),
            waiting_since=Min("pooled_at"),
            with_obstacle=Count("pk", filter=~Q(obstacle="")),
        )
        .order_by("oldest_due_at")
    )
    return [Pool(jobs=row.pop("count"), **row) for row in rows]


def waves(actor: Actor) -> QuerySet[Wave]:
    actor.require_operator(READ)
    return Wave.objects.all()


def wave(actor: Actor, uid: str) -> Wave:
    found = waves(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound("not_found", _("There is no wave under this number."))
    return found


@dataclass(frozen=True, slots=True)
class ExceptionItem:
    """Something that needs the operator: `subject_uid` names the row, `about` says what it is; `order_uid` and
    `order_number` name what suffers."""

    kind: str
    subject_uid: str
    text: str
    since: datetime
    about: str = ""
    order_uid: str = ""
    order_number: str = ""


def exceptions(actor: Actor, *, limit: int = 200) -> list[ExceptionItem]:
    """Jobs nobody can make, finishing nobody takes, builds late to start or to end, workshops that ask to take part;
    the oldest first."""
    actor.require_operator(READ)
    now = timezone.now()
    stuck = Job.objects.across_tenants().exclude(obstacle="").exclude(state="cancelled").select_related("line__order")
    stuck = stuck.only(*TOLD_OF_A_JOB, "obstacle", "pooled_at")
    late = Build.objects.across_tenants().filter(
        Q(state="accepted", starts_at__lt=now) | Q(state="running", ends_at__lt=now)
    )
    found = [_of_job("obstacle", job, job.obstacle, job.pooled_at) for job in stuck.order_by("pooled_at")[:limit]]
    for build in late.select_related("maker__organisation", "machine").defer("layout").order_by("starts_at")[:limit]:
        is_running = build.state == "running"
        text = (
            _("%(maker)s has not finished this build in time.")
            if is_running
            else _("%(maker)s has not begun this build in time.")
        )
        since = build.ends_at if is_running else build.starts_at
        text %= {"maker": build.maker.organisation.name}
        found.append(ExceptionItem("overdue_build", build.uid, text, since, about=build.machine.name))
    asking = Maker.objects.across_tenants().filter(is_admitted=False, is_accepting=True, organisation__is_active=True)
    for maker in asking.select_related("organisation").order_by("pk")[:limit]:
        text = _("%(maker)s has registered a workshop and waits to be admitted.")
        firm = maker.organisation
        found.append(ExceptionItem("maker_waits", firm.uid, text % {"maker": firm.name}, firm.created_at, firm.name))
    return sorted([*found, *_overdue_finishing(now, limit)], key=lambda item: item.since)[:limit]


def _of_job(kind: str, job: Job, text: str, since: datetime) -> ExceptionItem:
    order = job.line.order
    return ExceptionItem(kind, job.uid, text, since, f"{job.quantity} × {job.line.part_name}", order.uid, order.number)


def _overdue_finishing(now: datetime, limit: int) -> list[ExceptionItem]:
    """Pieces past their due date that lie unfinished at a workshop. Nothing is taken back by itself, for the pieces
    are there: the operator asks, or reports them finished and failed, so that they are made again."""
    lying = (
        Operation.objects.across_tenants()
        .filter(kind=OperationKind.FINISH, job__state="made", job__holder=F("maker"), job__due_at__lt=now)
        .exclude(state__in=("done", "cancelled"))
        .select_related("job__line__order", "maker__organisation")
        .only("maker__organisation__name", "job__due_at", *(f"job__{column}" for column in TOLD_OF_A_JOB))
    )
    text = _("%(maker)s has not finished these pieces in time.")
    return [
        _of_job("overdue_finishing", step.job, text % {"maker": step.maker.organisation.name}, step.job.due_at)
        for step in lying.order_by("job__due_at")[:limit]
    ]


def live_offer(thing: Model) -> Offer | None:
    """The offer that is open or accepted for a build or an operation."""
    link = "build" if isinstance(thing, Build) else "operation"
    return (
        Offer.objects.across_tenants()
        .filter(**{link: thing}, state__in=LIVE_OFFER)
        .select_related("maker__organisation", "maker__address")
        .first()
    )
