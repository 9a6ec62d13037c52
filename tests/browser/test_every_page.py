"""Every page of the hub as every role sees it, in a real browser: wide and light, narrow and dark.

The addresses are read off the resolver, so a new page is looked at as soon as it is there. A page about one thing is
looked at as the first role that may read it, one without as every role: there they read different things.
"""

from __future__ import annotations

import pytest
from axe import AXE, NARROW, WIDE, dress, faults, heaviness, session
from traffic import Traffic
from windows import aside

from addresses import Route, pages
from furnished import build

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
STRANGER = "stranger"
ROLES = (STRANGER, "owner", "maker", "carrier", "operator")
# Of pages whose scripts go on for as long as they are open, what they have asked for is waited for and no more.
PATIENCE_S = 20
NOT_ALLOWED = 405


def is_page(page, address: str, buttons: set[str]) -> bool:
    """A whole document, not a part of one, a file or a refusal. `buttons`: addresses that nobody opens, as they only
    take what is sent; found ones are added."""
    if address in buttons:
        return False
    answer = page.request.get(address, max_redirects=0)
    if answer.status == NOT_ALLOWED:
        buttons.add(address)
    return answer.status == 200 and "html" in answer.headers.get("content-type", "") and "<html" in answer.text()


def look(page, address: str, traffic: Traffic) -> list[str]:
    page.set_viewport_size(WIDE)
    page.goto(address)
    dress(page, WIDE, "light")
    traffic.settle(PATIENCE_S)
    wrong = [f"wide: {each}" for each in [*heaviness(page), *faults(page)]]
    dress(page, NARROW, "dark")
    return wrong + [f"narrow: {each}" for each in faults(page)]


def test_every_page_is_sound_for_everybody(transactional_db, chromium, live_server, tmp_path):
    network = aside(build, tmp_path)
    samples, routes = network.samples, [route for route in pages() if route.method == "GET"]
    sessions = {role: session(network.people[role].user) for role in ROLES if role != STRANGER}
    seen: set[str] = set()
    buttons: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for role in ROLES:
        window = chromium.new_context(viewport=WIDE, base_url=live_server.url, locale="en-GB")
        window.add_init_script(path=AXE)
        if role in sessions:
            window.add_cookies([{"name": "sessionid", "value": sessions[role], "url": live_server.url}])
        page = window.new_page()
        traffic = Traffic(page)
        complaints: list[str] = []
        page.on("pageerror", lambda error, heard=complaints: heard.append(str(error)))
        for route in _of(routes, role, seen):
            address = route.address(samples)
            if not is_page(page, address, buttons):
                continue
            seen.add(route.path)
            found = look(page, address, traffic) + complaints
            complaints.clear()
            if found:
                wrong[f"{role} at {address}"] = found
        window.close()
    assert len(seen) > 50, sorted(seen)
    assert not wrong, "\n".join(f"{where}: {each}" for where, told in wrong.items() for each in told)


def _of(routes: list[Route], role: str, seen: set[str]) -> list[Route]:
    """What is left for this role; a page about one thing, or of the person alone, is looked at once."""
    once = [route for route in routes if route.parameters or route.path.startswith("/accounts/")]
    return [route for route in routes if route not in once or route.path not in seen]
