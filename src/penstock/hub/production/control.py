"""What the control room shows: pools as bars, load against capacity for six weeks, last week's misses with their owner.

The weekly rhythm is 1-6-1: this week is locked (what is offered, accepted or running), six weeks are looked ahead from
orders and a forecast (the mean of the last four weeks), and last week's misses each have somebody to ask.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, F, FloatField, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from penstock.engines import knowledge
from penstock.hub.core.actors import READ, Actor
from penstock.hub.web.labels import state_label

from . import selectors
from .models import Build, Job, Machine, Offer, Wave
from .states import MachineState

WEEKS = 6
LOOK_BACK_WEEKS = 4
WEEK = timedelta(days=7)
LIVE_BUILDS = ("offered", "accepted", "running")
SHOWN = 50


@dataclass(frozen=True, slots=True)
class PoolBar:
    """A pool with its volume in cm³, its share of the largest pool (0..100), and the fill of its next build in percent
    (None: no wave has looked at it yet)."""

    pool: selectors.Pool
    cm3: float
    width: int
    next_fill: int | None


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """Machine hours of one process in one week; `locked` is planned, `pooled` due then and not planned, `forecast` what
    comes on top by the last weeks' mean. `percent` of the capacity: locked, pooled, forecast."""

    starts: datetime
    locked: float
    pooled: float
    forecast: float
    capacity: float

    @property
    def percent(self) -> tuple[int, int, int]:
        whole = max(self.capacity, 1e-9)
        shares = [round(100 * each / whole) for each in (self.locked, self.pooled, self.forecast)]
        return shares[0], shares[1], shares[2]

    @property
    def total_percent(self) -> int:
        return sum(self.percent)


@dataclass(frozen=True, slots=True)
class Miss:
    """Something that went wrong last week, and who is to be asked about it. `kind` (build, offer, job) and `uid` name
    the page that tells more."""

    what: str
    owner: str
    when: datetime
    kind: str
    uid: str


def pool_bars(actor: Actor) -> list[PoolBar]:
    """Pools, the most urgent first. For the operator."""
    pools = selectors.pools(actor)
    waiting = Job.objects.across_tenants().filter(state="pooled")
    volume_mm3 = Cast(KeyTextTransform("volume_mm3", "line__revision__measurement"), FloatField())
    summed = waiting.values_list("process", "material").annotate(volume=Sum(F("quantity") * volume_mm3))
    volumes = {(process, material): (volume or 0.0) / 1000.0 for process, material, volume in summed}
    last = Wave.objects.filter(state="done").order_by("-started_at").first()
    filled = {held["job"]: held.get("fill", 0.0) for held in last.result.get("waiting", [])} if last else {}
    fills: dict[tuple[str, str], float] = {}
    for uid, *key in waiting.filter(uid__in=filled).values_list("uid", "process", "material"):
        fills[tuple(key)] = max(fills.get(tuple(key), 0.0), filled[uid])
    largest = max(volumes.values(), default=0.0) or 1.0
    bars = []
    for pool in pools:
        key = (pool.process, pool.material)
        fill = round(100 * fills[key]) if key in fills else None
        volume = volumes.get(key, 0.0)
        bars.append(PoolBar(pool, volume, max(round(100 * volume / largest), 2), fill))
    return bars


def outlook(actor: Actor, now: datetime | None = None) -> dict[str, list[WeekLoad]]:
    """Process → load and capacity of six weeks from this one on. For the operator."""
    actor.require_operator(READ)
    now = now or timezone.now()
    local = timezone.localtime(now)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    end = monday + WEEKS * WEEK
    locked, pooled = defaultdict(float), defaultdict(float)
    past: dict[str, float] = defaultdict(float)
    since = monday - LOOK_BACK_WEEKS * WEEK
    builds = Build.objects.across_tenants().exclude(state="dissolved")
    lasting = Sum(F("ends_at") - F("starts_at"), output_field=DurationField())
    done = builds.filter(starts_at__gte=since, starts_at__lt=monday)
    for process, hours in done.values_list("process").annotate(lasting=lasting):
        past[process] = hours.total_seconds() / 3600.0
    live = builds.filter(starts_at__gte=monday, starts_at__lt=end, state__in=LIVE_BUILDS)
    for process, week, hours in live.values_list("process", TruncWeek("starts_at")).annotate(lasting=lasting):
        locked[process, _number(week, monday)] = hours.total_seconds() / 3600.0
    waiting = Job.objects.across_tenants().filter(state="pooled")
    hours_of = Sum(F("quantity") * F("line__machine_hours"), output_field=FloatField())
    for process, week, hours in waiting.values_list("process", TruncWeek("due_at")).annotate(hours=hours_of):
        pooled[process, min(max(_number(week, monday), 0), WEEKS - 1)] += hours or 0.0
    capacity = _capacity()
    found = {}
    for process in sorted(capacity):
        mean = past[process] / LOOK_BACK_WEEKS
        found[process] = [
            WeekLoad(
                starts=monday + number * WEEK,
                locked=locked[process, number],
                pooled=pooled[process, number],
                forecast=max(mean - locked[process, number] - pooled[process, number], 0.0) if number else 0.0,
                capacity=capacity[process],
            )
            for number in range(WEEKS)
        ]
    return found


def _number(week: datetime, monday: datetime) -> int:
    """Of a week counted from the one that begins on `monday`, whatever the clocks were put to in between."""
    return (timezone.localtime(week).date() - monday.date()).days // 7


def _capacity() -> dict[str, float]:
    """Machine hours of a week by process: round the clock, or the open hours where somebody has to stand by."""
    from .services.makers import work_calendar  # the services stand on the reads

    hours: dict[str, float] = defaultdict(float)
    machines = Machine.objects.across_tenants().filter(
        state=MachineState.IN_SERVICE, maker__is_admitted=True, maker__is_accepting=True
    )
    for process, working_hours in machines.values_list("process", "maker__working_hours"):
        calendar = work_calendar(working_hours)
        attended = len(calendar.weekdays) * (calendar.close_hour - calendar.open_hour)
        hours[process] += 168.0 if knowledge.default().process(process).pooled else attended
    return dict(hours)


def misses(actor: Actor, now: datetime | None = None) -> list[Miss]:
    """What went wrong in the last seven days, the newest first. For the operator."""
    actor.require_operator(READ)
    now = now or timezone.now()
    since = now - WEEK
    found = []
    grace = selectors.current_rules().late_grace
    missed = Q(state="failed") | Q(ended_at__gt=F("ends_at") + grace)
    ended = Build.objects.across_tenants().filter(missed, ended_at__gte=since)
    for build in ended.select_related("maker__organisation", "machine").defer("layout").order_by("-ended_at")[:SHOWN]:
        if build.state == "failed":
            text = _("A build on %(machine)s failed.") % {"machine": build.machine.name}
            found.append(Miss(text, str(build.maker), build.ended_at, "build", build.uid))
        else:
            hours = (build.ended_at - build.ends_at).total_seconds() / 3600.0
            text = ngettext(
                "A build on %(machine)s was finished %(hours)s hour late.",
                "A build on %(machine)s was finished %(hours)s hours late.",
                round(hours),
            ) % {"machine": build.machine.name, "hours": round(hours)}
            found.append(Miss(text, str(build.maker), build.ended_at, "build", build.uid))
    refused = Offer.objects.across_tenants().filter(
        state__in=("lapsed", "declined", "given_back"), answered_at__gte=since
    )
    for offer in refused.select_related("maker__organisation").order_by("-answered_at")[:SHOWN]:
        text = _("An offer was not kept: %(why)s") % {
            "why": offer.answer_reason or state_label("offer", offer.state)[0]
        }
        found.append(Miss(text, str(offer.maker), offer.answered_at, "offer", offer.uid))
    stuck = Job.objects.across_tenants().filter(state="pooled", due_at__gte=since, due_at__lt=now)
    late = _("%(pieces)s × %(part)s: past its date and in the pool.")
    told = ("uid", "quantity", "due_at", "line__part_name")
    for job in stuck.select_related("line").only(*told).order_by("-due_at")[:SHOWN]:
        text = late % {"pieces": job.quantity, "part": job.line.part_name}
        found.append(Miss(text, _("Operator"), job.due_at, "job", job.uid))
    return sorted(found, key=lambda miss: miss.when, reverse=True)[:SHOWN]
