"""The plan checker finds what is wrong with plans spoilt on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dispatch_networks import MONDAY, SUZHOU, job, maker, sls

from penstock.engines.dispatch import (
    BuildLine,
    CostItems,
    FinishOffer,
    Interval,
    Policy,
    Unassigned,
    plan,
    verify_plan,
)

JOBS = [job("one", finish="dyeing"), job("two", material="pa11")]
MAKERS = [maker("a", SUZHOU, sls(), finishes=(FinishOffer("dyeing"),))]


@pytest.fixture(scope="module")
def sound():
    made = plan(JOBS, MAKERS, now=MONDAY, policy=Policy(min_fill=0.0))
    assert verify_plan(made, JOBS, MAKERS, MONDAY) == ()
    assert len(made.builds) == 2
    return made


def codes(made, jobs=JOBS, makers=MAKERS) -> set[str]:
    return {violation.code for violation in verify_plan(made, jobs, makers, MONDAY)}


def with_build(made, **changes):
    return replace(made, builds=(replace(made.builds[0], **changes), *made.builds[1:]))


def with_assignment(made, **changes):
    return replace(made, assignments=(replace(made.assignments[0], **changes), *made.assignments[1:]))


def test_pieces_lost_or_doubled(sound):
    assert "quantity" in codes(replace(sound, builds=sound.builds[1:]))
    assert "quantity" in codes(replace(sound, assignments=sound.assignments[1:]))
    assert codes(replace(sound, unassigned=(Unassigned("one", 4, ()),))) == {"quantity"}
    assert "unknown" in codes(sound, jobs=JOBS[1:])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"material": "pa11"}, "material"),
        ({"lines": (BuildLine("one", 3),)}, "capacity"),
        ({"packing": None}, "capacity"),
        ({"hours": 1.0}, "duration"),
        ({"start": MONDAY - timedelta(days=1)}, "closed"),
        ({"start": MONDAY + timedelta(hours=14)}, "closed"),
        ({"end": MONDAY + timedelta(days=30)}, "overlap"),
        ({"machine_id": "ghost"}, "unknown"),
        ({"cost": 1.0}, "cost"),
        ({"material": "pa11"}, "changeover"),
    ],
)
def test_spoilt_builds(sound, changes, code):
    assert code in codes(with_build(sound, **changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arrives": MONDAY + timedelta(days=40)}, "late_unflagged"),
        ({"operations": ()}, "finish"),
        ({"cost": CostItems(transport=1.0)}, "cost"),
        ({"late_hours": 5.0}, "late_unflagged"),
    ],
)
def test_spoilt_assignments(sound, changes, code):
    assert code in codes(with_assignment(sound, **changes))


def test_a_world_that_forbids_the_plan(sound):
    [owner] = MAKERS
    [machine] = owner.machines
    taken = Interval(MONDAY, MONDAY + timedelta(days=20))
    worlds = {
        "busy": [replace(owner, machines=(replace(machine, busy=(taken,)),))],
        "process": [replace(owner, machines=(replace(machine, process="mjf"),))],
        "finish": [replace(owner, finishes=())],
    }
    for code, makers in worlds.items():
        assert code in codes(sound, makers=makers)
    assert "excluded" in codes(sound, jobs=[replace(JOBS[0], excluded_makers=frozenset({"a"})), JOBS[1]])
    assert "tags" in codes(sound, jobs=[replace(JOBS[0], required_tags=frozenset({"x"})), JOBS[1]])
    later = replace(JOBS[0], release=MONDAY + timedelta(days=9))
    assert "released" in codes(sound, jobs=[later, JOBS[1]])
