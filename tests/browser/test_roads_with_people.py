"""Roads on which people wait for each other: a request for quotation to its order, and an offer that goes on."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from axe import hold
from windows import part_of

from buyers import acting_for, address, firm, operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.parties.models import Member, Organisation, User
from penstock.hub.production import services as production
from penstock.hub.production.models import Offer
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import RequestForQuotation
from workshops import Network, organisation

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
PASSWORD = "a long enough secret"


def person(owner: Organisation, name: str) -> str:
    user = User.objects.create_user(f"{name.lower()}@works.example", PASSWORD, name=name)
    Member.objects.create(organisation=owner, user=user, role="owner")
    return user.email


def log_in(page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form").get_by_role("button", name="Log in").click()


def test_a_request_for_quotation_is_written_answered_and_ordered(worker, page):
    operator = acting_for(operator_firm())
    buyer = firm("Nordlicht Robotics")
    address(buyer)
    revision = part_of(buyer)
    email = person(buyer, "Anna")
    page.goto(f"/accounts/login/?next=/requests/new/{revision.uid}")
    log_in(page, email)
    page.get_by_label("Quantity").fill("40")
    page.get_by_label("What is it for?").fill("A cover that must not rattle at 80 °C")

    # The session ends in the middle of the form; the words are still there.
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You are no longer logged in").wait_for()
    log_in(page, email)
    page.get_by_text("What you typed is still here").wait_for()
    expect(page.get_by_label("What is it for?")).to_have_value("A cover that must not rattle at 80 °C")
    hold(page)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("A person looks at it.").or_(page.get_by_text("A person is looking at it.")).wait_for()
    hold(page)

    asked = RequestForQuotation.objects.across_tenants().get()
    quotes.answer_request(
        actor=operator, rfq_uid=asked.uid, answer="With ribs, like this:", process="sls", material="pa12",
        unit_price=Decimal("31.50"), lead_days=6,
    )  # fmt: skip
    page.reload()
    page.get_by_text("With ribs, like this:").wait_for()
    hold(page)
    page.locator("td.chosen button").first.click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Into the basket")).click()
    page.get_by_role("link", name="To the check-out").click()
    page.get_by_role("button", name=re.compile("Order and pay")).click()
    page.wait_for_url("**/sandbox/pay/**")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url("**/orders/ord_*")
    expect(page.locator(".line")).to_contain_text("40 × CN¥31.50")
    page.goto(f"/requests/{asked.uid}")
    page.get_by_text("Ordered").first.wait_for()
    assert not worker, worker


def test_an_offer_declined_from_the_list_goes_to_the_next_maker(worker, page):
    organisation("Operator", "operator")
    network = Network.start()
    workshops = [network.workshop(city, "eos-p396") for city in ("Suzhou", "Shanghai")]
    people = {each.maker.pk: person(each.maker.organisation, f"Lina{n}") for n, each in enumerate(workshops)}
    offer = network.offered(4)
    page.goto("/accounts/login/?next=/")
    log_in(page, people.pop(offer.maker_id))
    page.get_by_text("Decline…").click()
    page.get_by_label("In your own words").fill("Laser in service")
    page.locator(".refuse").get_by_role("button", name="Decline").click()
    page.get_by_text("Declined. Another workshop is asked.").first.wait_for()
    production.run_wave(actor=SYSTEM)
    (next_maker, email), *_ = people.items()
    assert Offer.objects.across_tenants().get(state="open").maker_id == next_maker

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/")
    log_in(page, email)
    page.get_by_role("heading", name="Offers to answer").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Taken on.").wait_for()
    assert Offer.objects.across_tenants().get(maker_id=next_maker).state == "accepted"
    assert not worker, worker
