"""A buyer's first order in a real browser: from sign-up to a confirmed order, on a desktop and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from buyers import box_stl

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
PASSWORD = "a long enough secret"


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    """A plate that can be made, and a file that is none."""
    plate = tmp_path / "plate.stl"
    plate.write_bytes(box_stl(60, 40, 8))
    broken = tmp_path / "broken.stl"
    broken.write_bytes(b"solid nothing\nendsolid nothing\n")
    return [str(plate), str(broken)]


def no_sideways_scrolling(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def sign_up(page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign up and upload a model").click()
    page.get_by_label("Your name").fill("Anna Lindqvist")
    page.get_by_label("Organisation").fill("Nordlicht Robotics")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Email").fill("anna@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.locator("form").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/parts/")


def test_a_buyers_first_order(worker, page, models):
    sign_up(page)
    no_sideways_scrolling(page)

    # Both files at once; each becomes a card that measures by itself.
    page.set_input_files("#file", models)
    page.locator(".part-card", has_text="broken").get_by_text("Refused").wait_for()
    plate = page.locator(".part-card", has_text="plate")
    plate.get_by_text("Ready").wait_for()
    assert "60.0 × 40.0 × 8.0 mm" in plate.inner_text()
    no_sideways_scrolling(page)

    # The table: for 25 pieces, narrowed by a word, and one price opened.
    plate.get_by_role("link").click()
    page.get_by_text("Recommended: the cheapest of").wait_for()
    page.get_by_label("Quantity").fill("25")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("each of 25").first.wait_for()
    page.get_by_label(re.compile("Filter .* possibilities")).fill("nylon pa12 sls")
    expect(page.locator("details.process:not([hidden])")).to_have_count(1)
    no_sideways_scrolling(page)
    row = page.locator("details.process:not([hidden]) tr[data-words]:not([hidden])").first
    row.locator("td.chosen button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Machine time").wait_for()
    dialog.get_by_text("Express").click()
    expect(dialog.locator("[aria-current]")).to_contain_text("Express")
    dialog.get_by_role("button", name=re.compile("Into the basket")).click()

    # Basket and check-out with an address typed on the way.
    page.wait_for_url("**/basket/")
    assert "Express" in page.locator(".line").inner_text()
    no_sideways_scrolling(page)
    page.get_by_role("link", name="To the check-out").click()
    page.get_by_label("Recipient").fill("Anna Lindqvist")
    page.get_by_label("Street and number").fill("Lindenweg 4")
    page.get_by_label("City").fill("Hamburg")
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Use this address").click()
    page.wait_for_url("**/checkout?to=*")
    before = page.locator("tr.total td.num").inner_text()
    page.get_by_label("Express").check()
    expect(page.locator("tr.total td.num")).not_to_have_text(before)
    total = page.locator("tr.total td.num").inner_text()
    no_sideways_scrolling(page)
    page.get_by_label("Your purchase order number").fill("PO-77")
    page.get_by_role("button", name=f"Order and pay {total}").click()

    # The provider's page, and back at the order, which moves without reloading.
    page.wait_for_url("**/sandbox/pay/**")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url("**/orders/ord_*")
    page.get_by_text(re.compile("^(Confirmed|In production)$")).first.wait_for()
    assert page.locator("tr.total td.num").inner_text() == total
    assert re.search(r"Order P-\d{4}-\d{6}", page.get_by_role("heading", level=1).inner_text())
    assert page.locator(".timeline-list li").count() >= 3
    no_sideways_scrolling(page)
    assert not worker, worker


def test_an_upload_cut_off_by_the_network_can_be_sent_again(worker, page, models):
    sign_up(page)
    page.route("**/parts/upload", lambda route: route.abort("connectionreset"), times=1)
    page.set_input_files("#file", models[0])
    card = page.locator(".part-card.failed")
    card.get_by_text("The connection was cut.").wait_for()
    card.get_by_role("button", name="Send again").click()
    page.locator(".part-card", has_text="plate").get_by_text("Ready").wait_for()
    assert page.locator(".part-card").count() == 1


def test_the_theme_follows_the_system_and_stays_as_chosen(page, worker):
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Light or dark").click()
    page.goto("/accounts/login/")
    assert page.evaluate(theme) == "light"
