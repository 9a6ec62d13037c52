"""What happens by itself: work from confirmed orders, waves in their rhythm, records from complaints."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from penstock.hub.core import jobs as background
from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM
from penstock.hub.orders import events as orders
from penstock.hub.production import jobs, selectors, services
from penstock.hub.production.models import Job, Offer, Wave
from workshops import Network

pytestmark = pytest.mark.django_db


def test_a_confirmed_order_becomes_work_once_however_often_the_news_comes(network: Network) -> None:
    order = network.order(2, 3)
    for _twice in range(2):
        with transaction.atomic():
            journal.record(
                orders.ORDER_CONFIRMED, actor=SYSTEM, order=order.uid, number=order.number, promised_on="soon"
            )
    background.drain()
    order.refresh_from_db()
    assert order.state == "in_production"
    assert [job.quantity for job in Job.objects.across_tenants().order_by("pk")] == [2, 3]


def test_an_order_cancelled_before_its_news_arrives_makes_no_work(network: Network) -> None:
    order = network.order(2)
    with transaction.atomic():
        journal.record(orders.ORDER_CONFIRMED, actor=SYSTEM, order=order.uid, number=order.number, promised_on="")
    services.cancel_order(actor=network.buyer_actor, order_uid=order.uid)
    background.drain()
    assert not Job.objects.across_tenants().exists()


def a_minute_passes() -> None:
    jobs.distribute(0)
    background.drain()


def test_waves_run_by_themselves_when_something_waits_and_the_pause_is_over(network: Network) -> None:
    services.publish_policy(actor=SYSTEM, document={"wave_minutes": 10, "weights": {"min_fill": 0}})
    a_minute_passes()
    assert not Wave.objects.exists()
    network.pooled(1)
    a_minute_passes()
    assert Offer.objects.across_tenants().count() == 1
    network.pooled(1)
    a_minute_passes()
    assert Wave.objects.count() == 1
    Wave.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    a_minute_passes()
    assert Offer.objects.across_tenants().count() == 2


def test_each_process_is_planned_by_a_job_of_its_own_and_asked_for_once(network: Network) -> None:
    services.publish_policy(actor=SYSTEM, document={"weights": {"min_fill": 0}})
    first, second = network.pooled(1), network.pooled(1)
    Job.objects.across_tenants().filter(pk=second[0].pk).update(process="mjf")
    for _twice in range(2):
        jobs.distribute(0)
    asked = ProcrastinateJob.objects.filter(task_name="production.plan_process", status="todo")
    assert sorted((job.lock, job.queueing_lock, job.args["process"]) for job in asked) == [
        ("wave mjf", "wave mjf", "mjf"),
        ("wave sls", "wave sls", "sls"),
    ]
    background.drain()
    assert sorted(Wave.objects.values_list("process", flat=True)) == ["mjf", "sls"]
    first[0].refresh_from_db()
    second[0].refresh_from_db()
    # Nobody in this network runs MJF; its wave says so and touches nothing else.
    assert (first[0].state, second[0].state, bool(second[0].obstacle)) == ("offered", "pooled", True)


def test_complaints_lower_a_makers_quality(network: Network) -> None:
    maker = network.workshops["Suzhou"].maker
    type(maker).objects.across_tenants().update(pieces_inspected=100)
    maker.refresh_from_db()
    before = selectors.record(maker).quality
    services.record_complaint(maker=maker, pieces=30)
    maker.refresh_from_db()
    after = selectors.record(maker)
    assert after.pieces_good == pytest.approx(90 / 120)
    assert after.quality < before
