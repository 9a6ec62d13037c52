"""The form that asks a person for a price."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.web.forms import HubForm


def process_choices() -> list[tuple[str, object]]:
    known = sorted(knowledge.default().processes.values(), key=lambda each: each.trade_name)
    return [("", _("No preference")), *((each.code, say(each.trade_name or each.name)) for each in known)]


def material_choices() -> list[tuple[str, object]]:
    known = sorted(knowledge.default().materials.values(), key=lambda each: each.name)
    return [("", _("No preference")), *((each.code, say(each.name)) for each in known)]


class RequestForm(HubForm):
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=100_000, initial=1)
    need = forms.CharField(
        label=_("What is it for?"),
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Load, temperature, fits, surface, certificates, when you need it: whatever matters."),
    )
    process = forms.ChoiceField(
        label=_("Process"), choices=process_choices, required=False, widget=forms.Select({"column": "col-md-6"})
    )
    material = forms.ChoiceField(
        label=_("Material"), choices=material_choices, required=False, widget=forms.Select({"column": "col-md-6"})
    )
