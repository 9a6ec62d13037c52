"""A price book as a person edits it: its numbers in groups, each with a name, a unit and where it comes from."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say

PATH = "/"
# What is a list of stock, not a rate, is edited in the admin.
NOT_RATES = {"thicknesses_mm"}
GROUPS = {
    "processes": gettext_lazy("Processes"),
    "materials": gettext_lazy("Materials"),
    "finishes": gettext_lazy("Finishes"),
    "lead_classes": gettext_lazy("Lead times"),
    "carriage": gettext_lazy("Carriage"),
    "exchange": gettext_lazy("Exchange rates"),
}
GENERAL = gettext_lazy("General rates")
NAMES = {
    "rate": gettext_lazy("Rate"),
    "labour_per_hour": gettext_lazy("Labour per hour"),
    "packing": gettext_lazy("Packing"),
    "margin": gettext_lazy("Margin"),
    "platform_share": gettext_lazy("Share of the platform"),
    "minimum": gettext_lazy("Minimum"),
    "tax_rate": gettext_lazy("Tax rate"),
    "per_line": gettext_lazy("per line"),
    "per_part": gettext_lazy("per piece"),
    "per_kg": gettext_lazy("per kg"),
    "per_cm2": gettext_lazy("per cm²"),
    "per_km": gettext_lazy("per km"),
    "base": gettext_lazy("per parcel"),
    "factor": gettext_lazy("Factor on the price"),
    "days_factor": gettext_lazy("Factor on the days"),
    "days_extra": gettext_lazy("Days besides"),
    "days": gettext_lazy("Days"),
    "km_per_day": gettext_lazy("km per day"),
    "minutes_per_line": gettext_lazy("Minutes per line"),
    "minutes_per_part": gettext_lazy("Minutes per piece"),
    "minutes_per_build": gettext_lazy("Minutes per build"),
    "failure": gettext_lazy("Share of failed builds"),
    "hours_per_day": gettext_lazy("Machine hours per day"),
    "waste": gettext_lazy("Factor of waste"),
    "machine_factor": gettext_lazy("Factor of machine time"),
    "deposition_cm3_h": gettext_lazy("Deposition, cm³/h"),
    "wall_mm": gettext_lazy("Wall, mm"),
    "infill": gettext_lazy("Infill"),
    "support_share": gettext_lazy("Share of support"),
    "fill": gettext_lazy("Fill of the chamber"),
    "gap_mm": gettext_lazy("Gap, mm"),
    "hull_share": gettext_lazy("Share of the hull"),
    "chamber_l_h": gettext_lazy("Chamber, l/h"),
    "lost_g_cm3": gettext_lazy("Lost feedstock, g/cm³"),
    "allowance_mm": gettext_lazy("Allowance, mm"),
    "removal_cm3_h": gettext_lazy("Removal, cm³/h"),
    "surface_cm2_h": gettext_lazy("Finishing cut, cm²/h"),
    "programming_minutes": gettext_lazy("Minutes of programming"),
    "mould_wall_mm": gettext_lazy("Wall of the mould, mm"),
    "mould_price_per_kg": gettext_lazy("Silicone per kg"),
    "mould_minutes": gettext_lazy("Minutes per mould"),
    "master_per_cm3": gettext_lazy("Master pattern per cm³"),
    "shots": gettext_lazy("Casts per mould"),
    "cycle_hours": gettext_lazy("Hours per cast"),
    "cut_m_h": gettext_lazy("Cut, m/h"),
    "kerf_mm": gettext_lazy("Kerf, mm"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """One number of the book: `path` names it in the document and in the form."""

    path: str
    label: str
    value: float
    unit: str
    source: str
    is_estimate: bool

    @property
    def text(self) -> str:
        """As an input of a form takes it, whatever the language."""
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Entry:
    """The rates of one process, material, … or of one rule."""

    name: str
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    entries: list[Entry]


def groups(document: Mapping[str, Any]) -> list[Group]:
    """Every number of a price book's document that a person may set."""
    general = [
        Entry(_name(key), list(_rates((key,), value, {})))
        for key, value in document.items()
        if key not in GROUPS and any(_rates((key,), value, {}))
    ]
    found = [Group(str(GENERAL), general)]
    for group, title in GROUPS.items():
        entries = [
            Entry(_entry_name(group, code), list(_rates((group, code), entry, {})))
            for code, entry in document.get(group, {}).items()
        ]
        found.append(Group(str(title), entries))
    return found


def applied(document: Mapping[str, Any], given: Mapping[str, str], *, by: str) -> tuple[dict[str, Any], list[str], int]:
    """The document with the numbers of a form: (new document, faults as "path: why", how many numbers changed).

    A rate whose amount changed names as its source who set it and when: it is no estimate any more.
    """
    made = copy.deepcopy(dict(document))
    faults, changed = [], 0
    source = _("set by %(name)s on %(day)s") % {"name": by, "day": timezone.localdate().isoformat()}
    for group in groups(document):
        for entry in group.entries:
            for rate in entry.rates:
                text = given.get(rate.path, "").strip()
                if not text:
                    continue
                try:
                    value = float(text)
                except ValueError:
                    faults.append(
                        _("%(entry)s, %(rate)s: “%(text)s” is not a number.")
                        % {"entry": entry.name, "rate": rate.label, "text": text[:40]}
                    )
                    continue
                if value != rate.value:
                    _set(made, rate.path.split(PATH), value, source)
                    changed += 1
    return made, faults, changed


def _rates(path: tuple[str, ...], value: Any, note: Mapping[str, Any]) -> Iterator[Rate]:
    """The numbers below `path`; `note` is the entry that says currency and source of what is in it."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        # An amount is called after what it is the amount of.
        words = path[-2] if path[-1] == "amount" else path[-1]
        source, estimate = note.get("source", ""), bool(note.get("estimate"))
        yield Rate(PATH.join(path), _name(words), value, note.get("currency", ""), source, estimate)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in NOT_RATES:
                yield from _rates((*path, key), inner, value)
    elif isinstance(value, list):
        for index, (quantity, share) in enumerate(value):  # the margin's steps
            step = (*path, str(index))
            yield Rate(PATH.join((*step, "0")), _("from this many pieces"), quantity, "", "", False)
            yield Rate(PATH.join((*step, "1")), _("share"), share, "", "", False)


def _name(key: str) -> str:
    return str(NAMES[key]) if key in NAMES else key.replace("_", " ")


def _entry_name(group: str, code: str) -> str:
    if group in ("processes", "materials", "finishes"):
        known = getattr(knowledge.default(), group).get(code)
        if known is not None:
            return say(getattr(known, "trade_name", "") or known.name)
    return code.upper() if group == "exchange" else code


def _set(document: Any, path: list[str], value: float, source: str) -> None:
    for step in path[:-1]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    last = path[-1]
    if isinstance(document, list):
        old = document[int(last)]
        document[int(last)] = int(value) if isinstance(old, int) and value == int(value) else value
        return
    old = document[last]
    document[last] = int(value) if isinstance(old, int) and value == int(value) else value
    if "source" in document:
        document["source"] = source
    if "estimate" in document:
        document["estimate"] = False
