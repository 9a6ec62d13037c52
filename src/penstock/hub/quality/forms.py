"""The operator's answers to a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.hub.web.forms import HubForm

from .selectors import ChainLink
from .states import Cause, Remedy


class DecisionForm(HubForm):
    """`chain`: the jobs that made the line; with several the one at fault is chosen among them."""

    remedy = forms.ChoiceField(label=_("Remedy"), choices=Remedy.choices, widget=forms.Select({"column": "col-md-6"}))
    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices, widget=forms.Select({"column": "col-md-6"}))
    cause_job_uid = forms.ChoiceField(
        label=_("Job at fault"), required=False, widget=forms.Select({"column": "col-md-6"})
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=13,
        decimal_places=2,
        help_text=_("Of a refund or credit; empty: the price of the pieces with its tax."),
        widget=forms.NumberInput({"column": "col-md-6", "min": 0}),
    )
    answer = forms.CharField(label=_("Answer to the buyer"), widget=forms.Textarea({"rows": 4}), max_length=4000)

    def __init__(self, *args: Any, chain: Sequence[ChainLink], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause_job_uid"].choices = [
            *([("", "—")] if len(chain) != 1 else []),
            *((link.job_uid, f"{link.quantity} × {link.maker}, {link.machine} ({link.job_uid})") for link in chain),
        ]


class RejectionForm(HubForm):
    answer = forms.CharField(label=_("Answer to the buyer"), widget=forms.Textarea({"rows": 4}), max_length=4000)
