"""The workshop's own pages: from registering to being asked, hours, record, surplus, and statements that name jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.jobs import drain
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Statement
from penstock.hub.logistics import services as logistics
from penstock.hub.logistics.models import Shipment
from penstock.hub.production import services
from penstock.hub.production.models import Job, Maker
from penstock.hub.quality import services as quality
from workshops import Network, Workshop, browser_of, organisation


@pytest.fixture
def network(db: None) -> Network:
    organisation("Operator", "operator")
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    return made


@pytest.fixture
def workshop(network: Network) -> Workshop:
    return network.workshops["Suzhou"]


@pytest.fixture
def li_na(workshop: Workshop) -> Client:
    return browser_of(workshop.maker.organisation)


def missing(browser: Client) -> list[bool]:
    """Which steps are done, as Today shows them; nothing once all are."""
    found = [each for each in browser.get("/").context["sections"] if each.name == "missing"]
    return [step.is_done for step in found[0].rows] if found else []


def test_a_workshop_that_registers_itself_sees_what_is_missing_until_it_is_admitted(network):
    owner = browser_of(organisation("New works", "maker"))
    assert missing(owner) == [False] * 4
    address = {"recipient": "New works", "street": "Road 2", "city": "Suzhou", "country": "CN"}
    assert "Where is your workshop?" in owner.get("/workshop/").content.decode()
    page = owner.post("/workshop/address", address, follow=True).content.decode()
    assert "Register the workshop" in page
    uid = owner.get("/workshop/").context["form"].fields["address_uid"].choices[0][0]
    owner.post("/workshop/", {"address_uid": uid, "finishes": []})
    assert missing(owner) == [True, False, True, False]
    owner.post("/machines/add?model=eos-p396", {"name": "Laser 1", "materials": ["pa12"]})
    assert missing(owner) == [True, True, True, False]
    maker = Maker.objects.across_tenants().get(organisation__name="New works")
    services.change_maker(actor=SYSTEM, organisation_uid=maker.organisation.uid, is_admitted=True)
    assert missing(owner) == []


def test_a_refused_address_stays_in_the_form(network):
    owner = browser_of(organisation("New works", "maker"))
    typed = {"recipient": "New works", "street": "Long Road 22", "city": "Nowhereville", "country": "CN"}
    page = owner.post("/workshop/address", typed).content.decode()
    assert 'value="Long Road 22"' in page
    assert "is-invalid" in page or "alert-danger" in page


def test_hours_are_changed_and_a_day_that_is_none_is_said(li_na, workshop):
    hours = {"open_hour": "7", "close_hour": "20", "weekdays": ["0", "1"], "utc_offset_hours": "8"}
    refused = li_na.post("/workshop/hours", hours | {"holidays": "2026-13-01"}).content.decode()
    assert "2026-13-01 is no day." in refused
    li_na.post("/workshop/hours", hours | {"holidays": "2026-12-25\n2026-12-26"})
    workshop.maker.refresh_from_db()
    assert workshop.maker.working_hours["open_hour"] == 7
    assert workshop.maker.working_hours["holidays"] == ["2026-12-25", "2026-12-26"]
    assert "2026-12-26" in li_na.get("/workshop/").content.decode()


def test_no_new_work_for_now_is_taken_back_by_its_notice(li_na, workshop):
    page = li_na.post("/workshop/takes-work", {"is_accepting": "0"}, follow=True).content.decode()
    workshop.maker.refresh_from_db()
    assert not workshop.maker.is_accepting
    assert '<input type="hidden" name="is_accepting" value="1">' in page


def test_the_record_tells_how_it_is_computed(li_na, workshop):
    Maker.objects.across_tenants().filter(pk=workshop.maker.pk).update(pieces_inspected=80, pieces_failed=20)
    page = li_na.get("/workshop/record").content.decode()
    assert "pieces good: (60 + 20) of (80 + 20) = 80.0 %" in page


def test_each_amount_of_a_statement_leads_to_its_job(network, workshop, li_na):
    offer = network.accepted(2)
    services.start_build(actor=workshop.actor, build_uid=offer.build.uid)
    services.finish_build(actor=workshop.actor, build_uid=offer.build.uid)
    job = Job.objects.across_tenants().get()
    quality.inspect(actor=workshop.actor, job_uid=job.uid, passed=2, failed=0)
    drain()
    parcel = Shipment.objects.across_tenants().get()
    logistics.hand_over(actor=workshop.actor, shipment_uid=parcel.uid)
    logistics.deliver(actor=SYSTEM, shipment_uid=parcel.uid)
    drain()
    today = timezone.localdate()
    ledger.issue_statement(
        actor=SYSTEM,
        organisation_id=workshop.maker.organisation_id,
        period_start=today - timedelta(30),
        period_end=today,
    )
    statement = Statement.objects.across_tenants().get(organisation=workshop.maker.organisation)
    assert statement.number in li_na.get("/statements/").content.decode()
    page = li_na.get(f"/statements/{statement.uid}").content.decode()
    assert f'href="/jobs/{job.uid}"' in page
    assert li_na.get(f"/jobs/{job.uid}").status_code == 200
    assert "CN¥20.02" in page


def test_a_workshop_that_buys_too_is_not_asked_for_its_own_orders(network, workshop, li_na):
    assert "Buy from the network too" in li_na.get("/workshop/surplus").content.decode()
    li_na.post("/workshop/surplus")
    workshop.maker.organisation.refresh_from_db()
    assert workshop.maker.organisation.kinds == ["maker", "buyer"]
    assert li_na.get("/parts/").status_code == 200
    order = network.order(2)
    order.organisation = workshop.maker.organisation
    order.save(update_fields=["organisation"])
    job = services.decompose(order.pk)[0]
    assert job.excluded_maker_ids == [workshop.maker.pk]
