"""What is expected to arrive in a pool decides whether a thin build waits."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.orders.models import Order
from penstock.hub.production import services
from penstock.hub.production.forecast import arrivals
from penstock.hub.production.models import Job
from workshops import Network

pytestmark = pytest.mark.django_db
POOL = ("sls", "pa12")


def placed(days_ago: float, jobs: list[Job]) -> None:
    """As if these had been ordered some days ago."""
    orders = {job.line.order_id for job in jobs}
    Order.objects.across_tenants().filter(pk__in=orders).update(placed_at=timezone.now() - timedelta(days=days_ago))


def test_a_young_network_expects_nothing(network: Network) -> None:
    assert arrivals(timezone.now(), ["sls"]) == {}
    placed(13, network.pooled(5))
    assert arrivals(timezone.now(), ["sls"]) == {}


def test_the_mean_of_the_orders_is_expected(network: Network) -> None:
    jobs = network.pooled(5, 3)
    placed(20, jobs)
    box_mm3 = math.prod(jobs[0].line.revision.measurement["size_mm"])
    assert arrivals(timezone.now(), ["sls"]) == {POOL: pytest.approx(8 * box_mm3 / (20 * 24), rel=1e-3)}
    assert arrivals(timezone.now(), ["fdm"]) == {}, "of other pools"
    placed(5, network.pooled(2))
    assert arrivals(timezone.now(), ["sls"]) == {POOL: pytest.approx(10 * box_mm3 / (20 * 24), rel=1e-3)}


def test_only_the_last_four_weeks_count_and_only_what_came_from_outside(network: Network) -> None:
    placed(60, network.pooled(500))
    jobs = network.pooled(4)
    placed(3, jobs)
    box_mm3 = math.prod(jobs[0].line.revision.measurement["size_mm"])
    expected = {POOL: pytest.approx(4 * box_mm3 / (28 * 24), rel=1e-3)}
    assert arrivals(timezone.now(), ["sls"]) == expected
    again = network.pooled(9)
    Job.objects.across_tenants().filter(pk=again[0].pk).update(split_from=jobs[0])
    remade = network.pooled(9)
    Job.objects.across_tenants().filter(pk=remade[0].pk).update(complaint_uid="cmp_1")
    gone = network.pooled(9)
    Job.objects.across_tenants().filter(pk=gone[0].pk).update(state="cancelled")
    assert arrivals(timezone.now(), ["sls"]) == expected


def test_a_thin_build_waits_for_what_is_expected_and_not_for_nothing(network: Network) -> None:
    placed(27, network.pooled(1))
    [lonely] = network.pooled(1)
    assert services.run_wave(actor=SYSTEM, hold_back=True).result["waiting"] == []
    lonely.refresh_from_db()
    assert lonely.state == "offered"
    Job.objects.across_tenants().filter(state="offered").update(state="delivered")
    for _ in range(40):
        placed(10, network.pooled(60))
    Job.objects.across_tenants().filter(state="pooled").update(state="delivered")
    network.pooled(1)
    [held] = services.run_wave(actor=SYSTEM, hold_back=True).result["waiting"]
    assert "saves" in held["why"]
