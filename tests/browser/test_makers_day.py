"""A workshop's day in a real browser, on a desktop and on a phone."""

from __future__ import annotations

import re

import pytest
from axe import hold
from windows import on_desktop, on_phone

from penstock.hub.parties.models import Member, Organisation, User
from penstock.hub.production import services
from penstock.hub.production.models import Job, Offer
from workshops import Network, organisation

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
PASSWORD = "a long enough secret"


def person(owner: Organisation, name: str) -> str:
    user = User.objects.create_user(f"{name.lower()}@works.example", PASSWORD, name=name)
    Member.objects.create(organisation=owner, user=user, role="owner")
    return user.email


@pytest.fixture
def network(transactional_db: None) -> Network:
    organisation("Operator", "operator")
    made = Network.start()
    owner = made.workshop("Suzhou", "eos-p396").maker.organisation
    person(owner, "Lina")
    person(owner, "Wei")
    return made


def log_in(page, name: str, to: str = "/") -> None:
    page.goto(f"/accounts/login/?next={to}")
    page.get_by_label("Email").fill(f"{name.lower()}@works.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form").get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{to}")


def test_a_makers_day(network, worker, page, chromium, live_server):
    offer = network.offered(4)
    workshop = network.workshops["Suzhou"]
    log_in(page, "Lina")
    expect(page.get_by_role("heading", name="Offers to answer")).to_be_visible()
    expect(page.locator(".offer-card")).to_contain_text("CN¥40.04")
    hold(page)

    # A colleague sees the same offer, and is slower.
    other = chromium.new_context(base_url=live_server.url, locale="en-GB")
    slower = other.new_page()
    log_in(slower, "Wei")
    # What is open in a form stays under the hands that fill it, whatever happens elsewhere.
    slower.get_by_text("Decline…").click()
    slower.get_by_label("In your own words").fill("Laser in service")
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Taken on.").wait_for()
    slower.locator(".refuse").get_by_role("button", name="Decline").click()
    slower.get_by_text("Lina was faster: Taken on").first.wait_for()
    assert Offer.objects.across_tenants().get(pk=offer.pk).state == "accepted"
    other.close()

    # What is reported elsewhere appears here without reloading.
    services.start_build(actor=workshop.actor, build_uid=offer.build.uid)
    services.finish_build(actor=workshop.actor, build_uid=offer.build.uid)
    expect(page.get_by_role("heading", name="Pieces to inspect")).to_be_visible()
    hold(page)
    page.get_by_role("link", name="Some failed").click()
    page.get_by_label("Failed").fill("1")
    expect(page.get_by_label("Good")).to_have_value("3")
    hold(page)
    page.get_by_role("button", name="Report").click()
    page.get_by_text("Inspected: 3 good, 1 to be made again.").first.wait_for()
    page.goto("/")
    page.get_by_role("heading", name="Parcels to hand over").wait_for()
    page.get_by_role("link", name="Hand over", exact=True).click()
    hold(page)
    page.get_by_label("Tracking number").fill("SF77")
    page.get_by_role("button", name="Handed over").click()
    page.get_by_text("Handed over. Everybody").wait_for()
    assert Job.objects.across_tenants().filter(state="shipped").count() == 1
    assert not worker, worker


@on_phone
def test_nothing_typed_is_lost_when_the_session_ends_in_the_middle_of_a_form(network, page):
    log_in(page, "Lina", "/machines/")
    page.get_by_role("link", name="Add a machine").click()
    page.get_by_label("Which one is it?").select_option("hp-5200")
    page.get_by_label("Name").fill("Fusion in the corner")
    page.get_by_label("PA11 (MJF)").check()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("You are no longer logged in").wait_for()
    page.get_by_label("Email").fill("lina@works.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form").get_by_role("button", name="Log in").click()
    page.get_by_text("What you typed is still here").wait_for()
    expect(page.get_by_label("Name")).to_have_value("Fusion in the corner")
    expect(page.get_by_label("PA11 (MJF)")).to_be_checked()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Fusion in the corner has been added.").wait_for()
    # Taken by the hub, it is not offered again.
    page.goto("/machines/add?model=hp-5200")
    expect(page.get_by_label("Name")).to_have_value("Jet Fusion 5200")


def test_time_is_blocked_by_dragging_or_by_the_form_and_taken_back(network, page):
    log_in(page, "Lina", "/machines/")
    page.locator("article a").first.click()
    page.get_by_role("link", name="Later").click()
    hold(page)
    if page.viewport_size["width"] > 1000:
        day = page.locator("[data-day]").nth(2).bounding_box()
        page.mouse.move(day["x"] + day["width"] / 2, day["y"] + day["height"] * 10 / 24)
        page.mouse.down()
        page.mouse.move(day["x"] + day["width"] / 2, day["y"] + day["height"] * 12 / 24, steps=4)
        page.mouse.up()
    else:
        wednesday = page.locator("[data-day]").nth(2).get_attribute("data-day")
        page.locator("#id_starts_at").fill(f"{wednesday}T10:00")
        page.locator("#id_ends_at").fill(f"{wednesday}T12:00")
        page.get_by_role("button", name="Block", exact=True).click()
    page.get_by_text("No build is planned in this time.").wait_for()
    blocked = page.locator(".week-grid .bar.block")
    expect(blocked).to_have_count(1)
    assert re.search(r"10:00 – .*12:00", blocked.get_attribute("title"))
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("The time is free for builds again.").wait_for()
    expect(blocked).to_have_count(0)


@on_desktop
def test_the_keyboard_reaches_search_new_and_the_rows_of_a_list(network, page):
    network.offered(4)
    log_in(page, "Lina", "/machines/")
    page.keyboard.press("n")
    page.wait_for_url("**/machines/add")
    page.goto("/jobs/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
