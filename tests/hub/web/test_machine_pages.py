"""A workshop's machines: added from the catalogue, blocked and freed, and what they did in the last weeks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from penstock.hub.production import calendar, services, usage
from penstock.hub.production.models import Build, CalendarBlock, Machine
from workshops import Network, Workshop, browser_of

WEDNESDAY = timezone.make_aware(datetime(2026, 11, 18, 12))


@pytest.fixture
def network(db: None) -> Network:
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    return made


@pytest.fixture
def workshop(network: Network) -> Workshop:
    return network.workshops["Suzhou"]


@pytest.fixture
def machine(workshop: Workshop) -> Machine:
    return Machine.objects.across_tenants().get(maker=workshop.maker)


@pytest.fixture
def li_na(workshop: Workshop) -> Client:
    return browser_of(workshop.maker.organisation)


def built(machine: Machine, begin: datetime, hours: float, fill: float, state: str = "finished") -> Build:
    end = begin + timedelta(hours=hours)
    return Build.objects.create(
        maker=machine.maker, machine=machine, process=machine.process, material="pa12", state=state, fill=fill,
        starts_at=begin, ends_at=end, started_at=begin, ended_at=None if state == "running" else end,
    )  # fmt: skip


def test_a_machine_of_the_catalogue_is_added_with_its_materials(li_na):
    choosing = li_na.get("/machines/add").content.decode()
    assert "EOS P 396" in choosing
    assert "Materials it runs" not in choosing
    form = li_na.get("/machines/add", {"model": "hp-5200"}).content.decode()
    assert "pa12-mjf" in form
    assert "pa12-gb" in form or "PA12" in form
    refused = li_na.post("/machines/add?model=hp-5200", {"name": "Fusion", "materials": []})
    assert "This field is required" in refused.content.decode()
    answer = li_na.post(
        "/machines/add?model=hp-5200", {"name": "Fusion", "materials": ["pa12-mjf"], "loaded_material": "pa12-mjf"}
    )
    added = Machine.objects.across_tenants().get(name="Fusion")
    assert answer.url == f"/machines/{added.uid}"
    assert (added.process, added.loaded_material) == ("mjf", "pa12-mjf")


def test_a_refused_material_is_said_beside_the_form_and_nothing_is_changed(li_na, machine):
    sent = {"name": "Laser", "materials": ["pa12"], "loaded_material": "pa11"}
    answer = li_na.post(f"/machines/{machine.uid}/change", sent)
    assert "This machine cannot run pa11." in answer.content.decode()
    machine.refresh_from_db()
    assert machine.name == "eos-p396"


def test_time_is_blocked_and_the_notice_takes_it_back(li_na, machine):
    times = {"starts_at": "2026-11-18T14:00", "ends_at": "2026-11-18T18:30", "reason": "Service"}
    answer = li_na.post(f"/machines/{machine.uid}/block", times, follow=True)
    block = CalendarBlock.objects.across_tenants().get()
    assert (block.ends_at - block.starts_at) == timedelta(hours=4.5)
    assert timezone.localtime(block.starts_at).hour == 14
    page = answer.content.decode()
    assert "Service" in page
    assert f'action="/blocks/{block.uid}/remove"' in page
    freed = li_na.post(f"/blocks/{block.uid}/remove", follow=True).content.decode()
    assert not CalendarBlock.objects.across_tenants().exists()
    # The notice of the removal carries what it takes to block the same time again.
    for name, value in times.items():
        assert f'name="{name}" value="{value}"' in freed


def test_an_end_before_the_beginning_is_said_and_what_was_typed_stays(li_na, machine):
    times = {"starts_at": "2026-11-18T14:00", "ends_at": "2026-11-18T13:00", "reason": "Own work"}
    page = li_na.post(f"/machines/{machine.uid}/block", times).content.decode()
    assert "The end lies before the beginning." in page
    assert 'value="Own work"' in page
    assert not CalendarBlock.objects.across_tenants().exists()


def test_a_machine_goes_down_and_the_notice_takes_it_back(li_na, machine):
    page = li_na.post(f"/machines/{machine.uid}/state", {"in_service": "0"}, follow=True).content.decode()
    machine.refresh_from_db()
    assert machine.state == "down"
    assert '<input type="hidden" name="in_service" value="1">' in page
    li_na.post(f"/machines/{machine.uid}/state", {"in_service": "1"})
    machine.refresh_from_db()
    assert machine.state == "in_service"


def test_another_workshops_machine_is_not_there(network, li_na):
    other = network.workshop("Hangzhou", "eos-p396")
    foreign = Machine.objects.across_tenants().get(maker=other.maker)
    assert li_na.get(f"/machines/{foreign.uid}").status_code == 404
    assert li_na.post(f"/machines/{foreign.uid}/state", {"in_service": "0"}).status_code == 404


def test_the_week_shows_a_build_over_midnight_on_both_days_and_working_hours(workshop, machine):
    evening = timezone.make_aware(datetime(2026, 11, 17, 18))
    built(machine, evening, 12, 0.1)
    services.block_time(
        actor=workshop.actor, machine_uid=machine.uid, starts_at=WEDNESDAY, ends_at=WEDNESDAY + timedelta(hours=6)
    )
    week = calendar.week_of(machine, WEDNESDAY.date(), now=WEDNESDAY)
    tuesday, wednesday = week.days[1], week.days[2]
    assert [(bar.top, bar.height) for bar in tuesday.bars] == [(75.0, 25.0)]
    assert [(bar.kind, bar.top, bar.height) for bar in wednesday.bars] == [("build", 0.0, 25.0), ("block", 50.0, 25.0)]
    assert wednesday.is_today
    assert week.days[6].open_top is None, "the workshop is closed on Sunday"
    assert [bar.kind for bar in week.blocks] == ["block"]


def test_utilisation_and_fill_of_a_week_beside_the_networks_median(network, workshop, machine):
    monday = timezone.make_aware(datetime(2026, 11, 9))
    built(machine, monday, 42, 0.2)
    built(machine, monday + timedelta(days=4), 42, 0.1, state="failed")
    # A build that began the week before counts with the hours in this one; one still running up to now.
    built(machine, monday - timedelta(hours=10), 20, 0.3)
    for number, city in enumerate(("Hangzhou", "Shenzhen")):
        other = network.workshop(city, "eos-p396")
        theirs = Machine.objects.across_tenants().get(maker=other.maker)
        built(theirs, monday, 16.8 * (number + 1), 0.4)
    last = usage.of_machines([machine], now=WEDNESDAY)[machine.pk][-1]
    assert last.starts_on == monday.date()
    assert last.utilisation == pytest.approx((42 + 42 + 10) / 168)
    assert last.fill == pytest.approx(0.2)
    assert last.median_utilisation == pytest.approx(0.2)
    assert last.median_fill == pytest.approx(0.4)


def test_no_median_is_told_of_fewer_than_three_machines(network, machine):
    network.workshop("Hangzhou", "eos-p396")
    last = usage.of_machines([machine], now=WEDNESDAY)[machine.pk][-1]
    assert last.median_utilisation is None


def test_the_list_shows_own_machines_only_and_says_how_to_begin(network, li_na, machine):
    network.workshop("Hangzhou", "eos-p110")
    assert [row[0] for row in li_na.get("/machines/").context["rows"]] == [machine]
    empty = browser_of(network.workshop("Shenzhen").maker.organisation, "New")
    assert "No machines yet" in empty.get("/machines/").content.decode()
