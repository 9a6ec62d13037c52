"""An operator's day in a real browser: a quotation, a question, a complaint and a wave; and the buyer, who sees the
complaint through to its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe import NARROW, WIDE, dress, hold, session
from PIL import Image
from windows import aside

from buyers import box_stl
from penstock.demo import firms, journey, network
from penstock.hub.core.actors import Actor
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import Member
from penstock.hub.quality.models import Complaint
from penstock.hub.questions import services as questions
from penstock.hub.quotes import services as quotes

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
RECIPE = {"process": "sls", "material": "pa12"}


@pytest.fixture
def order(transactional_db: None, tmp_path: Path) -> Order:
    return aside(delivered, tmp_path)


def delivered(tmp_path: Path) -> Order:
    """Three delivered pieces; the buyer has also asked for a price and something technical."""
    network.found()
    buyer = network.actor_for(firms.BUYERS[0])
    path = tmp_path / "clamp.stl"
    path.write_bytes(box_stl(40, 25, 12))
    revision = journey.upload(buyer, path, unit="mm")
    price = journey.cheapest_price(buyer, revision, 3, **RECIPE)
    assert price is not None
    journey.put_in_basket(buyer, price)
    order = journey.place(buyer, method="account")
    journey.work_off([order])
    quotes.request_quotation(actor=buyer, revision_uid=revision.uid, quantity=400, need="Clamps a hose at 80 °C")
    questions.ask(actor=buyer, about_uid=revision.part.uid, text="May it be painted?")
    return order


@pytest.fixture
def sit_down(chromium, live_server):
    """A window at the desk of this person."""
    windows = []

    def window(actor: Actor):
        user = Member.objects.across_tenants().select_related("user").get(pk=actor.member_id).user
        made = chromium.new_context(viewport=WIDE, base_url=live_server.url, locale="en-GB")
        made.add_cookies([{"name": "sessionid", "value": session(user), "url": live_server.url}])
        windows.append(made)
        page = made.new_page()
        page.set_default_timeout(30_000)
        return page

    yield window
    for each in windows:
        each.close()


def hold_both(page) -> None:
    """As it stands now, wide and narrow."""
    hold(page)
    dress(page, NARROW, "dark")
    hold(page)
    dress(page, WIDE, "light")


def row(page, section: str, words: str):
    return page.locator(f"section[aria-labelledby={section}] tr", has_text=words)


def test_an_operators_day(order: Order, sit_down, tmp_path: Path) -> None:
    buyer = sit_down(network.actor_for(firms.BUYERS[0]))
    Image.new("RGB", (64, 48), "firebrick").save(tmp_path / "chipped.png")
    buyer.goto(f"/orders/{order.uid}")
    buyer.get_by_role("link", name="Something is wrong").click()
    buyer.get_by_label("How many pieces?").fill("2")
    buyer.get_by_label("What is wrong?").fill("Two edges are chipped.")
    buyer.get_by_label("Pictures").set_input_files(tmp_path / "chipped.png")
    hold_both(buyer)
    buyer.get_by_role("button", name="Send").click()
    buyer.get_by_text("Thank you. A person looks at it").wait_for()

    page = sit_down(network.actor_for(firms.OPERATOR))
    page.goto("/")
    hold_both(page)

    # The quotation: taken on, asked back, given a price that does not fit, then one that does.
    row(page, "requests", "clamp").get_by_role("button", name="Take on").click()
    page.get_by_text("You look after this request.").wait_for()
    page.get_by_label("Your message").fill("Which hose?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("ol.talk")).to_contain_text("Which hose?")
    page.get_by_label("Answer to the buyer").first.fill("In one build, dyed black.")
    page.get_by_label("Process", exact=True).select_option("sls")
    page.get_by_label("Material", exact=True).select_option("al6061")
    page.get_by_label("Price of one piece").fill("9.50")
    page.get_by_label("Working days").fill("8")
    page.get_by_role("button", name="Give this quotation").click()
    page.get_by_text("This process does not take this material.").wait_for()
    expect(page.get_by_label("Answer to the buyer").first).to_have_value("In one build, dyed black.")
    page.get_by_label("Material", exact=True).select_option("pa12")
    hold_both(page)
    page.get_by_role("button", name="Give this quotation").click()
    page.get_by_text("The quotation has been given.").wait_for()

    # The question.
    page.goto("/")
    expect(page.locator("section[aria-labelledby=requests]")).to_have_count(0)
    row(page, "questions", "May it be painted?").get_by_role("link", name="Answer").click()
    page.get_by_label("Your message").fill("Yes, after blasting.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Answered. They have been told.").wait_for()
    hold_both(page)

    # The complaint: its evidence, who made it, and the remedy.
    page.goto("/")
    row(page, "complaints", "2 × clamp").get_by_role("link", name="Answer").click()
    picture = page.get_by_role("img", name="chipped")
    expect(picture).to_be_visible()
    page.get_by_label("Remedy").select_option("reprint")
    page.get_by_label("Cause").select_option("machine")
    page.get_by_label("Answer to the buyer").first.fill("We make them again.")
    hold_both(page)
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Decided. The buyer has been told.").wait_for()

    # The wave gives the pieces out again.
    page.get_by_role("link", name="Control room").click()
    expect(page.locator("main")).to_contain_text("2 pieces")
    page.get_by_role("link", name="Run wave now").click()
    hold_both(page)
    page.get_by_role("button", name="Run it").click()
    page.get_by_text(re.compile(r"The wave is done: 1 builds? offered")).wait_for()
    expect(page.locator(".gantt-bar")).to_have_count(1)
    hold_both(page)

    # Made and delivered, the complaint closes by itself, and everybody sees it.
    buyer.reload()
    expect(buyer.locator("main")).to_contain_text("Being put right")
    aside(journey.work_off, [order])
    assert Complaint.objects.across_tenants().get().state == "closed"
    buyer.reload()
    expect(buyer.locator("main")).to_contain_text("Closed")
    page.goto("/desk/complaints/?state=closed")
    expect(page.locator("tbody tr")).to_contain_text("Make again")
    page.goto("/")
    page.get_by_text("Nothing waits for you").wait_for()
