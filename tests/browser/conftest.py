"""A real browser against a hub that runs in this process, with a worker beside it.

Playwright keeps an event loop in the test's thread, so the test itself touches no database: what it has to know it
reads off the page, and background work is done by a thread of its own.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from windows import DESKTOP, PHONE

from penstock.hub.core import jobs

# 3D without a graphics card, as on the machines that run these tests.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FILLED_BY_MIGRATIONS = {"auth_permission", "django_content_type"}
# What a test does to the network on purpose.
CUT = ("net::ERR_CONNECTION_RESET", "net::ERR_INTERNET_DISCONNECTED")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine; install Debian's package chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    # pytest-django sees Playwright's event loop and would refuse its own database set-up.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """In place of pytest-django's, which after each test makes every table's permissions anew: seconds each time. Here
    all tables are emptied but those that the migrations have filled."""
    with django_db_blocker.unblock():
        yield
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
        names = ", ".join(f'"{name}"' for name in sorted(tables - FILLED_BY_MIGRATIONS))
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {names} CASCADE")


@pytest.fixture
def worker(transactional_db: None) -> Iterator[list[BaseException]]:
    """Runs waiting jobs until the test ends; the list holds what failed."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        while not stop.wait(0.2):
            try:
                jobs.drain()
            except Exception as failure:
                failures.append(failure)
        connections.close_all()

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    yield failures
    stop.set()
    thread.join(30)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, chromium: object, live_server: object, tmp_path: Path) -> Iterator[object]:
    """A fresh window on the hub; anything the browser complains about fails the test."""
    width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, base_url=live_server.url, locale="en-GB"
    )
    window = context.new_page()
    window.set_default_timeout(30_000)
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield window
    context.close()
    assert not [each for each in complaints if not any(cut in each for cut in CUT)]
