"""Formats and names: money, sizes, times, states, and what the catalogue calls a code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.core.money import money as as_money
from penstock.hub.core.wording import money_in_words
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web import countries, labels
from penstock.hub.web.notices import undo_of
from penstock.hub.web.places import url_of

register = template.Library()


@register.filter
def money(amount: Decimal | str | None, currency: str = "") -> str:
    """An amount with its currency as the reader's language writes it; an em dash for none."""
    if amount is None or amount == "":
        return "—"
    return money_in_words(as_money(amount, currency or None))


@register.filter
def amount(value: Decimal | str | None) -> str:
    """An amount without currency, for tables that name the currency in their heading."""
    try:
        return formats.number_format(Decimal(value), decimal_pos=2, force_grouping=True)
    except (TypeError, InvalidOperation):
        return "—"


@register.filter
def size_mm(triple: Sequence[float] | None) -> str:
    """Three lengths in millimetres, with more digits for a small part."""
    if not triple:
        return "—"
    largest = max(triple)
    digits = 1 if largest >= 10 else 2 if largest >= 1 else 4
    return " × ".join(_rounded(each, digits) for each in triple) + " mm"


def _rounded(value: float, places: int) -> str:
    """In the language's notation; Django's own formatting cuts digits off instead of rounding."""
    return formats.number_format(round(value, places), decimal_pos=places, force_grouping=True)


@register.filter
def cm3(volume_mm3: float | None) -> str:
    """A volume in cubic centimetres, with enough digits for a small part."""
    if volume_mm3 is None:
        return "—"
    value = volume_mm3 / 1000
    return f"{_rounded(value, 1 if value >= 10 else 3)} cm³"


@register.filter
def cm2(area_mm2: float | None) -> str:
    """An area in square centimetres, in square millimetres for a small part."""
    if area_mm2 is None:
        return "—"
    return f"{_rounded(area_mm2 / 100, 1)} cm²" if area_mm2 >= 100 else f"{_rounded(area_mm2, 1)} mm²"


@register.filter
def number(value: float | int | None, digits: int = 0) -> str:
    return (
        "—" if value is None else formats.number_format(round(value, digits), decimal_pos=digits, force_grouping=True)
    )


@register.filter
def grams(mass_g: float | None) -> str:
    if mass_g is None:
        return "—"
    if mass_g >= 1000:
        return f"{_rounded(mass_g / 1000, 2)} kg"
    return f"{_rounded(mass_g, 1 if mass_g < 10 else 0)} g"


@register.filter
def percent_of(part: float, whole: float) -> int:
    """How much of `whole` is done, as a whole number from 0 to 100."""
    return max(0, min(100, round(100 * part / whole))) if whole else 0


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """A relative time with the exact one on hover."""
    if moment is None:
        return "—"
    exact = formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, naturaltime(moment))


@register.simple_tag
def day(value: date | datetime | None) -> str:
    """A date as the reader's language writes it, with the weekday on hover."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        formats.date_format(value, "l"),
        formats.date_format(value, "DATE_FORMAT"),
    )


@register.simple_tag
def moment(value: datetime | None) -> str:
    """A day and an hour, short: for what happens in the coming or the past days."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    short = f"{formats.date_format(local, 'D')} {formats.date_format(local, 'MONTH_DAY_FORMAT')}, {local:%H:%M}"
    exact = formats.date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, short)


@register.filter
def minutes(value: float | None) -> str:
    """A stretch of work or time: minutes under an hour, then hours."""
    if value is None:
        return "—"
    return f"{number(value)} min" if value < 90 else f"{number(value / 60, 1)} h"


@register.simple_tag
def lasting(begin: datetime | None, end: datetime | None) -> str:
    return minutes((end - begin).total_seconds() / 60) if begin and end else "—"


@register.filter
def share(value: float | None) -> str:
    """A share of one as a percentage."""
    return "—" if value is None else f"{number(100 * value)} %"


@register.filter
def percent(value: float | None) -> str:
    """A share of one with a tenth of a per cent, where those count."""
    return "—" if value is None else f"{number(100 * value, 1)} %"


@register.filter
def place(uid: str) -> str:
    """The address of the page of the thing with this public id; empty when there is none."""
    return url_of(uid)


@register.simple_tag
def state(kind: str, value: str) -> str:
    """A state as a badge: its label, and a colour that means the same on every page."""
    label, colour = labels.state_label(kind, value)
    return format_html('<span class="badge bg-{}-lt text-nowrap">{}</span>', colour, label)


@register.filter
def lead_class(code: str) -> str:
    return labels.lead_class_label(code)


@register.filter
def payment_method(code: str) -> str:
    return labels.payment_method_label(code)


@register.filter
def process_name(code: str) -> str:
    """What people call a process: its trade name."""
    known = knowledge.default().processes.get(code)
    return say(known.trade_name or known.name) if known else code


@register.filter
def material_name(code: str) -> str:
    known = knowledge.default().materials.get(code)
    return say(known.name) if known else code


@register.filter
def machine_model(code: str) -> str:
    """A machine as its builder calls it."""
    known = knowledge.default().machines.get(code)
    return f"{known.maker} {known.name}" if known else code


@register.filter
def country_name(code: str) -> str:
    return countries.names().get(code, code)


@register.filter
def finish_name(code: str | None) -> str:
    known = knowledge.default().finishes.get(code or "")
    return say(known.name) if known else (code or _("As made"))


@register.filter
def kind_name(code: str) -> str:
    """What an organisation takes part as."""
    return str(OrganisationKind(code).label)


@register.filter
def undo(extra_tags: str) -> tuple[str, list[tuple[str, str]]] | None:
    """How a notice's deed is taken back."""
    return undo_of(extra_tags)


@register.filter(name="json")
def as_json(value: Any) -> str:
    """For a data attribute that a script reads; escaped like any other text."""
    return json.dumps(value)


@register.filter
def said(text: str) -> str:
    """What an engine or the catalogue says, in the reader's language."""
    return say(text)


@register.inclusion_tag("web/recipe.html")
def recipe(thing: Any) -> dict[str, Any]:
    """Process, material and finish of an option or an order line in one line."""
    return {"process": thing.process, "material": thing.material, "finish": getattr(thing, "finish", "")}


@register.inclusion_tag("web/empty.html")
def empty(title: str, text: str, url: str = "", button: str = "") -> dict[str, str]:
    """An empty list that teaches: one sentence and the one button that fills it."""
    return {"title": title, "text": text, "url": url, "button": button}
