"""Inspections and complaints for the operator: the chain behind a complaint, and the verbs that answer it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin import ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown, verb
from penstock.hub.production.models import Job

from . import selectors, services
from .models import Complaint, Inspection
from .states import Cause, Remedy


class InspectionForm(forms.ModelForm):
    class Meta:
        model = Inspection
        fields = ["job", "passed", "failed", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "job" in self.fields:
            self.fields["job"].queryset = Job.objects.across_tenants().filter(state="made").order_by("pk")


@admin.register(Inspection)
class InspectionAdmin(RefusalsShown, ReadOnlyAdmin):
    """`Add` is an inspection reported by telephone."""

    form = InspectionForm
    list_display = ["at", "job", "maker", "passed", "failed"]
    list_select_related = ["job", "maker__organisation"]
    search_fields = ["job__uid"]

    def has_add_permission(self, request):
        return True

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        inspected = services.inspect(
            actor=request.actor,
            job_uid=given["job"].uid,
            passed=given["passed"],
            failed=given["failed"],
            note=given["note"],
        )
        obj.pk = inspected.pk


class DecisionForm(forms.Form):
    remedy = forms.ChoiceField(label=_("Remedy"), choices=Remedy.choices)
    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices)
    answer = forms.CharField(label=_("Answer to the buyer"), widget=forms.Textarea, max_length=4000)
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=13,
        decimal_places=2,
        help_text=_("Of a refund or credit; empty: the price of the pieces with its tax."),
    )
    cause_job_uid = forms.CharField(
        label=_("Job at fault"),
        required=False,
        help_text=_("Where several jobs made the line; the complaint shows them."),
    )


class RejectionForm(forms.Form):
    answer = forms.CharField(label=_("Answer to the buyer"), widget=forms.Textarea, max_length=4000)


@verb(_("Take on"))
def take(actor: Actor, complaint: Complaint) -> None:
    services.take_on(actor=actor, complaint_uid=complaint.uid)


@verb(_("Decide…"), DecisionForm)
def decide(
    actor: Actor,
    complaint: Complaint,
    remedy: str,
    cause: str,
    answer: str,
    amount: Decimal | None,
    cause_job_uid: str,
) -> None:
    services.decide(
        actor=actor,
        complaint_uid=complaint.uid,
        remedy=remedy,
        cause=cause,
        answer=answer,
        amount=amount,
        cause_job_uid=cause_job_uid.strip(),
    )


@verb(_("Reject…"), RejectionForm)
def reject(actor: Actor, complaint: Complaint, answer: str) -> None:
    services.reject(actor=actor, complaint_uid=complaint.uid, answer=answer)


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["uid", "organisation", "line", "quantity", "state", "remedy", "cause", "created_at"]
    list_filter = ["state", "remedy", "cause"]
    list_select_related = ["organisation", "line"]
    search_fields = ["uid", "line__order__number"]
    readonly_fields = ["chain"]
    actions = [take, decide, reject]

    @admin.display(description=_("Who made the pieces"))
    def chain(self, complaint: Complaint) -> str:
        links = selectors.chain(complaint.line)
        told = (
            (f"{link.quantity} × {link.job_uid}", link.maker, link.build_uid, link.machine, link.material)
            for link in links
        )
        return format_html_join("", "<div>{}: {}, {}, {}, {}</div>", told)
