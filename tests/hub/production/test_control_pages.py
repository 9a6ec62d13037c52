"""The operator's control room, the preview of a wave and its page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from buyers import operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.production import control
from penstock.hub.production.models import Build, Job, Offer, Wave
from workshops import Network, browser_of


@pytest.fixture
def network(db: None) -> Network:
    operator_firm()
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    made.workshop("Shenzhen", "eos-p396")
    return made


@pytest.fixture
def desk(network: Network) -> Client:
    return browser_of(operator_firm(), "Mei")


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_control_room_shows_pools_load_and_the_empty_room_teaches(network: Network, desk: Client) -> None:
    assert "Nothing waits" in text_of(desk.get("/desk/control"))
    network.pooled(3)
    page = text_of(desk.get("/desk/control"))
    for words in ("SLS", "PA12", "3 pieces", "Load against capacity", "Run wave now"):
        assert words in page
    [bar] = control.pool_bars(SYSTEM)
    assert (bar.pool.pieces, bar.width) == (3, 100)


def test_a_preview_commits_nothing_and_running_it_does(network: Network, desk: Client) -> None:
    network.pooled(3)
    page = text_of(desk.get("/desk/control/preview"))
    assert "Suzhou" in page
    assert not Wave.objects.exists()
    assert not Offer.objects.across_tenants().exists()
    assert "Waits until" in text_of(desk.get("/desk/control/preview?hold_back=yes"))
    answer = desk.post("/desk/control/wave", follow=True)
    page = text_of(answer)
    assert "The wave is done" in page
    assert Offer.objects.across_tenants().count() == 1
    (job,) = Job.objects.across_tenants()
    for words in (job.uid, "Least cost of 2 able machines", "more, most of it", "gantt-data", "js/wave"):
        assert words in page


def test_a_held_pool_shows_the_fill_of_its_next_build(network: Network, desk: Client) -> None:
    network.pooled(3)
    desk.post("/desk/control/wave", {"hold_back": "yes"})
    [bar] = control.pool_bars(SYSTEM)
    assert bar.next_fill is not None
    assert 0 <= bar.next_fill < 50


def test_the_outlook_counts_what_is_planned_and_the_misses_name_their_owner(network: Network, desk: Client) -> None:
    offer = network.offered(3)
    now = timezone.now()
    planned = sum(week.locked for weeks in control.outlook(SYSTEM).values() for week in weeks)
    assert planned == pytest.approx((offer.build.ends_at - offer.build.starts_at).total_seconds() / 3600, rel=1e-6)
    assert control.misses(SYSTEM) == []
    Build.objects.across_tenants().update(
        state="finished", ends_at=now - timedelta(days=3), ended_at=now - timedelta(days=1)
    )
    [miss] = control.misses(SYSTEM)
    assert miss.owner == str(offer.maker)
    assert "48 hours late" in miss.what
    page = text_of(desk.get("/desk/control"))
    assert "48 hours late" in page
    assert f"/builds/{offer.build.uid}" in page


def test_an_exception_names_what_it_is_about_and_leads_there(network: Network, desk: Client) -> None:
    network.pooled(3)
    Job.objects.across_tenants().update(
        obstacle="Not for resin-clear: 1 machine at 1 maker. No machine for slm: 2 makers looked at."
    )
    page = text_of(desk.get("/desk/control"))
    (job,) = Job.objects.across_tenants().select_related("line__order")
    for words in ("Not for Clear resin: 1 machine at 1 maker.", "No machine for SLM", f"3 × {job.line.part_name}"):
        assert words in page
    for where in (f"/jobs/{job.uid}", f"/orders/{job.line.order.uid}"):
        assert f'href="{where}"' in page
        assert desk.get(where).status_code == 200
    assert ">" + job.uid not in page
    preview = text_of(desk.get("/desk/control/preview?hold_back=yes"))
    assert f"3 × {job.line.part_name}</a>" in preview


def test_the_room_is_the_operators(network: Network) -> None:
    maker = browser_of(network.workshops["Suzhou"].maker.organisation, "Li Na")
    for url in ("/desk/control", "/desk/control/preview"):
        assert maker.get(url).status_code in (403, 404)
    assert maker.post("/desk/control/wave").status_code in (403, 404)
