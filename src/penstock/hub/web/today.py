"""What needs somebody now, told by every room: the sections of the page *Today*.

    @section(kinds={OrganisationKind.MAKER}, place=10)
    def offers_to_answer(actor: Actor) -> Section | None: ...

A room registers in its `pages.py` what waits for a hand in it. Sections with something late come first, the others in
the order of their `place`; one without rows is left out. Of a long list it shows the first rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from penstock.hub.core.actors import Actor

# What one looks through before one takes something in hand; the others are a click away.
SHOWN = 8
# For what has no date to keep.
NEVER = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class First:
    """The first rows of a list, each with `is_late`, and whether there are others."""

    rows: list[Any]
    is_cut: bool

    @property
    def late(self) -> int:
        return sum(row.is_late for row in self.rows)


def first(rows: QuerySet, late: Q) -> First:
    """Rows come with the longest wait first, so that what is late is among the first."""
    marked = rows.annotate(is_late=Case(When(late, then=Value(True)), default=Value(False)))
    found = list(marked[: SHOWN + 1])
    return First(found[:SHOWN], len(found) > SHOWN)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: `rows` for its template, how many of them are `late`, where the whole list is, and whether it
    `is_cut` here. `counts`: the rows wait for an answer or a hand; without it they are only shown."""

    name: str
    title: str
    template: str
    rows: Sequence[Any]
    late: int = 0
    url: str = ""
    counts: bool = True
    more: dict[str, Any] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def may_hide_late(self) -> bool:
        """Late rows come first: where all that are shown are late, those that are not may be as well."""
        return self.is_cut and self.late == len(self.rows)


Reader = Callable[[Actor], Section | None]
_sections: list[tuple[int, frozenset[str], Reader]] = []


def section(*, kinds: Iterable[str], place: int) -> Callable[[Reader], Reader]:
    """Show the section that the decorated function reads to organisations of these kinds."""

    def register(reader: Reader) -> Reader:
        _sections.append((place, frozenset(kinds), reader))
        return reader

    return register


def sections(actor: Actor, kinds: Iterable[str]) -> list[Section]:
    """What waits for this actor, late things first."""
    wanted = set(kinds)
    found = [
        (place, told)
        for place, whose, read in _sections
        if whose & wanted and (told := read(actor)) is not None and told.rows
    ]
    return [told for _place, told in sorted(found, key=lambda each: (not each[1].late, each[0]))]
