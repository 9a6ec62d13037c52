"""What every page is held to in a real browser: nothing grave for screen readers, no sideways scrolling, light."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
MOST_BYTES = 200_000
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
packed: dict[str, int] = {}


def hold(page) -> None:
    """The page as it stands now."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run make setup")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    grave = [
        (each["id"], [(node["html"][:160], node["failureSummary"][:300]) for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]
    assert not grave, (page.url, grave)


def hold_light(page, address: str) -> None:
    """What a first visit to the address loads, and how much of it jumps."""
    page.goto(address)
    page.wait_for_load_state("load")
    urls = page.evaluate(ASSETS)
    assert urls
    for url in set(urls) - set(packed):
        packed[url] = len(gzip.compress(page.request.get(url).body(), 9))
    weight = sum(packed[url] for url in set(urls))
    assert weight <= MOST_BYTES, (address, weight)
    assert page.evaluate(SHIFTS) <= MOST_SHIFT, address
