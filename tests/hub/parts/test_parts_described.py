"""What the part page shows of a file's own words."""

from __future__ import annotations

from penstock.hub.parts.described import said_of_itself


def test_known_names_have_labels_and_others_are_not_shown() -> None:
    stored = {"metadata": {"Designer": "<b>me</b>", "Title": "Cube", "Odd": "x"}, "colours": ["#ff0000", "#0000ff"]}
    rows = [(str(label), text) for label, text in said_of_itself(stored)]
    assert rows == [("Title", "Cube"), ("Designer", "<b>me</b>"), ("Colours", "#ff0000, #0000ff")]


def test_measurements_from_before_say_nothing() -> None:
    assert said_of_itself({}) == []
