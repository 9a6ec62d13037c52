"""The guided first order: in a demo, to buyers and strangers, a step on each page, dismissed for good."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from penstock.hub.web.first_order import STEPS

pytestmark = pytest.mark.django_db
STEP = b"Your first order, step "


@pytest.fixture(autouse=True)
def demo(settings) -> None:
    settings.DEMO = True


def test_every_page_of_a_step_is_a_page():
    names = set(get_resolver().reverse_dict)
    assert all(page in names for step in STEPS for page in step.pages)


def test_strangers_and_buyers_are_guided_and_nobody_outside_a_demo(buyer, settings):
    browser = buyer.browser()
    assert STEP + b"1 of 6" in Client().get("/").content
    assert STEP + b"2 of 6" in browser.get(f"/parts/{buyer.part_uid}").content
    assert STEP not in browser.get("/orders/").content
    settings.DEMO = False
    assert STEP not in Client().get("/").content


def test_dismissed_it_does_not_come_back(buyer):
    stranger, browser = Client(), buyer.browser()
    assert stranger.post("/first-order/dismiss", headers={"HX-Request": "true"}).content == b""
    assert STEP not in stranger.get("/").content
    assert browser.post("/first-order/dismiss", headers={"Referer": "http://testserver/parts/"}).url.endswith("/parts/")
    again = Client()
    again.force_login(browser.get("/parts/").wsgi_request.user, backend="django.contrib.auth.backends.ModelBackend")
    assert STEP not in again.get("/parts/").content
