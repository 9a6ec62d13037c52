"""Makers with their machines, and the work: jobs, operations, waves, offers, builds."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.money import AmountField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import Address, Member, Organisation

from .states import CheckStep, MachineState, OperationKind

# Who is asked to make and finish things, and so reads strangers' models.
TAKES_WORK = {"is_admitted": True, "is_accepting": True, "organisation__is_active": True}


class Maker(TenantModel):
    """An organisation's workshop as dispatch sees it. The record counts pieces and offers, and is explained by them."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="maker")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    is_admitted = models.BooleanField(_("admitted by the operator"), default=False)
    is_accepting = models.BooleanField(_("takes work"), default=True)
    finishes = ArrayField(
        models.CharField(max_length=40), verbose_name=_("finishes it can do"), default=list, blank=True
    )
    # engines.dispatch.WorkCalendar as data: open_hour, close_hour, weekdays, holidays, utc_offset_hours.
    working_hours = models.JSONField(_("working hours"), default=dict, blank=True)
    cost_factor = models.FloatField(_("its cost against the price book's rates"), default=1.0)
    # The agreement with the operator: money promised, machine hours given to the network, work taken without asking.
    guaranteed_share = models.FloatField(_("promised share of its processes' machine money"), default=0.0)
    offered_hours_per_week = models.FloatField(_("hours a week offered of each machine"), null=True, blank=True)
    auto_accept = models.BooleanField(_("takes offers without being asked"), default=False)
    pieces_inspected = models.PositiveIntegerField(default=0)
    pieces_failed = models.PositiveIntegerField(default=0)
    pieces_complained = models.PositiveIntegerField(default=0)
    offers_made = models.PositiveIntegerField(default=0)
    offers_refused = models.PositiveIntegerField(default=0)  # declined, given back or lapsed
    builds_finished = models.PositiveIntegerField(default=0)
    builds_late = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.organisation)


class Machine(TenantModel):
    """One machine: a model of the knowledge base, with one process and one loaded material at a time."""

    tenant_paths = ("maker__organisation_id",)

    uid = UidField("mac")
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="machines")
    name = models.CharField(_("name"), max_length=80)
    model = models.CharField(_("model"), max_length=60)  # code in engines.knowledge machines
    process = models.CharField(_("process"), max_length=40)
    materials = ArrayField(models.CharField(max_length=60), verbose_name=_("materials it runs"), default=list)
    loaded_material = models.CharField(_("loaded material"), max_length=60, blank=True)
    state = models.CharField(max_length=20, choices=MachineState.choices, default=MachineState.IN_SERVICE)

    def __str__(self) -> str:
        return f"{self.name} ({self.maker})"


class CalendarBlock(TenantModel):
    """Time in which a machine takes no build: holidays, maintenance, the maker's own work."""

    tenant_paths = ("machine__maker__organisation_id",)

    uid = UidField("blk")
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="blocks")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="block_has_length")
        ]

    def __str__(self) -> str:
        return f"{self.machine_id} {self.starts_at:%F}"


class DispatchPolicy(models.Model):
    """One version of what the operator weighs in dispatch (`document`: see `policy.py`). Never edited: superseded."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name_plural = _("dispatch policies")

    def __str__(self) -> str:
        return f"#{self.number}"


class Wave(models.Model):
    """One run of dispatch over what is pooled, of one `process` or (empty) of all; `result` keeps what was decided and
    why."""

    uid = UidField("wav")
    process = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=20, default="running")
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=200)
    result = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.uid


class Build(TenantModel):
    """Jobs of one process and one material on one machine at one time (ISO/ASTM 52900 build cycle)."""

    tenant_paths = ("maker__organisation_id",)

    uid = UidField("bld")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, related_name="builds")
    maker = models.ForeignKey(Maker, on_delete=models.PROTECT, related_name="builds")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="builds")
    process = models.CharField(max_length=40)
    material = models.CharField(max_length=60)
    state = models.CharField(max_length=20, default="offered")
    starts_at = models.DateTimeField(_("planned start"))
    ends_at = models.DateTimeField(_("planned end"))
    height_mm = models.FloatField(default=0)
    fill = models.FloatField(_("share of the chamber that is product"), default=0)
    layout = models.JSONField(default=list)  # placements: [{job, copy, matrix, origin_mm}]
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["maker", "state", "starts_at"], name="build_of_maker")]

    def __str__(self) -> str:
        return self.uid


class BuildCheck(TenantModel):
    """A step of a build that only the workshop knows of, reported by a person; taken back by deleting it."""

    tenant_paths = ("build__maker__organisation_id",)

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="checks")
    step = models.CharField(max_length=20, choices=CheckStep.choices)
    note = models.CharField(max_length=200, blank=True)  # of the material: its batch
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["build", "step"], name="build_check_once")]

    def __str__(self) -> str:
        return f"{self.build_id} {self.step}"


class Job(TenantModel):
    """A quantity of one order line at one maker, from the pool to the door.

    `maker` makes it or is asked to; `holder` has it, from acceptance on: the pieces lie there and are finished,
    inspected and handed over there. `complaint_uid` marks a remedy's remake, which is not counted on the order
    line again.
    """

    tenant_paths = ("maker__organisation_id", "holder__organisation_id", "operations__maker__organisation_id")

    uid = UidField("job")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="jobs")
    quantity = models.PositiveIntegerField()
    process = models.CharField(max_length=40)
    material = models.CharField(max_length=60)
    finish = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=20, default="pooled")
    due_at = models.DateTimeField()
    maker = models.ForeignKey(Maker, on_delete=models.PROTECT, null=True, related_name="jobs")
    holder = models.ForeignKey(Maker, on_delete=models.PROTECT, null=True, related_name="held_jobs")
    build = models.ForeignKey(Build, on_delete=models.PROTECT, null=True, related_name="jobs")
    split_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="splits")
    complaint_uid = models.CharField(max_length=24, blank=True)
    payout = AmountField()  # for the whole quantity, all operations
    excluded_maker_ids = ArrayField(models.BigIntegerField(), default=list)  # declined, lapsed or gave it back
    reasons = models.JSONField(default=list)  # why it went where it went, in sentences with numbers
    alternatives = models.JSONField(default=list)
    obstacle = models.CharField(max_length=500, blank=True)  # why the last wave could not place it
    pooled_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["state", "process", "material"], name="job_pool"),
            models.Index(fields=["maker", "state"], name="job_of_maker"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="job_has_pieces")]

    def __str__(self) -> str:
        return self.uid


class Operation(TenantModel):
    """One step of a job's routing: make → finish → inspect → ship; each at one maker, with its share of the payout."""

    tenant_paths = ("maker__organisation_id",)

    uid = UidField("opn")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="operations")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=OperationKind.choices)
    finish = models.CharField(max_length=40, blank=True)
    maker = models.ForeignKey(Maker, on_delete=models.PROTECT, null=True, related_name="operations")
    state = models.CharField(max_length=20, default="todo")
    payout = AmountField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["job", "sequence"], name="operation_sequence_once")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.sequence} {self.kind}"


class Offer(TenantModel):
    """A maker is asked to make a build, or to do a finishing operation, until a deadline."""

    tenant_paths = ("maker__organisation_id",)

    uid = UidField("off")
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="offers")
    build = models.ForeignKey(Build, on_delete=models.CASCADE, null=True, related_name="offers")
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, null=True, related_name="offers")
    state = models.CharField(max_length=20, default="open")
    payout = AmountField()
    currency = models.CharField(max_length=3)
    reasons = models.JSONField(default=list)
    deadline = models.DateTimeField(_("answer by"))
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["state", "deadline"], name="offer_deadline")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(build__isnull=False) ^ models.Q(operation__isnull=False),
                name="offer_is_for_one_thing",
            ),
            models.UniqueConstraint(
                fields=["build"], name="one_live_offer", condition=models.Q(state__in=["open", "accepted"])
            ),
            models.UniqueConstraint(
                fields=["operation"],
                name="one_live_operation_offer",
                condition=models.Q(state__in=["open", "accepted"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uid} {self.state}"
