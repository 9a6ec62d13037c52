"""What needs somebody now, told by every room: the sections of the page *Today*.

    @section(kinds={OrganisationKind.MAKER}, place=10)
    def offers_to_answer(actor: Actor) -> Section | None: ...

A room registers in its `pages.py` what waits for a hand in it. Sections with something late come first, the others in
the order of their `place`; one without rows is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.hub.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: `rows` for its template, how many of them are `late`, and where the whole list is.
    `counts`: the rows wait for an answer or a hand; without it they are only shown."""

    name: str
    title: str
    template: str
    rows: Sequence[Any]
    late: int = 0
    url: str = ""
    counts: bool = True
    more: dict[str, Any] = field(default_factory=dict)


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
