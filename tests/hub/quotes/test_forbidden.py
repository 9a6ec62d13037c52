"""A process that a finding forbids: last in the table, with the finding and the way to its place on the part."""

from __future__ import annotations

import pytest

from buyers import acting_for, box_stl, firm, measured
from penstock.hub.parts import selectors as parts
from penstock.hub.quotes import selectors, services
from penstock.hub.quotes.table import table

pytestmark = pytest.mark.django_db


def quoted(thickness: float):
    actor = acting_for(firm())
    revision = measured(actor, box_stl(60, 40, thickness))
    made = services.quote(actor=actor, revision_uid=revision.uid)
    return selectors.quote(actor, made.uid), parts.judgement(revision)


def test_what_a_finding_forbids_comes_last_and_says_why():
    quote, judged = quoted(0.4)
    laid = table(quote, judged=judged)
    forbidden = [group for group in laid.groups if group.against]
    assert {"fdm", "bjt"} <= {group.code for group in forbidden}
    assert laid.groups[-len(forbidden) :] == tuple(forbidden)
    assert all(best.row.option.process not in {group.code for group in forbidden} for best in laid.best)
    for group in forbidden:
        for each in group.against:
            assert judged[int(each.key[1:])] == each.finding
            assert (each.finding["process"], each.finding["severity"]) == (group.code, "blocker")
    assert laid.count > laid.fitting


def test_without_a_blocker_the_table_is_as_cheap_as_before():
    quote, judged = quoted(8)
    laid = table(quote, judged=judged)
    assert not [group for group in laid.groups if group.against]
    assert [group.code for group in laid.groups] == [group.code for group in table(quote).groups]


def test_when_everything_is_forbidden_it_says_so():
    quote, _judged = quoted(8)
    processes = {option.process for option in quote.options.all()}
    grave = [{"process": each, "severity": "blocker", "message": "No.", "place": None} for each in sorted(processes)]
    (best,) = table(quote, judged=grave).best
    assert best.reason.startswith("Every process finds what forbids it")
