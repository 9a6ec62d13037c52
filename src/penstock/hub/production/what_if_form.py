"""The form of a change an operator thinks about: a rush order, a machine down, a workshop opened; any of them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.web.forms import HubForm

from .models import TAKES_WORK, Machine
from .services.what_if import Opening, Rush
from .states import MachineState

HALF = {"column": "col-6"}
SIZE = re.compile(r"^\s*([\d.]+)\s*[x×*]\s*([\d.]+)\s*[x×*]\s*([\d.]+)\s*$")


class WhatIfForm(HubForm):
    """Empty fields change nothing."""

    rush = forms.ChoiceField(
        label=gettext_lazy("A rush order of"), required=False, help_text=gettext_lazy("Process and material.")
    )
    pieces = forms.IntegerField(
        label=gettext_lazy("Pieces"), required=False, min_value=1, max_value=100_000, initial=10,
        widget=forms.NumberInput(HALF),
    )  # fmt: skip
    days = forms.FloatField(
        label=gettext_lazy("Due in days"), required=False, min_value=0, max_value=365, initial=3,
        widget=forms.NumberInput({**HALF, "step": "any"}),
    )  # fmt: skip
    size = forms.CharField(
        label=gettext_lazy("Size of a piece, mm"), required=False, initial="60 × 40 × 20", max_length=40
    )
    down = forms.ChoiceField(label=gettext_lazy("A machine down"), required=False)
    city = forms.CharField(label=gettext_lazy("A workshop opens in"), required=False, max_length=80)
    model = forms.ChoiceField(label=gettext_lazy("with one"), required=False)
    hold_back = forms.BooleanField(label=gettext_lazy("Hold thin builds back"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        known = knowledge.default()
        machines = (
            Machine.objects.across_tenants()
            .filter(state=MachineState.IN_SERVICE, maker__in=_asked())
            .select_related("maker__organisation")
            .order_by("maker__organisation__name", "name")
        )
        pools = sorted({(each.process, material) for each in machines for material in each.materials})
        nothing = [("", "—")]
        self.fields["rush"].choices = nothing + [
            (f"{process}/{material}", f"{_process(process)} · {_material(material)}") for process, material in pools
        ]
        self.fields["down"].choices = nothing + [
            (each.uid, f"{each.maker.organisation.name} · {each.name or each.model}") for each in machines
        ]
        runs: dict[str, set[str]] = {}
        for process, material in pools:
            runs.setdefault(process, set()).add(material)
        self.fields["model"].choices = nothing + [
            (f"{code}/{material}", f"{model.maker} {model.name} · {_material(material)}")
            for code, model in sorted(known.machines.items())
            for material in sorted(runs.get(model.process, ()))
        ]

    def clean_size(self) -> tuple[float, float, float]:
        found = SIZE.match(self.cleaned_data["size"] or str(self.fields["size"].initial))
        sides = tuple(float(side) for side in found.groups()) if found else ()
        if len(sides) != 3 or not all(0 < side < 10_000 for side in sides):
            raise forms.ValidationError(_("Three sides in millimetres, such as 60 × 40 × 20."))
        return sides

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("city")) != bool(given.get("model")):
            raise forms.ValidationError(_("A workshop that opens needs a city and a machine."))
        if not (given.get("rush") or given.get("down") or given.get("city")):
            raise forms.ValidationError(_("Say what should be different."))
        return given

    def changes(self) -> dict[str, Any]:
        """The change as `services.imagine` takes it."""
        given = self.cleaned_data
        found: dict[str, Any] = {"down": given["down"]}
        if given["rush"]:
            process, material = given["rush"].split("/")
            pieces, days = given["pieces"] or 1, given["days"] if given["days"] is not None else 3.0
            found["rush"] = Rush(process, material, pieces, given["size"], days)
        if given["city"]:
            model, material = given["model"].split("/")
            found["opening"] = Opening(given["city"], model, material)
        return found


def _asked() -> Any:
    from .models import Maker

    return Maker.objects.across_tenants().filter(**TAKES_WORK)


def _process(code: str) -> str:
    process = knowledge.default().process(code)
    return say(process.trade_name or process.name)


def _material(code: str) -> str:
    return say(knowledge.default().material(code).name)
