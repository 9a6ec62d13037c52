"""The forms of a workshop's machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.web.forms import HubForm


def models_by_process() -> list[tuple[str, list[tuple[str, str]]]]:
    """The catalogue's machines for a select: (trade name of the process, [(code, maker and name)])."""
    known = knowledge.default()
    groups: dict[str, list[tuple[str, str]]] = {}
    for model in sorted(known.machines.values(), key=lambda each: (each.maker, each.name)):
        process = known.processes[model.process]
        groups.setdefault(say(process.trade_name or process.name), []).append(
            (model.code, f"{model.maker} {model.name}")
        )
    return sorted(groups.items())


class MachineForm(HubForm):
    """Name and materials of a machine whose model, and so whose process, is known."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What you call it, for instance Laser 1."))
    materials = forms.MultipleChoiceField(
        label=_("Materials it runs"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You are only asked for these."),
    )
    loaded_material = forms.ChoiceField(
        label=_("Loaded now"),
        required=False,
        help_text=_("Work in this material comes first: it needs no change-over."),
    )

    def __init__(self, *args: Any, process: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = sorted((say(each.name), each.code) for each in knowledge.default().materials_for(process))
        choices = [(code, name) for name, code in possible]
        self.fields["materials"].choices = choices
        self.fields["loaded_material"].choices = [("", _("None")), *choices]


class BlockForm(HubForm):
    """A stretch of time, as a browser's own control gives it: local, without a zone."""

    starts_at = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"placeholder": _("Service, own work, holiday")}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        starts_at, ends_at = found.get("starts_at"), found.get("ends_at")
        if isinstance(starts_at, datetime) and isinstance(ends_at, datetime) and ends_at <= starts_at:
            self.add_error("ends_at", _("The end lies before the beginning."))
        return found
