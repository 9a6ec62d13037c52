"""What every page is held to in a real browser: nothing grave for screen readers, no sideways scrolling, light."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
GRAVE = {"serious", "critical"}
# JavaScript and CSS of a page, compressed; of one that shows something in 3D.
MOST_BYTES, MOST_BYTES_3D = 200_000, 450_000
# A shift is a share of the window moved by a share of its height; a tenth is felt (web.dev: Cumulative Layout Shift).
MOST_SHIFT = 0.1

SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum), 50));
})"""


# Scripts of a page and what they import, by the browser's own account.
ASSETS = """() => [
  ...[...document.querySelectorAll("script[src], link[rel=stylesheet]")].map((each) => each.src || each.href),
  ...performance.getEntriesByType("resource").map((each) => each.name).filter((name) => /[.](js|css)$/.test(name)),
]"""
IS_3D = "document.querySelector('[data-viewer], #build-stage') !== null"
# Moving parts are looked at where they come to rest.
STILL = "Promise.allSettled(document.getAnimations().map((each) => each.finished))"
packed: dict[str, int] = {}


def dress(page, size: dict[str, int], theme: str) -> None:
    """In a window of this size and in this theme, with nothing moving."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("theme => document.documentElement.dataset.bsTheme === theme", arg=theme)


def faults(page) -> list[str]:
    """What is wrong with the page as it stands now, in words."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run make setup")
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text())
    page.evaluate(STILL)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    wrong = [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
    if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        wrong.append("scrolls sideways")
    return wrong


def hold(page) -> None:
    """The page as it stands now."""
    wrong = faults(page)
    assert not wrong, (page.url, wrong)


def heaviness(page) -> list[str]:
    """What is too heavy in the page that was just loaded, or jumps in it."""
    urls = set(page.evaluate(ASSETS))
    assert urls
    for url in urls - set(packed):
        packed[url] = len(gzip.compress(page.request.get(url).body(), 9))
    weight = sum(packed[url] for url in urls)
    most = MOST_BYTES_3D if page.evaluate(IS_3D) else MOST_BYTES
    wrong = [f"weighs {weight} bytes"] if weight > most else []
    shift = page.evaluate(SHIFTS)
    return wrong + ([f"jumps by {shift:.2f}"] if shift > MOST_SHIFT else [])


def session(user) -> str:
    """The cookie of a person who has logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value
