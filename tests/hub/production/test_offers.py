"""Makers answer, or do not; buyers cancel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict, Forbidden, NotFound
from penstock.hub.core.models import Event
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parts.models import Grant
from penstock.hub.production import selectors, services
from penstock.hub.production.models import Build, Job, Maker, Offer
from workshops import Network

pytestmark = pytest.mark.django_db


def the_job() -> Job:
    return Job.objects.across_tenants().get()


def test_acceptance_binds_jobs_build_and_offer(network: Network) -> None:
    offer = network.accepted(5)
    job = the_job()
    assert (offer.state, offer.build.state, job.state, job.holder) == ("accepted", "accepted", "accepted", offer.maker)
    event = Event.objects.get(kind="production.offer_accepted")
    assert event.organisation_ids == sorted([network.buyer.pk, offer.maker.organisation_id])
    assert "payout" not in event.payload
    with pytest.raises(Conflict):
        services.accept_offer(actor=network.workshops["Suzhou"].actor, offer_uid=offer.uid)


@pytest.mark.parametrize("verb", ["accept_offer", "decline_offer"])
def test_nobody_answers_for_another(network: Network, verb: str) -> None:
    other = network.workshop("Hangzhou")
    offer = network.offered(1)
    with pytest.raises(NotFound):
        getattr(services, verb)(actor=other.actor, offer_uid=offer.uid)


def decline(network: Network, offer: Offer) -> None:
    services.decline_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid, reason="full")


def give_back(network: Network, offer: Offer) -> None:
    services.accept_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)
    services.give_back(actor=network.actor_of(offer.maker), offer_uid=offer.uid, reason="machine down")


def never_answer(network: Network, offer: Offer) -> None:
    Offer.objects.across_tenants().filter(pk=offer.pk).update(deadline=timezone.now() - timedelta(minutes=1))
    assert services.lapse_offers() == 1


def vanish_after_acceptance(network: Network, offer: Offer) -> None:
    services.accept_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)
    assert services.lapse_offers() == 0
    long_ago = timezone.now() - timedelta(days=3)
    Build.objects.across_tenants().filter(pk=offer.build_id).update(starts_at=long_ago)
    assert services.lapse_offers() == 1


@pytest.mark.parametrize("refuse", [decline, give_back, never_answer, vanish_after_acceptance])
def test_work_that_is_refused_goes_to_another_maker(network: Network, refuse) -> None:
    other = network.workshop("Hangzhou", "eos-p396")
    offer = network.offered(6)
    first = offer.maker
    refuse(network, offer)
    job = the_job()
    assert (job.state, job.maker, job.holder, job.build) == ("pooled", None, None, None)
    assert job.excluded_maker_ids == [first.pk]
    assert Build.objects.across_tenants().get().state == "dissolved"
    assert not Grant.objects.across_tenants().filter(organisation=first.organisation).exists()
    assert not Job.objects.visible_to(network.actor_of(first)).exists()
    services.run_wave(actor=SYSTEM)
    again = Offer.objects.across_tenants().get(state="open")
    assert again.maker == other.maker
    record = Maker.objects.across_tenants().get(pk=first.pk)
    assert (record.offers_made, record.offers_refused) == (1, 1)
    assert selectors.record(record).quality < selectors.record(other.maker).quality


def test_an_answer_after_the_deadline_is_refused(network: Network) -> None:
    offer = network.offered(1)
    Offer.objects.across_tenants().filter(pk=offer.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="offer_lapsed"):
        services.accept_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)


def test_a_build_that_has_begun_is_not_given_back(network: Network) -> None:
    offer = network.accepted(1)
    actor = network.actor_of(offer.maker)
    services.start_build(actor=actor, build_uid=offer.build.uid)
    with pytest.raises(Conflict):
        services.give_back(actor=actor, offer_uid=offer.uid, reason="changed my mind")
    assert the_job().state == "making"


def test_a_finisher_that_declines_makes_room_for_the_next(network: Network) -> None:
    near = network.workshop("Suzhou", finishes=["dyeing"])
    far = network.workshop("Shenzhen", finishes=["dyeing"])
    network.offered(2, finish="dyeing")
    asked = Offer.objects.across_tenants().get(operation__isnull=False)
    assert asked.maker == near.maker
    services.decline_offer(actor=near.actor, offer_uid=asked.uid)
    asked = Offer.objects.across_tenants().get(operation__isnull=False, state="open")
    assert asked.maker == far.maker
    services.decline_offer(actor=far.actor, offer_uid=asked.uid)
    assert "dyeing" in the_job().obstacle
    assert services.find_finishers() == 0
    assert not Grant.objects.across_tenants().filter(organisation=far.maker.organisation).exists()


def test_pieces_without_a_finisher_find_one_later(network: Network) -> None:
    first = network.workshop("Suzhou", finishes=["dyeing"])
    network.offered(2, finish="dyeing")
    asked = Offer.objects.across_tenants().get(operation__isnull=False)
    services.decline_offer(actor=first.actor, offer_uid=asked.uid)
    assert [item.kind for item in selectors.exceptions(SYSTEM)] == ["obstacle"]
    late = network.workshop("Hangzhou", finishes=["dyeing"])
    assert services.find_finishers() == 1
    again = Offer.objects.across_tenants().get(operation__isnull=False, state="open")
    assert (again.maker, the_job().obstacle) == (late.maker, "")
    services.decline_offer(actor=late.actor, offer_uid=again.uid)
    uid = first.maker.organisation.uid
    chosen = services.offer_finishing(actor=SYSTEM, job_uid=the_job().uid, organisation_uid=uid)
    assert (chosen.maker, chosen.payout) == (first.maker, asked.payout)
    with pytest.raises(Conflict, match="nothing_to_finish"):
        services.offer_finishing(actor=SYSTEM, job_uid=the_job().uid, organisation_uid=uid)


def test_cancelling_withdraws_offers_and_builds(network: Network) -> None:
    offer = network.accepted(5)
    order = Order.objects.across_tenants().get()
    services.cancel_order(actor=network.buyer_actor, order_uid=order.uid)
    order.refresh_from_db()
    offer.refresh_from_db()
    assert (order.state, the_job().state, offer.state, offer.build.state) == (
        "cancelled", "cancelled", "withdrawn", "dissolved",
    )  # fmt: skip
    assert not Grant.objects.across_tenants().exists()


def test_cancelling_one_line_shrinks_the_build_and_its_offer(network: Network) -> None:
    offer = network.offered(2, 3)
    first, second = Job.objects.across_tenants().order_by("pk")
    services.cancel_line(actor=network.buyer_actor, line_uid=first.line.uid)
    offer.refresh_from_db()
    assert (offer.state, offer.payout) == ("open", second.payout)
    assert {placement["job"] for placement in offer.build.layout} == {second.uid}
    assert OrderLine.objects.across_tenants().get(pk=first.line_id).state == "cancelled"


def test_what_is_being_made_cannot_be_cancelled_and_is_named(network: Network) -> None:
    offer = network.accepted(5)
    services.start_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    order = Order.objects.across_tenants().get()
    with pytest.raises(Conflict, match="already_making") as refused:
        services.cancel_order(actor=network.buyer_actor, order_uid=order.uid)
    assert refused.value.data["lines"] == [order.lines.get().uid]
    with pytest.raises(Conflict, match="already_making"):
        services.cancel_line(actor=network.buyer_actor, line_uid=order.lines.get().uid)


def test_only_the_buyer_cancels(network: Network) -> None:
    offer = network.offered(1)
    order = Order.objects.across_tenants().get()
    with pytest.raises(NotFound):
        services.cancel_order(actor=network.actor_of(offer.maker), order_uid=order.uid)


def test_a_viewer_of_the_workshop_reads_but_does_not_answer(network: Network) -> None:
    from workshops import member_of

    offer = network.offered(1)
    viewer = member_of(offer.maker.organisation, frozenset({"read"}))
    assert selectors.offer(viewer, offer.uid).payout == offer.payout
    with pytest.raises(Forbidden):
        services.accept_offer(actor=viewer, offer_uid=offer.uid)
