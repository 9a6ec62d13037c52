"""What the house itself stores: the journal, what has been delivered from it, and answers kept for repeats."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One line of the journal: who did what to which thing, when. Append-only (a trigger refuses changes)."""

    kind = models.CharField(_("kind"), max_length=60)
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("member"), null=True)
    actor_name = models.CharField(_("by"), max_length=200)
    actor_organisation_id = models.BigIntegerField(_("organisation of the member"), null=True)
    order_uid = models.CharField(_("order"), max_length=24, blank=True)
    part_uid = models.CharField(_("part"), max_length=24, blank=True)
    build_uid = models.CharField(_("build"), max_length=24, blank=True)
    subject_uid = models.CharField(_("subject"), max_length=24, blank=True)
    organisation_ids = ArrayField(models.BigIntegerField(), verbose_name=_("visible to"), default=list)
    payload = models.JSONField(_("payload"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["order_uid", "id"], name="event_order", condition=~models.Q(order_uid="")),
            models.Index(fields=["part_uid", "id"], name="event_part", condition=~models.Q(part_uid="")),
            models.Index(fields=["build_uid", "id"], name="event_build", condition=~models.Q(build_uid="")),
            models.Index(fields=["subject_uid", "id"], name="event_subject", condition=~models.Q(subject_uid="")),
            models.Index(fields=["kind", "id"], name="event_kind"),
            GinIndex(fields=["organisation_ids"], name="event_organisations"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_uid or self.order_uid}"


class Delivery(models.Model):
    """A handler's effect of one event has happened. Written in the transaction of that effect."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="delivered_once")]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.handler}"


class IdempotencyKey(models.Model):
    """The answer given to a request that carried an `Idempotency-Key`, kept so that a repeat gets the same."""

    organisation_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "key"], name="idempotency_key_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.key


class NetworkVersion(models.Model):
    """One version of what the operator sets for the whole network (`document`: core.network.Network as data). Never
    edited: superseded."""

    document = models.JSONField()
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    by_name = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"
