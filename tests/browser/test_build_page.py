"""A maker's build in a real browser: look around in the chamber, choose parts, report steps, take one back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import trimesh

from penstock.engines import geometry
from penstock.hub.core.actors import SYSTEM
from penstock.hub.parts import blobs
from penstock.hub.parts.models import Revision
from penstock.hub.production import services
from penstock.hub.production.models import Build, Offer
from workshops import Network, browser_of, organisation

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = pytest.mark.browser


def shapes() -> list[trimesh.Trimesh]:
    bracket = trimesh.util.concatenate(
        [trimesh.creation.box(bounds=[[0, 0, 0], [90, 60, 8]]), trimesh.creation.box(bounds=[[0, 0, 8], [8, 60, 60]])]
    )
    return [bracket, trimesh.creation.torus(35, 9), trimesh.creation.cylinder(20, 70)]


@pytest.fixture
def maker(transactional_db: None, tmp_path: Path) -> tuple[Build, str]:
    """An accepted build of three parts with files and previews, and a session of its maker."""
    organisation("Operator", "operator")
    network = Network.start()
    workshop = network.workshop("Suzhou", "eos-p396")
    order = network.order(9, 6, 5)
    for number, (line, solid) in enumerate(zip(order.lines.order_by("position"), shapes(), strict=True)):
        path = tmp_path / f"{number}.stl"
        solid.export(path)
        facts, png, glb = geometry.measure_and_render(path, unit="mm")
        files = {"blob": path.read_bytes(), "thumbnail": png, "preview": glb}
        stored = {name: blobs.store(io.BytesIO(content)) for name, content in files.items()}
        Revision.objects.across_tenants().filter(pk=line.revision_id).update(measurement=facts.to_dict(), **stored)
    services.decompose(order.pk)
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get()
    services.accept_offer(actor=workshop.actor, offer_uid=offer.uid)
    client = browser_of(workshop.maker.organisation)
    return offer.build, client.cookies["sessionid"].value


@pytest.fixture
def build_page(maker, page, live_server):
    build, session = maker
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"/builds/{build.uid}")
    page.locator('#build-stage[data-ready="parts"]').wait_for()
    return page


def test_a_build_is_looked_into_and_reported_step_by_step(build_page):
    """One page for all of it: laying and drawing a build takes longer than any of these."""
    a_clicked_part_lights_its_row_and_a_clicked_row_its_parts(build_page)
    it_can_be_cut_at_a_height_and_seen_from_above(build_page)
    steps_are_reported_in_place_and_taken_back(build_page)


def a_clicked_part_lights_its_row_and_a_clicked_row_its_parts(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    row = page.locator("tr[data-job]").nth(1)
    row.click(position={"x": 5, "y": 5})
    assert "lit" in row.get_attribute("class")
    name = row.locator("a").inner_text()
    assert page.locator("#build-name").inner_text() == name
    # Somewhere in the chamber lies a part: click over a grid until one answers.
    page.keyboard.press("Escape")
    stage = page.locator("#build-stage canvas")
    box = stage.bounding_box()
    for step in range(3, 18):
        stage.click(position={"x": box["width"] / 2, "y": box["height"] * step / 20})
        if "copy" in page.locator("#build-name").inner_text():
            break
    told = page.locator("#build-name").inner_text()
    assert "copy" in told
    lit = page.locator("tr.lit")
    assert lit.count() == 1
    assert lit.locator("a").inner_text() in told


def it_can_be_cut_at_a_height_and_seen_from_above(page):
    before = page.locator("#build-cut-mm").inner_text()
    page.locator("#build-cut").fill("50")
    assert page.locator("#build-cut-mm").inner_text() != before
    page.get_by_role("button", name="Top").click()


def steps_are_reported_in_place_and_taken_back(page):
    stage = page.locator("#build-stage canvas").element_handle()
    files = page.locator('li[data-step="files"]')
    files.get_by_role("button", name="Done").click()
    files.get_by_text("Li Na").wait_for()
    material = page.locator('li[data-step="material"]')
    material.get_by_label("Batch number of the material").fill("B-77")
    material.get_by_role("button", name="Done").click()
    material.get_by_text("B-77").wait_for()
    page.locator('li[data-step="start"]').get_by_role("button", name="Started").click()
    start = page.locator('li[data-step="start"].done')
    start.get_by_role("button", name="Take back").click()
    page.locator('li[data-step="start"]').get_by_role("button", name="Started").click()
    page.locator('li[data-step="unpack"]').get_by_role("button", name="Unpacked").click()
    page.locator('li[data-step="inspect"].now').wait_for()
    assert stage.is_visible(), "the view has not been loaded anew"
    with page.expect_download() as sheet:
        page.get_by_role("link", name="Build sheet").click()
    assert Path(sheet.value.path()).read_bytes().startswith(b"%PDF")
