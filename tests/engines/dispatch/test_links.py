"""What ties jobs, makers and waves to each other: groups, parcels, promises, offered hours, steadiness, forecasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch_networks import MONDAY, SHANGHAI, SHENZHEN, SUZHOU, job, maker, sls

from penstock.engines.dispatch import Policy, plan, verify_plan

AT_ONCE = Policy(min_fill=0.0)
HANGZHOU = (30.27, 120.15)


def codes(entry) -> set[str]:
    return {reason.code for reason in entry.reasons}


def test_jobs_that_must_stay_together_go_to_one_maker_that_can_make_both():
    network = [
        maker("near", SUZHOU, sls(materials=frozenset({"pa12"}))),
        maker("both", SHENZHEN, sls()),
        maker("other", HANGZHOU, sls(materials=frozenset({"pa11"}))),
    ]
    wanted = [job("white", keep_together="set"), job("black", material="pa11", keep_together="set")]
    made = plan(wanted, network, now=MONDAY, policy=AT_ONCE)
    assert {given.maker_id for given in made.assignments} == {"both"}
    assert all("together" in codes(given) for given in made.assignments)
    assert verify_plan(made, wanted, network, MONDAY) == ()
    apart = plan([replace(each, keep_together="") for each in wanted], network, now=MONDAY, policy=AT_ONCE)
    assert {given.maker_id for given in apart.assignments} == {"near", "other"}
    nobody = plan(wanted, [network[0], network[2]], now=MONDAY, policy=AT_ONCE)
    assert [codes(each) & {"keep_together"} for each in nobody.unassigned] == [{"keep_together"}] * 2


def test_one_order_from_one_maker_is_one_parcel_and_pays_for_one():
    network = [maker("a", SUZHOU, sls())]
    one_order = [job("x", order="o"), job("y", order="o")]
    together = plan(one_order, network, now=MONDAY, policy=AT_ONCE)
    [parcel] = together.shipments
    assert {job_id for job_id, _ in parcel.jobs} == {"x", "y"}
    assert all("one_parcel" in codes(given) for given in together.assignments)
    apart = plan([replace(each, order=each.id) for each in one_order], network, now=MONDAY, policy=AT_ONCE)
    assert len(apart.shipments) == 2
    assert apart.cost.transport > together.cost.transport + AT_ONCE.shipment_cost * 0.9


def test_a_parcel_goes_through_the_other_maker_of_the_order_where_that_is_cheaper():
    far = (43.8, 87.6)
    network = [
        maker("a", SUZHOU, sls(materials=frozenset({"pa12"}))),
        maker("b", SHANGHAI, sls(materials=frozenset({"pa11"}))),
    ]
    wanted = [
        job("x", order="o", destination=far, due=MONDAY + timedelta(days=30)),
        job("y", order="o", material="pa11", destination=far, due=MONDAY + timedelta(days=30)),
    ]
    made = plan(wanted, network, now=MONDAY, policy=AT_ONCE)
    [inner] = [each for each in made.shipments if each.to_maker]
    [last] = [each for each in made.shipments if not each.to_maker]
    assert inner.to_maker == last.from_maker
    assert inner.arrives <= last.leaves
    assert len({given.arrives for given in made.assignments}) == 1
    assert any("via" in codes(given) for given in made.assignments)


def test_a_promised_share_is_kept_where_it_costs_less_than_it_weighs():
    network = [maker("near", SUZHOU, sls()), maker("promised", HANGZHOU, sls(), guaranteed_share=1.0)]
    wanted = [job(f"j{n}", quantity=20) for n in range(4)]
    kept = plan(wanted, network, now=MONDAY, policy=replace(AT_ONCE, share_weight=5.0))
    assert {given.maker_id for given in kept.assignments} == {"promised"}
    assert all("share" in codes(given) for given in kept.assignments)
    free = plan(wanted, network, now=MONDAY, policy=replace(AT_ONCE, share_weight=0.0))
    assert {given.maker_id for given in free.assignments} == {"near"}


def test_no_more_hours_a_week_than_the_maker_offers():
    wanted = [job(f"j{n}", quantity=180, due=MONDAY + timedelta(days=60)) for n in range(3)]
    network = [maker("a", SUZHOU, sls(offered_hours_per_week=40.0))]
    made = plan(wanted, network, now=MONDAY, policy=AT_ONCE)
    weeks = {(build.start - MONDAY).days // 7 for build in made.builds}
    assert len(weeks) > 1
    assert verify_plan(made, wanted, network, MONDAY) == ()
    free = [maker("a", SUZHOU, sls())]
    assert {(build.start - MONDAY).days // 7 for build in plan(wanted, free, now=MONDAY, policy=AT_ONCE).builds} == {0}


def test_a_plan_does_not_flutter_for_less_than_moving_is_worth():
    network = [maker("here", SUZHOU, sls()), maker("there", (31.31, 120.59), sls(hour_rate=59.9))]
    fresh = [job()]
    assert plan(fresh, network, now=MONDAY, policy=AT_ONCE).assignments[0].maker_id == "there"
    planned = [job(planned_on=("here", "m"))]
    [stays] = plan(planned, network, now=MONDAY, policy=AT_ONCE).assignments
    assert (stays.maker_id, "stays" in codes(stays)) == ("here", True)
    moves = plan(planned, network, now=MONDAY, policy=replace(AT_ONCE, stability_cost=0.0))
    assert moves.assignments[0].maker_id == "there"


def test_with_a_forecast_work_waits_only_for_what_comes_and_says_what_that_saves():
    network = [maker("a", SUZHOU, sls())]
    wanted = [job(release=MONDAY)]
    [held] = plan(wanted, network, now=MONDAY, forecast={("sls", "pa12"): 500_000.0}).waiting
    [reason] = held.reasons
    assert reason.code == "waits_saving"
    assert 0 < float(reason.data["saved"]) < 4 * 60.0
    assert (held.maker_id, held.machine_id) == ("a", "m")
    assert plan(wanted, network, now=MONDAY, forecast={("sls", "pa12"): 0.0}).waiting == ()


def test_an_agreement_to_accept_is_on_the_build():
    network = [maker("a", SUZHOU, sls(), auto_accept=True)]
    [build] = plan([job()], network, now=MONDAY, policy=AT_ONCE).builds
    assert build.auto_accept


def test_late_because_machines_are_taken_is_told_from_impossible():
    network = [maker("a", SUZHOU, sls())]
    soon = MONDAY + timedelta(days=4)
    crowd = [job(f"j{n}", quantity=180, due=soon) for n in range(3)]
    told = [codes(given) for given in plan(crowd, network, now=MONDAY, policy=AT_ONCE).assignments]
    assert any("late" in each for each in told)
    hopeless = [job(due=MONDAY + timedelta(hours=1))]
    [given] = plan(hopeless, network, now=MONDAY, policy=AT_ONCE).assignments
    assert "impossible_date" in codes(given)


def test_what_the_alternative_costs_is_told_in_the_same_parts():
    network = [maker("near", SUZHOU, sls()), maker("far", SHENZHEN, sls())]
    [given] = plan([job()], network, now=MONDAY, policy=AT_ONCE).assignments
    [other] = given.alternatives
    assert other.cost == other.parts.total
    assert other.cost > given.marginal.total
    assert other.parts.transport > given.marginal.transport
