"""From the machine to the door: good and failed pieces, finishing elsewhere, inspection, loss, who is paid."""

from __future__ import annotations

from decimal import Decimal

import pytest

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.models import Event
from penstock.hub.ledger import services as ledger
from penstock.hub.orders.models import OrderLine
from penstock.hub.production import selectors, services
from penstock.hub.production.models import Job, Maker, Offer, Operation
from workshops import Network

pytestmark = pytest.mark.django_db


def jobs(**lookups) -> list[Job]:
    return list(Job.objects.across_tenants().filter(**lookups).order_by("pk"))


def the_line() -> OrderLine:
    return OrderLine.objects.across_tenants().get()


def running(network: Network, *quantities: int, finish: str = "") -> Offer:
    offer = network.accepted(*quantities, finish=finish)
    services.start_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    return offer


def deliver(network: Network, job: Job) -> None:
    """Inspect, ship and deliver what is made."""
    job.refresh_from_db()
    services.record_inspection(actor=network.actor_of(job.holder), job=job, passed=job.quantity, failed=0)
    services.mark_shipped(actor=SYSTEM, job=job)
    services.mark_delivered(actor=SYSTEM, job=job)


def test_a_finished_build_counts_its_pieces_on_the_line(network: Network) -> None:
    offer = running(network, 5)
    services.finish_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    assert the_line().made == 5
    assert [(job.state, job.holder) for job in jobs()] == [("made", offer.maker)]
    assert offer.build.machine.__class__.objects.across_tenants().get().loaded_material == "pa12"
    with pytest.raises(Conflict):
        services.finish_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    assert the_line().made == 5


def test_failed_pieces_become_a_pooled_job_and_no_cent_is_lost(network: Network) -> None:
    offer = running(network, 10)
    (job,) = jobs()
    services.fail_build(
        actor=network.actor_of(offer.maker), build_uid=offer.build.uid, good={job.uid: 7}, reason="power cut"
    )
    good, again = jobs()
    assert (good.quantity, good.state, again.quantity, again.state) == (7, "made", 3, "pooled")
    assert (again.maker, again.holder, again.build, again.split_from) == (None, None, None, good)
    assert good.payout + again.payout == job.payout == Decimal("100.10")
    assert the_line().made == 7
    assert [step.state for step in again.operations.all()] == ["todo"] * 3
    assert [step.state for step in good.operations.all()] == ["done", "todo", "todo"]


def test_a_build_that_fails_altogether_pools_its_jobs_again(network: Network) -> None:
    offer = running(network, 4)
    services.fail_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid, reason="crash")
    (job,) = jobs()
    assert (job.state, job.build, job.excluded_maker_ids) == ("pooled", None, [])
    services.run_wave(actor=SYSTEM)
    assert Offer.objects.across_tenants().get(state="open").payout == job.payout


def test_counts_that_cannot_be_are_refused(network: Network) -> None:
    offer = running(network, 4)
    (job,) = jobs()
    actor = network.actor_of(offer.maker)
    for good in ({job.uid: 5}, {job.uid: -1}, {"job_unknown": 1}):
        with pytest.raises(Invalid):
            services.finish_build(actor=actor, build_uid=offer.build.uid, good=good)
    assert the_line().made == 0


def test_inspection_failures_are_made_again_and_go_into_the_record(network: Network) -> None:
    offer = running(network, 10)
    actor = network.actor_of(offer.maker)
    services.finish_build(actor=actor, build_uid=offer.build.uid)
    (job,) = jobs()
    with pytest.raises(Invalid):
        services.record_inspection(actor=actor, job=job, passed=10, failed=1)
    services.record_inspection(actor=actor, job=job, passed=8, failed=2)
    ready, again = jobs()
    assert (ready.state, ready.quantity, again.state, again.quantity) == ("ready", 8, "pooled", 2)
    assert the_line().made == 8
    maker = Maker.objects.across_tenants().get(pk=offer.maker_id)
    assert (maker.pieces_inspected, maker.pieces_failed) == (10, 2)
    assert Event.objects.get(kind="production.job_ready").payload["job_uid"] == ready.uid
    told = selectors.record(maker)
    assert told.pieces_good == pytest.approx((8 + 20) / (10 + 20))
    assert "(8 + 20) of (10 + 20)" in told.explanation[0]


def test_the_payees_of_a_line_add_up_however_its_pieces_were_divided(network: Network) -> None:
    offer = running(network, 10)
    services.finish_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid, good={jobs()[0].uid: 3})
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get(state="open")
    services.accept_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)
    services.start_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    services.finish_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    for job in jobs():
        deliver(network, job)
    line = the_line()
    assert line.delivered == 10
    payees = services.job_payees(line_id=line.pk)
    assert sum(payee.amount for payee in payees) == line.maker_unit_payout * line.quantity
    assert {payee.organisation_id for payee in payees} == {offer.maker.organisation_id}


@pytest.mark.parametrize("accepted_before_made", [True, False])
def test_pieces_go_to_the_finisher_and_both_are_paid(network: Network, accepted_before_made: bool) -> None:
    finisher = network.workshop("Hangzhou", finishes=["dyeing"])
    print_offer = running(network, 4, finish="dyeing")
    finish_offer = Offer.objects.across_tenants().get(operation__isnull=False)
    transfers = Event.objects.filter(kind="production.job_needs_transfer")
    if accepted_before_made:
        services.accept_offer(actor=finisher.actor, offer_uid=finish_offer.uid)
        assert not transfers.exists()
    services.finish_build(actor=network.actor_of(print_offer.maker), build_uid=print_offer.build.uid)
    if not accepted_before_made:
        assert not transfers.exists()
        services.accept_offer(actor=finisher.actor, offer_uid=finish_offer.uid)
    assert transfers.get().payload["to_maker_uid"] == finisher.maker.organisation.uid
    (job,) = jobs()
    step = Operation.objects.across_tenants().get(kind="finish")
    with pytest.raises(Conflict, match="pieces_not_here"):
        services.finish_operation(actor=finisher.actor, operation_uid=step.uid)
    with pytest.raises(Conflict, match="not_finished"):
        services.record_inspection(actor=network.actor_of(job.holder), job=job, passed=4, failed=0)
    services.arrive_for_finishing(actor=SYSTEM, job=job, maker=finisher.maker)
    with pytest.raises(Conflict, match="pieces_are_here"):
        services.give_back(actor=finisher.actor, offer_uid=finish_offer.uid, reason="no")
    services.finish_operation(actor=finisher.actor, operation_uid=step.uid)
    deliver(network, job)
    payees = {payee.organisation_id: payee.amount for payee in services.job_payees(line_id=job.line_id)}
    assert payees == {
        print_offer.maker.organisation_id: print_offer.payout,
        finisher.maker.organisation_id: finish_offer.payout,
    }
    assert sum(payees.values()) == Decimal("40.04")


def test_finishing_that_is_done_is_not_given_back(network: Network) -> None:
    workshop, other = network.workshops["Suzhou"], network.workshop("Hangzhou", finishes=["dyeing"])
    running(network, 4, finish="dyeing")
    (job,) = jobs()
    services.finish_build(actor=workshop.actor, build_uid=job.build.uid)
    services.change_maker(actor=workshop.actor, organisation_uid=workshop.maker.organisation.uid, finishes=["dyeing"])
    first = Offer.objects.across_tenants().get(operation__isnull=False)
    services.decline_offer(actor=other.actor, offer_uid=first.uid)
    asked = Offer.objects.across_tenants().get(operation__isnull=False, state="open")
    services.accept_offer(actor=workshop.actor, offer_uid=asked.uid)
    step = Operation.objects.across_tenants().get(kind="finish")
    services.finish_operation(actor=workshop.actor, operation_uid=step.uid)
    with pytest.raises(Conflict, match="already_finished"):
        services.give_back(actor=workshop.actor, offer_uid=asked.uid, reason="no")
    assert Maker.objects.across_tenants().get(pk=workshop.maker.pk).offers_refused == 0


def test_lost_pieces_are_made_again_and_their_makers_paid_by_the_warranty(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    credited = []
    monkeypatch.setattr(ledger, "credit_payee", lambda **given: credited.append(given))
    offer = running(network, 3)
    actor = network.actor_of(offer.maker)
    services.finish_build(actor=actor, build_uid=offer.build.uid)
    (job,) = jobs()
    services.record_inspection(actor=actor, job=job, passed=3, failed=0)
    services.mark_shipped(actor=SYSTEM, job=job)
    again = services.mark_lost(actor=SYSTEM, job=job)
    job.refresh_from_db()
    line = the_line()
    assert (job.state, again.state, again.quantity, again.payout) == ("lost", "pooled", 3, job.payout)
    assert (line.made, line.shipped) == (0, 0)
    assert [given["amount"] for given in credited] == [job.payout]
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get(state="open")
    services.accept_offer(actor=actor, offer_uid=offer.uid)
    services.start_build(actor=actor, build_uid=offer.build.uid)
    services.finish_build(actor=actor, build_uid=offer.build.uid)
    deliver(network, again)
    assert sum(payee.amount for payee in services.job_payees(line_id=line.pk)) == job.payout


def test_a_remake_is_not_counted_on_the_line_and_not_among_its_payees(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    credited = []
    monkeypatch.setattr(ledger, "credit_payee", lambda **given: credited.append(given))
    other = network.workshop("Hangzhou", "eos-p396")
    offer = running(network, 3)
    services.finish_build(actor=network.actor_of(offer.maker), build_uid=offer.build.uid)
    deliver(network, jobs()[0])
    line = the_line()
    remade = services.remake(
        actor=SYSTEM, line_id=line.pk, quantity=2, complaint_uid="cmp_1", reason="warped",
        excluded_maker_ids=[offer.maker_id],
    )  # fmt: skip
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get(state="open")
    assert offer.maker == other.maker
    services.accept_offer(actor=other.actor, offer_uid=offer.uid)
    services.start_build(actor=other.actor, build_uid=offer.build.uid)
    services.finish_build(actor=other.actor, build_uid=offer.build.uid)
    deliver(network, remade)
    line.refresh_from_db()
    assert (line.made, line.shipped, line.delivered) == (3, 3, 3)
    assert [given["amount"] for given in credited] == [Decimal("20.02")]
    assert {p.organisation_id for p in services.job_payees(line_id=line.pk)} != {other.maker.organisation_id}
    buyer = line.order.organisation
    own = Maker.objects.across_tenants().create(organisation=buyer, address=other.maker.address)
    again = services.remake(actor=SYSTEM, line_id=line.pk, quantity=1, complaint_uid="cmp_3", reason="")
    assert again.excluded_maker_ids == [own.pk], "the buyer's own workshop is not asked for it"
    services.ask_everybody(actor=SYSTEM, job_uid=again.uid)
    again.refresh_from_db()
    assert again.excluded_maker_ids == [own.pk]
    with pytest.raises(Invalid):
        services.remake(actor=SYSTEM, line_id=line.pk, quantity=4, complaint_uid="cmp_2", reason="")
