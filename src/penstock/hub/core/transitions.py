"""Lifecycles as data: a table `state → {verb: next state}` and one compare-and-set UPDATE per move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import Conflict


class Lifecycle:
    """The allowed moves of one kind of row.

    >>> DOOR = Lifecycle("door", {"open": {"close": "shut"}, "shut": {"open": "open"}})
    """

    def __init__(self, name: str, table: Mapping[str, Mapping[str, str]]) -> None:
        unknown = {target for moves in table.values() for target in moves.values()} - set(table)
        if unknown:
            raise ValueError(f"{name}: moves lead to states that are not in the table: {sorted(unknown)}")
        self.name = name
        self.table = table

    def sources(self, verb: str) -> dict[str, str]:
        """{state: next state} for every state that allows `verb`."""
        found = {state: moves[verb] for state, moves in self.table.items() if verb in moves}
        if not found:
            raise ValueError(f"{self.name}: no state allows {verb!r}")
        return found

    def allows(self, state: str, verb: str) -> bool:
        return verb in self.table[state]

    def verbs(self, state: str) -> tuple[str, ...]:
        return tuple(self.table[state])

    def is_final(self, state: str) -> bool:
        return not self.table[state]

    def move(self, row: models.Model, verb: str, **fields: Any) -> str:
        """Move `row` by `verb` and set `fields` in the same UPDATE; returns the new state.

        The UPDATE names the state it read, so of two racing moves exactly one happens.
        Raises Conflict when the state does not allow the verb or another move came first.
        """
        before = row.state
        after = self.table[before].get(verb)
        if after is None:
            raise self._refusal(row, verb, before)
        values = {"state": after, **fields}
        moved = type(row)._base_manager.filter(pk=row.pk, state=before).update(**values)
        if not moved:
            current = type(row)._base_manager.filter(pk=row.pk).values_list("state", flat=True).first()
            raise self._refusal(row, verb, current or "gone")
        for name, value in values.items():
            setattr(row, name, value)
        return after

    def _refusal(self, row: models.Model, verb: str, state: str) -> Conflict:
        return Conflict(
            "wrong_state",
            _("This cannot be done any more: it is now “%(state)s”. Reload to see where it stands.")
            % {"state": state.replace("_", " ")},
            verb=verb,
            state=state,
            kind=self.name,
        )
