"""Sentences of the journal as people read them, and whose names stand beside them."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy, ngettext_lazy, override

from penstock.hub.core import journal
from penstock.hub.core.actors import READ, SYSTEM, Actor
from penstock.hub.core.selectors import timeline

PROMISED = journal.kind("test.promised", gettext_lazy("%(total)s, ready on %(promised_on)s"))
PACKED = journal.kind("test.packed", ngettext_lazy("%(boxes)s box %(colour)s", "%(boxes)s boxes %(colour)s", "boxes"))
PAYLOAD = {"total": "1234.5", "currency": "CNY", "promised_on": "2026-12-01"}


def test_amounts_and_days_are_said_in_the_readers_language() -> None:
    assert PROMISED.sentence(PAYLOAD) == "CN¥1,234.50, ready on Dec. 1, 2026"
    with override("zh-hans"):
        assert PROMISED.sentence(PAYLOAD) == "¥1,234.50, ready on 2026年12月1日"


def test_the_number_decides_the_sentence_and_what_lacks_is_left_out() -> None:
    assert PACKED.sentence({"boxes": 1, "colour": "red"}) == "1 box red"
    assert PACKED.sentence({"boxes": 2}) == "2 boxes "
    assert PROMISED.sentence({}) == ", ready on "


def test_a_kind_says_how_its_own_codes_are_worded() -> None:
    kind = journal.Kind("test.dyed", "Dyed %(colour)s", wordings={"colour": str.upper})
    assert kind.sentence({"colour": "red"}) == "Dyed RED"


@pytest.mark.django_db
def test_people_are_named_to_their_colleagues_and_the_operator_only() -> None:
    buyer = Actor(name="Bea", organisation_id=1, member_id=1, rights=frozenset({READ}))
    maker = Actor(name="Ming", organisation_id=2, member_id=2, rights=frozenset({READ}))
    for actor in (buyer, maker, SYSTEM):
        journal.record(PROMISED, actor=actor, order="ord_1", organisations=[1, 2], **PAYLOAD)

    def names(reader: Actor) -> list[str]:
        return [entry.by for entry in timeline(reader, order="ord_1")]

    assert names(buyer) == ["Bea", "", ""]
    assert names(maker) == ["", "Ming", ""]
    assert names(SYSTEM) == ["Bea", "Ming", "Penstock"]
