"""Makers who decline, give back, vanish or fail; buyers who cancel. Nothing is lost and nobody keeps a file."""

from __future__ import annotations

from datetime import timedelta

import pytest

import founding
from founding import ANODISED, MILLED, NYLON, People
from penstock.demo import journey
from penstock.demo.clock import at
from penstock.engines import dispatch
from penstock.hub.core.errors import Conflict
from penstock.hub.core.models import Event
from penstock.hub.ledger.reading import held, refunded
from penstock.hub.orders.models import Order
from penstock.hub.parts.models import Grant
from penstock.hub.production import services as production
from penstock.hub.production.models import Job, Maker, Offer, Operation


def may_fetch(order: Order) -> set[int]:
    """Organisations to which files of the order are open."""
    revisions = order.lines.values_list("revision_id", flat=True)
    return set(Grant.objects.across_tenants().filter(revision__in=revisions).values_list("organisation_id", flat=True))


def settled_without(order: Order, maker: Maker) -> None:
    """The order ends well, and nothing of it went to `maker` again."""
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert held(order.uid) == 0
    delivered = founding.jobs_of(order, state="delivered")
    assert sum(job.quantity for job in delivered) == sum(line.quantity for line in founding.lines_of(order))
    assert maker.pk not in {job.maker_id for job in delivered}


def refusals(maker: Maker) -> int:
    return Maker.objects.across_tenants().values_list("offers_refused", flat=True).get(pk=maker.pk)


def test_a_declined_offer_goes_to_another_maker(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    (offer,) = founding.distribute(order)
    journey.decline(offer)
    assert may_fetch(order) == set()
    assert refusals(offer.maker) == 1
    settled_without(order, offer.maker)


def test_work_given_back_after_acceptance_goes_to_another_maker(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    (offer,) = founding.distribute(order)
    journey.accept(offer)
    assert may_fetch(order) == {offer.maker.organisation_id}
    production.give_back(actor=founding.acting_for(offer.maker), offer_uid=offer.uid, reason="The laser is broken.")
    journey.drain()

    (job,) = founding.jobs_of(order)
    assert (job.state, job.maker, job.build) == ("pooled", None, None)
    assert may_fetch(order) == set()
    assert not Job.objects.visible_to(founding.acting_for(offer.maker)).filter(pk=job.pk).exists()
    with pytest.raises(Conflict):
        journey.accept(offer)
    settled_without(order, offer.maker)


def test_a_build_that_runs_cannot_be_given_back(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    (offer,) = founding.distribute(order)
    journey.accept(offer)
    journey.start(offer.build)
    with pytest.raises(Conflict):
        production.give_back(actor=founding.acting_for(offer.maker), offer_uid=offer.uid, reason="Too late.")
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_an_offer_nobody_answers_lapses_and_is_made_to_another(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    (offer,) = founding.distribute(order)
    with at(offer.deadline - timedelta(minutes=1)):
        assert production.lapse_offers() == 0
    with at(offer.deadline + timedelta(minutes=1)):
        with pytest.raises(Conflict):
            journey.accept(offer)
        assert production.lapse_offers() == 1
        assert production.lapse_offers() == 0
    assert may_fetch(order) == set()
    settled_without(order, offer.maker)


def test_a_maker_that_vanishes_after_accepting_loses_the_work(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    (offer,) = founding.distribute(order)
    journey.accept(offer)
    with at(offer.build.starts_at + timedelta(hours=23)):
        assert production.lapse_offers() == 0
    with at(offer.build.starts_at + timedelta(hours=25)):
        assert production.lapse_offers() == 1
        journey.drain()
        offer.refresh_from_db()
        assert offer.state == "lapsed"
        assert may_fetch(order) == set()
        (again,) = founding.distribute(order)
        assert again.maker_id != offer.maker_id
        assert again.deadline > offer.deadline
        with pytest.raises(Conflict):
            journey.start(offer.build)
        settled_without(order, offer.maker)
    assert refusals(offer.maker) == 1


def test_a_build_that_fails_half_way_keeps_the_good_pieces_and_remakes_the_rest(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 10, NYLON))
    (offer,) = founding.distribute(order)
    journey.accept(offer)
    journey.start(offer.build)
    (job,) = founding.jobs_of(order)
    production.fail_build(
        actor=founding.acting_for(offer.maker), build_uid=offer.build.uid, good={job.uid: 6}, reason="Power cut."
    )
    journey.drain()

    (line,) = founding.lines_of(order)
    assert (line.made, line.shipped) == (6, 0)
    assert sorted((each.quantity, each.state) for each in founding.jobs_of(order)) == [(4, "pooled"), (6, "made")]
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    delivered = founding.jobs_of(order, state="delivered")
    assert sorted(each.quantity for each in delivered) == [4, 6]
    assert sum(each.payout for each in delivered) == line.maker_unit_payout * 10
    assert founding.balance("warranty") == 0, "what fails at the maker is the maker's"


def test_a_build_that_fails_wholly_starts_from_the_pool(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 4, NYLON), (people.cube, 4, NYLON))
    (offer,) = founding.distribute(order)
    journey.accept(offer)
    journey.start(offer.build)
    production.fail_build(actor=founding.acting_for(offer.maker), build_uid=offer.build.uid, reason="Recoater crash.")
    journey.drain()
    assert {job.state for job in founding.jobs_of(order)} == {"pooled"}
    assert [line.made for line in founding.lines_of(order)] == [0, 0]
    assert may_fetch(order) == set()
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_an_order_cancelled_while_it_is_offered_is_taken_back_and_refunded(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON), (people.cube, 2, ANODISED), method="sandbox")
    journey.pay(people.buyer, order)
    offers = founding.distribute(order)
    assert len(offers) == 3, "two builds and a finishing"
    journey.accept(offers[0])
    production.cancel_order(actor=people.buyer, order_uid=order.uid)
    journey.drain()

    assert founding.at_state(order) == "cancelled"
    assert held(order.uid) == 0
    assert refunded(order.uid) == order.total
    assert {job.state for job in founding.jobs_of(order)} == {"cancelled"}
    assert may_fetch(order) == set()
    states = Offer.objects.across_tenants().filter(pk__in=[each.pk for each in offers]).values_list("state", flat=True)
    assert set(states) == {"withdrawn"}
    with pytest.raises(Conflict):
        journey.accept(offers[1])
    assert founding.distribute(order) == []


def test_a_wave_skips_what_was_cancelled_while_it_was_planning(people: People, monkeypatch) -> None:
    kept = founding.order(people.buyer, (people.bracket, 3, NYLON))
    gone = founding.order(people.buyer, (people.cube, 2, NYLON))
    plan = dispatch.plan

    def cancelled_meanwhile(*args, **kwargs):
        found = plan(*args, **kwargs)
        production.cancel_order(actor=people.buyer, order_uid=gone.uid)
        return found

    monkeypatch.setattr(dispatch, "plan", cancelled_meanwhile)
    wave = journey.run_wave()
    monkeypatch.undo()
    (cancelled,) = founding.jobs_of(gone)
    assert wave.result["skipped"] == [cancelled.uid]
    assert cancelled.state == "cancelled"
    assert founding.at_state(gone) == "cancelled"
    assert held(gone.uid) == 0
    journey.work_off([kept])
    assert founding.at_state(kept) == "settled", founding.where(kept)


def test_what_is_being_made_is_not_cancelled_and_the_rest_is_line_by_line(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 3, NYLON), (people.cube, 2, MILLED))
    for offer in founding.distribute(order):
        journey.accept(offer)
    nylon, milled = founding.lines_of(order)
    (job,) = founding.jobs_of(order, line=nylon)
    journey.start(job.build)

    with pytest.raises(Conflict) as refused:
        production.cancel_order(actor=people.buyer, order_uid=order.uid)
    assert refused.value.code == "already_making"
    assert refused.value.data["lines"] == [nylon.uid]
    production.cancel_line(actor=people.buyer, line_uid=milled.uid)
    journey.drain()
    assert refunded(order.uid) == milled.net + milled.tax
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert [line.state for line in founding.lines_of(order)] == ["settled", "cancelled"]
    assert held(order.uid) == 0


def test_a_finisher_that_declines_is_replaced_or_the_job_says_that_nobody_can(people: People) -> None:
    """Anodising has one workshop in this network: when it declines, the operator reads why nothing moves."""
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    offers = founding.distribute(order)
    (finishing,) = (offer for offer in offers if offer.operation_id)
    for offer in offers:
        journey.decline(offer) if offer == finishing else journey.accept(offer)
    journey.work_off([order])
    (job,) = founding.jobs_of(order)
    assert job.state == "made"
    assert "anodising" in job.obstacle
    finish = Operation.objects.across_tenants().get(job=job, kind="finish")
    assert (finish.state, finish.maker) == ("todo", None)
    assert finishing.maker.organisation_id not in may_fetch(order)
    assert Event.objects.filter(order_uid=order.uid, kind="production.job_needs_transfer").count() == 0


def test_every_maker_declining_leaves_the_reason_on_the_job(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, MILLED))
    asked = set()
    while offers := founding.distribute(order):
        for offer in offers:
            assert offer.maker_id not in asked, "a maker that declined is not asked again"
            asked.add(offer.maker_id)
            journey.decline(offer)
    assert len(asked) == 2
    (job,) = founding.jobs_of(order)
    assert job.state == "pooled"
    assert job.obstacle
