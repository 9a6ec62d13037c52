"""How soon a page can be used on a slow machine, and whether it jumps while it loads.

    python bench/pages.py [--address URL] [--rounds 5] [--slow 4] [--json]

Starts a fresh demo (or asks the one at `--address`) and opens it in Debian's Chromium: each role logs in, and its pages
are opened with the browser's processor slowed four times (`Emulation.setCPUThrottlingRate`; server and network stay as
they are) and with an empty cache, `--rounds` times each. A page is usable once its HTML is parsed, its deferred scripts
have run (DOMContentLoaded) and no task holds the main thread any more: the end of the last long task (over 50 ms) that
began before, or DOMContentLoaded where there is none. The median counts. The layout shift is the browser's own sum over
the two seconds after opening.

Exit status 1 when a page takes more than a second or shifts more than a tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from penstock.demo.running import demo

GOAL_MS = 1000.0
GOAL_SHIFT = 0.1
WATCHED_MS = 2000
# role, address, links to follow from there
PAGES = (
    ("", "/", ()),
    ("", "/accounts/login/", ()),
    ("buyer", "/parts/", ()),
    ("buyer", "/parts/", (".part-card a",)),
    ("buyer", "/orders/", ()),
    ("buyer", "/orders/", ("main tbody tr a",)),
    ("buyer", "/basket/", ()),
    ("maker", "/", ()),
    ("maker", "/builds/", ()),
    ("maker", "/builds/", ("main a[href^='/builds/bld']",)),
    ("maker", "/machines/", ("article a",)),
    ("operator", "/", ()),
    ("operator", "/desk/control", ()),
    ("operator", "/desk/requests/", ("tbody a",)),
    ("operator", "/desk/complaints/", ("tbody a",)),
    ("operator", "/desk/prices/", ()),
    ("operator", "/desk/ledger/", ()),
    ("operator", "/desk/network", ()),
)
WATCH = """
window.seen = { tasks: [], shift: 0 };
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.seen.tasks.push([each.startTime, each.duration]);
}).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.seen.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
READ = """() => {
  const loaded = performance.getEntriesByType("navigation")[0];
  return { dom: loaded.domContentLoadedEventEnd, answered: loaded.responseStart, ...window.seen };
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    role: str
    page: str
    answered_ms: float
    usable_ms: float
    shift: float

    @property
    def good(self) -> bool:
        return self.usable_ms <= GOAL_MS and self.shift <= GOAL_SHIFT


def usable(seen: dict[str, Any]) -> float:
    """Milliseconds from opening until the main thread was free after DOMContentLoaded."""
    free = seen["dom"]
    for begun, took in sorted(seen["tasks"]):
        if begun <= free + 50:
            free = max(free, begun + took)
    return free


def log_in(browser: Browser, address: str, account: dict[str, str] | None) -> Page:
    page = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860}).new_page()
    if account:
        page.goto("/accounts/login/")
        page.locator("input[name=login]").fill(account["email"])
        page.locator("input[name=password]").fill(account["password"])
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.add_init_script(WATCH)
    return page


def measure(page: Page, role: str, address: str, rounds: int, slow: float) -> Opened:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    found = []
    for _ in range(rounds):
        session.send("Network.clearBrowserCache")
        page.goto(address, wait_until="load")
        page.wait_for_timeout(WATCHED_MS)
        found.append(page.evaluate(READ))
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return Opened(
        role=role or "stranger",
        page=address,
        answered_ms=round(statistics.median(each["answered"] for each in found), 1),
        usable_ms=round(statistics.median(usable(each) for each in found), 1),
        shift=round(max(each["shift"] for each in found), 3),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="of a demo that runs already, as http://localhost:8000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", type=float, default=4)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    opened = []
    with demo(args.address) as running, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        windows: dict[str, Page] = {}
        for role, address, links in PAGES:
            page = windows.get(role) or log_in(browser, running.address, running.accounts.get(role))
            windows[role] = page
            for link in links:
                page.goto(address)
                address = page.locator(link).first.get_attribute("href") or address
            opened.append(measure(page, role, address, args.rounds, args.slow))
            if not args.json:
                show(opened[-1])
        browser.close()
    good = all(each.good for each in opened)
    if args.json:
        load = [round(each, 1) for each in os.getloadavg()]
        rows = [asdict(each) | {"good": each.good} for each in opened]
        print(json.dumps({"slow": args.slow, "load_average": load, "pages": rows, "good": good}, indent=1))
    return 0 if good else 1


def show(each: Opened) -> None:
    mark = "" if each.good else "  <-- over the goal"
    print(
        f"{each.role:<10}{each.page:<44}answered {each.answered_ms:>7} ms  usable {each.usable_ms:>7} ms"
        f"  shift {each.shift:.3f}{mark}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
