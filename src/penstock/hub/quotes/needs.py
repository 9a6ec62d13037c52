"""What a buyer needs in plain words, and how well a recipe meets it, with the reason in words.

A recipe meets a need, fails it, or it is not known: a property the catalogue does not have is never taken for a no, but
what is known to fit comes before it. Limits are the catalogue's numbers; most of them are estimates, and so is this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from penstock.engines import knowledge

from .metals import is_metal
from .models import QuoteOption

# (what the address says, what a person reads); the first is no wish.
CHOICES = {
    "place": (
        ("", _lazy("Anywhere")),
        ("indoor", _lazy("Indoors")),
        ("outdoor", _lazy("Outdoors: sun and rain")),
    ),
    "load": (
        ("", _lazy("Any load")),
        ("light", _lazy("Light: a cover, a model")),
        ("medium", _lazy("Medium: a clip, a bracket")),
        ("high", _lazy("High: carries weight")),
    ),
    "heat": (
        ("", _lazy("Any temperature")),
        ("50", _lazy("Warm, up to 50 °C")),
        ("80", _lazy("Hot, up to 80 °C")),
        ("120", _lazy("Very hot, up to 120 °C")),
    ),
    "look": (
        ("", _lazy("Any look")),
        ("smooth", _lazy("Smooth to see and touch")),
        ("clear", _lazy("Clear, light shines through")),
        ("metal", _lazy("Metal")),
    ),
    "certified": (
        ("", _lazy("No certificate")),
        ("food", _lazy("Touches food")),
        ("medical", _lazy("Touches skin or body")),
        ("flame", _lazy("Does not keep burning")),
    ),
}
LABELS = {
    "place": _lazy("Where"),
    "load": _lazy("Load"),
    "heat": _lazy("Heat"),
    "look": _lazy("Look"),
    "certified": _lazy("Certified"),
}
STRENGTH_MPA = {"light": 0.0, "medium": 40.0, "high": 75.0}
BRITTLE_PERCENT = 5.0
SMOOTH_PROCESSES = frozenset({"sla", "dlp", "mjt", "vacuum-casting", "cnc-milling", "cnc-turning"})
SMOOTH_FINISHES = frozenset({"vapour-smoothing", "painting", "polishing", "electropolishing", "plating", "anodising"})
COATING = frozenset({"painting", "powder-coating", "plating", "anodising"})
CERTIFIED = {"food": "food_contact", "medical": "biocompatible", "flame": "flame_retardant"}


@dataclass(frozen=True, slots=True)
class Answer:
    """How a recipe stands to one need: True, False, or None where it is not known; and why."""

    meets: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How a recipe stands to all needs that were named."""

    answers: tuple[Answer, ...]

    @property
    def fails(self) -> int:
        return sum(answer.meets is False for answer in self.answers)

    @property
    def rank(self) -> tuple[int, int]:
        """What sorts before price: what fails least, then what is known best."""
        return self.fails, sum(answer.meets is None for answer in self.answers)


def read(given: Mapping[str, str]) -> dict[str, str]:
    """The needs named in an address or a form; what is none of the choices is left out."""
    return {
        name: value
        for name, choices in CHOICES.items()
        if (value := given.get(name, "")) and value in {code for code, _label in choices}
    }


def fit(option: QuoteOption, needs: Mapping[str, str]) -> Fit:
    """How well a quoted recipe meets the needs."""
    material = knowledge.default().materials.get(option.material)
    return Fit(tuple(_answers(option, material, needs)) if material else ())


def _answers(option: QuoteOption, material: knowledge.Material, needs: Mapping[str, str]) -> Iterator[Answer]:
    judges: dict[str, Callable[[QuoteOption, knowledge.Material, str], Answer | None]] = {
        "place": _place,
        "load": _load,
        "heat": _heat,
        "look": _look,
        "certified": _certified,
    }
    for name, value in needs.items():
        answer = judges[name](option, material, value)
        if answer is not None:
            yield answer


def _place(option: QuoteOption, material: knowledge.Material, value: str) -> Answer | None:
    if value == "indoor":
        return None
    if option.finish in COATING:
        return Answer(True, _("coated against sun and rain"))
    lasts = material.flag("weatherproof")
    if lasts is None:
        return Answer(None, _("not known how it lasts outdoors"))
    return Answer(lasts, _("lasts outdoors") if lasts else _("suffers from sun or rain"))


def _load(option: QuoteOption, material: knowledge.Material, value: str) -> Answer | None:
    wanted = STRENGTH_MPA[value]
    if not wanted:
        return None
    strength, stretch = material.number("tensile_strength"), material.number("elongation")
    if strength is None:
        return Answer(None, _("strength not known"))
    if strength < wanted:
        return Answer(False, _("too weak: breaks at about %(mpa)s MPa") % {"mpa": f"{strength:.0f}"})
    if stretch is not None and stretch < BRITTLE_PERCENT and not is_metal(material.code):
        return Answer(None, _("strong but brittle"))
    return Answer(True, _("bears about %(mpa)s MPa") % {"mpa": f"{strength:.0f}"})


def _heat(option: QuoteOption, material: knowledge.Material, value: str) -> Answer | None:
    if is_metal(material.code):
        return Answer(True, _("bears heat as a metal does"))
    softens = material.number("hdt")
    if softens is None:
        return Answer(None, _("not known when it softens"))
    said = {"degrees": f"{softens:.0f}"}
    if softens < float(value):
        return Answer(False, _("softens at about %(degrees)s °C") % said)
    return Answer(True, _("stays stiff to about %(degrees)s °C") % said)


def _look(option: QuoteOption, material: knowledge.Material, value: str) -> Answer | None:
    if value == "metal":
        metal = is_metal(material.code)
        return Answer(metal, _("metal") if metal else _("no metal"))
    if value == "clear":
        clear = material.flag("transparent")
        return Answer(bool(clear), _("clear") if clear else _("not clear"))
    smooth = option.process in SMOOTH_PROCESSES or option.finish in SMOOTH_FINISHES
    return Answer(smooth, _("smooth surface") if smooth else _("grainy or layered surface"))


def _certified(option: QuoteOption, material: knowledge.Material, value: str) -> Answer | None:
    known = material.flag(CERTIFIED[value])
    words = {
        "food": (_("grades for food contact exist"), _("not for food contact")),
        "medical": (_("biocompatible grades exist"), _("not biocompatible")),
        "flame": (_("flame retardant"), _("not flame retardant")),
    }[value]
    if known is None:
        return Answer(None, _("no certificate known"))
    return Answer(known, words[0] if known else words[1])
