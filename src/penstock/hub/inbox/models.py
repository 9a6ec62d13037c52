"""What a person keeps of the inbox: how far it was read, and what is wanted by e-mail. Messages are the journal's."""

from __future__ import annotations

from django.db import models

from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Member


class Desk(TenantModel):
    """A member's inbox: events up to `read_until` were seen; without `emails` nothing is sent at all."""

    tenant_paths = ("member__organisation_id",)

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="desk")
    read_until = models.BigIntegerField(default=0)  # key of an event
    emails = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.member_id} until {self.read_until}"


class EmailChoice(TenantModel):
    """Whether a member wants e-mails about a kind of event, where that differs from what is usual."""

    tenant_paths = ("member__organisation_id",)

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="email_choices")
    kind = models.CharField(max_length=60)
    wanted = models.BooleanField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["member", "kind"], name="email_choice_once")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.wanted}"
