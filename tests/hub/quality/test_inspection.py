"""Inspection: good pieces go on, the others are made again; only whoever has the pieces says so."""

from __future__ import annotations

import pytest

import founding
from founding import ANODISED, NYLON, People
from penstock.demo import journey
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.orders.models import Order
from penstock.hub.production.models import Job, Maker
from penstock.hub.quality import selectors, services
from penstock.hub.quality.models import Inspection


@pytest.fixture
def order(people: People) -> Order:
    """Ten pieces, made and not inspected."""
    order = founding.order(people.buyer, (people.bracket, 10, NYLON))
    founding.accept_all(order)
    founding.make(order)
    return order


@pytest.fixture
def job(order: Order) -> Job:
    (job,) = founding.jobs_of(order)
    return job


def record(maker: Maker) -> tuple[int, int]:
    maker.refresh_from_db()
    return maker.pieces_inspected, maker.pieces_failed


def test_good_pieces_are_ready(order: Order, job: Job) -> None:
    services.inspect(actor=founding.acting_for(job.holder), job_uid=job.uid, passed=10, failed=0, note=" Fine. ")
    job.refresh_from_db()
    assert job.state == "ready"
    assert record(job.maker) == (10, 0)
    inspection = Inspection.objects.across_tenants().get(job=job)
    assert (inspection.passed, inspection.failed, inspection.note) == (10, 0, "Fine.")
    assert inspection.inspected_by is not None
    event = Event.objects.get(kind="quality.inspected", order_uid=order.uid)
    assert set(event.organisation_ids) == {order.organisation_id, job.holder.organisation_id}


def test_failed_pieces_are_made_again_and_counted(order: Order, job: Job) -> None:
    journey.inspect(job, failed=3, note="Warped.")
    assert sorted((each.quantity, each.state) for each in founding.jobs_of(order)) == [(3, "pooled"), (7, "ready")]
    assert record(job.maker) == (10, 3)
    (line,) = founding.lines_of(order)
    assert line.made == 7
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    (line,) = founding.lines_of(order)
    assert line.delivered == 10


def test_all_pieces_can_fail(order: Order, job: Job) -> None:
    journey.inspect(job, failed=10)
    (again,) = founding.jobs_of(order)
    assert (again.state, again.holder, again.quantity) == ("pooled", None, 10)
    assert founding.lines_of(order)[0].made == 0


@pytest.mark.parametrize(("passed", "failed"), [(9, 0), (10, 1), (-1, 11), (11, -1), (0, 0)])
def test_pieces_must_add_up(job: Job, passed: int, failed: int) -> None:
    with pytest.raises(Invalid) as refused:
        services.inspect(actor=founding.acting_for(job.holder), job_uid=job.uid, passed=passed, failed=failed)
    assert refused.value.code == "pieces_do_not_add_up"
    assert not Inspection.objects.across_tenants().exists()


def test_nothing_is_inspected_twice(job: Job) -> None:
    actor = founding.acting_for(job.holder)
    services.inspect(actor=actor, job_uid=job.uid, passed=10, failed=0)
    with pytest.raises(Conflict):
        services.inspect(actor=actor, job_uid=job.uid, passed=10, failed=0)
    assert Inspection.objects.across_tenants().count() == 1
    assert record(job.maker) == (10, 0)


def test_only_those_who_have_the_pieces_inspect_them(people: People, job: Job) -> None:
    other = Maker.objects.across_tenants().exclude(pk=job.holder_id).first()
    for stranger in (founding.acting_for(other), people.buyer, people.other_buyer, people.carrier):
        with pytest.raises((NotFound, Forbidden)):
            services.inspect(actor=stranger, job_uid=job.uid, passed=10, failed=0)
        assert not selectors.inspections(stranger).exists()
    services.inspect(actor=people.operator, job_uid=job.uid, passed=10, failed=0)
    assert selectors.inspections(people.operator).count() == 1


def test_work_that_nobody_has_made_cannot_be_inspected(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    (job,) = founding.jobs_of(order)
    with pytest.raises(Conflict):
        services.inspect(actor=people.operator, job_uid=job.uid, passed=2, failed=0)
    (offer,) = founding.distribute(order)
    with pytest.raises(Conflict):
        services.inspect(actor=founding.acting_for(offer.maker), job_uid=job.uid, passed=2, failed=0)
    journey.accept(offer)
    with pytest.raises(Conflict):
        services.inspect(actor=founding.acting_for(offer.maker), job_uid=job.uid, passed=2, failed=0)


def test_the_finisher_inspects_what_it_finished(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    founding.accept_all(order)
    founding.make(order)
    (job,) = founding.jobs_of(order)
    with pytest.raises(Conflict):  # not finished yet
        services.inspect(actor=founding.acting_for(job.maker), job_uid=job.uid, passed=2, failed=0)
    (parcel,) = journey.parcels_in("planned", [order])
    journey.hand_over(parcel)
    journey.report(parcel, "delivered", "there")
    journey.finish_surfaces([order])
    (job,) = founding.jobs_of(order)
    assert job.holder_id == parcel.to_maker_id
    with pytest.raises((Forbidden, NotFound)):
        services.inspect(actor=founding.acting_for(job.maker), job_uid=job.uid, passed=2, failed=0)
    journey.inspect(job)
    assert record(job.maker) == (2, 0), "the record of who made it"
