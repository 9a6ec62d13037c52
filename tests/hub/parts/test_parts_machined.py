"""What the part page says of holes, pockets and corners of a CAD file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.template.loader import render_to_string

from penstock.engines.geometry.machining.features import Corner, Hole, Machining, Pocket
from penstock.hub.parts.machined import Row, rows

UP, HERE = (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)


def stored() -> dict[str, Any]:
    """As the database gives it back, with one hole of one kind and two of another."""
    holes = (
        Hole(5.0, 20.0, True, UP, HERE),
        Hole(8.0, 12.5, False, UP, HERE),
        Hole(5.0, 20.0, True, UP, (9.0, 0.0, 0.0)),
    )
    pocket = Pocket(15.0, (30.0, 20.0), 3.0, UP, HERE)
    return asdict(Machining(holes, (pocket,), (Corner(3.0, 15.0, 4),), 5.0, (UP,), 120.0, (), ((3, 9),)))


def test_alike_holes_are_one_row() -> None:
    assert rows(stored()) == [
        Row(2, "through hole", "⌀ 5 mm, 20 mm deep"),
        Row(1, "blind hole", "⌀ 8 mm, 12.5 mm deep"),
        Row(1, "pocket or slot", "30 × 20 mm, 15 mm deep, inner radius 3 mm"),
        Row(4, "inner corner", "R 3 mm, 15 mm deep"),
        Row(1, "thinnest wall between faces", "5 mm"),
        Row(1, "undercut", "1.2 cm²"),
    ]


def test_the_table_says_them_with_the_set_ups() -> None:
    said = render_to_string("parts/machined.html", {"machined": rows(stored()), "measured": {"machining": stored()}})
    assert "1 set-up<" in said
    assert "2 ×" in said
    assert "⌀ 5 mm, 20 mm deep" in said


def test_nothing_is_said_where_nothing_was_looked_for() -> None:
    assert rows(None) == []
