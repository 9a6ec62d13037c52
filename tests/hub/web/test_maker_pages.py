"""A workshop's day on its pages: what waits, offers answered, pieces reported, parcels handed over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.jobs import drain
from penstock.hub.logistics.models import Shipment
from penstock.hub.production import services
from penstock.hub.production.models import Build, Job, Offer
from workshops import Network, Workshop, browser_of, organisation

HTMX = {"HX-Request": "true"}


@pytest.fixture
def network(db: None) -> Network:
    organisation("Operator", "operator")
    made = Network.start()
    made.workshop("Suzhou", "eos-p396", finishes=("dyeing",))
    return made


@pytest.fixture
def workshop(network: Network) -> Workshop:
    return network.workshops["Suzhou"]


@pytest.fixture
def li_na(workshop: Workshop) -> Client:
    return browser_of(workshop.maker.organisation)


def text_of(answer) -> str:
    return answer.content.decode()


def test_today_shows_the_offer_with_its_payout_and_work_and_says_when_nothing_waits(network, li_na):
    assert "Nothing waits for you" in text_of(li_na.get("/"))
    offer = network.offered(4)
    page = text_of(li_na.get("/"))
    assert "Offers to answer" in page
    assert "Nothing waits for you" not in page
    assert "CN¥40.04" in page
    # The price book: 150 minutes for a build of SLS, 12 for its line and 3.5 for each of four pieces.
    assert "about 2.9 h of work" in page
    assert f'action="/offers/{offer.uid}/accept"' in page
    assert "polygon" in page, "the planned build is drawn"


def test_the_second_of_two_people_is_told_kindly_who_was_faster(network, workshop, li_na):
    offer = network.offered(4)
    wei = browser_of(workshop.maker.organisation, "Wei")
    first = li_na.post(f"/offers/{offer.uid}/accept", headers=HTMX)
    assert "Taken on." in text_of(first)
    second = wei.post(f"/offers/{offer.uid}/accept", headers=HTMX)
    assert second.status_code == 200
    assert "Li Na was faster" in text_of(second)
    assert "X-Penstock-Refusal" not in second.headers
    offer.refresh_from_db()
    assert offer.state == "accepted"


def test_whoever_declines_after_a_colleague_accepted_changes_nothing(network, workshop, li_na):
    offer = network.accepted(4)
    answer = li_na.post(f"/offers/{offer.uid}/decline", {"reason": "No capacity at that time"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Taken on" in text_of(answer)
    offer.refresh_from_db()
    assert (offer.state, offer.answer_reason) == ("accepted", "")


def test_declining_keeps_the_reason_typed_rather_than_the_one_chosen(network, li_na):
    offer = network.offered(4)
    li_na.post(f"/offers/{offer.uid}/decline", {"reason": "The machine is down", "words": "Laser in service"})
    offer.refresh_from_db()
    assert (offer.state, offer.answer_reason) == ("declined", "Laser in service")


def test_an_accepted_offer_is_given_back_until_its_build_begins(network, workshop, li_na):
    offer = network.accepted(4)
    assert "Give back" in text_of(li_na.get(f"/offers/{offer.uid}"))
    services.start_build(actor=workshop.actor, build_uid=offer.build.uid)
    assert "Give back" not in text_of(li_na.get(f"/offers/{offer.uid}"))
    refused = li_na.post(f"/offers/{offer.uid}/give-back", {"reason": "No"}, headers=HTMX)
    assert refused.status_code == 200
    assert Offer.objects.across_tenants().get(pk=offer.pk).state == "accepted"


def test_late_things_come_first(network, li_na):
    offer = network.accepted(4)
    Build.objects.across_tenants().filter(pk=offer.build_id).update(starts_at=timezone.now() - timedelta(hours=3))
    network.offered(2)
    page = li_na.get("/")
    assert [each.name for each in page.context["sections"]] == ["start", "offers"]
    assert page.context["late"] == 1


def offered(network: Network, *quantities: int) -> list[Offer]:
    """One for each number of pieces, each of a wave of its own."""
    for quantity in quantities:
        network.pooled(quantity)
        services.run_wave(actor=SYSTEM)
    return list(Offer.objects.across_tenants().order_by("pk"))


def test_of_a_long_list_today_shows_the_first_rows(network, li_na, monkeypatch):
    monkeypatch.setattr("penstock.hub.web.today.SHOWN", 1)
    first, second = offered(network, 4, 2)
    Offer.objects.across_tenants().filter(pk=second.pk).update(deadline=timezone.now() - timedelta(hours=1))
    page = li_na.get("/")
    [offers] = page.context["sections"]
    assert [row.offer.pk for row in offers.rows] == [second.pk], "who waits longest comes first"
    assert (offers.is_cut, offers.late) == (True, 1)
    assert "There are more: all of them" in text_of(page)
    assert "1 or more late" in text_of(page), "those that are not shown may be late as well"
    assert first.uid not in text_of(page)


@pytest.mark.parametrize("url", ["/", "/offers/", "/builds/"])
def test_a_longer_list_takes_no_more_statements(network, li_na, url):
    offered(network, 2, 2)
    li_na.get(url)
    with CaptureQueriesContext(connection) as few:
        li_na.get(url)
    offered(network, 2, 2, 2)
    with CaptureQueriesContext(connection) as more:
        li_na.get(url)
    assert len(more) == len(few)


def test_lists_are_searched_filtered_and_linked_to(network, li_na):
    offer = network.offered(4)
    part = Job.objects.across_tenants().get().line.part_name
    for url in ("/offers/", "/jobs/", "/builds/"):
        assert part in text_of(li_na.get(url, {"q": part})), url
        assert "Nothing found" in text_of(li_na.get(url, {"q": "no such thing"})), url
        assert part in text_of(li_na.get(url, {"state": "offered" if url != "/offers/" else "open"})), url
        assert "Nothing found" in text_of(li_na.get(url, {"state": "accepted"})), url
    assert li_na.get("/offers/", {"q": offer.uid}).context["page"].rows == [offer]


def test_made_pieces_are_finished_inspected_and_handed_over_from_the_pages(network, workshop, li_na):
    offer = network.accepted(3, finish="dyeing")
    services.start_build(actor=workshop.actor, build_uid=offer.build.uid)
    services.finish_build(actor=workshop.actor, build_uid=offer.build.uid)
    job = Job.objects.across_tenants().get()
    page = li_na.get("/")
    assert [each.name for each in page.context["sections"]] == ["finish"]
    step = page.context["sections"][0].rows[0]
    li_na.post(f"/operations/{step.uid}/finish")
    assert [each.name for each in li_na.get("/").context["sections"]] == ["inspect"]
    li_na.post(f"/jobs/{job.uid}/inspection", {"passed": "2", "failed": "1", "note": "warped"})
    drain()
    assert [each.name for each in li_na.get("/").context["sections"]] == ["parcels"]
    parcel = Shipment.objects.across_tenants().get()
    shown = text_of(li_na.get(f"/parcels/{parcel.uid}"))
    assert "Hand over" in shown
    li_na.post(f"/parcels/{parcel.uid}/hand-over", {"tracking_number": "SF77"})
    parcel.refresh_from_db()
    assert (parcel.state, parcel.tracking_number) == ("handed_over", "SF77")
    assert "SF77" in text_of(li_na.get("/parcels/", {"q": "SF77"}))


def test_a_count_that_is_none_is_refused_in_words(network, workshop, li_na):
    offer = network.accepted(3)
    services.start_build(actor=workshop.actor, build_uid=offer.build.uid)
    services.finish_build(actor=workshop.actor, build_uid=offer.build.uid)
    job = Job.objects.across_tenants().get()
    here = {"Referer": f"http://testserver/jobs/{job.uid}"}
    for passed, failed, told in (("x", "0", "whole numbers"), ("2", "0", "add up to 3")):
        counts = {"passed": passed, "failed": failed}
        answer = li_na.post(f"/jobs/{job.uid}/inspection", counts, headers=here, follow=True)
        assert told in text_of(answer)
    job.refresh_from_db()
    assert job.state == "made"


def test_a_viewer_reads_and_gets_no_button(network, workshop):
    offer = network.offered(4)
    viewer = browser_of(workshop.maker.organisation, "Guest", role="viewer")
    assert "/accept" not in text_of(viewer.get("/"))
    assert viewer.post(f"/offers/{offer.uid}/accept", headers=HTMX).status_code == 403
    offer.refresh_from_db()
    assert offer.state == "open"


def test_makers_see_their_own_places_in_the_bar_and_buyers_theirs(network, li_na):
    bar = text_of(li_na.get("/"))
    buyer = text_of(browser_of(network.buyer, "Anna").get("/orders/"))
    for place in ("/offers/", "/builds/", "/jobs/", "/parcels/"):
        assert f'href="{place}"' in bar
        assert f'href="{place}"' not in buyer
