"""A quote as a buyer reads it: the best rows with the reason, every process with its materials, then what cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say

from .metals import METALS, is_metal
from .models import Quote, QuoteOption, QuotePrice
from .needs import Fit, fit

STANDARD = "standard"
# What people call a family besides its name in the catalogue.
FAMILY_WORDS = {
    "polyamide": _lazy("nylon plastic"),
    "photopolymer": _lazy("resin plastic"),
    "thermoplastic": _lazy("plastic"),
    "engineering-plastic": _lazy("plastic"),
    "polyolefin": _lazy("plastic"),
    "polyurethane": _lazy("plastic"),
    "elastomer": _lazy("rubber flexible"),
    "stainless": _lazy("steel metal"),
    "tool-steel": _lazy("metal"),
} | {family: _lazy("metal") for family in METALS - {"stainless", "tool-steel"}}


@dataclass(frozen=True, slots=True)
class Column:
    """One quantity of the table, in words."""

    quantity: int
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One recipe: its price at each quantity of the table in the lead-time class shown."""

    option: QuoteOption
    cells: tuple[tuple[Column, QuotePrice], ...]
    chosen: QuotePrice
    words: str
    fit: Fit

    @property
    def fails(self) -> bool:
        """Whether it misses something the buyer needs."""
        return self.fit.fails > 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a process finds on the part: engines.geometry.Finding.to_dict() and the key of its place."""

    key: str
    finding: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """One process that has a price for the part, its rows cheapest first; `against` is what forbids making it so."""

    process: knowledge.Process | None
    code: str
    rows: tuple[Row, ...]
    against: tuple[Found, ...] = ()

    @property
    def fails(self) -> bool:
        return bool(self.against) or self.cheapest.fails

    @property
    def cheapest(self) -> Row:
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class Best:
    """A row worth looking at first, and why."""

    row: Row
    reason: str
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a process cannot; `materials` names those it is about, empty when it is all of them."""

    message: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cannot:
    """One process that cannot make the part, or not in every material, with the reasons in words."""

    process: str
    reasons: tuple[Reason, ...]
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    quote: Quote
    quantity: int
    lead_class: str
    lead_classes: tuple[str, ...]
    columns: tuple[Column, ...]
    best: tuple[Best, ...]
    groups: tuple[Group, ...]
    cannot: tuple[Cannot, ...]
    count: int
    fitting: int


def table(
    quote: Quote,
    quantity: int | None = None,
    lead_class: str = STANDARD,
    needs: Mapping[str, str] | None = None,
    judged: Sequence[dict[str, Any]] = (),
) -> Table:
    """Lay out a quote whose options and prices are prefetched. A quantity or class it does not have falls back.

    needs: what the part has to stand (see `needs`); what meets them comes first, what fails them last.
    judged: what each process finds on the part (parts.selectors.judgement); one that forbids it comes after all others.
    """
    found = _by_process(judged)
    against = {code: graves for code, each in found.items() if (graves := _graves(each))}
    if quantity not in quote.quantities:
        quantity = quote.quantities[0]
    options = list(quote.options.all())
    classes = _lead_classes(options)
    if lead_class not in classes and classes:
        lead_class = STANDARD if STANDARD in classes else classes[0]
    columns = {each: Column(each, _pieces(each), each == quantity) for each in quote.quantities}
    rows = sorted(
        (row for option in options if (row := _row(option, columns, quantity, lead_class, needs or {}))),
        key=lambda row: (
            row.option.process in against,
            row.fit.rank,
            row.chosen.unit_price,
            row.chosen.lead_days,
            row.option.position,
        ),
    )
    priced = {row.option.process for row in rows}
    makeable = [row for row in rows if row.option.process not in against]
    return Table(
        quote=quote,
        quantity=quantity,
        lead_class=lead_class,
        lead_classes=classes,
        columns=tuple(columns.values()),
        best=tuple(_best(makeable) if makeable else _least_bad(rows)),
        groups=tuple(_groups(rows, against)),
        cannot=tuple(_cannot(quote.obstacles, {code: found[code] for code in found.keys() - priced})),
        count=len(rows),
        fitting=sum(not row.fails for row in makeable),
    )


def _lead_classes(options: list[QuoteOption]) -> tuple[str, ...]:
    """Slowest first, as the prices say."""
    days: dict[str, int] = {}
    for option in options:
        for price in option.prices.all():
            days[price.lead_class] = max(days.get(price.lead_class, 0), price.lead_days)
    return tuple(sorted(days, key=lambda each: -days[each]))


def _pieces(quantity: int) -> str:
    return ngettext("%(n)s piece", "%(n)s pieces", quantity) % {
        "n": formats.number_format(quantity, force_grouping=True)
    }


def _row(
    option: QuoteOption, columns: Mapping[int, Column], quantity: int, lead_class: str, needs: Mapping[str, str]
) -> Row | None:
    prices = {price.quantity: price for price in option.prices.all() if price.lead_class == lead_class}
    if quantity not in prices:
        return None
    cells = tuple((columns[each], prices[each]) for each in sorted(prices))
    return Row(option, cells, prices[quantity], _words(option), fit(option, needs))


def _words(option: QuoteOption) -> str:
    """What the filter looks in: names, codes and families, in lower case."""
    known = knowledge.default()
    process = known.processes.get(option.process)
    material = known.materials.get(option.material)
    finish = known.finishes.get(option.finish)
    words: list[str] = [option.process, option.material, option.finish]
    if process:
        words += [process.name, process.trade_name, say(process.name), say(process.trade_name), process.iso]
    if material:
        words += [
            material.name,
            say(material.name),
            material.family,
            str(FAMILY_WORDS.get(material.family, "")),
            *material.colours,
        ]
    if finish:
        words += [finish.name, say(finish.name)]
    return " ".join(filter(None, words)).lower()


def _best(rows: list[Row]) -> Iterable[Best]:
    if not rows:
        return
    cheapest = rows[0]
    if cheapest.fails:
        yield Best(cheapest, _("Nothing here meets every need; this one misses least."))
        return
    fitting = [row for row in rows if not row.fails]
    if cheapest.fit.answers:
        why = ", ".join(answer.reason for answer in cheapest.fit.answers)
        yield Best(cheapest, _("Recommended: the cheapest that meets your needs: %(why)s.") % {"why": why})
    else:
        yield Best(cheapest, _("Recommended: the cheapest of %(n)s that can make it.") % {"n": len(rows)})
    fastest = min(fitting, key=lambda row: (row.chosen.lead_days, row.chosen.unit_price))
    if fastest.chosen.lead_days < cheapest.chosen.lead_days:
        yield Best(fastest, _("The earliest in this lead-time class; the cheapest among those."))
    metal = next((row for row in fitting if is_metal(row.option.material)), None)
    if metal and metal not in (cheapest, fastest):
        yield Best(metal, _("The cheapest in metal."))


def _least_bad(rows: list[Row]) -> Iterable[Best]:
    for row in rows[:1]:
        reason = _(
            "Every process finds what forbids it; this is the cheapest. Change the part, or ask for a quotation."
        )
        yield Best(row, reason, is_blocked=True)


def _by_process(judged: Sequence[dict[str, Any]]) -> dict[str, tuple[Found, ...]]:
    """Each finding under the key that its place has on the part's page."""
    found: dict[str, tuple[Found, ...]] = {}
    for number, finding in enumerate(judged):
        found[finding["process"]] = (*found.get(finding["process"], ()), Found(f"p{number}", finding))
    return found


def _graves(found: tuple[Found, ...]) -> tuple[Found, ...]:
    return tuple(each for each in found if each.finding["severity"] == "blocker")


def _groups(rows: list[Row], against: Mapping[str, tuple[Found, ...]]) -> Iterable[Group]:
    by_process: dict[str, list[Row]] = {}
    for row in rows:  # in order of price, so that the cheapest process comes first
        by_process.setdefault(row.option.process, []).append(row)
    for code, found in by_process.items():
        yield Group(knowledge.default().processes.get(code), code, tuple(found), against.get(code, ()))


def _cannot(obstacles: list[dict[str, Any]], found: Mapping[str, tuple[Found, ...]]) -> Iterable[Cannot]:
    """Obstacles come for each recipe and mostly say the same: one entry for each process, one line for each reason;
    and with one that has no price at all what it finds on the part."""
    processes: dict[str, dict[str, list[str]]] = {}
    for obstacle in obstacles:
        materials = processes.setdefault(obstacle["process"], {}).setdefault(obstacle["message"], [])
        if obstacle.get("material") and obstacle["material"] not in materials:
            materials.append(obstacle["material"])
    for process, by_message in processes.items():
        everything = len(knowledge.default().materials_for(process))
        yield Cannot(
            process,
            tuple(
                Reason(message, () if len(materials) >= everything else tuple(materials))
                for message, materials in by_message.items()
            ),
            found=tuple(each for each in found.get(process, ()) if each.finding["severity"] != "notice"),
        )
