"""Waves: what is pooled becomes builds and offers, with reasons; what changed meanwhile is left alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from penstock.engines import dispatch
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Forbidden, Invalid
from penstock.hub.core.models import Event
from penstock.hub.parts.models import Grant
from penstock.hub.production import selectors, services, snapshot
from penstock.hub.production.models import Build, Job, Offer, Operation
from workshops import Network, address, member_of, organisation

pytestmark = pytest.mark.django_db


def jobs(**lookups) -> list[Job]:
    return list(Job.objects.across_tenants().filter(**lookups).order_by("pk"))


def test_an_order_becomes_jobs_whose_steps_share_the_payout(network: Network) -> None:
    (job,) = network.pooled(7, finish="dyeing")
    steps = list(job.operations.all())
    assert [step.kind for step in steps] == ["make", "finish", "inspect", "ship"]
    assert sum(step.payout for step in steps) == job.payout == Decimal("70.07")
    # 6 : 3 : 0.30 : 1, by the price's own breakdown
    assert [step.payout for step in steps] == [Decimal(p) for p in ("40.82", "20.41", "2.04", "6.80")]


def test_an_order_is_decomposed_once(network: Network) -> None:
    order = network.order(1, 2)
    assert len(services.decompose(order.pk)) == 2
    assert services.decompose(order.pk) == []
    assert len(jobs()) == 2


def test_a_wave_offers_one_build_with_reasons_and_opens_the_files(network: Network) -> None:
    offer = network.offered(5, 3)
    build = offer.build
    held = jobs(build=build)
    assert [job.state for job in held] == ["offered", "offered"]
    assert all(job.reasons for job in held)
    assert offer.payout == sum(job.payout for job in held) == Decimal("80.08")
    assert len(build.layout) == 8
    assert {placement["job"] for placement in build.layout} == {job.uid for job in held}
    opened = Grant.objects.across_tenants().filter(organisation=offer.maker.organisation)
    assert {grant.revision_id for grant in opened} == {job.line.revision_id for job in held}
    assert offer.deadline > timezone.now()
    assert selectors.wave(SYSTEM, build.wave.uid).result["assigned"]
    told = Event.objects.get(kind="production.offer_made")
    assert told.organisation_ids == [offer.maker.organisation_id]


def test_jobs_of_several_buyers_meet_in_one_build(network: Network) -> None:
    network.pooled(2)
    network.pooled(3)
    services.run_wave(actor=SYSTEM)
    assert Build.objects.across_tenants().count() == 1
    assert len(jobs(build__isnull=False)) == 2


def test_the_nearest_able_maker_is_asked_first(network: Network) -> None:
    network.workshop("Shenzhen", "eos-p396")
    offer = network.offered(4)
    assert offer.maker == network.workshops["Suzhou"].maker
    elsewhere = network.workshops["Shenzhen"].maker
    named = {(each["maker_id"], each["maker"]) for each in jobs()[0].alternatives}
    assert (elsewhere.pk, elsewhere.organisation.name) in named


def test_a_workshop_that_registers_itself_is_asked_nothing_until_it_is_admitted(network: Network) -> None:
    network.workshops["Suzhou"].maker.delete()
    owner = organisation("Stranger", "maker")
    itself = member_of(owner)
    place = address(owner, "Suzhou")
    maker = services.register_maker(
        actor=itself, organisation_uid=owner.uid, address_uid=place.uid, finishes=["dyeing"]
    )
    services.add_machine(actor=itself, name="", model="eos-p396", materials=["pa12"])
    with pytest.raises(Forbidden):
        services.change_maker(actor=itself, organisation_uid=owner.uid, is_admitted=True)
    network.pooled(2)
    services.run_wave(actor=SYSTEM)
    assert not Grant.objects.across_tenants().filter(organisation=owner).exists()
    assert {item.kind for item in selectors.exceptions(SYSTEM)} == {"obstacle", "maker_waits"}
    services.change_maker(actor=SYSTEM, organisation_uid=owner.uid, is_admitted=True)
    services.run_wave(actor=SYSTEM)
    assert Offer.objects.across_tenants().get().maker == maker
    assert selectors.exceptions(SYSTEM) == []


def test_what_nobody_can_make_waits_with_its_obstacle_until_somebody_can(network: Network) -> None:
    services.change_maker(
        actor=network.workshops["Suzhou"].actor,
        organisation_uid=network.workshops["Suzhou"].maker.organisation.uid,
        is_accepting=False,
    )
    network.pooled(1)
    services.run_wave(actor=SYSTEM)
    (job,) = jobs()
    assert (job.state, bool(job.obstacle)) == ("pooled", True)
    assert [item.kind for item in selectors.exceptions(SYSTEM)] == ["obstacle"]
    network.workshop("Hangzhou", "eos-p396")
    services.run_wave(actor=SYSTEM)
    (job,) = jobs()
    assert (job.state, job.obstacle) == ("offered", "")


def test_a_job_cancelled_while_the_plan_is_computed_is_skipped(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = network.pooled(1, 1)
    real_plan = dispatch.plan

    def plan_while_a_buyer_cancels(*args, **kwargs):
        services.cancel_line(actor=network.buyer_actor, line_uid=gone.line.uid)
        return real_plan(*args, **kwargs)

    monkeypatch.setattr(dispatch, "plan", plan_while_a_buyer_cancels)
    wave = services.run_wave(actor=SYSTEM)
    assert wave.result["skipped"] == [gone.uid]
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.state, kept.state) == ("cancelled", "offered")
    assert {placement["job"] for placement in kept.build.layout} == {kept.uid}
    assert Offer.objects.across_tenants().get().payout == kept.payout


def test_a_plan_that_divides_a_job_keeps_pieces_and_cents(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = network.pooled(10, finish="")
    real_plan = dispatch.plan

    def plan_for_seven(specs, makers, **kwargs):
        from dataclasses import replace

        return real_plan([replace(spec, quantity=7) for spec in specs], makers, **kwargs)

    monkeypatch.setattr(dispatch, "plan", plan_for_seven)
    services.run_wave(actor=SYSTEM)
    placed, left = jobs()
    assert (placed.quantity, placed.state, left.quantity, left.state) == (7, "offered", 3, "pooled")
    assert left.split_from == placed
    assert placed.payout + left.payout == job.payout
    for each in (placed, left):
        assert sum(step.payout for step in each.operations.all()) == each.payout


def test_work_that_can_wait_is_held_back_for_a_fuller_build(network: Network) -> None:
    network.pooled(1)
    held = services.run_wave(actor=SYSTEM, hold_back=True)
    assert [each["pieces"] for each in held.result["waiting"]] == [1]
    assert jobs()[0].state == "pooled"
    services.run_wave(actor=SYSTEM)
    assert jobs()[0].state == "offered"


def test_a_finish_the_maker_cannot_do_is_offered_to_a_finisher(network: Network) -> None:
    finisher = network.workshop("Hangzhou", finishes=["dyeing"])
    print_offer = network.offered(4, finish="dyeing")
    finish_offer = Offer.objects.across_tenants().get(operation__isnull=False)
    assert finish_offer.maker == finisher.maker
    (job,) = jobs()
    assert print_offer.payout + finish_offer.payout == job.payout
    assert finish_offer.payout == sum(
        step.payout for step in Operation.objects.across_tenants().filter(job=job).exclude(kind="make")
    )


def test_a_makers_own_finish_is_part_of_its_offer(network: Network) -> None:
    services.change_maker(
        actor=network.workshops["Suzhou"].actor,
        organisation_uid=network.workshops["Suzhou"].maker.organisation.uid,
        finishes=["dyeing"],
    )
    offer = network.offered(4, finish="dyeing")
    assert offer.payout == jobs()[0].payout
    assert not Offer.objects.across_tenants().filter(operation__isnull=False).exists()


def test_only_the_operator_runs_waves(network: Network) -> None:
    with pytest.raises(Forbidden):
        services.run_wave(actor=network.buyer_actor)


def test_the_snapshot_reads_in_a_bounded_number_of_queries(network: Network, django_assert_max_num_queries) -> None:
    rules = selectors.current_rules()
    network.pooled(1)
    snapshot.take(timezone.now(), rules, {"sls"})
    with CaptureQueriesContext(connection) as few:
        snapshot.take(timezone.now(), rules, {"sls"})
    network.pooled(1, 1, 1, 1)
    network.workshop("Hangzhou", "eos-p396", "eos-p110")
    with django_assert_max_num_queries(len(few)):
        seen = snapshot.take(timezone.now(), rules, {"sls"})
    assert (len(seen.jobs), len(seen.makers)) == (5, 2)


def test_a_new_policy_is_checked_entry_by_entry_and_used(network: Network) -> None:
    with pytest.raises(Invalid) as refused:
        services.publish_policy(actor=SYSTEM, document={"offer_hours": "soon", "weights": {"luck": 1}})
    assert len(refused.value.data["faults"]) == 2
    services.publish_policy(actor=SYSTEM, document={"offer_hours": 48, "weights": {"cost_per_km": 1}})
    offer = network.offered(1)
    assert (offer.deadline - timezone.now()).total_seconds() > 47 * 3600


def test_machines_are_held_to_what_their_model_can_run(network: Network) -> None:
    maker = network.workshops["Suzhou"].actor
    with pytest.raises(Invalid, match="wrong_material"):
        services.add_machine(actor=maker, name="", model="eos-p396", materials=["pla"])
    with pytest.raises(Invalid, match="unknown_machine"):
        services.add_machine(actor=maker, name="", model="perpetuum", materials=["pla"])


def test_a_job_that_cannot_be_planned_does_not_stop_the_others(network: Network) -> None:
    odd, sound = network.pooled(1), network.pooled(2)
    revision = odd[0].line.revision
    revision.measurement = revision.measurement | {"size_mm": ["wide", 1, 1]}
    revision.save(update_fields=["measurement"])
    services.run_wave(actor=SYSTEM)
    states = {job.pk: (job.state, bool(job.obstacle)) for job in jobs()}
    assert states[odd[0].pk] == ("pooled", True)
    assert states[sound[0].pk] == ("offered", False)
