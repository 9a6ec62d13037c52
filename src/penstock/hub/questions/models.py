"""Questions with what they are about, and what was said."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import Member, Organisation
from penstock.hub.parts.models import Revision
from penstock.hub.production.models import Job


class Question(TenantModel):
    """Something technical that a buyer or a maker wants to know. It is about an order line or a job where one is
    named, else about the part; `revision` is the file it had when it was asked."""

    uid = UidField("qst")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="questions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="questions")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="questions")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="questions")
    text = models.TextField(_("question"), max_length=4000)
    state = models.CharField(max_length=20, default="open")
    # Who of the operator's people looks after it.
    owner = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Since when an open one has waited for a word of the operator.
    waits_since = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-id"], name="question_newest"),
            models.Index(fields=["waits_since"], name="question_waits", condition=models.Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(line__isnull=True) | models.Q(job__isnull=True), name="question_about_one_thing"
            )
        ]

    def __str__(self) -> str:
        return self.uid

    @property
    def thing(self) -> Job | OrderLine | None:
        return self.job or self.line

    @property
    def about_uid(self) -> str:
        return self.thing.uid if self.thing else self.revision.part.uid

    @property
    def about(self) -> str:
        """What the thing is called by those who have it."""
        if self.job:
            return f"{self.job.quantity} × {self.job.line.part_name}"
        if self.line:
            return f"{self.line.quantity} × {self.line.part_name}"
        return self.revision.part.name


class QuestionMessage(TenantModel):
    """What was said after the question. Never edited."""

    tenant_paths = ("question__organisation_id",)

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    by_operator = models.BooleanField()
    text = models.TextField(_("text"), max_length=4000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]
