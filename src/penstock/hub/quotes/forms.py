"""The forms that ask a person for a price, and that answer."""

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


def _codes(kind: str) -> list[tuple[str, object]]:
    """The entries of the knowledge base by name, as choices."""
    entries = getattr(knowledge.default(), kind).values()
    known = sorted(((each.code, say(each.name)) for each in entries), key=lambda choice: str(choice[1]))
    return [("", "—"), *known]


class AnswerForm(HubForm):
    answer = forms.CharField(
        label=_("Answer to the buyer"), widget=forms.Textarea({"rows": 4, "column": "col-12"}), max_length=4000
    )
    process = forms.ChoiceField(
        label=_("Process"), choices=lambda: _codes("processes"), widget=forms.Select({"column": "col-md-4"})
    )
    material = forms.ChoiceField(
        label=_("Material"), choices=lambda: _codes("materials"), widget=forms.Select({"column": "col-md-4"})
    )
    finish = forms.ChoiceField(
        label=_("Finish"),
        choices=lambda: _codes("finishes"),
        required=False,
        widget=forms.Select({"column": "col-md-4"}),
    )
    unit_price = forms.DecimalField(
        label=_("Price of one piece"),
        max_digits=13,
        decimal_places=2,
        widget=forms.NumberInput({"column": "col-md-4", "min": 0}),
    )
    lead_days = forms.IntegerField(
        label=_("Working days"), min_value=1, widget=forms.NumberInput({"column": "col-md-4"})
    )
    maker_unit_payout = forms.DecimalField(
        label=_("Maker's share of one piece"),
        required=False,
        max_digits=13,
        decimal_places=2,
        help_text=_("Empty: the price book's."),
        widget=forms.NumberInput({"column": "col-md-4", "min": 0}),
    )


class DeclineForm(HubForm):
    answer = forms.CharField(label=_("Answer to the buyer"), widget=forms.Textarea({"rows": 4}), max_length=4000)
