"""From a model dropped before log-in to a paid order; what the network cuts goes on; what is no model says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe import hold
from windows import on_desktop, on_phone

from buyers import box_stl
from penstock.hub.parts import receiving

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
PASSWORD = "a long enough secret"


@pytest.fixture
def models(tmp_path: Path) -> dict[str, str]:
    """A plate that can be made, a file that is none, and one of several pieces."""
    contents = {
        "plate": box_stl(60, 40, 8),
        "broken": b"solid nothing\nendsolid nothing\n",
        "large": box_stl(60, 40, 8).ljust(2 * receiving.PIECE_BYTES + 1000, b"\0"),
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.stl").write_bytes(content)
    return {name: str(tmp_path / f"{name}.stl") for name in contents}


def sign_up(page) -> None:
    """On the form, to wherever it was to lead."""
    page.get_by_label("Your name").fill("Anna Lindqvist")
    page.get_by_label("Organisation").fill("Nordlicht Robotics")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Email").fill("anna@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.locator("form").get_by_role("button", name="Sign up").click()


def test_a_buyers_first_order_from_the_front_door(worker, page, models):
    page.goto("/")
    hold(page)
    page.set_input_files("#file", models["plate"])

    # Straight to the part: picture, measurements, prices; all without an account.
    page.wait_for_url("**/parts/prt_*")
    page.get_by_text("Recommended: the cheapest of").wait_for()
    assert "60.0 × 40.0 × 8.0 mm" in page.locator("dl.facts").inner_text()
    page.locator("[data-viewer][data-state=ready]").wait_for()
    hold(page)
    page.get_by_label("Quantity").fill("25")
    page.get_by_role("button", name="Show", exact=True).first.click()
    page.get_by_text("each of 25").first.wait_for()
    page.get_by_label(re.compile("Filter .* possibilities")).fill("nylon pa12 sls")
    expect(page.locator("details.process:not([hidden])")).to_have_count(1)
    row = page.locator("details.process:not([hidden]) tr[data-words]:not([hidden])").first
    row.locator("td.chosen button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Machine time").wait_for()
    dialog.get_by_text("Express").click()
    expect(dialog.locator("[aria-current]")).to_contain_text("Express")
    dialog.get_by_role("button", name=re.compile("Into the basket")).click()

    # The basket is kept through the sign-up, which leads on to the check-out.
    page.wait_for_url("**/basket/")
    hold(page)
    page.get_by_role("link", name="Sign up and order").click()
    page.get_by_text("Your parts and prices come with you.").wait_for()
    sign_up(page)
    page.wait_for_url("**/checkout")
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
    hold(page)
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
    hold(page)
    assert not worker, worker


def test_several_files_become_cards_and_one_that_is_none_says_why(worker, page, models):
    page.goto("/")
    page.set_input_files("#file", [models["plate"], models["broken"]])
    page.wait_for_url("**/parts/")
    page.locator(".part-card", has_text="broken").get_by_text("Refused").wait_for()
    page.locator(".part-card", has_text="plate").get_by_text("Ready").wait_for()
    hold(page)
    page.locator(".part-card", has_text="broken").get_by_role("link").click()
    page.get_by_text("This file cannot be used").wait_for()
    page.get_by_role("link", name="Sign up and keep them").click()
    sign_up(page)
    page.wait_for_url(re.compile(r"//[^/]+/parts/prt_"))  # not the sign-up's, which names it
    page.goto("/parts/")
    expect(page.locator(".part-card")).to_have_count(2)


@on_phone
def test_an_upload_goes_on_where_the_network_cut_it(worker, page, models):
    page.goto("/")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if "/parts/upload/" in asked.url else None)
    page.route(re.compile(r"/parts/upload/.*offset=2097152"), lambda route: route.abort("connectionreset"), times=1)
    page.set_input_files("#file", models["large"])
    cut = page.locator(".part-card.failed")
    cut.get_by_text("What has arrived is kept").wait_for()
    page.context.set_offline(True)
    page.wait_for_timeout(1500)  # it has tried again meanwhile
    expect(cut).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url("**/parts/prt_*")
    offsets = [int(re.search(r"offset=(\d+)", url).group(1)) for url in sent]
    assert offsets.count(0) == 1, "what had arrived was not sent again"
    assert offsets[-1] == 2 * receiving.PIECE_BYTES


@on_desktop
def test_the_theme_follows_the_system_and_stays_as_chosen(page, worker):
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Light or dark").click()
    page.goto("/accounts/login/")
    assert page.evaluate(theme) == "light"
