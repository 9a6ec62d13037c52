"""Inspection: good pieces go on, the others are made again; only whoever has the pieces says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import founding
from founding import ANODISED, NYLON, People
from penstock.demo import journey
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.core.money import split
from penstock.hub.ledger.checking import check
from penstock.hub.ledger.reading import owed_to
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import User
from penstock.hub.production import selectors as production
from penstock.hub.production.models import Job, Maker, Operation
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


def test_what_fails_after_finishing_elsewhere_is_the_finishers(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 4, ANODISED))
    founding.accept_all(order)
    founding.make(order)
    (job,) = founding.jobs_of(order)
    for parcel in journey.parcels_in("planned", [order]):
        journey.hand_over(parcel)
        journey.report(parcel, "delivered", f"{parcel.uid}-there")
    journey.finish_surfaces([order])
    job.refresh_from_db()
    maker, finisher = job.maker, job.holder
    assert finisher != maker
    before = [record(maker), record(finisher)]
    made = Operation.objects.across_tenants().get(job=job, kind="make").payout
    owed = [owed_to(each.organisation_id) for each in (maker, finisher)]
    journey.inspect(job, failed=1)
    after = [record(maker), record(finisher)]
    assert owed_to(maker.organisation_id) - owed[0] == split(made, [3, 1])[1], (
        "it did its work on the piece that was spoiled"
    )
    assert owed_to(finisher.organisation_id) == owed[1]
    assert not check()
    assert [tuple(b - a for a, b in zip(*pair, strict=True)) for pair in zip(before, after, strict=True)] == [
        (3, 0),
        (4, 1),
    ]


def test_pieces_that_lie_unfinished_are_shown_to_the_operator(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 1, ANODISED))
    founding.accept_all(order)
    founding.make(order)
    for parcel in journey.parcels_in("planned", [order]):
        journey.hand_over(parcel)
        journey.report(parcel, "delivered", f"{parcel.uid}-there")
    (job,) = founding.jobs_of(order)
    kinds = {(item.kind, item.subject_uid) for item in production.exceptions(SYSTEM)}
    assert ("overdue_finishing", job.uid) not in kinds
    Job.objects.across_tenants().filter(pk=job.pk).update(due_at=timezone.now() - timedelta(hours=1))
    kinds = {(item.kind, item.subject_uid) for item in production.exceptions(SYSTEM)}
    assert ("overdue_finishing", job.uid) in kinds


def test_an_inspection_reported_by_telephone(order: Order, job: Job, client: Client) -> None:
    client.force_login(User.objects.create_superuser("desk@example.org", "a long password"))
    add = reverse("admin:quality_inspection_add")
    refused = client.post(add, {"job": job.pk, "passed": 9, "failed": 0, "note": ""}, follow=True)
    assert "must add up to 10" in refused.content.decode()
    client.post(add, {"job": job.pk, "passed": 9, "failed": 1, "note": "by telephone"})
    inspection = Inspection.objects.across_tenants().get(job=job)
    assert (inspection.passed, inspection.failed, inspection.maker) == (9, 1, job.holder)
