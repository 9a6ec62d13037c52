"""Dispatch: every piece is accounted for, nothing impossible is planned, and the choice is the one money says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from dispatch_networks import (
    MONDAY,
    SHANGHAI,
    SHENZHEN,
    SUZHOU,
    job,
    maker,
    random_jobs,
    random_makers,
    sls,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.engines.dispatch import (
    BuildTime,
    DispatchError,
    FinishOffer,
    Interval,
    OperationSpec,
    Policy,
    WorkCalendar,
    plan,
    verify_plan,
)
from penstock.engines.packing import Chamber

AT_ONCE = Policy(min_fill=0.0)
FAR = (43.8, 87.6)


def comparable(made) -> tuple:
    """A plan without its running time and its layouts' arrays."""
    builds = tuple(replace(build, packing=None) for build in made.builds)
    return (made.assignments, builds, made.waiting, made.unassigned, made.cost)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    makers=st.integers(1, 8),
    machines=st.integers(0, 14),
    jobs=st.integers(0, 40),
    min_fill=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_plans_of_random_networks_can_be_carried_out(seed, makers, machines, jobs, min_fill):
    network = random_makers(seed, makers, machines)
    wanted = random_jobs(seed + 1, jobs, makers)
    made = plan(wanted, network, now=MONDAY, policy=Policy(min_fill=min_fill), seed=seed)
    assert verify_plan(made, wanted, network, MONDAY) == ()
    assert all(str(reason) for entry in made.unassigned for reason in entry.reasons)
    assert all(entry.reasons for entry in (*made.assignments, *made.waiting, *made.unassigned))


def test_one_seed_gives_one_plan():
    network, wanted = random_makers(3, 6, 12), random_jobs(4, 60, 6)
    first = plan(wanted, network, now=MONDAY, seed=9, deadline_s=1e9)
    again = plan(list(wanted), list(network), now=MONDAY, seed=9, deadline_s=1e9)
    assert comparable(first) == comparable(again)


def test_past_the_deadline_a_plan_is_still_complete():
    network, wanted = random_makers(3, 6, 12), random_jobs(4, 60, 6)
    made = plan(wanted, network, now=MONDAY, deadline_s=-1.0)
    assert verify_plan(made, wanted, network, MONDAY) == ()
    assert any(build.estimated for build in made.builds)


def test_the_nearest_of_equal_makers_gets_the_job_and_the_other_is_named():
    network = [maker("far", SHENZHEN, sls()), maker("near", SUZHOU, sls())]
    [given_] = plan([job()], network, now=MONDAY, policy=AT_ONCE).assignments
    assert given_.maker_id == "near"
    [other] = given_.alternatives
    assert (other.maker_id, other.why_not.code) == ("far", "costs_more")
    assert other.cost > given_.cost.total
    assert "than far on " in str(given_.reasons[0])


def test_a_cheaper_machine_far_away_wins_when_it_saves_more_than_the_way():
    network = [maker("far", SHENZHEN, sls(hour_rate=20.0)), maker("near", SUZHOU, sls(hour_rate=90.0))]
    [given_] = plan([job(quantity=200)], network, now=MONDAY, policy=AT_ONCE).assignments
    assert given_.maker_id == "far"


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({"quality": 0.5}, AT_ONCE),
        ({"load": 1.0}, replace(AT_ONCE, load_share=5.0)),
        ({"cost_factor": 3.0}, AT_ONCE),
    ],
)
def test_quality_load_and_price_each_can_outweigh_distance(changes, policy):
    network = [maker("near", SUZHOU, sls(), **changes), maker("other", (30.27, 120.15), sls())]
    wanted = [job(value=900.0, quantity=30)]
    [given_] = plan(wanted, network, now=MONDAY, policy=policy).assignments
    assert given_.maker_id == "other"
    plain = [replace(network[0], quality=1.0, load=0.0, cost_factor=1.0), network[1]]
    assert plan(wanted, plain, now=MONDAY, policy=policy).assignments[0].maker_id == "near"


def test_jobs_of_several_buyers_share_a_build_and_materials_never_do():
    wanted = [job(f"white{n}") for n in range(5)] + [job(f"black{n}", material="pa11") for n in range(3)]
    made = plan(wanted, [maker("a", SUZHOU, sls())], now=MONDAY, policy=AT_ONCE)
    contents = {frozenset(line.job_id for line in build.lines) for build in made.builds}
    assert contents == {frozenset(f"white{n}" for n in range(5)), frozenset(f"black{n}" for n in range(3))}
    assert [build.changeover_hours for build in made.builds] == [0.0, 6.0]


def test_a_large_quantity_spills_into_further_builds():
    wanted = [job(quantity=900)]
    network = [maker("a", SUZHOU, sls(), sls("m2"))]
    made = plan(wanted, network, now=MONDAY, policy=AT_ONCE)
    assert len(made.builds) > 1
    assert sum(given_.quantity for given_ in made.assignments) == 900
    assert "split" in {reason.code for reason in made.assignments[0].reasons}
    whole = [replace(wanted[0], splittable=False)]
    [refused] = plan(whole, network, now=MONDAY, policy=AT_ONCE).unassigned
    assert (refused.quantity, refused.reasons[-1].code) == (900, "quantity")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"process": "mjf"}, "process"),
        ({"material": "peek"}, "material"),
        ({"size_mm": (900.0, 20.0, 20.0)}, "too_large"),
        ({"excluded_makers": frozenset({"a", "b"})}, "excluded"),
        ({"required_tags": frozenset({"certified"})}, "tags"),
        ({"finish": "gilding"}, "finish"),
        ({"mass_g": 90_000.0}, "too_heavy"),
    ],
)
def test_what_nobody_can_make_comes_back_with_the_reason(changes, code):
    chamber = Chamber((340, 340, 600), max_mass_g=50_000)
    network = [maker("a", SUZHOU, sls(chamber=chamber)), maker("b", SHENZHEN, sls(chamber=chamber))]
    made = plan([job("odd", **changes), job("fine")], network, now=MONDAY, policy=AT_ONCE)
    [refused] = made.unassigned
    assert refused.job_id == "odd"
    assert code in {reason.code for reason in refused.reasons}
    assert [given_.job_id for given_ in made.assignments] == ["fine"]


def test_a_thin_build_waits_until_patience_or_the_due_date_ends():
    network = [maker("a", SUZHOU, sls())]
    new = job(release=MONDAY)
    [held] = plan([new], network, now=MONDAY).waiting
    assert held.quantity == new.quantity
    assert held.fill < 0.5
    assert MONDAY < held.until <= MONDAY + timedelta(hours=72)
    assert "full" in str(held.reasons[0])

    patient_no_more = [replace(new, release=MONDAY - timedelta(hours=60))]
    [given_] = plan(patient_no_more, network, now=MONDAY).assignments
    assert "released_underfilled" in {reason.code for reason in given_.reasons}

    urgent = [replace(new, due=MONDAY + timedelta(days=2))]
    assert plan(urgent, network, now=MONDAY).waiting == ()


def test_an_urgent_job_takes_patient_ones_along():
    wanted = [job("patient", release=MONDAY), job("urgent", release=MONDAY, due=MONDAY + timedelta(days=2))]
    made = plan(wanted, [maker("a", SUZHOU, sls())], now=MONDAY)
    assert made.waiting == ()
    assert len(made.builds) == 1


def test_a_full_build_goes_at_once():
    made = plan([job(release=MONDAY, quantity=150)], [maker("a", SUZHOU, sls())], now=MONDAY)
    assert made.builds
    assert made.builds[0].fill >= 0.5


def test_what_cannot_be_in_time_is_planned_and_flagged_with_the_earliest():
    wanted = [job(due=MONDAY + timedelta(hours=3))]
    [given_] = plan(wanted, [maker("a", SUZHOU, sls())], now=MONDAY).assignments
    assert given_.late_hours > 0
    assert given_.cost.lateness > 0
    [late] = [reason for reason in given_.reasons if reason.code == "impossible_date"]
    assert late.data["earliest"] <= given_.arrives.isoformat()
    assert late.data["earliest"] > wanted[0].due.isoformat()


def test_lateness_sends_work_to_a_machine_that_is_free():
    taken = Interval(MONDAY, MONDAY + timedelta(days=9))
    network = [maker("near", SUZHOU, sls(busy=(taken,))), maker("far", SHENZHEN, sls())]
    wanted = [job(due=MONDAY + timedelta(days=4), value=5000.0)]
    [given_] = plan(wanted, network, now=MONDAY).assignments
    assert (given_.maker_id, given_.late_hours) == ("far", 0.0)


def test_builds_start_in_open_hours_and_around_what_is_taken():
    holiday = WorkCalendar(holidays=frozenset({date(2026, 3, 2), date(2026, 3, 3)}))
    taken = Interval(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=30))
    network = [maker("a", SUZHOU, sls(busy=(taken,)), calendar=holiday)]
    made = plan([job()], network, now=MONDAY, policy=AT_ONCE)
    assert made.builds[0].start >= taken.end
    assert verify_plan(made, [job()], network, MONDAY) == ()


def test_attended_work_pauses_at_night_and_unattended_does_not():
    mill = sls(serial=True, unattended=False, build_time=BuildTime(setup_hours=12.0))
    [day_work] = plan([job()], [maker("a", SUZHOU, mill)], now=MONDAY).builds
    assert day_work.end - day_work.start == timedelta(hours=12 + 14)
    [through] = plan([job()], [maker("a", SUZHOU, replace(mill, unattended=True))], now=MONDAY).builds
    assert through.end - through.start == timedelta(hours=12)


def test_a_finish_goes_to_the_nearest_shop_when_the_printer_lacks_it():
    dyer, far_dyer = FinishOffer("dyeing", hour_rate=40.0, lead_hours=10.0), FinishOffer("dyeing")
    network = [
        maker("printer", SUZHOU, sls()),
        maker("shop", (31.0, 121.0), finishes=(dyer,)),
        maker("far shop", FAR, finishes=(far_dyer,)),
    ]
    steps = (OperationSpec("print", "sls"), OperationSpec("finish", "dyeing", 3.0), OperationSpec("ship"))
    wanted = [job(finish="dyeing", operations=steps)]
    [given_] = plan(wanted, network, now=MONDAY, policy=AT_ONCE).assignments
    assert [(step.kind, step.maker_id) for step in given_.operations] == [
        ("print", "printer"),
        ("finish", "shop"),
        ("ship", "shop"),
    ]
    assert given_.cost.finishing == pytest.approx(120.0)
    assert "finish_elsewhere" in {reason.code for reason in given_.reasons}
    own = [replace(network[0], finishes=(dyer,)), *network[1:]]
    [at_home] = plan(wanted, own, now=MONDAY, policy=AT_ONCE).assignments
    assert {step.maker_id for step in at_home.operations} == {"printer"}


def test_who_declined_is_not_asked_again():
    network = [maker("near", SUZHOU, sls()), maker("far", SHENZHEN, sls())]
    wanted = [job(excluded_makers=frozenset({"near"}))]
    [given_] = plan(wanted, network, now=MONDAY, policy=AT_ONCE).assignments
    assert given_.maker_id == "far"


def test_locked_builds_stay_and_only_the_rest_is_planned():
    network = [maker("a", SUZHOU, sls())]
    wanted = [job("first", quantity=10)]
    before = plan(wanted, network, now=MONDAY, policy=AT_ONCE)
    more = [replace(wanted[0], quantity=25), job("second")]
    after = plan(more, network, now=MONDAY, policy=AT_ONCE, locked=before.builds)
    assert verify_plan(after, more, network, MONDAY) == ()
    assert after.builds[0].id == before.builds[0].id
    assert after.builds[0].locked
    assert {given_.job_id: given_.quantity for given_ in after.assignments} == {"first": 15, "second": 4}
    assert all(build.start >= before.builds[0].end for build in after.builds[1:])


def test_costs_of_assignments_carry_the_builds_and_add_up():
    wanted = [job(f"j{n}", quantity=n + 1) for n in range(6)]
    made = plan(wanted, [maker("a", SUZHOU, sls(loaded_material="pa11"))], now=MONDAY, policy=AT_ONCE)
    [build] = made.builds
    assert build.cost == pytest.approx(build.hours * 60.0)
    assert sum(given_.cost.machine + given_.cost.changeover for given_ in made.assignments) == pytest.approx(build.cost)
    assert made.cost.total == pytest.approx(sum(given_.cost.total for given_ in made.assignments))


@pytest.mark.parametrize(
    "jobs",
    [
        [job(), job()],
        [job(quantity=0)],
        [job(due=MONDAY.replace(tzinfo=None))],
        [job(operations=(OperationSpec("finish", "dyeing"),))],
        [job(operations=(OperationSpec("print"), OperationSpec("ship"), OperationSpec("inspect")))],
    ],
)
def test_contradictions_are_refused(jobs):
    with pytest.raises(DispatchError, match="j"):
        plan(jobs, [maker("a", SHANGHAI, sls())], now=MONDAY)


def test_a_maker_that_never_opens_is_refused():
    closed = WorkCalendar(weekdays=frozenset())
    with pytest.raises(DispatchError, match="open"):
        plan([job()], [maker("a", SHANGHAI, sls(), calendar=closed)], now=MONDAY)
