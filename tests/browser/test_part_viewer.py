"""The part page in a real browser: the 3D view with its tools, by mouse and by keyboard; repair and its undoing."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from windows import come_as, no_sideways_scrolling, on_desktop, on_phone, part_of

from buyers import box_stl, firm

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "bracket.stl"


@pytest.fixture
def open_part(page, live_server, transactional_db):
    """The page of a measured part, of this file or with these bytes, as its buyer sees it."""

    def opened(content: bytes, name: str = "bracket.stl", state: str = "ready"):
        owner = firm("Nordlicht Robotics")
        part = part_of(owner, content, name).part
        come_as(page, owner, live_server)
        page.goto(f"/parts/{part.uid}")
        if state:
            page.locator(f"[data-viewer][data-state={state}]").wait_for()

    return opened


def steel(page) -> float:
    """The share of the view that shows the part: its blue stands out from the grey behind it."""
    picture = Image.open(io.BytesIO(page.locator("[data-viewer]").screenshot())).convert("RGB").resize((120, 90))
    pixels = list(picture.getdata())
    return sum(blue - red > 16 for red, _green, blue in pixels) / len(pixels)


def test_the_part_is_turned_cut_and_measured(worker, page, open_part):
    open_part(EXAMPLE.read_bytes())
    no_sideways_scrolling(page)
    view = page.get_by_role("application", name=re.compile("3D view of bracket, 50.0 × 35.0 × 45.0 mm"))
    assert steel(page) > 0.1
    expect(page.locator("[data-viewer] img")).to_be_hidden()

    # From above, by the keyboard, the middle of the part is measured across.
    page.get_by_role("button", name="Ruler").click()
    expect(page.locator("[data-ruler-says]")).to_have_text("Click the first point.")
    view.focus()
    page.keyboard.press("5")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    expect(page.locator("[data-ruler-says]")).to_have_text("Click the second point.")
    page.keyboard.press("6")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    expect(page.locator("[data-ruler-says]")).to_contain_text(" mm (x ")
    page.get_by_role("button", name="mm / in").click()
    expect(page.locator("[data-ruler-says]")).to_contain_text(" in (x ")
    page.get_by_role("button", name="mm / in").click()

    page.get_by_role("button", name="Section").click()
    page.get_by_label("Where the part is cut").fill("20")
    expect(page.locator("[data-section-at]")).to_have_text(re.compile(r"^7\.0\d mm$"))  # of 35 mm across y
    no_sideways_scrolling(page)
    view.focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Section")).to_have_attribute("aria-pressed", "false")
    page.wait_for_load_state("networkidle")
    assert not worker, worker


def test_a_finding_is_shown_where_it_is(worker, page, open_part):
    open_part(box_stl(60, 40, 0.4))
    before = page.locator("[data-viewer]").screenshot()
    page.get_by_text("What each process finds").click()
    page.locator("details.judged", has_text="SLS").locator("summary").click()
    show = page.locator("details.judged", has_text="SLS").get_by_role("button", name="Show").first
    show.click()
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-pin]")).to_have_js_property("hidden", False)
    page.wait_for_timeout(800)
    assert page.locator("[data-viewer]").screenshot() != before
    # A process that this forbids says so in the price table, and shows the same place.
    show.click()
    forbidden = page.locator("details.process.fails", has_text="Forbidden by a finding").first
    forbidden.locator("summary").click()
    forbidden.get_by_role("button", name="Show").click()
    expect(page.locator("[data-pin]")).to_have_js_property("hidden", False)
    forbidden.get_by_role("button", name="Show").click()
    show.click()
    page.get_by_role("button", name="Walls").click()
    page.get_by_text("Wall thickness: red is thin").wait_for()
    no_sideways_scrolling(page)
    show.click()
    expect(page.locator("[data-pin]")).to_have_js_property("hidden", True)
    page.wait_for_load_state("networkidle")
    assert not worker, worker


@on_desktop
def test_the_pose_in_the_machine_is_shown_with_what_it_costs(worker, page, open_part):
    open_part(EXAMPLE.read_bytes())
    page.get_by_role("button", name="Build pose").click()
    page.get_by_label(re.compile("Recommended")).wait_for()
    page.get_by_label("Made by").select_option("fdm")
    page.get_by_text("of support").first.wait_for()
    page.get_by_label(re.compile("Lowest|Least support")).first.check()
    no_sideways_scrolling(page)
    page.wait_for_load_state("networkidle")
    assert not worker, worker


@on_desktop
def test_an_open_part_is_repaired_and_the_repair_undone(worker, page, open_part):
    whole = box_stl(60, 40, 8)
    count = int.from_bytes(whole[80:84], "little") - 1
    open_part(whole[:80] + count.to_bytes(4, "little") + whole[84 : 84 + 50 * count])
    page.get_by_text("No price for this file as it is").wait_for()
    page.get_by_role("button", name="Fix it for me").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("1 hole is closed").wait_for()
    dialog.get_by_role("button", name="Make a repaired revision").click()
    page.get_by_text("Recommended: the cheapest of").wait_for()
    page.get_by_text("Repaired from revision 1").wait_for()
    no_sideways_scrolling(page)
    page.get_by_role("link", name="Side by side").click()
    expect(page.get_by_role("row", name=re.compile("Closed"))).to_contain_text("changed")
    no_sideways_scrolling(page)
    page.get_by_role("button", name="Undo the repair").click()
    page.get_by_text("No price for this file as it is").wait_for()
    page.wait_for_load_state("networkidle")
    assert not worker, worker


@on_phone
def test_without_webgl_the_picture_and_the_words_remain(worker, page, open_part):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    open_part(EXAMPLE.read_bytes(), state="")
    page.get_by_text("This browser shows no 3D").wait_for()
    expect(page.get_by_role("img", name="Picture of bracket")).to_be_visible()
    expect(page.get_by_role("button", name="Section")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    assert not worker, worker
