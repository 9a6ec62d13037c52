"""The forms of a workshop itself: where it is, what it can finish, when people are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from penstock.engines import dispatch, knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.parties.models import Address
from penstock.hub.web.forms import HubForm


def finish_choices() -> list[tuple[str, str]]:
    return [(each.code, say(each.name)) for each in knowledge.default().finishes.values()]


class WorkshopForm(HubForm):
    """Where the workshop is and which surfaces it finishes."""

    address_uid = forms.ChoiceField(label=_("Where is it?"), help_text=_("Parcels start and arrive here."))
    finishes = forms.MultipleChoiceField(
        label=_("Finishing you can do"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Also for pieces that others have made."),
    )

    def __init__(self, *args: Any, addresses: Iterable[Address], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address_uid"].choices = [
            (each.uid, f"{each.label or each.recipient}, {each.street}, {each.city}") for each in addresses
        ]
        self.fields["finishes"].choices = finish_choices()


class HoursForm(HubForm):
    """Working hours as dispatch knows them; builds are started in them."""

    open_hour = forms.FloatField(label=_("From (hour)"), min_value=0, max_value=24)
    close_hour = forms.FloatField(label=_("Until (hour)"), min_value=0, max_value=24)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"), coerce=int, choices=list(dates.WEEKDAYS.items()), widget=forms.CheckboxSelectMultiple
    )
    holidays = forms.CharField(
        label=_("Closed on"),
        required=False,
        widget=forms.Textarea({"rows": 3, "placeholder": "2026-12-25"}),
        help_text=_("One day a line, as 2026-12-25."),
    )
    utc_offset_hours = forms.FloatField(
        label=_("Your clock, hours ahead of UTC"), min_value=-12, max_value=14, help_text=_("8 in China, 1 in Berlin.")
    )

    def clean_holidays(self) -> list[str]:
        days = self.cleaned_data["holidays"].split()
        for day in days:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise forms.ValidationError(_("%(day)s is no day."), params={"day": day}) from None
        return days


def hours_of(document: dict[str, Any]) -> dict[str, Any]:
    """What the form shows first: the workshop's hours, or the network's usual ones."""
    usual = dispatch.WorkCalendar()
    return {
        "open_hour": _plain(document.get("open_hour", usual.open_hour)),
        "close_hour": _plain(document.get("close_hour", usual.close_hour)),
        "weekdays": document.get("weekdays", sorted(usual.weekdays)),
        "holidays": "\n".join(document.get("holidays", [])),
        "utc_offset_hours": _plain(document.get("utc_offset_hours", usual.utc_offset_hours)),
    }


def _plain(hours: float) -> float | int:
    """8, not 8.0."""
    return int(hours) if hours == int(hours) else hours
